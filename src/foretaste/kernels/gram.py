"""The linear algebra of closed-form item models: X'X of a sparse matrix in one dense buffer, and its inverse in the same one.

Of n items, such a model needs n x n numbers, gigabytes, so nothing here ever makes a second such array: the sums go straight
into it, it is factorised or inverted where it lies, and the half that is left out is filled from the other.
"""

from itertools import pairwise

import numpy as np
from numba import njit
from scipy.linalg import blas, lapack
from scipy.sparse import csr_array

from foretaste.arrays import AnyArray, Csr, FloatArray
from foretaste.errors import NotPositiveDefiniteError, ShapeError
from foretaste.kernels.threads import one_blas_thread, share
from foretaste.memory import check_fits

PIECES = 256
"""Pieces that the items are shared out in: popular ones take long, and no thread should be left alone with them at the end."""
PANEL = 256
"""Columns that `invert` sweeps at once: a copy of them is all it takes beside the matrix."""
TILE = 64
"""Rows and columns mirrored at a time: two such blocks stay in the fastest cache; and rows that a thread takes at a time."""


def gram(X: Csr, *, l2: float = 0.0, weights: AnyArray | None = None, out: FloatArray | None = None) -> FloatArray:
    """Return X' diag(weights) X + l2 I as one dense array, in time that follows the sum of squares of the rows' entries.

    Args:
        X: Rows x columns, its rows sorted by column (`as_csr`).
        l2: Added to the diagonal.
        weights: float (rows,), how much each row counts; None means 1.
        out: float32 (columns, columns), C-ordered, to write it to; None makes one.

    Returns:
        float32 (columns, columns), symmetric, C-ordered. Each number is summed in float64 and does not depend on the number
        of threads. Beside it, 8 bytes are taken for an entry.

    Raises:
        ResourceError: It would not fit into memory; nothing has been made then.
    """
    n = X.shape[1]
    room = 4.0 * n * n if out is None else 0.0
    check_fits(room + 8.0 * X.nnz, f"the Gram matrix of {n:,} items", hint="keep fewer items")
    place = np.arange(X.nnz, dtype=X.indptr.dtype)
    by_col = csr_array((place, X.indices, X.indptr), shape=X.shape).T.tocsr()
    del place
    row_weight = np.ones(X.shape[0]) if weights is None else np.ascontiguousarray(weights, dtype=np.float64)
    out = np.empty((n, n), np.float32) if out is None else out
    edges = np.searchsorted(by_col.indptr, np.linspace(0, X.nnz, PIECES + 1)[1:-1])
    pieces = list(pairwise([0, *edges.tolist(), n]))

    def work(piece: int) -> None:
        first, last = pieces[piece]
        _sum(X.indptr, X.indices, X.data, by_col.indptr, by_col.indices, by_col.data, row_weight, l2, first, last, out)

    share(work, len(pieces))
    mirror(out)
    return out


def factorise(A: FloatArray) -> None:
    """Overwrite the upper half of a positive definite matrix by its Cholesky factor U, A = U'U; the rest stays as it is.

    Args:
        A: float32 (n, n), C-ordered; only its upper half is read.

    Raises:
        NotPositiveDefiniteError: In single precision it is not positive definite; what was in it is lost.
        ShapeError: It is no such array.
    """
    _check_square(A)
    if len(A):
        _cholesky(A, len(A), 0)


def solve(factor: FloatArray, right: FloatArray) -> None:
    """Overwrite each row b of `right` by the solution of A x = b.

    Args:
        factor: What `factorise` made of A, (n, n).
        right: float32 (problems, n), C-ordered.

    Raises:
        ShapeError: They are no such arrays.
    """
    _check_square(factor)
    if right.dtype != np.float32 or right.ndim != 2 or right.shape[1] != len(factor) or not right.flags.c_contiguous:
        raise ShapeError(
            f"right sides are {right.dtype} {right.shape}, expected float32 (problems, {len(factor)}) in C order"
        )
    if right.size:
        lapack.spotrs(factor.T, right.T, lower=1, overwrite_b=1)


