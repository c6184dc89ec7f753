"""Checks of ratings that nobody gave: people who are copies of each other, and one value filled in for everybody."""

from collections.abc import Iterator

import numpy as np

from foretaste.arrays import AnyArray
from foretaste.data.ratings import Ratings, counted
from foretaste.doctor.case import Case, counted_values
from foretaste.doctor.finding import Finding, found, share

LONG = 10
"""Ratings that somebody must have for being equal to somebody else to mean something."""
SURE = 20
"""Bits beyond those that it takes to name two of the people: one pair in a million such rows is a chance."""
ALIKE = 0.5
"""Of the bits of a row as if every rating were a choice of its own, half count: what people rate, and how, hangs together."""
SOME = 0.01
"""Fewer copies than one person in a hundred are a note."""
FILLED, TIMES = 0.5, 3
"""A value in the middle of a scale that is half of all ratings and three times the next one."""
EVERYBODY = 0.95
"""Tastes differ: hardly a value is the one that 19 people in 20 choose most."""
OTHERWISE, ITSELF = 4, 1.2
"""Of items in quarters by how often they have another value: where the last quarter has four times as many of those as the
first, it has more than twice as many of any value that people choose on a coarse scale, and no more of one filled in."""
VALUES = 5
"""Different values that it takes; of "bad, so, good" most people may well choose the middle."""


def copied_people(case: Case) -> Iterator[Finding]:
    """Tell of people whose items and ratings are exactly those of somebody else, where chance does not make that."""
    ratings = case.ratings
    print_of, bits = _rows(ratings)
    sure = (case.per_user >= LONG) & (ALIKE * bits >= 2 * np.log2(ratings.n_users) + SURE)
    people = np.flatnonzero(sure)
    _, group, size = np.unique(print_of[people], return_inverse=True, return_counts=True)
    groups = np.flatnonzero(size > 1)
    surplus = int((size[groups] - 1).sum())
    if not surplus:
        return
    members = [people[group == one] for one in groups[:3]]
    of = int((case.per_user >= LONG).sum())
    yield found(
        "copied-people", f"{share(surplus, of)} people with {LONG} ratings or more are copies of another one, item for item.",
        "If one is asked about and a copy trains, the answer is known. Keep one of each, and look at what makes the others.",
        minor=surplus < SOME * of,
        examples=tuple(_example(case, who) for who in members),
    )  # fmt: skip


def _example(case: Case, who: AnyArray) -> str:
    names = ", ".join(str(one) for one in case.ratings.user_ids[who[:3]].tolist())
    same = counted(int(case.per_user[who[0]]), "rating")
    return f"users {names}{', ...' if len(who) > 3 else ''}: {len(who):,} people with the same {same}"


def _rows(ratings: Ratings) -> tuple[AnyArray, AnyArray]:
    """A number for every person that is the same for equal rows only (but for a chance of 2^-64), and the bits in each row.

    A rating has -log2 of the share of people who have the item, and of the share of ratings that have the value.
    """
    n = ratings.n_users
    _, value, often = np.unique(ratings.rating, return_inverse=True, return_counts=True)
    per_item = np.bincount(ratings.item_code, minlength=ratings.n_items)
    bits = -np.log2(per_item[ratings.item_code] / n) - np.log2(often[value] / len(ratings))
    cell = ratings.item_code.astype(np.uint64) * np.uint64(len(often)) + value.astype(np.uint64)
    prints = np.zeros(n, np.uint64)
    np.add.at(prints, ratings.user_code, _mixed(cell))
    return prints, np.bincount(ratings.user_code, bits, minlength=n)


def _mixed(cell: AnyArray) -> AnyArray:
    """SplitMix64's last step (Steele, Lea and Flood 2014): numbers next to each other become such that sums do not meet."""
    z = (cell + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def filled_value(case: Case) -> Iterator[Finding]:
    """Tell of a value in the middle of the scale that stands so often for everybody that nobody can have chosen it."""
    plain = case.plain
    values, counts = counted_values(plain)
    top = int(counts.argmax())
    if plain.log.implicit or len(values) < VALUES or top in (0, len(values) - 1):
        return
    most = int(counts[top])
    if most < FILLED * len(plain) or most < TIMES * np.delete(counts, top).max():
        return
    per_user = np.bincount(plain.user_code, minlength=plain.n_users)
    enough = per_user >= LONG
    leads = enough & _leads(plain, float(values[top]))
    otherwise, itself = _popular(plain, float(values[top]))
    if not enough.any() or leads.sum() < EVERYBODY * enough.sum() or otherwise < OTHERWISE or itself > ITSELF:
        return
    yield found(
        "filled-value",
        f"{share(most, len(plain))} ratings are {values[top]:g}, and it is the most frequent one of "
        f"{share(int(leads.sum()), int(enough.sum()))} people with {LONG} ratings or more; items that have {otherwise:.1f} "
        f"times as many other ratings have {itself:.1f} times as many of it.",
        "If it stands for no answer, leave those rows out: a model would learn to say it, and an error would praise it.",
    )  # fmt: skip


def _popular(ratings: Ratings, value: float) -> tuple[float, float]:
    """How many times as many the items most often rated otherwise have as those least often: others, and of this value."""
    same = ratings.rating == np.float32(value)
    itself, other = (np.bincount(ratings.item_code[rows], minlength=ratings.n_items) for rows in (same, ~same))
    order = np.argsort(other[itself + other >= LONG], kind="stable")
    quarter = max(len(order) // 4, 1)
    counts = (one[itself + other >= LONG][order] + 0.5 for one in (other, itself))
    otherwise, own = (float(one[-quarter:].sum() / one[:quarter].sum()) if len(one) else 1.0 for one in counts)
    return otherwise, own


def _leads(ratings: Ratings, value: float) -> AnyArray:
    """Whether no other value is more frequent, for every person."""
    n, same = ratings.n_users, ratings.rating == np.float32(value)
    _, code = np.unique(ratings.rating, return_inverse=True)
    width = np.int64(code.max() + 1)
    cells, often = np.unique(ratings.user_code[~same] * width + code[~same], return_counts=True)
    other = np.zeros(n, np.int64)
    np.maximum.at(other, cells // width, often)
    return np.bincount(ratings.user_code[same], minlength=n) >= other
