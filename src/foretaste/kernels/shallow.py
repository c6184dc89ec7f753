"""The loss of a shallow linear autoencoder and its gradient, with no array of rows x items, and the step that follows.

Everything the loss needs of the items that a row does not hold is in C = A'A, a table of latent x latent: the length of the
prediction z A' is the root of z C z'. So all rows together cost (clicks + items x latent) x latent operations, where writing
the predictions would cost rows x items x latent.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from scipy.linalg import blas
from scipy.sparse import csr_array

from foretaste.arrays import AnyArray, Csr
from foretaste.kernels import threads
from foretaste.kernels.row_sums import sum_rows

LARGE = 1 << 20
"""Clicks x width from which sums are shared out among threads."""
ITEMS = 512
"""Items that a thread moves at a time."""
LEAST = 1e-6
"""Squared length of a prediction at least, for a click that is shown: what is nothing has no direction."""
BETAS = (0.9, 0.99)
"""Decay of the moments of `move`."""


@dataclass(frozen=True, eq=False)
class Loss:
    """What `cosine_loss` finds.

    Args:
        rows: Loss of each row, from 0 to 4, float64 (rows,); 0 where a row asks nothing.
        asked: Which rows have a loss at all, bool (rows,).
        gradient: Of the weighted mean of the losses, (items, latent).
    """

    rows: AnyArray
    asked: AnyArray
    gradient: AnyArray


def cosine_loss(shown: Csr, hidden: Csr, A: AnyArray, length: float) -> Loss:
    """Return the loss of every row and the gradient of their weighted mean.

    With s the row of what is shown, x = s + h with what is hidden, n = |x|^2 its number of clicks, the prediction is
    p = s A A' - s, and the loss |p / |p| - x / |x||^2 = 2 - 2 p.x / (|p| |x|). With z = s A and y = x A that is made of

        p.x = z.y - |s|^2,    |p|^2 = z A'A z' - 2 |z|^2 + |s|^2

    Rows of A have length 1, so no item predicts itself: the diagonal of A A' - I is 0.

    Args:
        shown: Rows x items, all ones.
        hidden: The same rows, all ones, no cell in common with `shown`.
        A: (items, latent), rows of length 1; its type is the type of the gradient.
        length: A row counts by its number of clicks to the power of this.
    """
    some, rest = np.diff(shown.indptr).astype(np.float64), np.diff(hidden.indptr)
    n = some + rest
    asked = (some > 0) & (n > 1)
    z = sum_table(shown, A)
    y = z + sum_table(hidden, A) if hidden.nnz else z
    zC = z @ _square(A)
    met = _dots(z, y) - some
    size = np.maximum(_dots(zC, z) - 2 * _dots(z, z) + some, LEAST * np.maximum(some, 1))
    unit = 1 / np.sqrt(size * np.maximum(n, 1))
    weight = np.where(asked, np.maximum(n, 1) ** length, 0)
    weight /= max(weight.sum(), 1)
    by_met, by_size = -2 * weight * unit, weight * unit * met / size  # slopes of the mean by p.x and by |p|^2
    narrow, twice = by_met.astype(A.dtype)[:, None], (2 * by_size).astype(A.dtype)[:, None]
    to_y, to_z = narrow * z, narrow * y + twice * (zC - 2 * z)
    gradient = A @ (z.T @ (twice * z))
    gradient += sum_table(_turned(shown), to_y + to_z)
    if hidden.nnz:
        gradient += sum_table(_turned(hidden), to_y)
    return Loss(np.where(asked, 2 - 2 * met * unit, 0), asked, gradient)


def sum_table(X: Csr, table: AnyArray) -> AnyArray:
    """Return X times a table, (rows, width), on all threads where that is worth it."""
    if table.dtype != np.float32 or X.nnz * table.shape[1] < LARGE:
        return X @ table
    return sum_rows(X, table)


def move(A: AnyArray, gradient: AnyArray, moments: tuple[AnyArray, AnyArray], rate: float, step: int) -> None:
    """Move the rows of A, which stay of length 1, by Adam with one second moment a row.

    Of the gradient counts what is across a row: along it there is no way to go. Turning all rows alike changes no score, so
    neither may the rule know of single columns: it takes the mean square over a row.

    Args:
        A: float32 (items, latent), changed.
        gradient: float32 (items, latent).
        moments: float32 (items, latent) and (items,), changed.
        rate: Root of the mean square that an entry moves by.
        step: Number of this one, from 1.
    """
    first, second = 1 - BETAS[0] ** step, 1 - BETAS[1] ** step

    def work(piece: int) -> None:
        part = slice(piece * ITEMS, (piece + 1) * ITEMS)
        _move(A[part], gradient[part], moments[0][part], moments[1][part], np.float32(rate / first), np.float32(second))

    threads.share(work, -(-len(A) // ITEMS))


def _square(A: AnyArray) -> AnyArray:
    """Return A'A, from half of the operations of a product where that is possible."""
    if A.dtype != np.float32:
        return A.T @ A
    half = blas.ssyrk(1.0, A.T, lower=1)
    return np.tril(half) + np.tril(half, -1).T


def _dots(left: AnyArray, right: AnyArray) -> AnyArray:
    """Return the dot product of each row with the other's, float64 (rows,)."""
    return np.einsum("rk,rk->r", left, right).astype(np.float64)


def _turned(X: Csr) -> Csr:
    return csr_array(X.T.tocsr())


@njit(cache=True, nogil=True, fastmath={"contract", "reassoc"})
def _move(A, gradient, slow, size, rate, second):  # type: ignore[no-untyped-def]  # pragma: no cover
    keep, mean = np.float32(BETAS[0]), np.float32(BETAS[1])
    one, width = np.float32(1), np.uint64(A.shape[1])
    for row in range(len(A)):
        a, g, m = A[row], gradient[row], slow[row]
        along, square = np.float32(0), np.float32(0)
        for j in range(width):
            along += a[j] * g[j]
            square += g[j] * g[j]
        square = max(square - along * along, np.float32(0)) / width
        size[row] = mean * size[row] + (one - mean) * square
        far = rate / (np.sqrt(size[row] / second) + np.float32(1e-20))
        total = np.float32(0)
        for j in range(width):
            m[j] = keep * m[j] + (one - keep) * (g[j] - along * a[j])
            a[j] -= far * m[j]
            total += a[j] * a[j]
        total = one / np.sqrt(total)
        for j in range(width):
            a[j] *= total
