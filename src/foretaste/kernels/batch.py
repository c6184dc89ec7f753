"""The observed cells of some rows, indexed both ways, so that every sum over them runs along memory."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from foretaste.arrays import Csr, FloatArray, IntArray, count_by_column
from foretaste.errors import ShapeError

MOST = 2**31
"""Ratings that a batch must stay below: positions are int32."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Cells of a block of rows: once row by row, once item by item. Positions are int32.

    Args:
        items: Table rows of the distinct columns that occur, ascending, (m,).
        cols: Column of each cell, (n,), row by row.
        ratings: float32 stored value of each cell, (n,), row by row.
        row: Row of each cell within the block, (n,), row by row.
        row_start: Where each row starts, (rows + 1,).
        by_item: The cells in order of their item, and of their row within an item, (n,).
        item_row: Row of each cell in that order, (n,).
        item_start: Where each item starts in `by_item`, (m + 1,).
    """

    items: IntArray
    cols: IntArray
    ratings: FloatArray
    row: IntArray
    row_start: IntArray
    by_item: IntArray
    item_row: IntArray
    item_start: IntArray

    @property
    def n_rows(self) -> int:
        """Number of rows in the block."""
        return len(self.row_start) - 1

    @cached_property
    def local(self) -> IntArray:
        """Position in `items` of each cell, int32 (n,), row by row."""
        out = np.empty(len(self), dtype=np.int32)
        out[self.by_item] = np.repeat(np.arange(len(self.items), dtype=np.int32), np.diff(self.item_start))
        return out

    def __len__(self) -> int:
        return len(self.cols)


def make_batch(X: Csr, rows: Any = None, place: IntArray | None = None) -> Batch:
    """Take some rows of `X` (rows x items) and index their stored cells, in time that follows cells + items.

    Args:
        X: Csr with int32 indices.
        rows: Row numbers, (k,); None takes all rows.
        place: Row of each column in the tables, int32 (items,), from `places`; None where they have the columns' order.
    """
    from foretaste.kernels.loops import index_cells  # noqa: PLC0415 (numba loads only when a kernel is used)

    chosen = np.arange(X.shape[0]) if rows is None else np.asarray(rows, dtype=np.int64)
    if len(chosen) and (chosen.min() < 0 or chosen.max() >= X.shape[0]):
        wrong = chosen.min() if chosen.min() < 0 else chosen.max()
        raise ShapeError(f"row {wrong} is asked for, expected 0 to {X.shape[0] - 1}")
    cells = int((X.indptr[chosen + 1] - X.indptr[chosen]).sum(dtype=np.int64))
    if cells >= MOST:
        raise ShapeError(f"the batch holds {cells:,} ratings, expected fewer than {MOST:,}", hint="take fewer rows")
    place = np.arange(X.shape[1], dtype=np.int32) if place is None else place
    return Batch(*index_cells(X.indptr, X.indices, X.data, chosen, place))


def places(X: Csr) -> IntArray:
    """Return for each column the row that it should have in the tables, int32 (items,): the most rated column first.

    A batch touches nearly all popular items and few of the others. Side by side, their rows are read as one stretch of memory.
    """
    count = count_by_column(X)
    place = np.empty(X.shape[1], dtype=np.int32)
    place[np.argsort(-count, kind="stable")] = np.arange(X.shape[1], dtype=np.int32)
    return place
