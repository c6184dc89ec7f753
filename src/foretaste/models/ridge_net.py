"""The ridge autoencoder while it trains: tables of the columns, their moments, and one step."""

import math
from dataclasses import replace
from typing import TypeVar

import numpy as np

from foretaste.arrays import AnyArray, Csr, count_by_column, with_values
from foretaste.kernels.ridge_codes import POOL, Columns, Noise, code_rows, width_of
from foretaste.kernels.ridge_step import BETAS, move
from foretaste.models.baselines import Bias
from foretaste.models.ridge import MOST_ROWS, TABLES, RidgeParams, standardised
from foretaste.training.live import Live

P = TypeVar("P", bound=RidgeParams)
START = 0.1
"""Standard deviation of the factors at the start."""


class RidgeNet:
    """Tables, moments and one step.

    Args:
        X: Rows x columns, the training ratings.
        bias: Fitted on them.
        sigma: Unit of the residuals.
        params: The model's settings.
        member: Which of several fits; decides the start.
    """

    def __init__(self, X: Csr, bias: Bias, sigma: float, params: RidgeParams, member: int = 0) -> None:
        self.params, self.sigma, self.t, self.member = params, sigma, 0, member
        self.X = with_values(X, standardised(X, bias.mean_[0], np.float32(sigma)))
        self.penalty = params.penalties()
        n, k = X.shape[1], params.latent + 1
        self.width = width_of(k)
        count = count_by_column(X)
        rng = np.random.default_rng([params.seed, 1, member])
        table = np.zeros((n, self.width), np.float32)
        table[:, 1:k] = rng.normal(0, START, (n, k - 1))
        table[count == 0] = 0  # what nobody rated stays at the prediction of its row
        table[:, 0] = 1
        table[:, k] = bias.item_effect_ / sigma
        self.columns = Columns(table, np.zeros((n, self.width), np.float32), np.zeros((n, 1), np.float32))
        self.moments = tuple(np.zeros_like(part) for part in self._parts() for _ in range(2))
        self.spread = (params.noise / np.sqrt(params.l2 + count / params.penalty)).astype(np.float32)
        self.pool = rng.standard_normal(POOL + self.width, dtype=np.float32)

    def step(self, rows: AnyArray, rate: float, rng: np.random.Generator) -> tuple[float, int]:
        """Learn once from some rows; return the summed squared error of what was hidden, in rating units, and its number."""
        p, X = self.params, self.X[rows]
        rng = np.random.default_rng([int(rng.integers(2**62)), self.member])
        share = rng.uniform(p.keep[0], p.keep[1], X.shape[0])
        seen = rng.random(X.nnz) < np.repeat(share, np.diff(X.indptr))
        hidden = X.nnz - int(seen.sum())
        if hidden == 0:
            return 0.0, 0
        noise = Noise(self.spread, rng.integers(0, POOL, X.shape[1], dtype=np.int32), self.pool)
        found = code_rows(X, seen, self.columns, self.penalty, noise)
        self.t += 1
        n = self.X.nnz
        l2 = [p.l2 / n, p.l2_mask / n, 0.0, p.l2 / n]
        rule = np.array([rate, 1 - BETAS[0] ** self.t, 1 - BETAS[1] ** self.t, 1 / hidden, *l2], np.float32)
        move(X, seen, self.columns, self.penalty, noise, found, self.moments, rule)
        loss = float(np.square(found[2][~seen], dtype=np.float64).sum())
        return loss * self.sigma**2, hidden

    def _parts(self) -> tuple[AnyArray, AnyArray, AnyArray]:
        return self.columns.table, self.columns.prior, self.columns.precision

    def live(self) -> Live:
        """Return the tables as they stand; `dict` makes a copy of all."""
        parts = dict(zip(TABLES, self._parts(), strict=True))
        return Live(TABLES, lambda name: parts[name].copy())

    def release(self) -> dict[str, AnyArray]:
        """Return the tables themselves."""
        return dict(zip(TABLES, self._parts(), strict=True))

    def state(self) -> dict[str, AnyArray]:
        """Return tables, moments and the number of steps."""
        moments = {f"moment{i}": moment for i, moment in enumerate(self.moments)}
        return {**self.release(), **moments, "steps": np.array([self.t])}

    def load(self, state: dict[str, AnyArray]) -> None:
        """Go on from `state`."""
        for part, name in zip(self._parts(), TABLES, strict=True):
            part[:] = state[name]
        for i, moment in enumerate(self.moments):
            moment[:] = state[f"moment{i}"]
        self.t = int(state["steps"][0])


def planned(params: P, rows: int) -> P:
    """Return settings in which the size of a step and the number of epochs are what a matrix of so many rows asks for.

    Where they are left open, an epoch has about 150 steps, of 8 to 256 rows, and there are 30 epochs, or more where these
    would be fewer than 2,000 steps.
    """
    size = params.batch_size or min(max(math.ceil(rows / 150), 8), MOST_ROWS)
    steps = math.ceil(rows / size)
    epochs = params.epochs or min(max(30, math.ceil(2000 / steps)), 500)
    return replace(params, batch_size=size, epochs=epochs)
