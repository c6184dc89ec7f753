"""Elsa while it trains: the factors, their moments, and one step over some rows."""

import numpy as np

from foretaste.arrays import AnyArray, Csr, ones, pick
from foretaste.kernels.shallow import cosine_loss, move
from foretaste.models.elsa import FACTORS, ElsaParams
from foretaste.training.live import Live


class ElsaNet:
    """Factors, moments and one step.

    Args:
        X: Rows x items, the training clicks; values do not count.
        params: The model's settings, with nothing left open.
    """

    def __init__(self, X: Csr, params: ElsaParams) -> None:
        self.X, self.params, self.t = ones(X), params, 0
        rng = np.random.default_rng([params.seed, 1])
        self.factors = rng.standard_normal((X.shape[1], min(params.latent, X.shape[1])), dtype=np.float32)
        self.factors /= np.sqrt(np.einsum("ik,ik->i", self.factors, self.factors))[:, None]
        self.moments = np.zeros_like(self.factors), np.zeros(X.shape[1], np.float32)

    def step(self, rows: AnyArray, rate: float, rng: np.random.Generator) -> tuple[float, int]:
        """Learn once from some rows; return their losses, each times its clicks, and the number of clicks."""
        X = self.X[rows]
        show = rng.random(X.nnz) >= self.params.noise
        found = cosine_loss(pick(X, show), pick(X, ~show), self.factors, self.params.length)
        if not found.asked.any():
            return 0.0, 0
        self.t += 1
        move(self.factors, found.gradient, self.moments, rate, self.t)
        count = np.diff(X.indptr)
        return float(found.rows @ count), int(count[found.asked].sum())

    def live(self) -> Live:
        """Return the factors as they stand."""
        return Live([FACTORS], lambda _: self.factors.copy())

    def release(self) -> dict[str, AnyArray]:
        """Return the factors themselves."""
        return {FACTORS: self.factors}

    def state(self) -> dict[str, AnyArray]:
        """Return factors, moments and the number of steps."""
        return {FACTORS: self.factors, "slow": self.moments[0], "size": self.moments[1], "steps": np.array([self.t])}

    def load(self, state: dict[str, AnyArray]) -> None:
        """Go on from `state`."""
        self.factors[:], self.moments[0][:], self.moments[1][:] = state[FACTORS], state["slow"], state["size"]
        self.t = int(state["steps"][0])
