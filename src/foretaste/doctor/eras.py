"""Whether the scale of ratings changes at a point in time."""

from dataclasses import dataclass

import numpy as np

from foretaste.arrays import AnyArray
from foretaste.doctor.scale import spans_a_scale

BLOCKS, BLOCK = 20, 50
"""Ratings are looked at in the order of time, in so many blocks at most, of so many ratings at least."""
SIDE = 2
"""Blocks on the smaller side of the change; one alone may be the sitting of one person."""
NEAR_TOP = 0.98
"""Of a block the rating below which 98 of 100 lie: a wrong one or two do not hide a change."""
DOUBLE = 2
"""Where every block of one side reaches twice as far as any of the other, there are two scales."""
PEOPLE = 5
"""On each side."""


@dataclass(frozen=True)
class Change:
    """A change of the scale.

    Args:
        time: Of the first rating after it, in Unix seconds.
        before: Ratings before it.
        tops: About the highest rating before it, and after it.
    """

    time: int
    before: int
    tops: tuple[float, float]


def change_of_scale(rating: AnyArray, time: AnyArray, user: AnyArray) -> Change | None:
    """Return where the scale doubles or halves, or None.

    Args:
        rating: Without marks, (rows,).
        time: Unix seconds, (rows,).
        user: Codes of people, (rows,).
    """
    n = min(BLOCKS, len(rating) // BLOCK)
    if n < 2 * SIDE + 1 or time.min() == time.max():
        return None
    order = np.argsort(time, kind="stable")
    blocks = np.array_split(order, n)
    tops = np.array([np.quantile(rating[rows], NEAR_TOP, method="lower") for rows in blocks], np.float64)
    for k in range(SIDE, n - SIDE):  # the change is somewhere in block k
        first, second = tops[:k], tops[k + 1 :]
        rises = first.max() > 0 and second.min() >= DOUBLE * first.max()
        if rises or (second.max() > 0 and first.min() >= DOUBLE * second.max()):
            sides = np.concatenate(blocks[:k]), np.concatenate(blocks[k + 1 :])
            if not all(_is_side(rating[rows], user[rows]) for rows in sides):
                return None
            low = min(first.max(), second.max())
            above = np.flatnonzero(rating[np.concatenate(blocks[k : k + 2])] > low)  # which only the wider scale has
            at = len(sides[0]) + int(above[0] if rises else above[-1] + 1 if len(above) else 0)
            return Change(int(time[order[at]]), at, (float(first.max()), float(second.max())))
    return None


def _is_side(rating: AnyArray, user: AnyArray) -> bool:
    values, counts = np.unique(rating, return_counts=True)
    return spans_a_scale(values, counts) and len(np.unique(user)) >= PEOPLE
