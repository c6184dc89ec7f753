"""The noun Ranking, and `rank`, the only place where scores become lists: seen items are masked and ties are broken here."""

from dataclasses import dataclass

import numpy as np

from foretaste.arrays import Csr, FloatArray, IntArray, row_of
from foretaste.errors import ParamsError, ShapeError

LARGE = 1 << 20
"""Scores from which compiled code ranks them; with fewer, loading it would take longer than sorting in numpy."""
GROUPS = 512
"""Groups that a long row is dealt out to, at least."""


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


@dataclass(frozen=True, eq=False)
class Shrink:
    """What scores are drawn to before they are sorted: towards + share x (score - towards).

    Args:
        towards: In units of the scores.
        share: How much of its distance an item keeps, float32 (items,).
    """

    towards: float
    share: FloatArray

    def apply(self, scores: FloatArray) -> FloatArray:
        """Return what is sorted by, float32 of the shape of `scores` (rows, items)."""
        shrunk = scores - np.float32(self.towards)
        shrunk *= self.share
        shrunk += np.float32(self.towards)
        return shrunk


def rank(scores: FloatArray, seen: Csr | None, k: int, *, shrink: Shrink | None = None) -> Ranking:
    """Take the k best items of each row: higher score first, then the lower column.

    Args:
        scores: (rows, items), no nan; not changed. -inf marks an item that must not be listed.
        seen: Rows x items; stored entries are left out of the lists. None leaves nothing out.
        k: Length of the lists, from 1; capped at the number of items.
        shrink: Sort by shrunk scores, which then stand in the lists; None sorts by the scores as they are.

    Returns:
        The lists, the same whatever the number of rows and threads.

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
    if shrink is not None and shrink.share.shape != scores.shape[1:]:
        raise ShapeError(f"scores are {scores.shape} and shares {shrink.share.shape}; expected one for each item")
    take = _scanned if scores.size >= LARGE else _sorted
    ranking = take(scores, seen, min(int(k), scores.shape[1]), shrink)
    if ranking is None:
        raise ShapeError("a score is nan; expected numbers")
    return ranking


def _scanned(scores: FloatArray, seen: Csr | None, k: int, shrink: Shrink | None) -> Ranking | None:
    """Rank by compiled code, in one pass over the scores; None when one is nan."""
    from foretaste.kernels.top import best_columns  # noqa: PLC0415 (numba loads only where there is enough to do)

    start, cols = np.zeros(len(scores) + 1, np.int64), np.empty(0, np.int32)
    if seen is not None:
        ordered = seen if seen.has_sorted_indices else seen.sorted_indices()
        start, cols = ordered.indptr.astype(np.int64, copy=False), ordered.indices.astype(np.int32, copy=False)
    values = np.ascontiguousarray(scores, dtype=np.float32)
    if shrink is None:
        best = best_columns(values, start, cols, k)
    else:
        best = best_columns(values, start, cols, k, towards=shrink.towards, share=shrink.share)
    return None if best is None else Ranking(*best)


def _sorted(scores: FloatArray, seen: Csr | None, k: int, shrink: Shrink | None) -> Ranking | None:
    """Rank row by row in numpy: what `_scanned` must equal; None when a score is nan."""
    masked = (
        np.array(scores, dtype=np.float32) if shrink is None else shrink.apply(scores.astype(np.float32, copy=False))
    )
    if np.isnan(masked).any():
        return None
    if seen is not None:
        masked[row_of(seen), seen.indices] = -np.inf
    cols = np.full((len(masked), k), -1, dtype=np.int32)
    best = np.full((len(masked), k), -np.inf, dtype=np.float32)
    for row, values in enumerate(masked):
        top = _top(values, k)
        cols[row, : len(top)], best[row, : len(top)] = top, values[top]
    return Ranking(cols, best)


def _top(values: FloatArray, k: int) -> IntArray:
    """Return the columns of the k highest values in order, without those at -inf."""
    candidates = np.flatnonzero((values >= _reached(values, k)) & (values > -np.inf))
    order = np.argsort(-values[candidates], kind="stable")
    return candidates[order[:k]].astype(np.int32)


def _reached(values: FloatArray, k: int) -> np.float32:
    """Return a number that k values or a few more reach, none of them nan: the k-th highest, or of long rows a little less.

    In a long row values are dealt out to groups, and it is the k-th highest of their winners: a tenth of the time.
    """
    groups = max(GROUPS, 8 * k)
    if len(values) >= 4 * groups:
        values = values[: len(values) // groups * groups].reshape(-1, groups).max(axis=0)
    return np.partition(values, len(values) - k)[len(values) - k]
