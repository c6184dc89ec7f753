"""Item weights that are sparse: one small regression for each item, where items x items does not fit into memory."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from scipy.sparse import csr_array

from foretaste.arrays import AnyArray, Csr, FloatArray, IntArray, count_by_column, ones
from foretaste.memory import Forecast
from foretaste.models.base import Recommender
from foretaste.models.contributions import Contributions, kept_weights
from foretaste.models.item_weights import penalised, row_weights, solve_weights
from foretaste.models.params import check_range
from foretaste.models.penalty import choose_penalty, trial_bytes
from foretaste.models.relations import both_ways
from foretaste.models.space import Range, Space
from foretaste.training.watch import Watch

CELL = 28
"""Bytes that a fit takes for each entry beside it: ones, the entries by item, and what makes these."""
LINE = 28
"""Bytes of an item, and of a person, that a thread counts in."""
SMALL = 1 << 24
"""Bytes of what grows with nothing."""


@dataclass(frozen=True)
class SlimParams:
    """Settings of `Slim`.

    Args:
        neighbours: Items, at most, that an item is regressed on; time follows the entries of these.
        kept: Weights, at most, that are kept of an item; memory follows it, and of all settings it costs most accuracy.
        l2: Penalty on the weights; 0 chooses it, as in `Edlae`.
        dropout: Share of the entries of a row that are left out while learning.
        length: As in `Edlae`.
        growth: As in `Edlae`.
        tilt: As in `Edlae`.
    """

    neighbours: int = 1000
    kept: int = 1000
    l2: float = 0.0
    dropout: float = 0.33
    length: float = 0.25
    growth: float = 0.25
    tilt: float = 0.25

    def __post_init__(self) -> None:
        check_range("neighbours", self.neighbours, 1, 100_000)
        check_range("kept", self.kept, 1, 100_000)
        check_range("l2", self.l2, 0)
        check_range("dropout", self.dropout, 0, 0.99)
        check_range("length", self.length, 0, 2)
        check_range("growth", self.growth, 0, 2)
        check_range("tilt", self.tilt, 0, 1)


class Slim(Recommender[SlimParams]):
    """`Edlae` with few weights for each item: a regression on the items that go best with it, and not on all.

    For item j, with S the `neighbours` items i that lower its penalised squared error most when alone, by G_ij^2 / d_i:

        w_j = (G_SS + diag(d_i - G_ii))^-1 G_Sj,    d_i = G_ii / (1 - p) + l2 (max(G_ii, 1) / 100)^g

    Of it the `kept` largest weights stay. With all other items in S this is `Edlae`. G, p, g and the tilt are those of it, and
    what is left unexplained of item j, d_j - G_jS w_j, stands for its 1 / P_jj.

    Symbols: As in `Edlae`; S support; w weights.
    Paper: X. Ning, G. Karypis, "SLIM: sparse linear methods for top-N recommender systems", ICDM 2011 (its fsSLIM picks
        neighbours first), doi:10.1109/ICDM.2011.134; in closed form as in H. Steck, "Markov random fields for collaborative
        filtering", NeurIPS 2019, section 3.2.
    Differs: From SLIM, no l1 penalty and no constraint to positive weights; from Steck, each item has a regression of its own,
        no two share an inverse, it is solved by conjugate gradients, and neighbours are ranked by what they explain alone.
    Cost: For each item, some tens of passes over its neighbours' entries; 25 items kept bytes and 28 an entry. 800,000 clicks
        of 30,000 users and 41,000 items: 20 s on two cores, 1 GB in all (`bench/costs.py`). Dropping weights costs accuracy.

    Example:
        >>> from scipy.sparse import csr_array
        >>> Slim(l2=1, dropout=0).fit(csr_array([[1.0, 1, 0], [1, 1, 0], [0, 0, 1]])).score(csr_array([[1.0, 0, 0]])).round(2)
        array([[0.  , 0.88, 0.  ]], dtype=float32)

    Attributes:
        near_: Items with a weight for each, int32 (items, kept), ascending, -1 where there are no more.
        weight_: These weights, float32 (items, kept).
        l2_: Penalty that it was fitted with; not saved.
    """

    Params = SlimParams
    name = "slim"
    task = "ranking"
    autoencoder = True
    at_once = True
    additive = True
    smaller = "choose a smaller kept or neighbours, or keep fewer items"
    space: ClassVar[Space] = {"dropout": Range(0.1, 0.8)}

    near_: IntArray
    weight_: FloatArray
    l2_: float

    def _width(self, items: int) -> int:
        return min(self.params.kept, self.params.neighbours, items)

    def _forecast(self, X: Csr, measured: bool) -> Forecast:
        from foretaste.kernels.threads import count  # noqa: PLC0415 (numba loads only when it is used)

        usual, size = super()._forecast(X, measured), min(self.params.neighbours, X.shape[1])
        popular = int(np.sort(count_by_column(X))[-size:].sum())
        thread = LINE * sum(X.shape) + 4.0 * popular + 64.0 * size
        trials = 0.0 if self.params.l2 else trial_bytes(X.shape[1], X.nnz)
        turned = 9.0 / 8 * usual.parameters  # the weights once more, on their way into another order
        work = max(CELL * X.nnz + max(count() * thread, turned), trials - usual.parameters)
        return replace(usual, kept=usual.parameters, batch=max(usual.batch, work + SMALL))

    def _fit(self, X: Csr, watch: Watch) -> None:
        from foretaste.kernels.item_regressions import regress_items  # noqa: PLC0415

        X, p = ones(X), self.params

        def solve(part: Csr, l2: float) -> FloatArray:
            return solve_weights(part, l2, dropout=p.dropout, length=p.length, growth=p.growth, tilt=p.tilt)

        self.l2_ = p.l2 or choose_penalty(X, watch.measure, solve)
        weights = row_weights(X, p.length)
        total = np.bincount(X.indices, np.repeat(weights, np.diff(X.indptr)), X.shape[1])
        own = penalised(total, self.l2_, p.dropout, p.growth)
        self.near_, self.weight_, left = regress_items(X, p.neighbours, self._width(X.shape[1]), own, weights)
        if p.tilt:
            self.weight_ *= ((1 / left) / (1 / left).mean())[:, None] ** np.float32(p.tilt)
        self._by_source = _turned(self.near_, self.weight_)

    def refit_params(self) -> SlimParams:
        """Return settings with the penalty that was chosen, for a fit on more data."""
        self._check_fitted()
        return replace(self.params, l2=getattr(self, "l2_", self.params.l2))

    def item_relations(self, col: int) -> FloatArray:
        """Return the root of the product of the weights of both directions; 0 where one was not kept, or is not positive."""
        self._check_fitted()
        return both_ways(self.near_, self.weight_, col)

    def _score(self, X: Csr) -> AnyArray:
        from foretaste.kernels.item_weights import sum_sparse  # noqa: PLC0415

        return sum_sparse(X, self._by_source)

    def _predict(self, X: Csr, rows: AnyArray, cols: AnyArray) -> AnyArray:
        from foretaste.kernels.item_weights import sum_sparse_cells  # noqa: PLC0415

        return sum_sparse_cells(X, self.near_, self.weight_, rows, cols)

    def _contributions(self, X: Csr, cols: AnyArray) -> Contributions:
        """Take a score apart into the weights of the items that the row holds."""
        return Contributions(np.zeros(len(cols)), kept_weights(self.near_[cols], self.weight_[cols], X.indices))

    def _arrays(self) -> dict[str, AnyArray]:
        return {"near_": self.near_, "weight_": self.weight_}

    def _shapes(self) -> dict[str, tuple[int, ...]]:
        side = (self.n_items_, self._width(self.n_items_))
        return {"near_": side, "weight_": side}

    def _adopt(self, arrays: Mapping[str, AnyArray]) -> None:
        self.near_ = np.ascontiguousarray(arrays["near_"], dtype=np.int32)
        self.weight_ = np.ascontiguousarray(arrays["weight_"], dtype=np.float32)
        if self.near_.min() < -1 or self.near_.max() >= self.n_items_:  # compiled loops trust it
            raise ValueError(
                f"near_ holds {self.near_.min()} to {self.near_.max()}, expected -1 to {self.n_items_ - 1}"
            )
        self._by_source = _turned(self.near_, self.weight_)


def sparse_bytes(items: int, ratings: float) -> float:
    """Return about what a fit of `Slim` with its defaults takes, in bytes.

    Args:
        items: Columns.
        ratings: Bytes of the matrix.
    """
    return ratings * (1 + CELL / 8) + 25.0 * items * SlimParams.kept + SMALL


def _turned(near: IntArray, weight: FloatArray) -> Csr:
    """Return the weights as a sparse matrix of items x items in which a row holds what an item says for others."""
    held = near >= 0
    start = np.concatenate([[0], np.cumsum(held.sum(1))])
    by_target = csr_array((weight[held], near[held], start), shape=(len(near), len(near)))
    return by_target.T.tocsr()
