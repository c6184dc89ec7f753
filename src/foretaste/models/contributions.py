"""A score as a sum: what each entry of a row adds, for models whose scores are sums or hang linearly on the ratings."""

from dataclasses import dataclass

import numpy as np

from foretaste.arrays import AnyArray, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Contributions:
    """What some scores of one row are made up of: score = base + sum of parts, before it is kept inside the scale.

    Args:
        base: Of each column asked for, what the values of the entries do not say, float64 (columns,).
        parts: What each entry of the row adds to each, float64 (entries, columns), in storage order.
    """

    base: AnyArray
    parts: AnyArray

    @property
    def total(self) -> AnyArray:
        """The scores, float64 (columns,)."""
        return self.base + self.parts.sum(0)


def nothing(base: AnyArray, entries: int) -> Contributions:
    """Return scores to which no entry of a row adds anything."""
    return Contributions(base.astype(np.float64), np.zeros((entries, len(base))))


def ridge_answers(
    features: AnyArray, wanted: AnyArray, penalty: AnyArray, *, spread: AnyArray | None = None
) -> AnyArray:
    """Return (F'F + diag(penalty + sum s_j))^-1 g of each g: what a ridge regression on F makes of each of its targets.

    The solution of min_z sum_j [(t_j - f_j . z)^2 + z' diag(s_j) z] + z' diag(penalty) z is linear in its targets, so g . z is
    the sum of (f_j . answer) t_j.

    Args:
        features: float (entries, k), F with rows f_j.
        wanted: float (columns, k), g.
        penalty: float (k,), all > 0.
        spread: float (entries, k), s_j: the variances of features that are estimates; None means none.

    Returns:
        float64 (k, columns).
    """
    known = features.astype(np.float64)
    square = known.T @ known
    square[np.diag_indices(len(penalty))] += penalty
    if spread is not None:
        square[np.diag_indices(len(penalty))] += spread.sum(0, dtype=np.float64)
    return np.linalg.solve(square, wanted.T.astype(np.float64))


def kept_weights(near: IntArray, weight: FloatArray, held: IntArray, most: int | None = None) -> AnyArray:
    """Return the weight of each item held among those that were kept, float64 (held, columns), 0 where it was not.

    Args:
        near: Items that have a weight for each column, int32 (columns, kept), -1 where there are no more.
        weight: These weights, float32 (columns, kept).
        held: Columns that a row holds, int32, ascending.
        most: Only so many of those that are held count, the first in `near`; None counts all.
    """
    out = np.zeros((len(held), len(near)))
    for column, (items, own) in enumerate(zip(near, weight, strict=True)):
        counts = np.isin(items, held) & (own != 0)
        if most is not None:
            counts &= np.cumsum(counts) <= most
        out[np.searchsorted(held, items[counts]), column] = own[counts]
    return out
