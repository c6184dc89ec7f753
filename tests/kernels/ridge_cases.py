"""A small problem of the ridge autoencoder, and its formulas in float64, for the tests of codes and steps."""

import numpy as np
from scipy.sparse import csr_array

from foretaste.arrays import as_csr
from foretaste.kernels.ridge_codes import Columns, Noise, width_of

ROWS, COLS, K = 9, 12, 5
PENALTY = np.array([5.0, 3, 2, 4, 8])


def problem(seed: int = 0, rows: int = ROWS, cols: int = COLS, k: int = K, share: float = 0.6):
    rng = np.random.default_rng(seed)
    row, col = np.nonzero(rng.random((rows, cols)) < share * (np.arange(rows) != 3)[:, None])
    X = as_csr(csr_array((rng.normal(size=len(row)), (row, col)), shape=(rows, cols)))
    table = np.zeros((cols, width_of(k)), np.float32)
    table[:, 0], table[:, 1:k], table[:, k] = 1, rng.normal(size=(cols, k - 1)), rng.normal(size=cols)
    prior = np.zeros_like(table)
    prior[:, :k] = rng.normal(size=(cols, k))
    columns = Columns(table, prior, rng.normal(0, 0.5, (cols, 1)).astype(np.float32))
    return X, columns, rng.random(X.nnz) < 0.6


def some_noise(cols: int, width: int) -> Noise:
    rng = np.random.default_rng(7)
    pool = rng.normal(size=100 + width).astype(np.float32)
    return Noise(rng.uniform(0.1, 0.4, cols).astype(np.float32), rng.integers(0, 100, cols, dtype=np.int32), pool)


def plain(columns: Columns, k: int, noise: Noise | None = None):
    """Return q, b, y and log d in float64, noise added to the factors."""
    q = columns.table[:, :k].astype(np.float64)
    if noise is not None:
        for col in range(len(q)):
            q[col, 1:] += noise.spread[col] * noise.pool[noise.shift[col] + 1 : noise.shift[col] + k].astype(np.float64)
    parts = columns.table[:, k], columns.prior[:, :k], columns.precision[:, 0]
    return [q, *(part.astype(np.float64) for part in parts)]


def dense_code(X, row, seen, parts, penalty):
    """Return the code of one row by numpy's dense solve."""
    q, b, y, log_d = parts
    cells = np.arange(X.indptr[row], X.indptr[row + 1])
    cells = cells[seen[cells]]
    cols, L = X.indices[cells], np.diag(penalty)
    D = np.diag(np.exp(log_d[cols]))
    start = y[cols].sum(0) / np.sqrt(len(cells) + 1)
    A = q[cols].T @ D @ q[cols] + L
    return np.linalg.solve(A, q[cols].T @ D @ (X.data[cells].astype(np.float64) - b[cols]) + L @ start)
