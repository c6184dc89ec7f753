"""Closed-form item models: one regression for each item on all the others, and all of them by one inverse."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from foretaste.arrays import AnyArray, Csr, FloatArray, as_csr, count_by_column, ones
from foretaste.memory import Forecast, check_fits
from foretaste.models.base import Recommender
from foretaste.models.contributions import Contributions
from foretaste.models.params import check_range
from foretaste.models.penalty import choose_penalty, trial_bytes
from foretaste.training.watch import Watch

CELL = 36
"""Bytes that a fit takes for each entry beside it: ones, those of the used items, where each stands, and its transpose."""
USUAL = 100
"""Entries of an item whose penalty is l2, whatever the growth."""
PANEL = 2560
"""Bytes an item that the inverse takes beside the array that it lies in."""
SMALL = 1 << 23
"""Bytes of what grows with nothing."""


@dataclass(frozen=True)
class ItemWeightsParams:
    """Settings that closed-form item models share.

    Args:
        l2: Penalty on the weights; 0 chooses it on validation, or on a tenth of the rows where there is none.
        length: Exponent of the number of entries by which longer rows count less; 0 counts all alike.
        growth: Exponent of the number of entries by which popular items are penalised more; 0 penalises all alike.
        tilt: Exponent by which items that the others explain well give way to those they do not; 0 changes nothing.
    """

    l2: float = 0.0
    length: float = 0.0
    growth: float = 0.0
    tilt: float = 0.0

    def __post_init__(self) -> None:
        check_range("l2", self.l2, 0)
        check_range("length", self.length, 0, 2)
        check_range("growth", self.growth, 0, 2)
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
    at_once = True
    additive = True
    smaller = "choose elsa, whose memory follows the items, or slim, which keeps few weights of an item"

    weights_: FloatArray
    l2_: float

    def _dropout(self) -> float:
        """Return the share of a row that is dropped while learning."""
        return 0.0

    def check_fits(self, need: Forecast, shape: tuple[int, int]) -> None:
        """Refuse a fit that would not fit into this machine's memory, and say what the sparse form would take.

        Args:
            need: From `forecast`.
            shape: Of the matrix.

        Raises:
            ResourceError: It would not, with the forecast by part.
        """
        from foretaste.models.slim import sparse_bytes  # noqa: PLC0415 (it uses what stands here)

        what = f"{type(self).__name__} of {shape[0]:,} users x {shape[1]:,} items"
        size = sparse_bytes(shape[1], need.ratings) / 1e9
        check_fits(need, what, hint=f"{self.smaller}: about {size:,.1f} GB here")

    def _forecast(self, X: Csr, measured: bool) -> Forecast:
        usual = super()._forecast(X, measured)
        trials = 0.0 if self.params.l2 else trial_bytes(X.shape[1], X.nnz)
        work = max(CELL * X.nnz, trials - usual.parameters) + PANEL * X.shape[1]
        return replace(usual, batch=max(usual.batch, work + SMALL))

    def _fit(self, X: Csr, watch: Watch) -> None:
        X = ones(X)
        self.l2_ = self.params.l2 or choose_penalty(X, watch.measure, self._solve)
        self.weights_ = self._solve(X, self.l2_)

    def _solve(self, X: Csr, l2: float) -> FloatArray:
        p = self.params
        return solve_weights(X, l2, dropout=self._dropout(), length=p.length, growth=p.growth, tilt=p.tilt)

    def refit_params(self) -> P:
        """Return settings with the penalty that was chosen, for a fit on more data."""
        self._check_fitted()
        return replace(self.params, l2=getattr(self, "l2_", self.params.l2))

    def item_relations(self, col: int) -> FloatArray:
        """Return the root of the product of the weights of both directions, with their sign: the partial correlation.

        B_ij B_ji = P_ij^2 / (P_ii P_jj), in which what is popular has no advantage.
        """
        self._check_fitted()
        there, back = self.weights_[col], self.weights_[:, col]
        related: FloatArray = np.sign(there) * np.sqrt(np.maximum(there * back, 0))
        return related

    def _score(self, X: Csr) -> AnyArray:
        from foretaste.kernels.item_weights import sum_weights  # noqa: PLC0415 (numba loads only when it is used)

        return sum_weights(X, self.weights_)

    def _predict(self, X: Csr, rows: AnyArray, cols: AnyArray) -> AnyArray:
        from foretaste.kernels.item_weights import sum_cells  # noqa: PLC0415

        return sum_cells(X, self.weights_, rows, cols)

    def _contributions(self, X: Csr, cols: AnyArray) -> Contributions:
        """Take a score apart into the weights of the items that the row holds."""
        return Contributions(np.zeros(len(cols)), self.weights_[X.indices[:, None], cols].astype(np.float64))

    def _arrays(self) -> dict[str, AnyArray]:
        return {"weights_": self.weights_}

    def _shapes(self) -> dict[str, tuple[int, ...]]:
        return {"weights_": (self.n_items_, self.n_items_)}

    def _adopt(self, arrays: Mapping[str, AnyArray]) -> None:
        self.weights_ = np.ascontiguousarray(arrays["weights_"], dtype=np.float32)


def solve_weights(
    X: Csr, l2: float, *, dropout: float = 0, length: float = 0, growth: float = 0, tilt: float = 0
) -> FloatArray:
    """Return the item weights of a ridge regression of each item on all others, in the memory of one such array.

    B = I - P / diag(P), P = (G + diag(d - G_ii))^-1, G = X' diag(w) X, with d from `penalised`. Columns j are multiplied by
    (P_jj / mean P_jj)^tilt, the mean being that of the items that anybody has; the others have no weights.

    Args:
        X: Rows x items, all ones.
        l2: See `penalised`.
        dropout: See `penalised`.
        length: Rows count w_u = n_u^-length, times what makes the sum of w_u n_u the number of entries.
        growth: See `penalised`.
        tilt: See `ItemWeightsParams`.

    Returns:
        float32 (items, items) with a diagonal of 0.
    """
    from foretaste.kernels.gram import gram, invert  # noqa: PLC0415 (numba loads only when it is used)

    n, used = X.shape[1], np.flatnonzero(count_by_column(X))
    buffer = np.empty(n * n, np.float32)
    P = buffer[: len(used) ** 2].reshape(len(used), len(used))  # what nobody has, has no weights: less to invert
    if len(used) < n:
        X = as_csr(X[:, used])
    gram(X, weights=row_weights(X, length) if length else None, out=P)
    diagonal = P.reshape(-1)[:: len(P) + 1]
    diagonal[:] = penalised(diagonal, l2, dropout, growth)
    invert(P)
    factor = -1 / diagonal
    if tilt:
        factor *= (diagonal / diagonal.mean()) ** np.float32(tilt)
    P *= factor
    diagonal[:] = 0
    return P if len(used) == n else _spread(buffer, used, n)


def _spread(buffer: FloatArray, used: AnyArray, n: int) -> FloatArray:
    """Return the weights of all items, (n, n), in the buffer that begins with those of the used ones, row by row."""
    whole, width = buffer.reshape(n, n), len(used)
    for row in range(width - 1, -1, -1):  # from the last: a row moves to where nothing but later rows was
        weights = buffer[row * width : (row + 1) * width].copy()
        whole[used[row]] = 0
        whole[used[row], used] = weights
    whole[np.setdiff1d(np.arange(n), used)] = 0
    return whole


def penalised(diagonal: AnyArray, l2: float, dropout: float, growth: float) -> FloatArray:
    """Return G_ii / (1 - dropout) + l2 (max(G_ii, 1) / 100)^growth, float32 (items,), more than 0.

    Args:
        diagonal: G_ii, about how many entries an item has, (items,).
        l2: Penalty on the weights of an item with 100 entries, more than 0; of any item where growth is 0.
        dropout: Share of the entries of a row that are left out at random, on average over all ways to do so.
        growth: See `ItemWeightsParams`.
    """
    count = diagonal.astype(np.float64)
    grown = (np.maximum(count, 1) / USUAL) ** growth
    return (count / (1 - dropout) + l2 * grown).astype(np.float32)


def row_weights(X: Csr, length: float) -> AnyArray:
    """Return how much rows count, float64 (rows,): their numbers of entries to the power of -length; 1 for an average entry."""
    count = np.diff(X.indptr).astype(np.float64)
    weights = np.maximum(count, 1) ** -length
    return weights * (count.sum() / (weights @ count))
