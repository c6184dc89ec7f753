"""One small ridge regression a row: the step of alternating least squares, and folding in a new row.

The normal equations of a row are gathered a block of entries at a time, summed in float32 within a block and in float64 over
them, and solved in float64. The target stands beside the features of its entry, so its products with them come out of the same
sum, and the forward substitution out of the factorisation.
"""

import numpy as np
from numba import njit, types

from foretaste.arrays import AnyArray, Csr, IntArray
from foretaste.kernels.threads import share
from foretaste.kernels.tiles import LANES, add_multiple, add_row, add_square, copy_row, factorise, substitute

TILES = "b8878eaa2e48"
"""Start of the SHA-256 of `tiles`, checked by a test: numba looks for changes in this file only."""
BLOCK = 64
"""Entries summed in float32 before they are added to a float64 sum."""
PIECE = 1 << 25
"""Products that a thread takes on at a time, some milliseconds: less than that wakes nobody."""


def solve_rows(
    X: Csr, features: AnyArray, l2: AnyArray, *, offset: AnyArray | None = None, spread: AnyArray | None = None
) -> AnyArray:
    """Solve min_z sum_j [(x_j - o_j - f_j . z)^2 + z' diag(s_j) z] + z' diag(l2) z for each row over its stored entries.

    Args:
        X: Rows x columns, x_j; stored entries only.
        features: float (columns, k), f_j.
        l2: float (k,), penalties, all > 0 (an empty row then gives zeros).
        offset: float (columns,), o_j: what is explained already; None means nothing.
        spread: float (columns, k), s_j: the variance of each feature, where features are estimates; None means none.

    Returns:
        float32 (rows, k). Rows are independent, so the result does not depend on the number of threads.
    """
    return solve_rows_with_spread(X, features, l2, offset=offset, spread=spread, ask=False)[0]


def solve_rows_with_spread(
    X: Csr,
    features: AnyArray,
    l2: AnyArray,
    *,
    offset: AnyArray | None = None,
    spread: AnyArray | None = None,
    prior: AnyArray | None = None,
    ask: bool = True,
) -> tuple[AnyArray, AnyArray]:
    """Solve as `solve_rows`, or with (z - m)' diag(l2) (z - m) as the penalty, and return how uncertain each solution is.

    Args:
        X: As there.
        features: As there.
        l2: As there.
        offset: As there.
        spread: As there.
        prior: float (rows, k), m: what is expected of each row; None means 0.
        ask: Whether the second answer is wanted.

    Returns:
        The solutions, and the diagonal of the inverse of each row's matrix, both float32 (rows, k); m and 1 / l2
        for an empty row.
    """
    penalty = np.array(l2, dtype=np.float64)
    k = len(penalty)
    out = np.zeros((X.shape[0], k), np.float32) if prior is None else np.array(prior, np.float32, order="C")
    own = np.tile((1 / penalty).astype(np.float32), (X.shape[0] if ask else 0, 1))
    start, cols = X.indptr.astype(np.int64, copy=False), X.indices.astype(np.int32, copy=False)
    values, table, edges = X.data.astype(np.float32, copy=False), _table(features, offset, spread), _edges(X.indptr, k)

    def work(piece: int) -> None:
        _solve(start, cols, values, table, penalty, edges[piece], edges[piece + 1], out, own)

    share(work, len(edges) - 1)
    return out, own


def _table(features: AnyArray, offset: AnyArray | None, spread: AnyArray | None) -> AnyArray:
    """Return features, offset and spread of a column side by side, each of whole vectors: features, offset, 0 | spread, 0."""
    n, k = features.shape
    width = -(-(k + 1) // LANES) * LANES
    table = np.zeros((n, width if spread is None else 2 * width), np.float32)
    table[:, :k] = features
    if offset is not None:
        table[:, k] = offset
    if spread is not None:
        table[:, width : width + k] = spread
    return table


def _edges(start: IntArray, k: int) -> list[int]:
    """Return where pieces of about equal work begin, and the end of the last."""
    rows, own = len(start) - 1, 4 * k  # the solution costs as much as about 4 k entries
    work = (int(start[-1]) + own * rows) * k * k
    if work < 2 * PIECE:
        return [0, rows]
    cost = start + own * np.arange(rows + 1, dtype=np.int64)
    edges = np.searchsorted(cost, np.linspace(0, cost[-1], work // PIECE + 1)[1:-1])
    return [0, *np.unique(edges[(edges > 0) & (edges < rows)]).tolist(), rows]


@njit(nogil=True)
def _gather(cols, values, table, k, block, doubt):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Write the features of some entries, and the target beside them, to `block`, and the sum of their spread to `doubt`."""
    width = block.shape[1]
    doubt[:] = 0
    for entry in range(len(cols)):
        col = np.int64(cols[entry])
        copy_row(block, entry, table, col)
        block[entry, k] = values[entry] - block[entry, k]
        if table.shape[1] > width:
            add_row(doubt, 0, table, col, width)


@njit(nogil=True)
def _inverse_diagonal(a, k, lines, out):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Write the diagonal of the inverse of U'U: sums of squares of the rows of U's inverse, of which `lines` holds some."""
    for first in range(0, k, LANES):
        last = min(first + LANES, k)
        lines[:] = 0
        for i in range(first, last):
            lines[i - first, i] = 1
            out[i] = 0
        for p in range(first, k):
            for i in range(first, min(p + 1, last)):
                value = lines[i - first, p] * a[p, p]
                out[i] += value * value
                add_multiple(lines, i - first, -value, a, p, (p + 1) // LANES * LANES)


@njit(
    types.void(
        types.Array(types.int64, 1, "C", readonly=True), types.Array(types.int32, 1, "C", readonly=True),
        types.Array(types.float32, 1, "C", readonly=True), types.float32[:, ::1], types.float64[::1],
        types.intp, types.intp, types.float32[:, ::1], types.float32[:, ::1],
    ),
    cache=True, nogil=True,
)  # fmt: skip
def _solve(indptr, indices, values, table, penalty, first, last, out, own):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Solve rows first to last - 1 into `out`, which holds what is expected of them, and how uncertain they are into `own`.

    The second is left out where `own` has no rows.
    """
    k = len(penalty)
    width = (k + LANES) // LANES * LANES
    a, lines = np.empty((width, width)), np.empty((LANES, width))
    block, doubt = np.empty((BLOCK, width), np.float32), np.empty((1, width), np.float32)
    for row in range(first, last):
        start, stop = indptr[row], indptr[row + 1]
        if start == stop:
            continue
        a[:] = 0
        for i in range(k):
            a[i, i] = penalty[i]
            a[i, k] = penalty[i] * out[row, i]
        for low in range(start, stop, BLOCK):
            high = min(low + BLOCK, stop)
            _gather(indices[low:high], values[low:high], table, k, block, doubt)
            add_square(block, high - low, a)
            if table.shape[1] > width:
                for i in range(k):
                    a[i, i] += doubt[0, i]
        factorise(a, k)
        substitute(a, k, out[row])
        if len(own):
            _inverse_diagonal(a, k, lines, own[row])
