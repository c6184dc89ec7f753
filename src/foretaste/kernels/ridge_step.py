"""How the columns of the ridge autoencoder move: each from the entries of the batch that are its own, by one step of Adam."""

import numpy as np
from numba import njit, types

from foretaste.arrays import AnyArray, Csr
from foretaste.kernels.ridge_codes import B1, F1, F2, I4, I8, PIECE, Columns, Noise
from foretaste.kernels.threads import share
from foretaste.kernels.tiles import dot_rows, noisy_features

TILES = "b8878eaa2e48"
"""Start of the SHA-256 of `tiles`, checked by a test: numba looks for changes in this file only."""
BETAS = (0.9, 0.999)
EPSILON = 1e-8


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


@njit(types.Tuple((types.int64[::1], types.int32[::1]))(I4, types.intp), cache=True, nogil=True)
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
        I8, I4, I4, B1, F1, F2, F2, F1, F1, F1, I4, F1, types.intp, types.intp, types.float32[:, ::1],
        types.float32[:, ::1], types.float32[:, ::1], types.float32[:, ::1], types.float32[:, ::1], types.float32[:, ::1],
        types.float32[:, ::1], types.float32[:, ::1], types.float32[:, ::1], F1,
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
        if starts[col] < starts[col + 1]:
            noisy_features(table, col, spread[col], shift[col], pool, k, line, 0)
        d, bias, log_d = np.exp(precision[col, 0]), np.float32(0), np.float32(0)
        gq[:] = 0
        gy[:] = 0
        for place in range(starts[col], starts[col + 1]):
            entry = entries[place]
            row, error = row_of[entry], errors[entry]
            if seen[entry]:
                dot = dot_rows(line, 0, back, row)
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
