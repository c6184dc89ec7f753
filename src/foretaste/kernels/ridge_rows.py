"""One small ridge regression a row, all rows in parallel: the step of alternating least squares, and folding in a new row."""

import numpy as np
from numba import njit, prange

from foretaste.arrays import AnyArray, Csr


def solve_rows(X: Csr, features: AnyArray, l2: AnyArray) -> AnyArray:
    """Solve min_z sum_j (x_j - f_j . z)^2 + z' diag(l2) z for each row over its stored entries.

    Args:
        X: Rows x columns, the targets; stored entries only.
        features: float (columns, k), f_j.
        l2: float (k,), penalties, all > 0 (an empty row then gives zeros).

    Returns:
        float32 (rows, k). Rows are independent, so the result does not depend on the number of threads.
    """
    table = np.ascontiguousarray(features, dtype=np.float32)
    penalty = np.ascontiguousarray(l2, dtype=np.float64)
    out = np.zeros((X.shape[0], table.shape[1]), dtype=np.float32)
    _solve_rows(X.indptr, X.indices, X.data.astype(np.float32, copy=False), table, penalty, out)
    return out


@njit(parallel=True, cache=True, fastmath={"contract", "reassoc", "nsz"}, nogil=True)
def _solve_rows(indptr, indices, values, table, penalty, out):  # type: ignore[no-untyped-def]  # pragma: no cover
    k = table.shape[1]
    for row in prange(out.shape[0]):
        start, stop = indptr[row], indptr[row + 1]
        if start == stop:
            continue
        a = np.zeros((k, k))
        b = np.zeros(k)
        for entry in range(start, stop):
            f = table[indices[entry]]
            x = np.float64(values[entry])
            for i in range(k):
                fi = np.float64(f[i])
                b[i] += x * fi
                for j in range(i + 1):
                    a[i, j] += fi * f[j]
        for i in range(k):
            a[i, i] += penalty[i]
        _cholesky_solve(a, b)
        for i in range(k):
            out[row, i] = b[i]


@njit(cache=True, nogil=True)
def _cholesky_solve(a, b):  # type: ignore[no-untyped-def]  # pragma: no cover
    k = len(b)
    for i in range(k):  # a becomes its lower Cholesky factor
        for j in range(i + 1):
            total = a[i, j]
            for m in range(j):
                total -= a[i, m] * a[j, m]
            a[i, j] = np.sqrt(total) if i == j else total / a[j, j]
    for i in range(k):  # forward, then backward substitution
        for m in range(i):
            b[i] -= a[i, m] * b[m]
        b[i] /= a[i, i]
    for i in range(k - 1, -1, -1):
        for m in range(i + 1, k):
            b[i] -= a[m, i] * b[m]
        b[i] /= a[i, i]
