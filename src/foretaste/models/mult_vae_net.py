"""Mult-DAE and Mult-VAE while they train: one step of both, in torch."""

from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from foretaste.arrays import AnyArray, Csr
from foretaste.kernels.batch import Batch, make_batch
from foretaste.kernels.softmax import softmax_loss
from foretaste.models.click_net import ClickWeights, row_weights, unit_values
from foretaste.models.clicks import ClickSettings, Shapes
from foretaste.training.live import Live


class Annealed(ClickSettings, Protocol):
    """The settings of a variational model beside the common ones."""

    @property
    def beta(self) -> float: ...  # noqa: D102
    @property
    def anneal(self) -> float: ...  # noqa: D102


class MultNet:
    """One step of Mult-DAE, or of Mult-VAE where the shapes have a ``posterior``.

    Args:
        X: Rows x items, what is learnt from; only which cells are stored counts.
        shapes: Of all weights.
        params: The model's settings; `beta` and `anneal` too where it is variational.
        dtype: Of weights and arithmetic; float64 is for checking gradients.
    """

    def __init__(self, X: Csr, shapes: Shapes, params: ClickSettings, dtype: torch.dtype = torch.float32) -> None:
        self.X, self.params = X, params
        self.weights = ClickWeights(X, shapes, params, dtype)

    def step(self, rows: AnyArray, rate: float, rng: np.random.Generator) -> tuple[float, int]:
        """Learn once from some rows; return the summed loss, and the number of clicks."""
        batch, w = make_batch(self.X, rows), self.weights
        if not len(batch):
            return 0.0, 0
        draws = torch.Generator().manual_seed(int(rng.integers(2**62)))
        w.begin(rate)
        values = unit_values(batch, self.params.dropout, rng, w.dtype)
        weight = row_weights(batch, self.params.balance, w.dtype)
        code, far = self.forward(values, batch, draws)
        loss = softmax_loss(code, w.output, batch, rng, weight=weight) + weight @ far
        (loss / batch.n_rows).backward()  # type: ignore[no-untyped-call]
        w.move_inner(rate)
        w.done += 1
        return float(loss.detach()), len(batch)

    def forward(self, values: Tensor, batch: Batch, draws: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return the last hidden layer, (rows, last width), and beta times the KL divergence, (rows,), 0 if there is none."""
        w = self.weights
        code = self._layers(torch.tanh(w.sums(values, batch)), "inner", 1)
        if "posterior" not in w.inner:
            return code, code.new_zeros(len(code))
        mean, log_variance = (code @ w.inner["posterior"] + w.inner["posterior_bias"]).chunk(2, 1)
        sample = mean + (0.5 * log_variance).exp() * torch.randn(mean.shape, generator=draws, dtype=mean.dtype)
        return self._layers(sample, "outer", 0), self.beta * divergence(mean, log_variance)

    def _layers(self, code: Tensor, name: str, number: int) -> Tensor:
        inner = self.weights.inner
        while f"{name}{number}" in inner:
            code = torch.tanh(code @ inner[f"{name}{number}"] + inner[f"{name}{number}_bias"])
            number += 1
        return code

    @property
    def beta(self) -> float:
        """What the KL divergence counts in the next step: rising from 0 to its cap over a share of all planned steps."""
        p: Annealed = self.params  # type: ignore[assignment]  # only a variational model asks
        rising = p.anneal * p.epochs * self.weights.steps
        return p.beta * (min(self.weights.done / rising, 1) if rising else 1)

    def live(self) -> Live:
        """Return all weights, float32, each copied as it stands when it is read."""
        return self.weights.live()

    def release(self) -> dict[str, AnyArray]:
        """Return all weights and let go of the rest."""
        return self.weights.release()

    def state(self) -> dict[str, AnyArray]:
        """Return all that is needed to go on."""
        return self.weights.state()

    def load(self, state: dict[str, AnyArray]) -> None:
        """Go on from `state`."""
        self.weights.load(state)


def divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return the KL divergence of normal posteriors to N(0, 1), (rows,)."""
    return 0.5 * (log_variance.exp() + mean.square() - 1 - log_variance).sum(1)
