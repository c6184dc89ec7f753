"""The noun Ranking, and `rank`, the only place where scores become lists: seen items are masked and ties are broken here."""

from dataclasses import dataclass

import numpy as np

from foretaste.arrays import Csr, FloatArray, IntArray, row_of
from foretaste.errors import ParamsError, ShapeError


@dataclass(frozen=True, eq=False)
class Ranking:
    """Lists of items, best first.

    Args:
        cols: int32 (rows, k), padded with -1 where fewer than k items are left.
        scores: float32 (rows, k), padded with -inf.
    """

    cols: IntArray
    scores: FloatArray

    def __len__(self) -> int:
        return self.cols.shape[0]


def rank(scores: FloatArray, seen: Csr | None, k: int) -> Ranking:
    """Take the k best items of each row: higher score first, then the lower column.

    Args:
        scores: (rows, items), no nan; not changed. -inf marks an item that must not be listed.
        seen: Rows x items; stored entries are left out of the lists. None leaves nothing out.
        k: Length of the lists, from 1; capped at the number of items.

    Returns:
        The lists.

    Raises:
        ParamsError: k is below 1.
        ShapeError: The shapes differ, or a score is nan.
    """
    if not isinstance(k, (int, np.integer)) or k < 1:
        raise ParamsError(f"k is {k!r}, expected a whole number from 1")
    if scores.ndim != 2 or not scores.shape[1]:
        raise ShapeError(f"scores have the shape {scores.shape}, expected (rows, items) with at least one item")
    if seen is not None and seen.shape != scores.shape:
        raise ShapeError(f"scores are {scores.shape} and seen is {seen.shape}; expected equal shapes")
    if np.isnan(scores).any():
        raise ShapeError("a score is nan; expected numbers")
    masked = np.array(scores, dtype=np.float32)
    if seen is not None:
        masked[row_of(seen), seen.indices] = -np.inf
    k = min(k, masked.shape[1])
    cols = np.full((len(masked), k), -1, dtype=np.int32)
    best = np.full((len(masked), k), -np.inf, dtype=np.float32)
    for row, values in enumerate(masked):
        top = _top(values, k)
        cols[row, : len(top)], best[row, : len(top)] = top, values[top]
    return Ranking(cols, best)


def _top(values: FloatArray, k: int) -> IntArray:
    """Return the columns of the k highest values in order, without those at -inf."""
    lowest = -np.partition(-values, k - 1)[k - 1]
    candidates = np.flatnonzero((values >= lowest) & (values > -np.inf))
    order = np.argsort(-values[candidates], kind="stable")
    return candidates[order[:k]].astype(np.int32)
