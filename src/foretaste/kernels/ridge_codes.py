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
from foretaste.kernels.tiles import LANES, add_square, factorise, substitute

TILES = "d96079f28177"
"""Start of the SHA-256 of `tiles`, checked by a test: numba looks for changes in this file only."""
BLOCK = 64
"""Entries summed in float32 before they are added to a float64 sum."""
PIECE = 1 << 21
"""Products that a thread takes on at a time."""
POOL = 1 << 16
"""Random numbers from which noise is read, each column at a place of its own in each step."""
BETAS = (0.9, 0.999)
EPSILON = 1e-8

_F1, _F2 = types.Array(types.float32, 1, "C", readonly=True), types.Array(types.float32, 2, "C", readonly=True)
_I4, _I8 = types.Array(types.int32, 1, "C", readonly=True), types.Array(types.int64, 1, "C", readonly=True)
_B1, _D1 = types.Array(types.boolean, 1, "C", readonly=True), types.Array(types.float64, 1, "C", readonly=True)


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


def move(
    X: Csr, seen: AnyArray, columns: Columns, penalty: AnyArray, noise: Noise,
    found: tuple[AnyArray, AnyArray, AnyArray], moments: tuple[AnyArray, ...], rule: AnyArray,
) -> None:  # fmt: skip
    """Take one step of Adam with the gradients of a batch, in place.

    Args:
        X: The batch, as in `code_rows`.
        seen: As there.
        columns: Moved.
        penalty: As there.
        noise: As there.
        found: What `code_rows` returned.
        moments: First and second moments of table, prior and precision, in this order, six arrays shaped like them.
        rule: float32 (8,): learning rate, the two bias corrections 1 - beta^t, 1 / hidden entries, and the L2 penalties on
            factors, prior, bias and precision.
    """
    width = columns.table.shape[1]
    n_columns = X.shape[1]
    cols = X.indices.astype(np.int32, copy=False)
    start, entries = _by_column(cols, n_columns)
    lengths = np.diff(X.indptr)
    row_of = np.repeat(np.arange(X.shape[0], dtype=np.int32), lengths)
    scale = (1 / np.sqrt(np.bincount(row_of[seen], minlength=X.shape[0]) + 1)).astype(np.float32)
    codes, back, errors = found
    weights = penalty.astype(np.float32)
    pieces = max(1, min(n_columns, (X.nnz * 4 + n_columns * 8) * width // PIECE + 1))
    cost = start + 2 * np.arange(n_columns + 1, dtype=np.int64)
    inner = np.unique(np.searchsorted(cost, np.linspace(0, cost[-1], pieces + 1)[1:-1]))
    edges = [0, *inner[(inner > 0) & (inner < n_columns)].tolist(), n_columns]

    def work(piece: int) -> None:
        _move(
            start, entries, row_of, seen, errors, codes, back, scale, weights, noise.spread, noise.shift, noise.pool,
            edges[piece], edges[piece + 1], columns.table, columns.prior, columns.precision, *moments, rule,
        )  # fmt: skip

    share(work, len(edges) - 1)


def _edges(start: AnyArray, width: int) -> list[int]:
    """Return where pieces of about equal work begin, and the end of the last."""
    rows = len(start) - 1
    cost = start + width * np.arange(rows + 1, dtype=np.int64)  # the solution costs as much as about `width` entries
    pieces = int(cost[-1]) * width * width // PIECE + 1
    edges = np.unique(np.searchsorted(cost, np.linspace(0, cost[-1], pieces + 1)[1:-1]))
    return [0, *edges[(edges > 0) & (edges < rows)].tolist(), rows]


@njit(types.Tuple((types.int64[::1], types.int32[::1]))(_I4, types.intp), cache=True, nogil=True)
def _by_column(cols, n):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Return where each column's entries begin, (n + 1,), and the entries by column, in their order."""
    start, entries = np.zeros(n + 1, np.int64), np.empty(len(cols), np.int32)
    for entry in range(len(cols)):
        start[cols[entry] + 1] += 1
    for col in range(n):
        start[col + 1] += start[col]
    place = start[:-1].copy()
    for entry in range(len(cols)):
        col = cols[entry]
        entries[place[col]] = entry
        place[col] += 1
    return start, entries


@njit(nogil=True, fastmath={"contract", "reassoc", "nsz"})
def _feature(table, col, spread, place, pool, k, block, line):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Write 1, the noisy factors and the bias of a column to a line of `block`."""
    bias = table[col, k]
    if spread == 0:
        for i in range(block.shape[1]):
            block[line, i] = table[col, i]
        return
    for i in range(block.shape[1]):
        block[line, i] = table[col, i] + spread * pool[place + i]
    block[line, 0] = 1
    block[line, k] = bias
    for i in range(k + 1, block.shape[1]):
        block[line, i] = 0


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
def _dot(left, i, right, j):  # type: ignore[no-untyped-def]  # pragma: no cover
    total = np.float32(0)
    for p in range(left.shape[1]):
        total += left[i, p] * right[j, p]
    return total


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
        _feature(table, col, spread[col], shift[col], pool, k, block, filled)
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
        _I8, _I4, _F1, _B1, _F2, _F2, _F1, _D1, _F1, _I4, _F1, types.intp, types.intp, types.float32[:, ::1],
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
            _feature(table, col, spread[col], shift[col], pool, k, block, 0)
            error = values[entry] - block[0, k] - _dot(block, 0, codes, row)
            errors[entry] = error
            if not seen[entry]:
                for i in range(k):
                    g[i] -= error * block[0, i]
        _solve_again(a, k, g, back[row])


@njit(nogil=True, fastmath={"contract", "reassoc", "nsz", "arcp"})
def _adam(value, first, second, gradient, l2, rule):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Move some numbers of a column, in float32; rule holds the rate, the corrections and the scale of the gradient."""
    rate, keep1, keep2, scale = rule[0] / rule[1], np.float32(BETAS[0]), np.float32(BETAS[1]), rule[3]
    new1, new2, right, small = (
        np.float32(1) - keep1,
        np.float32(1) - keep2,
        np.float32(1) / rule[2],
        np.float32(EPSILON),
    )
    for i in range(value.shape[0]):
        g = gradient[i] * scale + l2 * value[i]
        m = keep1 * first[i] + new1 * g
        v = keep2 * second[i] + new2 * g * g
        first[i], second[i] = m, v
        value[i] -= rate * m / (np.sqrt(v * right) + small)


@njit(
    types.void(
        _I8, _I4, _I4, _B1, _F1, _F2, _F2, _F1, _F1, _F1, _I4, _F1, types.intp, types.intp, types.float32[:, ::1],
        types.float32[:, ::1], types.float32[:, ::1], types.float32[:, ::1], types.float32[:, ::1], types.float32[:, ::1],
        types.float32[:, ::1], types.float32[:, ::1], types.float32[:, ::1], _F1,
    ),
    cache=True, nogil=True, fastmath={"contract", "reassoc", "nsz"},
)  # fmt: skip
def _move(  # type: ignore[no-untyped-def]  # pragma: no cover
    starts, entries, row_of, seen, errors, codes, back, scale, penalty, spread, shift, pool, first, last,
    table, prior, precision, m_table, v_table, m_prior, v_prior, m_precision, v_precision, rule,
):  # fmt: skip
    k, width = len(penalty), table.shape[1]
    line, own = np.empty((1, width), np.float32), np.empty(1, np.float32)
    gq, gy = np.empty(width, np.float32), np.empty(width, np.float32)
    for col in range(first, last):
        _feature(table, col, spread[col], shift[col], pool, k, line, 0)
        d, bias, log_d = np.exp(precision[col, 0]), np.float32(0), np.float32(0)
        gq[:] = 0
        gy[:] = 0
        for place in range(starts[col], starts[col + 1]):
            entry = entries[place]
            row, error = row_of[entry], errors[entry]
            if seen[entry]:
                dot = _dot(line, 0, back, row)
                pull, push, weight = d * error, d * dot, scale[row]
                for i in range(width):
                    gq[i] += pull * back[row, i] - push * codes[row, i]
                    gy[i] += weight * back[row, i]
                bias -= push
                log_d += pull * dot
            else:
                for i in range(width):
                    gq[i] -= error * codes[row, i]
                bias -= error
        gq[k] = bias
        for i in range(k):
            gy[i] *= penalty[i]
        own[0] = log_d
        _adam(table[col, 1:k], m_table[col, 1:k], v_table[col, 1:k], gq[1:k], rule[4], rule)
        _adam(table[col, k : k + 1], m_table[col, k : k + 1], v_table[col, k : k + 1], gq[k : k + 1], rule[6], rule)
        _adam(prior[col, :k], m_prior[col, :k], v_prior[col, :k], gy[:k], rule[5], rule)
        _adam(precision[col], m_precision[col], v_precision[col], own, rule[7], rule)
