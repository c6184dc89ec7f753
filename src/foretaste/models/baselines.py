"""The models that every other model has to beat: one number, two effects, and the bestseller list."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from foretaste.arrays import AnyArray, Csr, FloatArray, cell_blocks, count_by_column, row_of
from foretaste.models.base import Recommender
from foretaste.models.contributions import Contributions, nothing
from foretaste.models.params import check_range
from foretaste.models.space import Range, Space
from foretaste.training.watch import Watch


@dataclass(frozen=True)
class MeanParams:
    """`Mean` has no settings."""


class Mean(Recommender[MeanParams]):
    """Predict the mean of all training ratings, for everybody and everything.

    The constant mu = sum(r) / n minimises the squared error of a constant.

    Symbols: mu, mean rating.
    Paper: None; the zero line of every table.
    Differs: Nothing.
    Cost: One pass over the ratings; 1 number.

    Example:
        >>> from scipy.sparse import csr_array
        >>> float(Mean().fit(csr_array([[5.0, 0], [4, 3]])).score(csr_array((1, 2)))[0, 0])
        4.0
    """

    Params = MeanParams
    name = "mean"
    personal = False
    additive = True

    def _fit(self, X: Csr, watch: Watch) -> None:  # noqa: ARG002
        self.mean_ = np.array([X.data.mean(dtype=np.float64)], dtype=np.float32)

    def _score(self, X: Csr) -> AnyArray:
        return np.full(X.shape, self.mean_[0], dtype=np.float32)

    def _predict(self, X: Csr, rows: AnyArray, cols: AnyArray) -> AnyArray:  # noqa: ARG002
        return np.full(len(rows), self.mean_[0], dtype=np.float32)

    def _contributions(self, X: Csr, cols: AnyArray) -> Contributions:
        return nothing(np.full(len(cols), self.mean_[0]), X.nnz)

    def _arrays(self) -> dict[str, AnyArray]:
        return {"mean_": self.mean_}

    def _shapes(self) -> dict[str, tuple[int, ...]]:
        return {"mean_": (1,)}

    def _adopt(self, arrays: Mapping[str, AnyArray]) -> None:
        self.mean_ = np.asarray(arrays["mean_"])


@dataclass(frozen=True)
class BiasParams:
    """Settings of `Bias`.

    Args:
        damping_item: Imaginary ratings of average height added to each item.
        damping_user: The same for each user.
        epochs: Alternations between items and users; 1 is "items first, then users".
    """

    damping_item: float = 5.0
    damping_user: float = 5.0
    epochs: int = 10

    def __post_init__(self) -> None:
        check_range("damping_item", self.damping_item, 0)
        check_range("damping_user", self.damping_user, 0)
        check_range("epochs", self.epochs, 1, 1000)


class Bias(Recommender[BiasParams]):
    """Predict mean + item effect + user effect, each damped towards zero where there is little evidence.

    Minimises sum (r_ui - mu - b_i - b_u)^2 + damping_item sum b_i^2 + damping_user sum b_u^2 by alternating the two exact
    solutions b_i = sum(r - mu - b_u) / (n_i + damping_item) and likewise for users. Only the item effects are kept: the user
    effect is computed from the row given, so a new person needs no training. An item without ratings has effect 0.

    Symbols: mu mean rating; b_i, b_u effects of item and user; n_i, n_u their numbers of ratings.
    Paper: Y. Koren, "Factorization meets the neighborhood", KDD 2008, section 2.1, doi:10.1145/1401890.1401944.
    Differs: The paper fits items first and stops; here the two are alternated until they agree (`epochs`).
    Cost: epochs passes over the ratings, a block of them at a time; items numbers. 12 M ratings in about 2 s and 20 MB.

    Example:
        >>> from scipy.sparse import csr_array
        >>> Bias(damping_item=0, damping_user=0).fit(csr_array([[5.0, 3], [4, 2]])).score(csr_array([[5.0, 0]]))
        array([[5., 3.]], dtype=float32)
    """

    Params = BiasParams
    name = "bias"
    personal = False
    space: ClassVar[Space] = {"damping_item": Range(0.5, 100, log=True), "damping_user": Range(0.5, 100, log=True)}

    def _fit(self, X: Csr, watch: Watch) -> None:  # noqa: ARG002
        self.mean_ = np.array([X.data.mean(dtype=np.float64)], dtype=np.float32)
        n_item = count_by_column(X) + self.params.damping_item
        item = None
        for _ in range(self.params.epochs):
            total = self._item_totals(X, item)
            item = np.divide(total, n_item, out=np.zeros_like(total), where=n_item > 0)
        self.item_effect_ = np.asarray(item, dtype=np.float32)

    def _item_totals(self, X: Csr, item: AnyArray | None) -> AnyArray:
        """Return the sum over each item's ratings of what mean and users leave; users follow from the items before, if any."""
        total = np.zeros(X.shape[1])
        for rows, cells in cell_blocks(X):
            cols, count = X.indices[cells], np.diff(X.indptr[rows.start : rows.stop + 1])
            left = X.data[cells].astype(np.float64) - self.mean_[0]
            if item is not None:
                local = np.repeat(np.arange(len(count)), count)
                user = np.bincount(local, weights=left - item[cols], minlength=len(count))
                n_user = count + self.params.damping_user
                left -= np.divide(user, n_user, out=np.zeros(len(count)), where=n_user > 0)[local]
            total += np.bincount(cols, weights=left, minlength=X.shape[1])
        return total

    def user_effect(self, X: Csr) -> FloatArray:
        """Return the damped effect of each row, float32 (rows,), 0 for an empty one."""
        self._check_fitted()
        rows = row_of(X)
        total = np.bincount(rows, weights=X.data - self.base(X.indices), minlength=X.shape[0])
        count = np.diff(X.indptr) + self.params.damping_user
        return np.divide(total, count, out=np.zeros(X.shape[0]), where=count > 0).astype(np.float32)

    def base(self, cols: AnyArray) -> FloatArray:
        """Return mean + item effect for columns (n,), float32."""
        return self.mean_[0] + self.item_effect_[cols]

    def residual_spread(self, X: Csr) -> FloatArray:
        """Return the standard deviation of what is left over of the ratings of `X`, float32 (1,); 1 where nothing is."""
        total = 0.0
        for rows, _ in cell_blocks(X):
            part = X[rows]
            left = part.data - self.base(part.indices) - self.user_effect(part)[row_of(part)]
            total += float(np.square(left, dtype=np.float64).sum())
        spread = float(np.sqrt(total / X.nnz))
        tiny = 1e-6 * max(abs(float(self.mean_[0])), float(np.abs(X.data).max()))
        return np.array([spread if spread > tiny else 1.0], dtype=np.float32)

    def _score(self, X: Csr) -> AnyArray:
        return (self.mean_[0] + self.item_effect_)[None, :] + self.user_effect(X)[:, None]

    def _predict(self, X: Csr, rows: AnyArray, cols: AnyArray) -> AnyArray:
        return self.base(cols) + self.user_effect(X)[rows]

    def _contributions(self, X: Csr, cols: AnyArray) -> Contributions:
        """Take the row's effect apart: mean + item effect, and of each rating what is above that, over their number."""
        parts = (X.data - self.base(X.indices)).astype(np.float64) / max(X.nnz + self.params.damping_user, 1e-9)
        return Contributions(self.base(cols).astype(np.float64), np.repeat(parts[:, None], len(cols), axis=1))

    def _arrays(self) -> dict[str, AnyArray]:
        return {"mean_": self.mean_, "item_effect_": self.item_effect_}

    def _shapes(self) -> dict[str, tuple[int, ...]]:
        return {"mean_": (1,), "item_effect_": (self.n_items_,)}

    def _adopt(self, arrays: Mapping[str, AnyArray]) -> None:
        self.mean_, self.item_effect_ = np.asarray(arrays["mean_"]), np.asarray(arrays["item_effect_"])


