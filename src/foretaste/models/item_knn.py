"""Item neighbours on what a bias model leaves over: the strong classic, and nothing of the people in training is stored."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from foretaste.arrays import AnyArray, Csr, FloatArray, cell_blocks, row_of, shift_and_clip, with_values
from foretaste.memory import Forecast
from foretaste.models.base import Recommender
from foretaste.models.baselines import Bias
from foretaste.models.contributions import Contributions, kept_weights
from foretaste.models.params import check_range
from foretaste.models.relations import both_ways
from foretaste.models.space import Range, Space
from foretaste.training.watch import Watch

CELL = 14
"""Bytes that a fit takes for each rating beside it: what is left of it, that once more by item, and some room."""
SUMS = 24
"""Bytes an item that a thread counts pairs in, with the order in which it keeps the best."""
SMALL = 1 << 23
"""Bytes of what grows with nothing."""


@dataclass(frozen=True)
class ItemKnnParams:
    """Settings of `ItemKnn`.

    Args:
        neighbours: Rated items, at most, that a prediction is the mean of.
        damping: Imaginary neighbours' weight that says "as the bias model", in ratings in common.
        shrink: Ratings in common to which `prior` counts as much as they do.
        prior: Correlation that two items are held to have before anything is known of them.
        audience: Exponent of how much the same people rated both; 0 leaves it out.
        damping_item: Of the bias model's item effect, in ratings.
        damping_user: Of its user effect, in ratings.
        kept: Neighbours stored for each item; those that a person rated are looked for among them.
    """

    neighbours: int = 25
    damping: float = 0.5
    shrink: float = 30.0
    prior: float = 0.2
    audience: float = 1.0
    damping_item: float = 5.0
    damping_user: float = 5.0
    kept: int = 1000

    def __post_init__(self) -> None:
        check_range("neighbours", self.neighbours, 1, 1_000_000)
        check_range("damping", self.damping, 1e-6)
        check_range("shrink", self.shrink, 1e-6)
        check_range("prior", self.prior, -1, 1)
        check_range("audience", self.audience, 0, 4)
        check_range("damping_item", self.damping_item, 0)
        check_range("damping_user", self.damping_user, 0)
        check_range("kept", self.kept, 1, 1_000_000)


class ItemKnn(Recommender[ItemKnnParams]):
    """Predict the bias model plus the weighted mean of what it left over of the ratings of similar items.

        y_ui = c_ui + sum_j w_ij e_uj / (damping + sum_j w_ij),  j the `neighbours` rated items with the largest w_ij > 0
        w_ij = max(0, s_ij) (n_ij n_ij / n_j)^audience
        s_ij = (sum e_i e_j + shrink prior) / (sqrt(sum e_i^2 sum e_j^2) + shrink)

    Sums of s_ij run over the n_ij people who rated both. The second factor of w is about who rated, not how: the support n_ij
    times the share of j's audience that rated i too. Everybody's favourite is near to everything and says little; a rare item
    whose few raters all rated i says much. A row is all there is to a person, so whoever comes is predicted at once.
    Residuals are counted in units of their standard deviation, so the settings mean the same on any scale.

    Symbols: c bias model, mean + item effect + user effect; e residuals r - c; n_j number of ratings of item j; n_ij of people
        who rated both; s similarity; w weight.
    Paper: B. Sarwar, G. Karypis, J. Konstan, J. Riedl, "Item-based collaborative filtering recommendation algorithms", WWW
        2001, doi:10.1145/371920.372071; shrunk correlations of residuals as in Y. Koren, "Factorization meets the
        neighborhood", KDD 2008, section 2.2, doi:10.1145/1401890.1401944; the share of an audience follows M. Deshpande,
        G. Karypis, "Item-based top-N recommendation algorithms", ACM TOIS 2004, doi:10.1145/963770.963776.
    Differs: Correlations are shrunk towards a positive prior, not 0; negative ones are left out; the support is not n / (n +
        100), which soon is 1 everywhere, but n itself and the share of the audience; the mean is damped; each item keeps its
        `kept` heaviest neighbours.
    Cost: O(sum over users of n_u^2 + items^2) time, once; 8 items kept bytes, 14 bytes a rating and some 30 MB. 1 M ratings of
        6,000 users and 3,500 items: 1.2 s of one core, 28 MB; 3 M of 10,000 and 26,000: 13 s, 208 MB. A score is a look at
        `kept` neighbours at most, for 64 rows at once: 1,700 rows a second and core of 3,500 items, 220 of 26,000.

    Example:
        >>> from scipy.sparse import csr_array
        >>> ItemKnn(neighbours=5).fit(csr_array([[5.0, 4, 1], [1, 2, 5], [5, 5, 2]])).score(csr_array([[5.0, 0, 0]])).shape
        (1, 3)
    """

    Params = ItemKnnParams
    name = "item_knn"
    clips = True
    smaller = "choose a smaller kept, or keep fewer items"
    space: ClassVar[Space] = {
        "neighbours": Range(10, 100, log=True, whole=True),
        "damping": Range(0.01, 10, log=True),
        "shrink": Range(3, 300, log=True),
        "prior": Range(0, 0.6),
        "audience": Range(0, 1.6),
        "damping_item": Range(1, 30, log=True),
        "damping_user": Range(1, 30, log=True),
    }

    def _forecast(self, X: Csr, measured: bool) -> Forecast:
        from foretaste.kernels.knn import block_size  # noqa: PLC0415 (numba loads only when it is used)
        from foretaste.kernels.threads import count  # noqa: PLC0415

        usual, items = super()._forecast(X, measured), X.shape[1]
        kept = min(self.params.kept, items)
        block = block_size(items) * (4 * items + 8 * kept)  # weights, and the largest with their columns
        return replace(usual, batch=max(usual.batch, block + CELL * X.nnz + SUMS * count() * items + SMALL))

    def _fit(self, X: Csr, watch: Watch) -> None:  # noqa: ARG002
        from foretaste.kernels.knn import find_neighbours  # noqa: PLC0415 (numba loads only when it is used)

        p = self.params
        self.bias_ = Bias(damping_item=p.damping_item, damping_user=p.damping_user).fit(X)
        self.sigma_ = self.bias_.residual_spread(X)
        left, _ = self._residuals(X)
        self.near_, self.weight_ = find_neighbours(left, p.kept, shrink=p.shrink, prior=p.prior, audience=p.audience)

    def _residuals(self, X: Csr) -> tuple[Csr, FloatArray]:
        """Return what the bias model leaves of each rating, in units of sigma, and each row's user effect."""
        effect, values = np.empty(X.shape[0], np.float32), np.empty(X.nnz, np.float32)
        for rows, cells in cell_blocks(X):
            part = X[rows]
            effect[rows] = self.bias_.user_effect(part)
            values[cells] = part.data - self.bias_.base(part.indices) - effect[rows][row_of(part)]
        values /= self.sigma_[0]
        return with_values(X, values), effect

    def item_relations(self, col: int) -> FloatArray:
        """Return the root of the product of the weights of both directions; 0 where one was not kept."""
        self._check_fitted()
        return both_ways(self.near_, self.weight_, col)

    def _score(self, X: Csr) -> AnyArray:
        from foretaste.kernels.knn_blend import blend_rows  # noqa: PLC0415

        left, effect = self._residuals(X)
        scores = blend_rows(left, self.near_, self.weight_, self.params.neighbours, self.params.damping)
        scores *= self.sigma_[0]
        return shift_and_clip(scores, effect + self.bias_.mean_[0], self.bias_.item_effect_, self.scale_)

    def _predict(self, X: Csr, rows: AnyArray, cols: AnyArray) -> AnyArray:
        from foretaste.kernels.knn_blend import blend_cells  # noqa: PLC0415

        left, effect = self._residuals(X)
        p = self.params
        more = blend_cells(left, self.near_, self.weight_, rows, cols, p.neighbours, p.damping)
        return more * self.sigma_[0] + self.bias_.base(cols) + effect[rows]

    def _contributions(self, X: Csr, cols: AnyArray) -> Contributions:
        """Take a prediction apart into mean + item effect, and of each rating what it is above its own mean + item effect.

        That counts as a rating of a neighbour, by the neighbour's weight, and as one of those that the user effect is the mean
        of; the second is counted less by as much as the user effect is taken off the neighbours' ratings.
        """
        p = self.params
        weights = kept_weights(self.near_[cols], self.weight_[cols], X.indices, p.neighbours)
        weights /= p.damping + weights.sum(0)
        shares = weights + (1 - weights.sum(0)) / max(X.nnz + p.damping_user, 1e-9)
        above = (X.data - self.bias_.base(X.indices)).astype(np.float64)
        return Contributions(self.bias_.base(cols).astype(np.float64), above[:, None] * shares)

    def _arrays(self) -> dict[str, AnyArray]:
        bias = {"mean_": self.bias_.mean_, "item_effect_": self.bias_.item_effect_, "sigma_": self.sigma_}
        return {**bias, "near_": self.near_, "weight_": self.weight_}

    def _shapes(self) -> dict[str, tuple[int, ...]]:
        side = (self.n_items_, min(self.params.kept, self.n_items_))
        return {"mean_": (1,), "item_effect_": (self.n_items_,), "sigma_": (1,), "near_": side, "weight_": side}

    def _adopt(self, arrays: Mapping[str, AnyArray]) -> None:
        p, names = self.params, ("n_items_", "scale_", "mean_", "item_effect_")
        bias = Bias.Params(p.damping_item, p.damping_user)
        self.bias_ = Bias.from_arrays(bias, {name: arrays[name] for name in names})
        self.sigma_ = np.asarray(arrays["sigma_"])
        self.near_ = np.ascontiguousarray(arrays["near_"], dtype=np.int32)
        self.weight_ = np.ascontiguousarray(arrays["weight_"], dtype=np.float32)
        if self.near_.min() < 0 or self.near_.max() >= self.n_items_:  # compiled loops trust it
            raise ValueError(f"near_ holds {self.near_.min()} to {self.near_.max()}, expected 0 to {self.n_items_ - 1}")
        if self.weight_.min() < 0:
            raise ValueError(f"weight_ holds {self.weight_.min():g}, expected 0 or more")
