"""Item neighbours: what all pairs of items have in common, and the largest of each item.

Pairs are counted item by item: whoever rated it walks through all they rated. So the work is the sum over people of their
ratings squared, memory is a block of items by all items, and of pairs that nobody rated there is no more than a zero. Items
are independent, so no result depends on the number of threads.
"""

from collections.abc import Callable

import numpy as np
from numba import njit

from foretaste.arrays import Csr, FloatArray, IntArray
from foretaste.kernels import threads
from foretaste.kernels.top import best_columns

BLOCK = 1 << 22
"""Weights that are made before the largest of each item are kept: 16 MB."""
ITEMS = 4
"""Items that a thread weighs at a time."""


def block_size(items: int) -> int:
    """Return of how many items the weights are made before the largest are kept."""
    return min(max(BLOCK // items, 1), items)


def find_neighbours(X: Csr, kept: int, *, shrink: float, prior: float, audience: float) -> tuple[IntArray, FloatArray]:
    """Return the items with the largest weights for each item, and the weights, largest first.

    The weight of item j for item i is max(0, s) (n n / n_j)^audience with s = (sum x_i x_j + shrink prior) / (sqrt(sum x_i^2
    sum x_j^2) + shrink), all sums over the n rows that hold both, of n_j that hold j; 0 where n is.

    Args:
        X: Rows x items; what is left of each rating, in units of about 1.
        kept: Neighbours to keep for each item, at least 1; no more than there are items are.
        shrink: Ratings in common to which the prior counts as much as they do, more than 0.
        prior: Likeness of two items about whose ratings nothing is known, -1 to 1.
        audience: How much it counts that the same people rated both, at least 0.

    Returns:
        Columns int32 and weights float32, both (items, kept); of equal weights the lower column first, weight 0 where there
        are no more.
    """
    by_item = X.T.tocsr()
    lines = [array for M in (X, by_item) for array in (M.indptr.astype(np.int64), M.indices, M.data)]
    settings = np.float32(shrink), np.float32(shrink * prior), np.float32(audience)
    return keep_heaviest(X.shape[1], kept, lambda first, out: _weigh(*lines, first, *settings, out))


def keep_heaviest(items: int, kept: int, weigh: Callable[[int, FloatArray], None]) -> tuple[IntArray, FloatArray]:
    """Return the largest weights of each item, of all of which no more than a block is there at a time.

    Args:
        items: How many there are.
        kept: Weights to keep for each item, at least 1; no more than there are items are.
        weigh: Writes the weights, at least 0, of all items for items first, first + 1, ... into the rows of an array
            (lines, items); called by several threads.

    Returns:
        Columns int32 and weights float32, both (items, kept), largest first; of equal weights the lower column first.
    """
    kept = min(kept, items)
    near, weight = np.empty((items, kept), np.int32), np.empty((items, kept), np.float32)
    size = block_size(items)
    table = np.empty((size, items), np.float32)
    for first in range(0, items, size):
        block = table[: items - first]

        def work(piece: int, first: int = first, block: FloatArray = block) -> None:
            place = ITEMS * piece
            weigh(first + place, block[place : place + ITEMS])

        threads.share(work, -(-len(block) // ITEMS))
        found = best_columns(block, np.zeros(len(block) + 1, np.int64), np.empty(0, np.int32), kept)
        assert found is not None  # noqa: S101 (it is None for nan only, and no weight is)
        near[first : first + size], weight[first : first + size] = found
        del found  # or there would be two of it in the next round
    return near, weight


@njit(cache=True, nogil=True)
def _weigh(  # type: ignore[no-untyped-def]  # pragma: no cover
    ptr, idx, val, by_ptr, by_idx, by_val, first, shrink, lift, audience, out
):
    """Write the weights of all items for items first, first + 1, ... into the rows of `out`."""
    items, one = len(by_ptr) - 1, np.float32(1)
    total = np.zeros((items, 4), np.float32)  # n, sum x_i x_j, sum x_i^2, sum x_j^2
    for line in range(len(out)):
        item = first + line
        for cell in range(by_ptr[item], by_ptr[item + 1]):
            row, x = by_idx[cell], by_val[cell]
            for other in range(np.uint64(ptr[row]), np.uint64(ptr[row + 1])):
                y, sums = val[other], total[np.uint64(idx[other])]  # unsigned: numba looks for negative places
                sums[0] += one
                sums[1] += x * y
                sums[2] += x * x
                sums[3] += y * y
        total[item] = 0
        for j in range(items):
            n = total[j, 0]
            out[line, j] = 0
            if n > 0:
                like = (total[j, 1] + lift) / (np.sqrt(total[j, 2] * total[j, 3]) + shrink)
                if like > 0:
                    shared = n * n / np.float32(by_ptr[j + 1] - by_ptr[j])
                    out[line, j] = like * (shared if audience == 1 else shared**audience)
                total[j] = 0
