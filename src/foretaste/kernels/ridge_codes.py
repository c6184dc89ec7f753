"""The ridge autoencoder's step: a code is the solution of a small ridge regression, and the gradient goes through the solve.

Rows are coded in parallel, each on its own; then columns are moved in parallel, each from the entries of the batch that are its
own. No two threads write to one place and every sum has one order, so the result does not depend on the number of threads.
With A = sum d_j q_j q_j' + L over the visible entries of a row, z = A^-1 (sum d_j q_j (r_j - b_j) + L z0) and g the gradient of
the loss at z, one more solve w = A^-1 g is all that the visible entries need:

    dq_j = d_j (e_j w - (q_j . w) z)     db_j = -d_j q_j . w     dy_j = L w / sqrt(n + 1)     dlog d_j = d_j e_j (q_j . w)
"""

from dataclasses import dataclass

import numpy as np
from numba import njit, types

from foretaste.arrays import AnyArray, Csr
from foretaste.kernels.threads import share
from foretaste.kernels.tiles import LANES, add_square, dot_rows, factorise, noisy_features, substitute

TILES = "b8878eaa2e48"
"""Start of the SHA-256 of `tiles`, checked by a test: numba looks for changes in this file only."""
BLOCK = 64
"""Entries summed in float32 before they are added to a float64 sum."""
PIECE = 1 << 21
"""Products that a thread takes on at a time."""
POOL = 1 << 16
"""Random numbers from which noise is read, each column at a place of its own in each step."""

F1, F2 = types.Array(types.float32, 1, "C", readonly=True), types.Array(types.float32, 2, "C", readonly=True)
I4, I8 = types.Array(types.int32, 1, "C", readonly=True), types.Array(types.int64, 1, "C", readonly=True)
B1, D1 = types.Array(types.boolean, 1, "C", readonly=True), types.Array(types.float64, 1, "C", readonly=True)


@dataclass(eq=False)
class Columns:
    """What is learnt of the columns; changed in place by `move`.

    Args:
        table: float32 (columns, width): 1, the factors q_j, the bias b_j, then zeros; width from `width_of`.
        prior: float32 (columns, width): y_j and zeros, what a visible entry says by being there.
        precision: float32 (columns, 1): log d_j, how much a visible entry counts.
    """

    table: AnyArray
    prior: AnyArray
    precision: AnyArray


@dataclass(frozen=True, eq=False)
class Noise:
    """Gaussian noise on the factors in one step.

    Args:
        spread: float32 (columns,): its standard deviation.
        shift: int32 (columns,): where in the pool a column reads.
        pool: float32 (POOL + width,): standard normal numbers.
    """

    spread: AnyArray
    shift: AnyArray
    pool: AnyArray


