"""What is expected of a row from which columns it holds, before a rating is looked at: the prior mean of factors.

What somebody chose to rate says something about their taste, and who rated an item says something about the item. Either is a
sum over what is held, of vectors that are learnt by ridge regression on the other side's factors.
"""

import numpy as np

from foretaste.arrays import AnyArray, Csr, FloatArray

STEPS = 3
"""Of conjugate gradients, from where the last ones ended."""


def expected(X: Csr, held: FloatArray) -> FloatArray:
    """Return sum_j y_j / sqrt(n + 1) over the n columns that each row holds, float32 (rows, k), zeros for an empty row.

    Args:
        X: Rows x columns; values do not matter.
        held: float32 (columns, k), y.
    """
    from foretaste.kernels.held_sums import sum_held  # noqa: PLC0415 (numba loads only when it is used)

    out = sum_held(X, held)
    out *= _scale(X)
    return out


def learn_held(X: Csr, by_column: Csr, held: FloatArray, target: FloatArray, l2: AnyArray) -> FloatArray:
    """Return vectors y that are nearer to min_y sum_u |target_u - sum_j y_j / sqrt(n_u + 1)|^2 + sum_j y_j' diag(l2) y_j.

    Args:
        X: Rows x columns; values do not matter.
        by_column: Its transpose, CSR too.
        held: float32 (columns, k), where to begin.
        target: float32 (rows, k), what is to be expected.
        l2: (k,), penalties, all > 0; each of the k is a regression by itself.

    Returns:
        float32 (columns, k) after some steps of conjugate gradients, each of them two sums over all that is held;
        0 for a column that nobody holds and that was 0.
    """
    from foretaste.kernels.held_sums import sum_held  # noqa: PLC0415

    scale, y = _scale(X), held.copy()
    narrow: FloatArray = l2.astype(np.float32)
    rest: FloatArray = sum_held(by_column, scale * (target - scale * sum_held(X, y))) - narrow * y
    way, size = rest.copy(), _squares(rest)
    for _ in range(STEPS):
        ahead = sum_held(by_column, scale * (scale * sum_held(X, way))) + narrow * way
        far = _ratio(size, np.einsum("jk,jk->k", way, ahead))
        y += far * way
        rest -= far * ahead
        size, before = _squares(rest), size
        way *= _ratio(size, before)
        way += rest
    return y


def _scale(X: Csr) -> FloatArray:
    return (1 / np.sqrt(np.diff(X.indptr) + 1)).astype(np.float32)[:, None]


def _squares(values: FloatArray) -> FloatArray:
    return np.einsum("jk,jk->k", values, values)


def _ratio(above: FloatArray, below: FloatArray) -> FloatArray:
    """Return above / below, 0 where there is nothing left to go."""
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)
