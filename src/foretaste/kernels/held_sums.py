"""Sums of table rows over what each row holds, whatever its values: what a rating says by being there."""

import numpy as np
from numba import njit

from foretaste.arrays import Csr, FloatArray
from foretaste.kernels import threads
from foretaste.kernels.tiles import LANES, add_row

TILES = "b8878eaa2e48"
"""Start of the SHA-256 of `tiles`, checked by a test: numba looks for changes in this file only."""
PIECE = 1 << 22
"""Numbers that a thread adds up at a time, some milliseconds: less than that wakes nobody."""


def sum_held(X: Csr, table: FloatArray) -> FloatArray:
    """Return for each row the sum of the table's rows at its stored columns.

    Args:
        X: Rows x columns; values do not matter.
        table: float32 (columns, k).

    Returns:
        float32 (rows, k), zeros for an empty row. Sums run in the order of the columns, whatever the number of threads.
    """
    k = table.shape[1]
    wide = np.zeros((len(table), -(-k // LANES) * LANES), np.float32)
    wide[:, :k] = table
    out = np.empty((X.shape[0], k), np.float32)
    start = X.indptr.astype(np.int64, copy=False)
    pieces = max(min(X.nnz * k // PIECE, X.shape[0]), 1)
    edges = np.searchsorted(start, np.linspace(0, X.nnz, pieces + 1)[1:-1]).tolist()
    edges = [0, *edges, X.shape[0]]

    def work(piece: int) -> None:
        _sum(start, X.indices, wide, edges[piece], edges[piece + 1], out)

    threads.share(work, pieces)
    return out


@njit(cache=True, nogil=True)
def _sum(start, cols, table, first, last, out):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Sum rows first to last - 1."""
    total, k = np.empty((1, table.shape[1]), np.float32), out.shape[1]
    for row in range(first, last):
        total[:] = 0
        for entry in range(start[row], start[row + 1]):
            add_row(total, 0, table, np.int64(cols[entry]), 0)
        for i in range(k):
            out[row, i] = total[0, i]
