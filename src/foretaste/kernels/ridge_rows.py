"""One small ridge regression a row, all rows in parallel: the step of alternating least squares, and folding in a new row."""

import numpy as np
from numba import njit, prange

from foretaste.arrays import AnyArray, Csr


def solve_rows(X: Csr, features: AnyArray, l2: AnyArray, *, spread: AnyArray | None = None) -> AnyArray:
    """Solve min_z sum_j [(x_j - f_j . z)^2 + z' diag(s_j) z] + z' diag(l2) z for each row over its stored entries.

    Args:
        X: Rows x columns, the targets; stored entries only.
        features: float (columns, k), f_j.
        l2: float (k,), penalties, all > 0 (an empty row then gives zeros).
        spread: float (columns, k), s_j: the variance of each feature, where features are estimates; None means none.

    Returns:
        float32 (rows, k). Rows are independent, so the result does not depend on the number of threads.
    """
    return solve_rows_with_spread(X, features, l2, spread=spread, ask=False)[0]


def solve_rows_with_spread(
    X: Csr, features: AnyArray, l2: AnyArray, *, spread: AnyArray | None = None, ask: bool = True
) -> tuple[AnyArray, AnyArray]:
    """Solve as `solve_rows`, and return how uncertain each solution is.

    Args:
        X: As there.
        features: As there.
        l2: As there.
        spread: As there.
        ask: Whether the second answer is wanted.

    Returns:
        The solutions, and the diagonal of the inverse of each row's matrix, both float32 (rows, k): 1 / l2 for an empty row.
    """
    table = np.ascontiguousarray(features, dtype=np.float32)
    penalty = np.ascontiguousarray(l2, dtype=np.float64)
    k = table.shape[1]
    out = np.zeros((X.shape[0], k), dtype=np.float32)
    own = np.tile((1 / penalty).astype(np.float32), (X.shape[0] if ask else 0, 1))
    doubt = np.zeros((0, k), np.float32) if spread is None else np.ascontiguousarray(spread, dtype=np.float32)
    values = X.data.astype(np.float32, copy=False)
    _solve_rows(X.indptr, X.indices, values, table, penalty, doubt, out, own)
    return out, own


@njit(cache=True, fastmath={"contract", "reassoc", "nsz"}, nogil=True)
def _equations(indices, values, table, penalty, doubt):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Return the matrix (its lower half) and the right side of one row's normal equations."""
    k = table.shape[1]
    a = np.zeros((k, k))
    b = np.zeros(k)
    for entry in range(len(indices)):
        f = table[indices[entry]]
        x = np.float64(values[entry])
        for i in range(k):
            fi = np.float64(f[i])
            b[i] += x * fi
            for j in range(i + 1):
                a[i, j] += fi * f[j]
        if len(doubt):
            for i in range(k):
                a[i, i] += doubt[indices[entry], i]
    for i in range(k):
        a[i, i] += penalty[i]
    return a, b


@njit(parallel=True, cache=True, nogil=True)
def _solve_rows(indptr, indices, values, table, penalty, doubt, out, own):  # type: ignore[no-untyped-def]  # pragma: no cover
    for row in prange(out.shape[0]):
        start, stop = indptr[row], indptr[row + 1]
        if start == stop:
            continue
        a, b = _equations(indices[start:stop], values[start:stop], table, penalty, doubt)
        _cholesky(a)
        _substitute(a, b)
        out[row] = b
        if len(own):
            _inverse_diagonal(a, own[row])


@njit(cache=True, nogil=True)
def _cholesky(a):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Turn the lower half of a into its Cholesky factor."""
    for i in range(len(a)):
        for j in range(i + 1):
            total = a[i, j]
            for m in range(j):
                total -= a[i, m] * a[j, m]
            a[i, j] = np.sqrt(total) if i == j else total / a[j, j]


@njit(cache=True, nogil=True)
def _substitute(a, b):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Solve with the factor, forward, then backward."""
    k = len(b)
    for i in range(k):
        for m in range(i):
            b[i] -= a[i, m] * b[m]
        b[i] /= a[i, i]
    for i in range(k - 1, -1, -1):
        for m in range(i + 1, k):
            b[i] -= a[m, i] * b[m]
        b[i] /= a[i, i]


@njit(cache=True, nogil=True)
def _inverse_diagonal(a, out):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Write the diagonal of the inverse, from the factor: sums of squares of the columns of its inverse."""
    k = len(a)
    column = np.empty(k)
    for i in range(k):
        total = 0.0
        for j in range(i, k):
            value = 1.0 if j == i else 0.0
            for m in range(i, j):
                value -= a[j, m] * column[m]
            column[j] = value / a[j, j]
            total += column[j] * column[j]
        out[i] = total
