"""Whether two files mean the same things by their ids: written alike, written otherwise, or off by one."""

import re
from dataclasses import dataclass

import numpy as np

from foretaste.arrays import AnyArray
from foretaste.doctor.ids import plain_id

MATCHED = 30
"""Ids known to both files that it takes to compare how often each is rated."""
ALIKE = 0.5
"""Correlation of the logarithms of counts from which two files speak of the same items in the same order. Random parts of
one file have 0.7 to 0.95; shifted by one it is 0 but for chance, which is 1 / sqrt(ids)."""


@dataclass(frozen=True)
class Drift:
    """How two sets of ids meet.

    Args:
        plain: Share of the other file's ids that are known as they are written, 0 to 1.
        folded: The same when both are written alike.
        how: What has to be taken away for that, in words.
        examples: Pairs of ids that are then equal.
    """

    plain: float
    folded: float
    how: str
    examples: tuple[str, ...]


def drift(known: AnyArray, other: AnyArray) -> Drift:
    """Compare the ids of two files.

    Args:
        known: Distinct ids of the first file, int64 or object.
        other: Distinct ids of the second.
    """
    exact = set(known.tolist())
    plain = _known(exact, other.tolist())
    best = Drift(plain, plain, "", ())
    for how, fold in (
        ("case, blanks, leading zeros or a final .0", plain_id),
        ("the letters around a number", _number),
    ):
        folded = {fold(one): one for one in known.tolist()}
        meant = [(one, folded[fold(one)]) for one in other.tolist() if one not in exact and fold(one) in folded]
        reached = plain + len(meant) / max(len(other), 1)
        if reached > best.folded and (fold is plain_id or len(folded) == len(known)):
            examples = tuple(f"{first!r} there and {second!r} here" for first, second in meant[:3])
            best = Drift(plain, reached, how, examples)
    return best


def _number(one: int | str) -> str:
    digits = re.findall(r"\d+", str(one))
    return str(int(digits[0])) if len(digits) == 1 else str(one)


def _known(exact: set[object], other: list[object]) -> float:
    return sum(one in exact for one in other) / max(len(other), 1)


def shift(
    known: AnyArray, counts: AnyArray, other: AnyArray, other_counts: AnyArray
) -> tuple[int, float, float] | None:
    """Return by how much the ids of another file are off, and how alike counts are with and without that; or None.

    Args:
        known: Distinct ids of the first file, ascending.
        counts: Ratings of each.
        other: Distinct ids of the second file, ascending.
        other_counts: Ratings of each.

    Returns:
        What is to be added to the other file's ids, -1 or 1, the correlation then, and the correlation as they are; None
        where ids are text, too few meet, or they are best as they are.
    """
    if not all(np.issubdtype(ids.dtype, np.integer) for ids in (known, other)):
        return None
    alike = {by: _alike(known, counts, other + by, other_counts) for by in (0, -1, 1)}
    by = max(alike, key=lambda one: alike[one][0])
    value, matched = alike[by]
    if by and value >= max(ALIKE, 3 / np.sqrt(matched)) and value >= 2 * alike[0][0]:
        return by, value, alike[0][0]
    return None


def crossed(
    item: tuple[AnyArray, AnyArray], user: tuple[AnyArray, AnyArray], other_item: tuple[AnyArray, AnyArray],
    other_user: tuple[AnyArray, AnyArray],
) -> tuple[float, float] | None:  # fmt: skip
    """Return how alike two files are with the columns of the second one swapped and as they are; None where that is no better.

    Args:
        item: Distinct ids of the first file's items, ascending, and ratings of each.
        user: Of its users.
        other_item: Of the second file's items.
        other_user: Of its users.
    """
    across, matched = max(_alike(*item, *other_user), _alike(*user, *other_item))
    straight = max(_alike(*item, *other_item)[0], _alike(*user, *other_user)[0])
    return (across, straight) if across >= max(ALIKE, 3 / np.sqrt(matched)) and across >= 2 * straight else None


def _alike(known: AnyArray, counts: AnyArray, other: AnyArray, other_counts: AnyArray) -> tuple[float, int]:
    if known.dtype != other.dtype:
        return 0.0, 1
    place = np.minimum(np.searchsorted(known, other), len(known) - 1)
    met = known[place] == other
    first, second = np.log(counts[place[met]]), np.log(other_counts[met])
    if met.sum() < MATCHED or first.std() == 0 or second.std() == 0:
        return 0.0, max(int(met.sum()), 1)
    return float(np.corrcoef(first, second)[0, 1]), int(met.sum())