def width_of(k: int) -> int:
    """Return the width of a table for codes of length k: features and bias, in whole vectors."""
    return -(-(k + 1) // LANES) * LANES


def quiet(columns: int, width: int) -> Noise:
    """Return no noise."""
    return Noise(np.zeros(columns, np.float32), np.zeros(columns, np.int32), np.zeros(width, np.float32))


def solve_codes(X: Csr, columns: Columns, penalty: AnyArray) -> AnyArray:
    """Return the code of every row: argmin_z sum_j d_j (x_j - b_j - q_j . z)^2 + (z - z0)' L (z - z0).

    Args:
        X: Rows x columns; stored entries are the visible ones.
        columns: Tables of the columns.
        penalty: float64 (k,), the diagonal of L, all > 0.

    Returns:
        float32 (rows, k); an empty row's is 0.
    """
    quietly = quiet(len(columns.table), columns.table.shape[1])
    seen = np.ones(X.nnz, dtype=bool)
    return code_rows(X, seen, columns, penalty, quietly, train=False)[0][:, : len(penalty)]


def code_rows(
    X: Csr, seen: AnyArray, columns: Columns, penalty: AnyArray, noise: Noise, *, train: bool = True
) -> tuple[AnyArray, AnyArray, AnyArray]:
    """Code each row from its visible entries, and say how far its predictions of all of them are off.

    Args:
        X: Rows x columns.
        seen: bool (entries,), which are visible.
        columns: Tables of the columns.
        penalty: float64 (k,).
        noise: On the factors.
        train: Whether the second and third answer are wanted.

    Returns:
        Codes z, and w = A^-1 dLoss/dz for the loss of half the squared errors at the entries that are not visible, both float32
        (rows, width); and x_j - b_j - q_j . z of every entry, float32 (entries,).
    """
    rows, width = X.shape[0], columns.table.shape[1]
    codes = np.zeros((rows, width), np.float32)
    back = np.zeros((rows if train else 0, width), np.float32)
    errors = np.zeros(X.nnz if train else 0, np.float32)
    root = np.exp(0.5 * columns.precision[:, 0]).astype(np.float32)
    start, cols = X.indptr.astype(np.int64, copy=False), X.indices.astype(np.int32, copy=False)
    values, edges = X.data.astype(np.float32, copy=False), _edges(start, width)

    def work(piece: int) -> None:
        _code(
            start, cols, values, seen, columns.table, columns.prior, root, penalty, noise.spread, noise.shift, noise.pool,
            edges[piece], edges[piece + 1], codes, back, errors,
        )  # fmt: skip

    share(work, len(edges) - 1)
    return codes, back, errors


def _edges(start: AnyArray, width: int) -> list[int]:
    """Return where pieces of about equal work begin, and the end of the last."""
    rows = len(start) - 1
    cost = start + width * np.arange(rows + 1, dtype=np.int64)  # the solution costs as much as about `width` entries
    pieces = min(int(cost[-1]) * width * width // PIECE + 1, max(rows, 1))
    edges = np.unique(np.searchsorted(cost, np.linspace(0, cost[-1], pieces + 1)[1:-1]))
    return [0, *edges[(edges > 0) & (edges < rows)].tolist(), rows]


@njit(nogil=True, fastmath={"contract", "reassoc", "nsz"})
def _solve_again(a, k, g, out):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Solve A w = g with the U of A = U'U that `factorise` left."""
    for i in range(k):
        total = g[i]
        for p in range(i):
            total -= a[p, i] * a[p, k]
        a[i, k] = total * a[i, i]
    substitute(a, k, out)


@njit(nogil=True, fastmath={"contract", "reassoc", "nsz"})
def _equations(  # type: ignore[no-untyped-def]  # pragma: no cover
    cols, values, seen, table, prior, root, penalty, spread, shift, pool, block, mean, a
):
    """Write a row's normal equations to `a`, the right side to column k, from its visible entries."""
    k, width = len(penalty), table.shape[1]
    mean[:], a[:] = 0, 0
    count, filled = 0, 0
    for entry in range(len(cols)):
        if not seen[entry]:
            continue
        col = np.int64(cols[entry])
        count += 1
        for i in range(width):
            mean[i] += prior[col, i]
        noisy_features(table, col, spread[col], shift[col], pool, k, block, filled)
        block[filled, k] = values[entry] - block[filled, k]
        for i in range(width):
            block[filled, i] *= root[col]
        filled += 1
        if filled == BLOCK:
            add_square(block, filled, a)
            filled = 0
    add_square(block, filled, a)
    for i in range(k):
        a[i, i] += penalty[i]
        a[i, k] += penalty[i] * mean[i] / np.sqrt(count + 1.0)


@njit(
    types.void(
        I8, I4, F1, B1, F2, F2, F1, D1, F1, I4, F1, types.intp, types.intp, types.float32[:, ::1],
        types.float32[:, ::1], types.float32[::1],
    ),
    cache=True, nogil=True, fastmath={"contract", "reassoc", "nsz"},
)  # fmt: skip
def _code(  # type: ignore[no-untyped-def]  # pragma: no cover
    indptr, cols, values, seen, table, prior, root, penalty, spread, shift, pool, first, last, codes, back, errors
):
    k, width = len(penalty), table.shape[1]
    a, mean, g = np.empty((width, width)), np.empty(width), np.empty(width)
    block = np.empty((BLOCK, width), np.float32)
    for row in range(first, last):
        low, high = indptr[row], indptr[row + 1]
        _equations(
            cols[low:high],
            values[low:high],
            seen[low:high],
            table,
            prior,
            root,
            penalty,
            spread,
            shift,
            pool,
            block,
            mean,
            a,
        )
        factorise(a, k)
        substitute(a, k, codes[row])
        if len(back) == 0:
            continue
        g[:] = 0
        for entry in range(low, high):
            col = np.int64(cols[entry])
            noisy_features(table, col, spread[col], shift[col], pool, k, block, 0)
            error = values[entry] - block[0, k] - dot_rows(block, 0, codes, row)
            errors[entry] = error
            if not seen[entry]:
                for i in range(k):
                    g[i] -= error * block[0, i]
        _solve_again(a, k, g, back[row])
