"""Closed-form item models: one regression for each item on all the others, and all of them by one inverse."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from foretaste.arrays import AnyArray, Csr, FloatArray, ones
from foretaste.memory import Forecast
from foretaste.models.base import Recommender
from foretaste.models.params import check_range
from foretaste.models.penalty import choose_penalty
from foretaste.training.watch import Watch

CELL = 28
"""Bytes that a fit takes for each entry beside it: ones, where each stands in its column, and its transpose."""
PANEL = 2048
"""Bytes an item that the inverse takes beside the array that it lies in."""
SMALL = 1 << 23
"""Bytes of what grows with nothing."""


@dataclass(frozen=True)
class ItemWeightsParams:
    """Settings that closed-form item models share.

    Args:
        l2: Penalty on the weights; 0 chooses it on validation, or on a tenth of the rows where there is none.
        length: People with many entries count less: each row by its number of entries to the power of minus this.
        tilt: From 0, regressions as they are, to 1, lists of what is known by more: a weight is divided by the regression's
            share of the unexplained to the power of this.
    """

    l2: float = 0.0
    length: float = 0.0
    tilt: float = 0.0

    def __post_init__(self) -> None:
        check_range("l2", self.l2, 0)
        check_range("length", self.length, 0, 2)
        check_range("tilt", self.tilt, 0, 1)


P = TypeVar("P", bound=ItemWeightsParams)


class ItemWeights(Recommender[P]):
    """Score a row by the sum of the weights of its items; see `Ease`.

    Attributes:
        weights_: B, float32 (items, items): how much an item, a row, says for another, a column.
        l2_: Penalty that it was fitted with; not saved.
    """

    task = "ranking"
    autoencoder = True

    weights_: FloatArray
    l2_: float

    def _dropout(self) -> float:
        """Return the share of a row that is dropped while learning."""
        return 0.0

    def _forecast(self, X: Csr, measured: bool) -> Forecast:
        usual = super()._forecast(X, measured)
        return replace(usual, batch=max(usual.batch, CELL * X.nnz + PANEL * X.shape[1] + SMALL))

    def _fit(self, X: Csr, watch: Watch) -> None:
        X = ones(X)
        self.l2_ = self.params.l2 or choose_penalty(X, watch.measure, self._solve)
        self.weights_ = self._solve(X, self.l2_)

    def _solve(self, X: Csr, l2: float) -> FloatArray:
        p = self.params
        return solve_weights(X, l2, dropout=self._dropout(), length=p.length, tilt=p.tilt)

    def refit_params(self) -> P:
        """Return settings with the penalty that was chosen, for a fit on more data."""
        self._check_fitted()
        return replace(self.params, l2=getattr(self, "l2_", self.params.l2))

    def _score(self, X: Csr) -> AnyArray:
        from foretaste.kernels.item_weights import sum_weights  # noqa: PLC0415 (numba loads only when it is used)

        return sum_weights(X, self.weights_)

    def _predict(self, X: Csr, rows: AnyArray, cols: AnyArray) -> AnyArray:
        from foretaste.kernels.item_weights import sum_cells  # noqa: PLC0415

        return sum_cells(X, self.weights_, rows, cols)

    def _arrays(self) -> dict[str, AnyArray]:
        return {"weights_": self.weights_}

    def _shapes(self) -> dict[str, tuple[int, ...]]:
        return {"weights_": (self.n_items_, self.n_items_)}

    def _adopt(self, arrays: Mapping[str, AnyArray]) -> None:
        self.weights_ = np.ascontiguousarray(arrays["weights_"], dtype=np.float32)


def solve_weights(X: Csr, l2: float, *, dropout: float = 0, length: float = 0, tilt: float = 0) -> FloatArray:
    """Return the item weights of a ridge regression of each item on all others, in the memory of one such array.

    B = I - P / diag(P), P = (G + diag(l2 + dropout / (1 - dropout) G_ii))^-1, G = X' diag(w) X. Columns j are multiplied by
    (P_jj / mean P_jj)^tilt.

    Args:
        X: Rows x items, all ones.
        l2: Penalty, more than 0.
        dropout: Share of the entries of a row that are left out at random, on average over all ways to do so.
        length: Rows count w_u = n_u^-length, times what makes the sum of w_u n_u the number of entries.
        tilt: See `ItemWeightsParams`.

    Returns:
        float32 (items, items) with a diagonal of 0.
    """
    from foretaste.kernels.gram import gram, invert  # noqa: PLC0415 (numba loads only when it is used)

    P = gram(X, weights=row_weights(X, length) if length else None)
    diagonal = P.reshape(-1)[:: len(P) + 1]
    diagonal *= np.float32(1 / (1 - dropout))
    diagonal += np.float32(l2)
    invert(P)
    factor = -1 / diagonal
    if tilt:
        factor *= (diagonal / diagonal.mean()) ** np.float32(tilt)
    P *= factor
    diagonal[:] = 0
    return P


def row_weights(X: Csr, length: float) -> AnyArray:
    """Return how much rows count, float64 (rows,): their numbers of entries to the power of -length; 1 for an average entry."""
    count = np.diff(X.indptr).astype(np.float64)
    weights = np.maximum(count, 1) ** -length
    return weights * (count.sum() / (weights @ count))
