"""Weighted sums of table rows for many users at once: the encoder of a model that is used, not trained."""

import numpy as np
from numba import njit

from foretaste.arrays import AnyArray, Csr
from foretaste.kernels import threads

USERS = 512
"""Users that a thread takes at a time: enough to share a table row, few enough for their sums to stay in a cache."""


def sum_rows(X: Csr, table: AnyArray) -> AnyArray:
    """Return X times the table, walking item by item: a row of the table is loaded once for many users.

    Args:
        X: Rows x items, float32.
        table: float32 (items, width), C-contiguous.

    Returns:
        float32 (rows, width). Sums run in the order of the items, whatever the number of threads.
    """
    out = np.zeros((X.shape[0], table.shape[1]), np.float32)

    def work(piece: int) -> None:
        users = slice(USERS * piece, USERS * (piece + 1))
        by_item = X[users].tocsc()
        _sum(by_item.indptr, by_item.indices, by_item.data, table, out[users])

    threads.share(work, -(-X.shape[0] // USERS))
    return out


@njit(cache=True, nogil=True, fastmath={"contract"})
def _sum(indptr, indices, data, table, out):  # type: ignore[no-untyped-def]  # pragma: no cover
    width = np.uint64(table.shape[1])
    for item in range(len(indptr) - 1):
        source = table[item]
        for cell in range(indptr[item], indptr[item + 1]):
            target, weight = out[indices[cell]], data[cell]
            for j in range(width):  # unsigned, or numba looks for negative places and the loop is no vector code
                target[j] += weight * source[j]