@dataclass(frozen=True)
class PopularityParams:
    """`Popularity` has no settings."""


class Popularity(Recommender[PopularityParams]):
    """Rank items by how many training users have rated or used them.

    score_i = number of stored entries in column i, whatever their values.

    Symbols: n_i, number of ratings of item i.
    Paper: None; the zero line of every ranking table.
    Differs: Nothing.
    Cost: One pass over the ratings; one number an item.

    Example:
        >>> from scipy.sparse import csr_array
        >>> Popularity().fit(csr_array([[5.0, 3], [4, 0]])).score(csr_array((1, 2)))
        array([[2., 1.]], dtype=float32)
    """

    Params = PopularityParams
    name = "popularity"
    task = "ranking"
    personal = False
    additive = True

    count_: FloatArray

    def _fit(self, X: Csr, watch: Watch) -> None:  # noqa: ARG002
        self.count_ = count_by_column(X).astype(np.float32)

    def _score(self, X: Csr) -> AnyArray:
        return np.repeat(self.count_[None, :], X.shape[0], axis=0)

    def _predict(self, X: Csr, rows: AnyArray, cols: AnyArray) -> AnyArray:  # noqa: ARG002
        return self.count_[cols]

    def _contributions(self, X: Csr, cols: AnyArray) -> Contributions:
        return nothing(self.count_[cols], X.nnz)

    def _arrays(self) -> dict[str, AnyArray]:
        return {"count_": self.count_}

    def _shapes(self) -> dict[str, tuple[int, ...]]:
        return {"count_": (self.n_items_,)}

    def _adopt(self, arrays: Mapping[str, AnyArray]) -> None:
        self.count_ = np.asarray(arrays["count_"])
