"""RecVAE while it trains, in torch: three steps of the encoder against a prior that remembers, then one of the decoder."""

import math
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import layer_norm, silu

from foretaste.arrays import AnyArray, Csr
from foretaste.kernels.batch import Batch, make_batch
from foretaste.kernels.layers import encode_rows
from foretaste.kernels.optimiser import RowOptimiser
from foretaste.kernels.row_table import RowTable
from foretaste.kernels.softmax import softmax_loss
from foretaste.models.click_net import ClickWeights, row_weights, unit_values
from foretaste.models.rec_vae import NORM_EPS, PRIOR, WIDE, RecVaeParams, rec_shapes
from foretaste.training.live import Live

LOG_2_PI = math.log(2 * math.pi)


class RecNet:
    """Weights, the encoder of the pass before, and one step.

    Args:
        X: Rows x items, what is learnt from; only which cells are stored counts.
        params: The model's settings.
        dtype: Of weights and arithmetic; float64 is for checking gradients.
    """

    def __init__(self, X: Csr, params: RecVaeParams, dtype: torch.dtype = torch.float32) -> None:
        self.X, self.params = X, params
        self.weights = w = ClickWeights(X, rec_shapes(X.shape[1], params.widths, params.latent), params, dtype)
        self.old_table = RowTable(torch.zeros(X.shape[1], params.widths[0], dtype=dtype), RowOptimiser("sgd"))
        self.old_inner = {name: weight.detach().clone() for name, weight in w.inner.items()}

    def step(self, rows: AnyArray, rate: float, rng: np.random.Generator) -> tuple[float, int]:
        """Learn once from some rows; return what the decoder's step saw: the summed loss, and the number of clicks."""
        batch, w = make_batch(self.X, rows), self.weights
        if w.done % w.steps == 0:
            self.remember()
        w.done += 1
        if not len(batch):
            return 0.0, 0
        draws = torch.Generator().manual_seed(int(rng.integers(2**62)))
        w.begin(rate)
        whole = unit_values(batch, 0, rng, w.dtype)
        with torch.no_grad():
            old = posterior(self.old_table, self.old_inner, whole, batch, w.path)
        for _ in range(self.params.encoder_steps):
            (self.encoder_loss(batch, old, rng, draws) / batch.n_rows).backward()  # type: ignore[no-untyped-call]
            w.move_inner(rate)
        with torch.no_grad():
            code = sample(*posterior(w.encoder, w.inner, whole, batch, w.path), draws)
        loss = softmax_loss(code, w.output, batch, rng, weight=row_weights(batch, self.params.balance, w.dtype))
        (loss / batch.n_rows).backward()  # type: ignore[no-untyped-call]
        return float(loss.detach()), len(batch)

    def encoder_loss(
        self, batch: Batch, old: tuple[Tensor, Tensor], rng: np.random.Generator, draws: torch.Generator
    ) -> Tensor:
        """Return what the encoder minimises, summed over rows, where part of their clicks is hidden from it."""
        w = self.weights
        values = unit_values(batch, self.params.dropout, rng, w.dtype)
        mean, log_variance = posterior(w.encoder, w.inner, values, batch, w.path)
        code = sample(mean, log_variance, draws)
        weight = row_weights(batch, self.params.balance, w.dtype)
        beta = self.params.gamma * weight * torch.from_numpy(np.diff(batch.row_start)).to(code)
        far = log_density(code, mean, log_variance) - log_prior(code, *old)
        return softmax_loss(code, w.output, batch, rng, weight=weight, learn=False) + beta @ far.sum(1)

    def remember(self) -> None:
        """Take the encoder as it is into the prior."""
        self.weights.encoder.settle()
        self.old_table.panels.copy_(self.weights.encoder.panels)
        for name, weight in self.weights.inner.items():
            self.old_inner[name].copy_(weight.detach())

    def live(self) -> Live:
        """Return all weights, float32, each copied as it stands when it is read."""
        return self.weights.live()

    def release(self) -> dict[str, AnyArray]:
        """Return all weights and let go of the rest."""
        del self.old_table
        return self.weights.release()

    def state(self) -> dict[str, AnyArray]:
        """Return all that is needed to go on; the prior is taken anew where a pass begins."""
        return self.weights.state()

    def load(self, state: dict[str, AnyArray]) -> None:
        """Go on from `state`, which is one between two passes."""
        self.weights.load(state)


def posterior(
    table: RowTable, inner: Mapping[str, Tensor], values: Tensor, batch: Batch, path: str
) -> tuple[Tensor, Tensor]:
    """Return mean and logarithm of the variance of each row's code, each (rows, latent).

    Every layer takes the sum of all before it beside its own product, through swish and a norm over its units.
    """
    pre = encode_rows(table, values, batch, path) + inner["encoder_bias"]
    code, total, layer = _normed(pre, inner, 0), torch.zeros_like(pre), 1
    while f"inner{layer}" in inner:
        total = total + code
        code = _normed(code @ inner[f"inner{layer}"] + inner[f"inner{layer}_bias"] + total, inner, layer)
        layer += 1
    mean, log_variance = (code @ inner["posterior"] + inner["posterior_bias"]).chunk(2, 1)
    return mean, log_variance


def _normed(pre: Tensor, inner: Mapping[str, Tensor], layer: int) -> Tensor:
    gain, bias = inner[f"norm{layer}_gain"], inner[f"norm{layer}_bias"]
    return layer_norm(silu(pre), gain.shape, gain, bias, NORM_EPS)


def sample(mean: Tensor, log_variance: Tensor, draws: torch.Generator) -> Tensor:
    """Return a code drawn for each row, (rows, latent), through which gradients pass."""
    return mean + (0.5 * log_variance).exp() * torch.randn(mean.shape, generator=draws, dtype=mean.dtype)


def log_density(code: Tensor, mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return the logarithm of a normal density, unit by unit."""
    return -0.5 * (LOG_2_PI + log_variance + (code - mean).square() * (-log_variance).exp())


def log_prior(code: Tensor, old_mean: Tensor, old_log_variance: Tensor) -> Tensor:
    """Return the logarithm of the composite prior's density, unit by unit: N(0, 1), the code of before, and a wide one."""
    zero = torch.zeros((), dtype=code.dtype, device=code.device)
    parts = ((zero, zero), (old_mean, old_log_variance), (zero, zero + WIDE))
    densities = [math.log(share) + log_density(code, *part) for share, part in zip(PRIOR, parts, strict=True)]
    return torch.logsumexp(torch.stack(densities), 0)
