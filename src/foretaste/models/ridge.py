"""RidgeAutoencoder: an autoencoder whose encoder is the solution of a small regression on its own decoder."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from foretaste.arrays import AnyArray, Csr, FloatArray, with_values
from foretaste.memory import Forecast
from foretaste.models.base import Recommender
from foretaste.models.baselines import Bias
from foretaste.models.linear_output import LinearOutput
from foretaste.models.params import check_choice, check_range
from foretaste.models.space import Range, Space
from foretaste.training.watch import Watch


@dataclass(frozen=True)
class RidgeParams:
    """Settings of `RidgeAutoencoder`. Penalties are counted in ratings: about how many it takes to believe half of what they say.

    Args:
        latent: Length of a code, beside the row's own bias.
        penalty: Penalty on each entry of a code.
        damping_user: The same for the row's bias.
        damping_item: Of the column biases at the start.
        l2: The same for each factor of a column.
        l2_mask: The same for each number of a column's prior vector.
        noise: Gaussian noise on a column's factors while training, in standard deviations of what is uncertain about them,
            1 / sqrt(l2 + ratings / penalty).
        keep: Each row keeps a share of its ratings visible in a pass, drawn uniformly between these two.
        learning_rate: Peak of Adam's rate.
        schedule: ``"cosine"`` (with warm-up) or ``"constant"``.
        epochs: Passes over the rows at most.
        batch_size: Rows a step; 0 takes about 150 steps an epoch, of 32 to 256 rows.
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
    keep: tuple[float, ...] = (0.2, 0.9)
    learning_rate: float = 3e-3
    schedule: str = "cosine"
    epochs: int = 30
    batch_size: int = 0
    patience: int = 10
    stop_after: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        check_range("latent", self.latent, 1, 2000)
        for name in ("penalty", "damping_user", "l2"):
            check_range(name, getattr(self, name), 1e-6)
        for name in ("damping_item", "l2_mask", "noise"):
            check_range(name, getattr(self, name), 0)
        check_range("number of shares in keep", len(self.keep), 2, 2)
        check_range("keep", self.keep[0], 0, self.keep[1])
        check_range("keep", self.keep[1], 0.01, 0.99)
        check_range("learning_rate", self.learning_rate, 1e-9, 10)
        check_choice("schedule", self.schedule, ("cosine", "constant"))
        for name in ("epochs", "patience"):
            check_range(name, getattr(self, name), 1, 10_000_000)
        for name in ("batch_size", "stop_after", "seed"):
            check_range(name, getattr(self, name), 0, 2**62)

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

    weights_: Mapping[str, AnyArray]

    def _fit(self, X: Csr, watch: Watch) -> None:
        from foretaste.models.ridge_net import RidgeNet, rows_a_step  # noqa: PLC0415 (numba loads only where it is used)
        from foretaste.training.loop import train  # noqa: PLC0415

        bias = Bias(damping_item=self.params.damping_item, damping_user=self.params.damping_user).fit(X)
        self.mean_, self.sigma_ = bias.mean_, bias.residual_spread(X)
        p = replace(self.params, batch_size=self.params.batch_size or rows_a_step(X.shape[0]))
        measure = watch.measure

        def watched(arrays: Mapping[str, AnyArray]) -> float:
            self.weights_ = arrays
            return measure(self) if measure is not None else 0.0

        net = RidgeNet(X, bias, float(self.sigma_[0]), p)
        self.weights_, self.history_ = train(net, X, p, watch, None if measure is None else watched)
        self.stopped_ = self.history_.stopped

    def refit_params(self) -> RidgeParams:
        """Return settings that run the same schedule up to the epoch that was best, for a fit on more data."""
        self._check_fitted()
        history = getattr(self, "history_", None)  # how a loaded model came about is not saved
        return self.params if history is None else replace(self.params, stop_after=history.best_epoch)

    @property
    def code_width(self) -> int:
        """Length of a code without the row's bias."""
        return self.params.latent

    def encode(self, X: Csr) -> FloatArray:
        """Return the row's bias and code, in units of sigma, float32 (rows, 1 + latent); zeros for an empty row."""
        from foretaste.kernels.ridge_codes import Columns, solve_codes  # noqa: PLC0415

        self._check_fitted()
        values = with_values(X, ((X.data - self.mean_[0]) / self.sigma_[0]).astype(np.float32))
        columns = Columns(*(self.weights_[name] for name in ("table_", "prior_", "precision_")))
        return solve_codes(values, columns, self.params.penalties())

    def linear_output(self, X: Csr) -> LinearOutput:
        """Return codes, decoder and offsets of the rows of `X`."""
        codes, table, k = self.encode(X), self.weights_["table_"], self.params.latent + 1
        offset = self.mean_[0] + self.sigma_[0] * codes[:, 0]
        return LinearOutput(codes[:, 1:] * self.sigma_[0], table[:, 1:k], offset, self.sigma_[0] * table[:, k])

    def _score(self, X: Csr) -> AnyArray:
        return self.linear_output(X).scores(self.scale_)

    def _predict(self, X: Csr, rows: AnyArray, cols: AnyArray) -> AnyArray:
        return self.linear_output(X).cells(rows, cols)

    def _forecast(self, X: Csr, measured: bool) -> Forecast:
        usual = super()._forecast(X, measured)
        return replace(
            usual,
            ratings=usual.ratings + 4 * X.nnz,  # the ratings in units of sigma
            optimiser=2 * usual.parameters,
            kept=usual.parameters if measured else 0,
        )

    def _arrays(self) -> dict[str, AnyArray]:
        return {"mean_": self.mean_, "sigma_": self.sigma_, **self.weights_}

    def _shapes(self) -> dict[str, tuple[int, ...]]:
        table = (self.n_items_, -(-(self.params.latent + 2) // 8) * 8)
        return {"mean_": (1,), "sigma_": (1,), "table_": table, "prior_": table, "precision_": (self.n_items_, 1)}

    def _adopt(self, arrays: Mapping[str, AnyArray]) -> None:
        self.mean_, self.sigma_ = np.asarray(arrays["mean_"]), np.asarray(arrays["sigma_"])
        self.weights_ = {name: np.ascontiguousarray(arrays[name]) for name in ("table_", "prior_", "precision_")}
