"""Item neighbours for clicks and likes: the classic that any list maker has to beat."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from foretaste.arrays import AnyArray, Csr, FloatArray, IntArray
from foretaste.memory import Forecast
from foretaste.models.base import Recommender
from foretaste.models.contributions import Contributions, kept_weights
from foretaste.models.params import check_range
from foretaste.models.relations import both_ways
from foretaste.models.space import Range, Space
from foretaste.training.interrupt import stop_on_interrupt
from foretaste.training.watch import Watch

TRIED, USUAL = (0.5, 0.4, 0.3, 0.2), 0.4
"""Exponents that validation goes through until one is no better than the last, and what is taken where there is none."""
CELL = 13
"""Bytes that a fit takes for each entry beside it: its transpose, while it is made."""
SUMS = 24
"""Bytes an item that a thread keeps the best with."""
SMALL = 1 << 23
"""Bytes of what grows with nothing."""


@dataclass(frozen=True)
class CosineKnnParams:
    """Settings of `CosineKnn`.

    Args:
        neighbours: Items, for each item, that speak for it.
        shrink: By how much few people in common count less, in people.
        length: People with many entries count less: each row by its number of entries to the power of minus this.
        exponent: How much less popular items count: 0.5 is the cosine, less prefers them; 0 goes down from there while
            validation gains, and takes 0.4 where there is none.
    """

    neighbours: int = 400
    shrink: float = 3.0
    length: float = 0.5
    exponent: float = 0.0

    def __post_init__(self) -> None:
        check_range("neighbours", self.neighbours, 1, 1_000_000)
        check_range("shrink", self.shrink, 0)
        check_range("length", self.length, 0, 2)
        check_range("exponent", self.exponent, 0, 2)


class CosineKnn(Recommender[CosineKnnParams]):
    """Score an item by how much the items of a row are like it: by who had to do with both.

        score of item i = sum of w_ij over the items j of the row that are among the `neighbours` likest of i
        w_ij = m_ij / ((m_i m_j)^exponent + shrink),   m = sums of n_u^-length over people, in units of its mean

    m_ij runs over the people with both items, m_i and m_j over those with one. A row is all there is to a person, so whoever
    comes is served at once. Values do not count: whatever is stored is 1.

    Symbols: n_u number of entries of a person; m weighted counts of people; w weights.
    Paper: M. Deshpande, G. Karypis, "Item-based top-N recommendation algorithms", ACM TOIS 2004, doi:10.1145/963770.963776;
        normal popularity taken down by a power as in F. Aiolli, "Efficient top-N recommendation for very large scale binary
        rated datasets", RecSys 2013, doi:10.1145/2507157.2507189; long rows as in inverse user frequency, J. Breese et al.,
        "Empirical analysis of predictive algorithms", UAI 1998, arXiv:1301.7363.
    Differs: Few people in common are shrunk; one exponent for both items; each item keeps those that speak *for* it, not those
        that it speaks for, which on a catalogue with many rare items is better by a tenth.
    Cost: O(sum over people of n_u^2 + items^2) time, two to four times where validation chooses; 16 items neighbours bytes.

    Example:
        >>> from scipy.sparse import csr_array
        >>> CosineKnn(shrink=0, length=0).fit(csr_array([[1.0, 1, 0], [1, 0, 1]])).score(csr_array([[1.0, 0, 0]])).round(2)
        array([[0.  , 0.76, 0.76]], dtype=float32)
    """

    Params = CosineKnnParams
    name = "cosine_knn"
    task = "ranking"
    additive = True
    smaller = "choose fewer neighbours, or keep fewer items"
    space: ClassVar[Space] = {
        "neighbours": Range(20, 1000, log=True, whole=True),
        "shrink": Range(0, 30),
        "length": Range(0, 1),
    }  # the exponent is chosen by the fit itself

    near_: IntArray
    weight_: FloatArray
    _table: Csr | None

    def _forecast(self, X: Csr, measured: bool) -> Forecast:
        from foretaste.kernels.knn import block_size  # noqa: PLC0415 (numba loads only when it is used)
        from foretaste.kernels.threads import count  # noqa: PLC0415

        usual, items = super()._forecast(X, measured), X.shape[1]
        block = block_size(items) * (4 * items + 8 * min(self.params.neighbours, items))
        kept = usual.parameters * (
            2 if measured and not self.params.exponent else 1
        )  # by the item held, and the first trial
        batch = max(usual.batch, block + CELL * X.nnz + SUMS * count() * items) + SMALL
        return replace(usual, kept=kept, batch=batch)

    def _fit(self, X: Csr, watch: Watch) -> None:
        if self.params.exponent or watch.measure is None:
            self._look(X, self.params.exponent or USUAL)
            return
        best, kept = np.inf, None
        with stop_on_interrupt() as request:
            for exponent in TRIED:
                self._look(X, exponent)
                value = watch.measure(self)
                if kept is not None and not value < best:
                    self.exponent_, self.near_, self.weight_ = kept
                    self._turn()
                    return
                best, kept = value, (exponent, self.near_, self.weight_)
                if request.asked:
                    self.stopped_ = "interrupted"
                    return

    def _look(self, X: Csr, exponent: float) -> None:
        """Find the neighbours."""
        from foretaste.kernels.cosine import find_likest  # noqa: PLC0415

        p, self.exponent_, self._table = self.params, exponent, None
        self.near_, self.weight_ = find_likest(X, p.neighbours, length=p.length, exponent=exponent, shrink=p.shrink)
        self._turn()

    def _turn(self) -> None:
        from foretaste.kernels.cosine import by_source  # noqa: PLC0415

        self._table = None  # or there would be two of it
        self._table = by_source(self.near_, self.weight_)

    def refit_params(self) -> CosineKnnParams:
        """Return settings with the exponent that was chosen, for a fit on more data."""
        self._check_fitted()
        return replace(self.params, exponent=getattr(self, "exponent_", self.params.exponent))

    def item_relations(self, col: int) -> FloatArray:
        """Return the root of the product of the weights of both directions; 0 where one was not kept."""
        self._check_fitted()
        return both_ways(self.near_, self.weight_, col)

    def _score(self, X: Csr) -> AnyArray:
        from foretaste.kernels.cosine import add_up  # noqa: PLC0415

        assert self._table is not None  # noqa: S101 (it is None only while the next one is made)
        return add_up(X, self._table)

    def _predict(self, X: Csr, rows: AnyArray, cols: AnyArray) -> AnyArray:
        from foretaste.kernels.cosine import add_up_cells  # noqa: PLC0415

        return add_up_cells(X, self.near_, self.weight_, rows, cols)

    def _contributions(self, X: Csr, cols: AnyArray) -> Contributions:
        """Take a score apart into how much each item that the row holds is like it."""
        return Contributions(np.zeros(len(cols)), kept_weights(self.near_[cols], self.weight_[cols], X.indices))

    def _arrays(self) -> dict[str, AnyArray]:
        return {"near_": self.near_, "weight_": self.weight_}

    def _shapes(self) -> dict[str, tuple[int, ...]]:
        side = (self.n_items_, min(self.params.neighbours, self.n_items_))
        return {"near_": side, "weight_": side}

    def _adopt(self, arrays: Mapping[str, AnyArray]) -> None:
        self.near_ = np.ascontiguousarray(arrays["near_"], dtype=np.int32)
        self.weight_ = np.ascontiguousarray(arrays["weight_"], dtype=np.float32)
        if self.near_.min() < 0 or self.near_.max() >= self.n_items_:  # compiled loops trust it
            raise ValueError(f"near_ holds {self.near_.min()} to {self.near_.max()}, expected 0 to {self.n_items_ - 1}")
        self._turn()
