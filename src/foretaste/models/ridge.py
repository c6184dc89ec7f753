"""RidgeAutoencoder: an autoencoder whose encoder is the solution of a small regression on its own decoder."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from foretaste.arrays import BLOCK_CELLS, AnyArray, Csr, FloatArray, with_values
from foretaste.memory import Forecast
from foretaste.models.base import Recommender
from foretaste.models.baselines import Bias
from foretaste.models.contributions import Contributions, ridge_answers
from foretaste.models.linear_output import LinearOutput
from foretaste.models.params import check_choice, check_range
from foretaste.models.space import Range, Space
from foretaste.training.interrupt import stop_on_interrupt
from foretaste.training.watch import Watch

TABLES = ("table_", "prior_", "precision_")
"""What is learnt of the columns."""
LANES = 8
"""Numbers of a vector, to whole ones of which tables are padded (`kernels.tiles`)."""
CELL = 40
"""Bytes that a step takes for each rating of a batch."""
BIAS = 24
"""Bytes that the bias model takes for each rating of a block."""
MOST_ROWS = 256
"""Rows a step at most, where the settings leave it open."""


@dataclass(frozen=True)
class RidgeParams:
    """Settings of `RidgeAutoencoder`. Penalties are counted in ratings: how many it takes to be half believed.

    Args:
        latent: Length of a code, beside the row's own bias.
        penalty: Penalty on each entry of a code.
        damping_user: The same for the row's bias.
        damping_item: Of the column biases at the start.
        l2: The same for each factor of a column.
        l2_mask: The same for each number of a column's prior vector.
        noise: Gaussian noise on a column's factors while training, in standard deviations of what is uncertain about them,
            1 / sqrt(l2 + ratings / penalty).
        members: Fits from different starts whose predictions are averaged; each costs a fit.
        keep: Each row keeps a share of its ratings visible in a pass, drawn uniformly between these two.
        learning_rate: Peak of Adam's rate.
        schedule: ``"cosine"`` (with warm-up) or ``"constant"``.
        epochs: Passes over the rows at most; 0 takes 30, or more where these would be fewer than 2,000 steps.
        batch_size: Rows a step; 0 takes about 150 steps an epoch, of 8 to 256 rows.
        patience: Epochs without a better watched value before it stops.
        stop_after: Stop after this epoch of the schedule; 0 runs it to the end.
        seed: Of initial factors, order, hiding and noise.
    """

    latent: int = 20
    penalty: float = 8.0
    damping_user: float = 5.0
    damping_item: float = 5.0
    l2: float = 10.0
    l2_mask: float = 4.0
    noise: float = 0.3
    members: int = 1
    keep: tuple[float, ...] = (0.2, 0.9)
    learning_rate: float = 3e-3
    schedule: str = "cosine"
    epochs: int = 0
    batch_size: int = 0
    patience: int = 10
    stop_after: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        check_range("latent", self.latent, 1, 2000)
        for name in ("penalty", "damping_user", "damping_item", "l2"):  # item rows swap the dampings
            check_range(name, getattr(self, name), 1e-6)
        for name in ("l2_mask", "noise"):
            check_range(name, getattr(self, name), 0)
        check_range("members", self.members, 1, 100)
        check_range("number of shares in keep", len(self.keep), 2, 2)
        check_range("keep", self.keep[0], 0, self.keep[1])
        check_range("keep", self.keep[1], 0.01, 0.99)
        check_range("learning_rate", self.learning_rate, 1e-9, 10)
        check_choice("schedule", self.schedule, ("cosine", "constant"))
        check_range("patience", self.patience, 1, 10_000_000)
        for name in ("epochs", "batch_size", "stop_after"):
            check_range(name, getattr(self, name), 0, 10_000_000)
        check_range("seed", self.seed, 0, 2**62)

    def penalties(self) -> AnyArray:
        """Return the diagonal of L: the row's bias, then its code, float64 (1 + latent,)."""
        return np.array([self.damping_user] + [self.penalty] * self.latent)


