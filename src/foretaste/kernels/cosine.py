"""Item neighbours by who had to do with both, and rows scored by them: the parts of item-kNN for clicks."""

import numpy as np
from numba import njit
from scipy.sparse import csr_array

from foretaste.arrays import AnyArray, Csr, FloatArray, IntArray, count_by_column
from foretaste.kernels import threads
from foretaste.kernels.knn import keep_heaviest

ROWS = 64
"""Rows that a thread scores at a time."""


def find_likest(X: Csr, kept: int, *, length: float, exponent: float, shrink: float) -> tuple[IntArray, FloatArray]:
    """Return the items with the largest weights for each item, and the weights, largest first.

    The weight of item j for item i is m_ij / ((m_i m_j)^exponent + shrink): m_ij adds up, over the rows that hold both, the
    row's number of entries to the power of -length, in units of the mean of that over all rows; m_i and m_j over those that
    hold one of them.

    Args:
        X: Rows x items; values do not matter.
        kept: Neighbours to keep for each item, at least 1; no more than there are items are.
        length: How much less long rows count, at least 0.
        exponent: How much less popular items count, at least 0; 0.5 is the cosine.
        shrink: At least 0.

    Returns:
        Columns int32 and weights float32, both (items, kept); of equal weights the lower column first, weight 0 where there
        are no more.
    """
    by_item, share = X.T.tocsr(), np.maximum(np.diff(X.indptr), 1.0) ** -length
    share = (share / share.mean()).astype(np.float32)
    total = np.zeros(X.shape[1])
    for item in np.flatnonzero(count_by_column(X)):
        total[item] = share[by_item.indices[by_item.indptr[item] : by_item.indptr[item + 1]]].sum(dtype=np.float64)
    norm = (total**exponent).astype(np.float32)
    lines = [array for M in (X, by_item) for array in (M.indptr.astype(np.int64), M.indices)]
    return keep_heaviest(
        X.shape[1], kept, lambda first, out: _weigh(*lines, share, norm, np.float32(shrink), first, out)
    )


def by_source(near: IntArray, weight: FloatArray) -> Csr:
    """Return the same weights by the item that is held: row j, column i is that of j for i; zeros are left out."""
    items, kept = near.shape
    wide = np.int32 if near.size < 2**31 else np.int64  # scipy widens both to the wider of the two
    start = np.arange(0, near.size + 1, kept, dtype=wide)
    table = csr_array((weight.ravel(), near.ravel(), start), shape=(items, items)).T.tocsr()
    table.eliminate_zeros()
    return table


def add_up(X: Csr, table: Csr) -> FloatArray:
    """Return X times the weights, float32 (rows, items), as if all of X were 1, at a cost that follows the weights met.

    Args:
        X: Rows x items; values do not matter.
        table: As from `by_source`.
    """
    out = np.zeros(X.shape, np.float32)

    def work(piece: int) -> None:
        first, last = ROWS * piece, min(ROWS * (piece + 1), X.shape[0])
        _add_up(X.indptr, X.indices, table.indptr, table.indices, table.data, first, last, out)

    threads.share(work, -(-X.shape[0] // ROWS))
    return out


def add_up_cells(X: Csr, near: IntArray, weight: FloatArray, rows: AnyArray, cols: AnyArray) -> FloatArray:
    """Return what `add_up` does for some cells, at a cost that follows them.

    Args:
        X: As there.
        near: As from `find_likest`.
        weight: As from there.
        rows: Of the cells, int (n,).
        cols: Of the cells, int (n,).

    Returns:
        float32 (n,).
    """
    order = np.argsort(rows, kind="stable")
    asked, cells = cols[order].astype(np.int64), np.searchsorted(rows[order], np.arange(X.shape[0] + 1))
    found, out = np.empty(len(order), np.float32), np.empty(len(order), np.float32)
    _add_up_cells(X.indptr, X.indices, near, weight, cells, asked, found)
    out[order] = found
    return out


@njit(cache=True, nogil=True)
def _weigh(ptr, idx, by_ptr, by_idx, share, norm, shrink, first, out):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Write the weights of all items for items first, first + 1, ... into the rows of `out`."""
    for line in range(len(out)):
        item, total = first + line, out[line]
        total[:] = 0
        for cell in range(by_ptr[item], by_ptr[item + 1]):
            row = by_idx[cell]
            for other in range(np.uint64(ptr[row]), np.uint64(ptr[row + 1])):
                total[np.uint64(idx[other])] += share[row]  # unsigned: numba looks for negative places
        total[item] = 0
        for j in range(len(norm)):
            if total[j] > 0:
                total[j] /= norm[item] * norm[j] + shrink


@njit(cache=True, nogil=True)
def _add_up(ptr, idx, table_ptr, to, weight, first, last, out):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Write rows first to last - 1."""
    for row in range(first, last):
        target = out[row]
        for cell in range(ptr[row], ptr[row + 1]):
            item = idx[cell]
            for entry in range(np.uint64(table_ptr[item]), np.uint64(table_ptr[item + 1])):
                target[np.uint64(to[entry])] += weight[entry]


@njit(cache=True, nogil=True)
def _add_up_cells(ptr, idx, near, weight, cells, asked, out):  # type: ignore[no-untyped-def]  # pragma: no cover
    held = np.zeros(len(near), np.bool_)
    for row in range(len(ptr) - 1):
        if cells[row] == cells[row + 1]:
            continue
        held[idx[ptr[row] : ptr[row + 1]]] = True
        for cell in range(cells[row], cells[row + 1]):
            item, total = asked[cell], 0.0
            for place in range(near.shape[1]):
                if held[near[item, place]]:
                    total += weight[item, place]
            out[cell] = total
        held[idx[ptr[row] : ptr[row + 1]]] = False
