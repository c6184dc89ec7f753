"""Elsa: a linear autoencoder for catalogues so large that items x items numbers do not fit into memory."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from foretaste.arrays import AnyArray, Csr, FloatArray, cell_dots, codes_by_table, ones
from foretaste.memory import Forecast
from foretaste.models.base import Recommender
from foretaste.models.contributions import Contributions
from foretaste.models.params import check_choice, check_range
from foretaste.models.space import Range, Space
from foretaste.training.watch import Watch

FACTORS = "factors_"
STEPS, FEWEST, TOTAL, MOST = 16, 32, 160, 50
"""Steps an epoch, rows a step at least, steps in all and epochs at most, where the settings leave it open."""
LARGE = 1 << 22
"""Clicks x latent from which rows are summed by compiled code: below, loading it would take longer."""


@dataclass(frozen=True)
class ElsaParams:
    """Settings of `Elsa`.

    Args:
        latent: Length of an item's vector; no more than there are items.
        noise: Share of a row's clicks that training hides from the input and asks for all the same.
        length: People with many clicks count more: each row by its number of clicks to the power of this; 0 is the paper's.
        learning_rate: Peak of Adam's rate.
        schedule: ``"cosine"`` (with warm-up) or ``"constant"``.
        epochs: Passes over the rows at most; 0 takes 160 steps in all.
        batch_size: Rows a step; 0 takes about 16 steps an epoch, of at least 32 rows.
        patience: Epochs without a better watched value before it stops.
        stop_after: Stop after this epoch of the schedule; 0 runs it to the end.
        seed: Of initial vectors, order and hiding.
    """

    latent: int = 256
    noise: float = 0.5
    length: float = 0.5
    learning_rate: float = 0.05
    schedule: str = "cosine"
    epochs: int = 0
    batch_size: int = 0
    patience: int = 10
    stop_after: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        check_range("latent", self.latent, 1, 10_000)
        check_range("noise", self.noise, 0, 0.99)
        check_range("length", self.length, -2, 2)
        check_range("learning_rate", self.learning_rate, 1e-9, 10)
        check_choice("schedule", self.schedule, ("cosine", "constant"))
        check_range("patience", self.patience, 1, 10_000_000)
        for name in ("epochs", "batch_size", "stop_after"):
            check_range(name, getattr(self, name), 0, 10_000_000)
        check_range("seed", self.seed, 0, 2**62)


class Elsa(Recommender[ElsaParams]):
    """Shallow linear autoencoder whose item weights are a product of two thin tables, A A' - I.

    Each item has a vector a_i of length 1, and the score of item i for a row is the sum of a_j . a_i over the items j it
    holds. With x a row, s the part of it that is shown and p = s A A' - s, training minimises the mean over rows of

        |p / |p| - x / |x||^2 = 2 - 2 cos(p, x)

    As no item predicts itself, the diagonal of A A' - I being 0, nothing can be learnt by copying.

    Symbols: A items x latent with rows a_i; x a row of ones; s what is shown of it; p the prediction.
    Paper: V. Vancura, R. Alves, P. Kasalicky, P. Kordik, "Scalable linear shallow autoencoder for collaborative filtering",
        RecSys 2022, doi:10.1145/3523227.3551482.
    Differs: No prediction is ever written: |p|^2 = z A'A z' - 2 |z|^2 + |s|^2 with z = s A, and the gradient follows, both
        exactly, so a step costs (clicks + items x latent) x latent and not rows x items x latent. Steps are of many rows,
        Adam has one second moment an item, and vectors stay of length 1 by themselves. Hiding (`noise`) and `length` are
        ours; 0 is the paper's. Scores leave out the "- x", which changes nothing but items that a row holds.
    Cost: O(epochs x clicks x latent + steps x items x latent^2) time, about 20 bytes for each of items x latent numbers.
        41,000 items at latent 256: 0.2 GB, where items x items numbers take 6.7 GB.

    Example:
        >>> from scipy.sparse import csr_array
        >>> Elsa(latent=2, epochs=2).fit(csr_array([[1.0, 1, 0], [0, 1, 1]])).score(csr_array([[1.0, 0, 0]])).shape
        (1, 3)
    """

    Params = ElsaParams
    name = "elsa"
    task = "ranking"
    autoencoder = True
    resumes = True
    additive = True
    smaller = "choose a smaller latent"
    space: ClassVar[Space] = {
        "latent": Range(64, 1024, log=True, whole=True),
        "noise": Range(0, 0.9),
        "length": Range(0, 1),
        "learning_rate": Range(0.02, 0.3, log=True),
    }

    factors_: FloatArray

    def _fit(self, X: Csr, watch: Watch) -> None:
        from foretaste.models.elsa_net import ElsaNet  # noqa: PLC0415 (numba loads only where it is used)
        from foretaste.training.loop import train  # noqa: PLC0415

        p, measure = planned(self.params, X.shape[0]), watch.measure
        self._planned = p

        def watched(arrays: Mapping[str, AnyArray]) -> float:
            self.factors_ = arrays[FACTORS]
            return measure(self) if measure is not None else 0.0

        arrays, self.history_ = train(ElsaNet(X, p), X, p, watch, None if measure is None else watched)
        self.factors_, self.stopped_ = arrays[FACTORS], self.history_.stopped

    def refit_params(self) -> ElsaParams:
        """Return settings that run the same schedule up to the epoch that was best, for a fit on more data."""
        self._check_fitted()
        history = getattr(self, "history_", None)  # how a loaded model came about is not saved
        if history is None:
            return self.params
        return replace(self.params, epochs=self._planned.epochs, stop_after=history.best_epoch)

    def encode(self, X: Csr) -> FloatArray:
        """Return the sum of the vectors of what each row holds, float32 (rows, latent), zeros for an empty row."""
        self._check_fitted()
        if X.nnz * self.factors_.shape[1] < LARGE:
            return ones(X) @ self.factors_
        from foretaste.kernels.row_sums import sum_rows  # noqa: PLC0415 (numba loads only where there is enough to do)

        return sum_rows(ones(X), self.factors_)

    def item_vectors(self) -> FloatArray:
        """Return the vectors that scores are made of; not to be changed."""
        self._check_fitted()
        return self.factors_

    def _score(self, X: Csr) -> AnyArray:
        return codes_by_table(self.encode(X), self.factors_)

    def _predict(self, X: Csr, rows: AnyArray, cols: AnyArray) -> AnyArray:
        return cell_dots(self.encode(X), self.factors_, rows, cols)

    def _contributions(self, X: Csr, cols: AnyArray) -> Contributions:
        """Take a score apart into the products of the item's vector with those of the items that the row holds."""
        parts = self.factors_[X.indices].astype(np.float64) @ self.factors_[cols].T.astype(np.float64)
        return Contributions(np.zeros(len(cols)), parts)

    def batches(self, n_rows: int, n_items: int) -> int:  # noqa: ARG002 (rows are what is divided)
        """Return how many steps a pass over the rows takes."""
        return math.ceil(n_rows / planned(self.params, n_rows).batch_size)

    def _forecast(self, X: Csr, measured: bool) -> Forecast:
        usual = super()._forecast(X, measured)
        table = usual.parameters
        rows = min(planned(self.params, X.shape[0]).batch_size, X.shape[0])
        cells = int(np.sort(np.diff(X.indptr))[X.shape[0] - rows :].sum())
        width = min(self.params.latent, X.shape[1])
        return replace(
            usual,
            optimiser=table,
            kept=4.0 * X.nnz + table * measured,
            batch=2 * table + 28.0 * rows * width + 50.0 * cells + 12.0 * width * width,
            scoring=table * measured,
        )

    def _arrays(self) -> dict[str, AnyArray]:
        return {FACTORS: self.factors_}

    def _shapes(self) -> dict[str, tuple[int, ...]]:
        return {FACTORS: (self.n_items_, min(self.params.latent, self.n_items_))}

    def _adopt(self, arrays: Mapping[str, AnyArray]) -> None:
        self.factors_ = np.asarray(arrays[FACTORS])


def planned(params: ElsaParams, rows: int) -> ElsaParams:
    """Return settings in which the rows of a step and the number of epochs are what a matrix of so many rows asks for.

    A step costs items x latent^2 operations however few rows it has, and what is learnt follows the number of steps, so an
    epoch is cut into about 16, of 32 rows at least, and there are 160 in all.
    """
    size = params.batch_size or max(math.ceil(rows / STEPS), FEWEST)
    epochs = params.epochs or min(max(math.ceil(TOTAL / math.ceil(rows / size)), 1), MOST)
    return replace(params, batch_size=size, epochs=epochs)