class RidgeAutoencoder(Recommender[RidgeParams]):
    """Autoencoder whose code is the solution of a ridge regression on the decoder, trained through the solve.

    A row with ratings r_j in the columns j of S, in units of sigma above the mean, has the code

        z = argmin_z sum_{j in S} d_j (r_j - b_j - q_j . z)^2 + (z - z0)' L (z - z0),    z0 = sum_{j in S} y_j / sqrt(|S| + 1)

    and the prediction mean + sigma (b_i + q_i . z) for column i. The first entry of q_j is 1, so the first entry of z is the
    row's own bias. z0 is what one expects of a row from which cells are there, not from their values.
    In training each row hides a random share of its ratings and is asked for those only: minimise the squared error at hidden
    cells + l2 |q|^2 + l2_mask |y|^2 + l2 (log d)^2, with noise on the q_j that shrinks with the number of ratings behind them.
    Anyone new is coded by one solve.

    Symbols: q_j decoder rows with biases b_j; y_j prior vectors; d_j precisions; L penalties of the code; S the visible cells.
    Paper: None: a model of this project. Its parts are known: folding in by ridge regression from alternating least squares
        (R. Bell, Y. Koren, ICDM 2007), which cells are there as information (Y. Koren, KDD 2008), hiding inputs from denoising
        autoencoders (P. Vincent et al., ICML 2008).
    Differs: From matrix factorisation, the decoder is learnt to predict what the regression has not seen.
    Cost: O(epochs (n latent^2 + rows latent^3)) time; 6 columns x latent numbers of parameters and Adam's moments.

    Example:
        >>> from scipy.sparse import csr_array
        >>> RidgeAutoencoder(latent=2, epochs=2).fit(csr_array([[5.0, 1, 0], [4, 2, 5]])).score(csr_array([[5.0, 0, 0]])).shape
        (1, 3)
    """

    Params = RidgeParams
    name = "ridge"
    autoencoder = True
    clips = True
    resumes = True
    smaller = "choose a smaller latent"
    space: ClassVar[Space] = {
        "latent": Range(8, 64, log=True, whole=True),
        "penalty": Range(2, 32, log=True),
        "l2": Range(1, 100, log=True),
        "l2_mask": Range(0.5, 100, log=True),
        "noise": Range(0, 1),
    }

    members_: list[Mapping[str, AnyArray]]

    def _fit(self, X: Csr, watch: Watch) -> None:
        from foretaste.models.ridge_net import RidgeNet, planned  # noqa: PLC0415 (numba loads only where it is used)
        from foretaste.training.loop import train  # noqa: PLC0415

        p = planned(self.params, X.shape[0])
        self._planned = p.epochs
        bias = Bias(damping_item=p.damping_item, damping_user=p.damping_user).fit(X)
        self.mean_, self.sigma_ = bias.mean_, bias.residual_spread(X)
        self.members_, measure = [], watch.measure

        def watched(arrays: Mapping[str, AnyArray]) -> float:
            self.members_ = [arrays]
            return measure(self) if measure is not None else 0.0

        with stop_on_interrupt() as request:
            net = RidgeNet(X, bias, float(self.sigma_[0]), p)
            first, self.history_ = train(net, X, p, watch, None if measure is None else watched)
            self.members_, self.stopped_ = [first], self.history_.stopped
            p = replace(p, stop_after=self.history_.best_epoch)  # the others stop where the first was best
            for member in range(1, p.members):
                if request.asked:
                    break
                net = RidgeNet(X, bias, float(self.sigma_[0]), p, member)
                arrays, history = train(net, X, p, _beside(watch, member))
                if history.stopped != "interrupted":  # half of a member is worse than none
                    self.members_.append(arrays)
        if len(self.members_) < p.members:
            self.stopped_ = "interrupted"

    def refit_params(self) -> RidgeParams:
        """Return settings that run the same schedule up to the epoch that was best, for a fit on more data."""
        self._check_fitted()
        history = getattr(self, "history_", None)  # how a loaded model came about is not saved
        if history is None:
            return self.params
        return replace(self.params, epochs=self._planned, stop_after=history.best_epoch)

    @property
    def code_width(self) -> int:
        """Length of a code: those of all members side by side, without the row's bias."""
        return self.params.latent * self.params.members

    def encode(self, X: Csr) -> FloatArray:
        """Return each member's bias and code of every row, in units of sigma, float32 (members, rows, 1 + latent)."""
        from foretaste.kernels.ridge_codes import Columns, solve_codes  # noqa: PLC0415

        self._check_fitted()
        values, penalty = (
            with_values(X, standardised(X, self.mean_[0], self.sigma_[0])),
            self.params.penalties(),
        )
        return np.stack([solve_codes(values, Columns(*(m[name] for name in TABLES)), penalty) for m in self.members_])

    def linear_output(self, X: Csr) -> LinearOutput:
        """Return codes, decoder and offsets of the rows of `X`."""
        codes, k, unit = self.encode(X), self.params.latent + 1, self.sigma_[0] / np.float32(len(self.members_))
        tables = [m["table_"] for m in self.members_]
        wide = np.zeros((X.shape[0], self.code_width), np.float32)  # members that were not fitted stay 0
        wide[:, : len(codes) * (k - 1)] = np.concatenate(codes[:, :, 1:] * unit, axis=1)
        decoder = np.zeros((self.n_items_, self.code_width), np.float32)
        decoder[:, : len(codes) * (k - 1)] = np.concatenate([table[:, 1:k] for table in tables], axis=1)
        offset = self.mean_[0] + unit * codes[:, :, 0].sum(0)
        return LinearOutput(wide, decoder, offset, unit * np.sum([table[:, k] for table in tables], axis=0))

    def item_vectors(self) -> FloatArray:
        """Return the decoder's rows, those of all members side by side."""
        self._check_fitted()
        return np.concatenate([member["table_"][:, 1 : self.params.latent + 1] for member in self.members_], axis=1)

    def _score(self, X: Csr) -> AnyArray:
        return self.linear_output(X).scores(self.scale_)

    def _predict(self, X: Csr, rows: AnyArray, cols: AnyArray) -> AnyArray:
        return self.linear_output(X).cells(rows, cols)

    def _contributions(self, X: Csr, cols: AnyArray) -> Contributions:
        """Take a prediction apart into what is expected of whoever holds these columns, and of each rating its surprise.

        Base is mean + b_i + q_i . z0; a part is the rating less just that for its own column, times its weight in the
        regression that the code is the solution of. Members are averaged.
        """
        k, unit = self.params.latent + 1, float(self.sigma_[0]) / len(self.members_)
        base, parts = np.full(len(cols), float(self.mean_[0])), np.zeros((X.nnz, len(cols)))
        values = standardised(X, self.mean_[0], self.sigma_[0])
        for member in self.members_:
            held, wanted = (member["table_"][at].astype(np.float64) for at in (X.indices, cols))
            before = member["prior_"][X.indices, :k].sum(0, dtype=np.float64) / np.sqrt(X.nnz + 1)
            root = np.exp(0.5 * member["precision_"][X.indices].astype(np.float64))
            answers = ridge_answers(root * held[:, :k], wanted[:, :k], self.params.penalties())
            weights = root**2 * (held[:, :k] @ answers)
            base += unit * (wanted[:, k] + wanted[:, :k] @ before)
            parts += unit * weights * (values - held[:, k] - held[:, :k] @ before)[:, None]
        return Contributions(base, parts)

    def _forecast(self, X: Csr, measured: bool) -> Forecast:
        usual = super()._forecast(X, measured)
        member, width = usual.parameters / self.params.members, self.params.latent + 2
        rows = min(self.params.batch_size or MOST_ROWS, X.shape[0])
        cells = int(np.sort(np.diff(X.indptr))[X.shape[0] - rows :].sum())
        step = 12.0 * width * rows + CELL * cells  # codes and what comes back of them, and the entries of a batch
        looked = 1.5 * member + 8.0 * (X.shape[0] + X.shape[1]) * self.code_width  # tables are copied to be looked at
        return replace(
            usual,
            optimiser=2 * member,
            kept=4.0 * X.nnz + member * measured,  # the ratings in units of sigma, and the best weights so far
            batch=max(BIAS * min(X.nnz, BLOCK_CELLS), step),
            scoring=looked * measured,
        )

    def _arrays(self) -> dict[str, AnyArray]:
        tables = {name: np.stack([member[name] for member in self.members_]) for name in TABLES}
        return {"mean_": self.mean_, "sigma_": self.sigma_, **tables}

    def _adopt_sizes(self, arrays: Mapping[str, AnyArray]) -> None:
        super()._adopt_sizes(arrays)
        self._fitted = len(arrays["table_"])

    def _shapes(self) -> dict[str, tuple[int, ...]]:
        members = len(self.members_) if hasattr(self, "members_") else getattr(self, "_fitted", self.params.members)
        table = (members, self.n_items_, -(-(self.params.latent + 2) // LANES) * LANES)
        return {
            "mean_": (1,),
            "sigma_": (1,),
            "table_": table,
            "prior_": table,
            "precision_": (members, self.n_items_, 1),
        }

    def _adopt(self, arrays: Mapping[str, AnyArray]) -> None:
        self.mean_, self.sigma_ = np.asarray(arrays["mean_"]), np.asarray(arrays["sigma_"])
        self.members_ = [{name: np.ascontiguousarray(arrays[name][i]) for name in TABLES} for i in range(self._fitted)]


def standardised(X: Csr, mean: np.floating[Any], sigma: np.floating[Any]) -> FloatArray:
    """Return the ratings in units of sigma above the mean, float32 (ratings,), with no more than that in memory."""
    values = np.subtract(X.data, mean, dtype=np.float32)
    values /= sigma
    return values


def _beside(watch: Watch, member: int) -> Watch:
    """Return what watches a further member: nothing is measured, and its state has a file of its own."""
    path = None if watch.checkpoint is None else watch.checkpoint.with_name(f"{watch.checkpoint.name}.{member}")
    return replace(watch, measure=None, checkpoint=path)
