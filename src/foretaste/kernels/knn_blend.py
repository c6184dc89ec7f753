"""What a row's ratings say about an item: the mean of those of its nearest neighbours, by weight.

The neighbours of an item are looked through, the nearest first, until enough of them are in the row. Where whole rows are asked
for, that is done for 64 rows at once: a word for each item says which of them hold it, so a neighbour that nobody holds costs
one look for all of them.
"""

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from foretaste.arrays import AnyArray, Csr, FloatArray, IntArray
from foretaste.kernels import threads

ROWS = 64
"""Rows that are blended at once: bits of a word."""
PIECE = 1 << 20
"""Neighbours that a thread looks through at a time, at most: waking it takes as long as some ten thousand."""


def blend_rows(X: Csr, near: IntArray, weight: FloatArray, most: int, damping: float) -> FloatArray:
    """Return sum w_ij x_j / (damping + sum w_ij) over the nearest items that a row holds, for every row and item.

    Args:
        X: Rows x items, x_j.
        near: int32 (items, kept), as from `find_neighbours`.
        weight: float32 (items, kept), w, falling.
        most: Neighbours that count, at least 1.
        damping: More than 0.

    Returns:
        float32 (rows, items), 0 where a row holds no neighbour.
    """
    out = np.empty(X.shape, np.float32)
    start = X.indptr.astype(np.int64, copy=False)

    size = max(min(ROWS, -(-X.shape[0] // threads.count())), 1)

    def work(piece: int) -> None:
        first, last = size * piece, min(size * (piece + 1), X.shape[0])
        _blend_rows(start, X.indices, X.data, near, weight, most, damping, first, last, out)

    threads.share(work, -(-X.shape[0] // size))
    return out


def blend_cells(
    X: Csr, near: IntArray, weight: FloatArray, rows: AnyArray, cols: AnyArray, most: int, damping: float
) -> FloatArray:
    """Return what `blend_rows` does for some cells, at a cost that follows them.

    Args:
        X: As there.
        near: As there.
        weight: As there.
        rows: Of the cells, int (n,).
        cols: Of the cells, int (n,).
        most: As there.
        damping: As there.

    Returns:
        float32 (n,).
    """
    order = np.argsort(rows, kind="stable")
    asked, cells = cols[order].astype(np.int32), np.searchsorted(rows[order], np.arange(X.shape[0] + 1))
    start, found = X.indptr.astype(np.int64, copy=False), np.empty(len(order), np.float32)
    edges = _edges(cells * near.shape[1])

    def work(piece: int) -> None:
        low, high = edges[piece], edges[piece + 1]
        _blend_cells(start, X.indices, X.data, near, weight, cells, asked, most, damping, low, high, found)

    threads.share(work, len(edges) - 1)
    out = np.empty_like(found)
    out[order] = found
    return out


def _edges(cost: AnyArray) -> list[int]:
    """Return where pieces of about equal cost begin, and the end of the last; cost (rows + 1,) is summed up to each row."""
    rows = len(cost) - 1
    edges = np.searchsorted(cost, np.linspace(0, cost[-1], int(cost[-1]) // PIECE + 2)[1:-1])
    return [0, *np.unique(edges[(edges > 0) & (edges < rows)]).tolist(), rows]


@intrinsic
def _lowest_bit(_typing, word):  # type: ignore[no-untyped-def]  # noqa: ARG001
    """Return the place of the lowest bit that is set; the word is not 0."""

    def write(_context, builder, _signature, values):  # type: ignore[no-untyped-def]
        return builder.cttz(values[0], ir.Constant(ir.IntType(1), 1))

    return types.uint64(types.uint64), write


@njit(cache=True, nogil=True)
def _blend_rows(  # type: ignore[no-untyped-def]  # pragma: no cover
    start, idx, val, near, weight, most, damping, first, last, out
):
    """Write rows first to last - 1, at most as many as a word has bits."""
    one, none = np.uint64(1), np.uint64(0)
    held, value = np.zeros(len(near), np.uint64), np.empty((len(near), ROWS), np.float32)
    for row in range(first, last):
        for place in range(start[row], start[row + 1]):
            held[idx[place]] |= one << np.uint64(row - first)
            value[idx[place], row - first] = val[place]
    anyone = none
    for row in range(last - first):
        anyone |= one << np.uint64(row)
    above, below, count = np.empty(ROWS), np.empty(ROWS), np.empty(ROWS, np.int64)
    for item in range(len(near)):
        above[:], below[:], count[:], asking = 0, damping, 0, anyone
        for p in range(near.shape[1]):
            j, w = np.uint64(near[item, p]), weight[item, p]
            if w == 0 or asking == none:
                break
            holders = held[j] & asking
            while holders != none:
                row = _lowest_bit(holders)
                above[row] += w * value[j, row]
                below[row] += w
                count[row] += 1
                if count[row] == most:
                    asking ^= one << row
                holders &= holders - one
        for row in range(last - first):
            out[first + row, item] = above[row] / below[row]


@njit(cache=True, nogil=True)
def _blend_cells(  # type: ignore[no-untyped-def]  # pragma: no cover
    start, idx, val, near, weight, cells, asked, most, damping, first, last, out
):
    """Write the cells asked for of rows first to last - 1."""
    held, value = np.zeros(len(near), np.bool_), np.empty(len(near), np.float32)
    for row in range(first, last):
        if cells[row] == cells[row + 1]:
            continue
        for place in range(start[row], start[row + 1]):
            held[idx[place]], value[idx[place]] = True, val[place]
        for cell in range(cells[row], cells[row + 1]):
            item, count, above, below = asked[cell], 0, 0.0, damping
            for p in range(near.shape[1]):
                j, w = np.uint64(near[item, p]), weight[item, p]
                if w == 0 or count == most:
                    break
                if held[j]:
                    above, below, count = above + w * value[j], below + w, count + 1
            out[cell] = above / below
        for place in range(start[row], start[row + 1]):
            held[idx[place]] = False
