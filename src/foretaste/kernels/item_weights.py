"""Scores that are sums of item weights: rows times a square matrix, dense or sparse, whole or for chosen cells.

A row has few entries, so its scores are a sum of few rows of the matrix. Of a dense matrix a band of columns is taken for all
rows before the next one: what they have in common is still in the cache then.
"""

import numpy as np
from numba import njit

from foretaste.arrays import AnyArray, Csr, FloatArray, IntArray
from foretaste.kernels.threads import share

BAND = 512
"""Columns that a thread takes at a time: the scores of a row lie in the fastest cache, and so do some rows of weights."""
CELLS = 4096
"""Cells that a thread takes at a time."""
ROWS = 32
"""Rows that a thread takes at a time."""


def sum_weights(X: Csr, weights: FloatArray) -> FloatArray:
    """Return for each row the sum of the weights' rows at its entries, whatever their values.

    Args:
        X: Rows x items.
        weights: float32 (items, columns), C-ordered.

    Returns:
        float32 (rows, columns), summed in the order of the entries, the same for any number of rows and threads.
    """
    out = np.zeros((X.shape[0], weights.shape[1]), np.float32)
    bands = -(-weights.shape[1] // BAND)
    share(lambda band: _sum(X.indptr, X.indices, weights, out, band * BAND, (band + 1) * BAND), bands)
    return out


def sum_cells(X: Csr, weights: FloatArray, rows: AnyArray, cols: AnyArray) -> FloatArray:
    """Return chosen cells of `sum_weights`, float32 (n,).

    Args:
        X: Rows x items.
        weights: float32 (items, columns), C-ordered.
        rows: Of the cells, int64 (n,), inside.
        cols: Of the cells, int64 (n,), inside.
    """
    out = np.empty(len(rows), np.float32)
    share(
        lambda p: _cells(X.indptr, X.indices, weights, rows, cols, out, p * CELLS, min((p + 1) * CELLS, len(rows))),
        -(-len(rows) // CELLS),
    )
    return out


def sum_sparse(X: Csr, weights: Csr) -> FloatArray:
    """Return what `sum_weights` does, of a sparse matrix of weights, float32 (rows, columns).

    Args:
        X: Rows x items.
        weights: Items x columns.
    """
    out = np.zeros((X.shape[0], weights.shape[1]), np.float32)
    lines = (X.indptr, X.indices, weights.indptr, weights.indices, weights.data, out)
    share(lambda p: _spread(*lines, p * ROWS, min((p + 1) * ROWS, len(out))), -(-len(out) // ROWS))
    return out


def sum_sparse_cells(X: Csr, near: IntArray, weight: FloatArray, rows: AnyArray, cols: AnyArray) -> FloatArray:
    """Return chosen cells of `sum_sparse`, float32 (n,).

    Args:
        X: Rows x items.
        near: The items that have a weight for a column, int32 (columns, most), ascending, -1 where there are no more.
        weight: These weights, float32 (columns, most).
        rows: Of the cells, int64 (n,), inside.
        cols: Of the cells, int64 (n,), inside.
    """
    out = np.empty(len(rows), np.float32)
    lines = (X.indptr, X.indices, near, weight, rows, cols, out)
    share(lambda p: _meet(*lines, p * CELLS, min((p + 1) * CELLS, len(rows))), -(-len(rows) // CELLS))
    return out


@njit(cache=True, nogil=True)
def _sum(start, items, weights, out, low, high):  # type: ignore[no-untyped-def]  # pragma: no cover
    for row in range(len(out)):
        target = out[row, low:high]
        for entry in range(start[row], start[row + 1]):
            source = weights[items[entry], low:high]
            for col in range(len(target)):
                target[col] += source[col]


@njit(cache=True, nogil=True)
def _cells(start, items, weights, rows, cols, out, low, high):  # type: ignore[no-untyped-def]  # pragma: no cover
    for cell in range(low, high):
        total = np.float32(0)
        for entry in range(start[rows[cell]], start[rows[cell] + 1]):
            total += weights[items[entry], cols[cell]]
        out[cell] = total


@njit(cache=True, nogil=True)
def _spread(start, items, weight_start, cols, weights, out, low, high):  # type: ignore[no-untyped-def]  # pragma: no cover
    for row in range(low, high):
        for entry in range(start[row], start[row + 1]):
            item = items[entry]
            for place in range(np.uint64(weight_start[item]), np.uint64(weight_start[item + 1])):
                out[row, np.uint64(cols[place])] += weights[place]  # unsigned: numba looks for negative places


@njit(cache=True, nogil=True)
def _meet(start, items, near, weight, rows, cols, out, low, high):  # type: ignore[no-untyped-def]  # pragma: no cover
    for cell in range(low, high):
        entry, stop, line = start[rows[cell]], start[rows[cell] + 1], cols[cell]
        total, place = np.float32(0), 0
        while entry < stop and place < near.shape[1] and near[line, place] >= 0:
            if items[entry] < near[line, place]:
                entry += 1
            elif items[entry] > near[line, place]:
                place += 1
            else:
                total += weight[line, place]
                entry += 1
                place += 1
        out[cell] = total