def invert(A: FloatArray) -> None:
    """Overwrite a positive definite matrix by its inverse, both halves; arguments and errors as for `factorise`.

    Some columns K at a time are swept: with D the inverse of A_KK, what is outside of them becomes A - A_:K D A_K:, then
    A_:K becomes A_:K D, and A_KK becomes -D. After all of them A is minus its inverse. For a positive definite matrix that is
    as accurate as Cholesky, whose pivots are the same, and n^3 operations too, but nearly all in one product of matrices. That
    is shared out by strips of rows among threads of ours: those of a BLAS spin while they wait for one another, and a busy
    machine makes them wait long.
    """
    _check_square(A)
    with one_blas_thread():
        for first in range(0, len(A), PANEL):
            _sweep(A, first, min(first + PANEL, len(A)))
    np.negative(A, out=A)
    mirror(A)


def _sweep(A: FloatArray, first: int, last: int) -> None:
    """Sweep columns first to last - 1 of the upper half."""
    n = len(A)
    panel = np.zeros((last - first, n), np.float32)
    panel[:, :first], panel[:, last:] = A[:first, first:last].T, A[first:last, last:]
    own = A[first:last, first:last].copy()
    _cholesky(own, n, first)
    blas.strsm(1.0, own.T, panel.T, side=1, lower=1, trans_a=1, overwrite_b=1)

    def subtract(piece: int) -> None:
        low = piece * TILE
        strip = slice(low, low + TILE)
        A[strip, low:] -= panel[:, strip].T @ panel[:, low:]

    share(subtract, -(-n // TILE))
    blas.strsm(1.0, own.T, panel.T, side=1, lower=1, overwrite_b=1)
    lapack.spotri(own.T, lower=1, overwrite_c=1)
    A[:first, first:last], A[first:last, last:] = panel[:, :first].T, panel[:, last:]
    np.negative(own, out=A[first:last, first:last])


def mirror(A: FloatArray) -> None:
    """Overwrite the lower half of a square array by its upper half."""
    share(lambda piece: _mirror(A, piece * TILE, min((piece + 1) * TILE, len(A))), -(-len(A) // TILE))


def _cholesky(A: FloatArray, n: int, first: int) -> None:
    """Overwrite the upper half of A, n x n or the part of it that begins at column `first`, by its Cholesky factor.

    A.T is in the order that LAPACK wants as it is, so nothing is copied; its lower half is the upper of A.
    """
    _, info = lapack.spotrf(A.T, lower=1, clean=0, overwrite_a=1)
    finite = np.isfinite(A.diagonal())
    if info or not finite.all():
        col = first + (info - 1 if info else int(np.argmin(finite)))
        raise NotPositiveDefiniteError(
            f"the matrix of {n:,} x {n:,} is not positive definite in single precision: column {col:,} follows from those"
            " before it, or is not finite",
            hint="raise l2, which stands on its diagonal",
        )


def _check_square(A: FloatArray) -> None:
    if A.dtype != np.float32 or A.ndim != 2 or A.shape[0] != A.shape[1] or not A.flags.c_contiguous:
        raise ShapeError(f"the matrix is {A.dtype} {A.shape}, expected float32 (n, n) in C order")


@njit(cache=True, nogil=True)
def _sum(start, cols, values, col_start, rows, places, weights, l2, first, last, out):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Write rows first to last - 1 of the upper half of `out`; an entry's place is where it lies in its row of X."""
    total = np.zeros(out.shape[1])
    for col in range(first, last):
        for entry in range(col_start[col], col_start[col + 1]):
            row, place = rows[entry], places[entry]
            value = values[place] * weights[row]
            for other in range(np.uint64(place), np.uint64(start[row + 1])):  # what is left of it has met it already
                total[np.uint64(cols[other])] += value * values[other]  # unsigned, or numba looks for negative indices
        total[col] += l2
        for other in range(col, out.shape[1]):
            out[col, other] = total[other]
            total[other] = 0


@njit(cache=True, nogil=True)
def _mirror(A, first, last):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Fill columns first to last - 1 below the diagonal, a block at a time."""
    for low in range(first, len(A), TILE):
        for row in range(low, min(low + TILE, len(A))):
            for col in range(first, min(last, row)):
                A[row, col] = A[col, row]
