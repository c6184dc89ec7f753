"""The weights of a multinomial autoencoder while it trains, in torch: a sparse table in, dense layers, a softmax out."""

import math
import os
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from foretaste.arrays import AnyArray, Csr, FloatArray, count_by_column
from foretaste.kernels.batch import Batch
from foretaste.kernels.layers import choose_path, encode_rows
from foretaste.kernels.optimiser import RowOptimiser
from foretaste.kernels.row_table import RowTable
from foretaste.kernels.softmax import Output, SampledSoftmax, WholeSoftmax
from foretaste.models.autorec_net import SWITCH
from foretaste.models.clicks import ClickSettings, Shapes
from foretaste.training.live import Live
from foretaste.training.schedule import rows_a_step

OUTPUT = ("decoder", "decoder_bias")
SHRINK = {"encoder": 0.1, "decoder": 0.1}
"""Initial weights, as shares of the usual ones. The encoder's rows begin small: clicks that large random rows have pressed
into the flat ends of tanh are told apart by chance, which is learnt by heart before taste is."""


class ClickWeights:
    """All weights with their optimisers.

    Args:
        X: Rows x items, what is learnt from.
        shapes: Of all weights by name: ``encoder`` (items, width), ``decoder`` (items, last width), ``decoder_bias``, and
            whatever stands between; names that end in ``bias`` begin at zero, those in ``gain`` at one.
        settings: The model's.
        dtype: Of weights and arithmetic; float64 is for checking gradients.

    Attributes:
        encoder: Item rows of the input.
        output: The softmax behind the last layer.
        inner: Everything between them, by name.
        path: Of the sparse layer, see `layers.choose_path`.
        steps: Steps of a pass over the rows.
        done: Steps done so far.
    """

    def __init__(self, X: Csr, shapes: Shapes, settings: ClickSettings, dtype: torch.dtype) -> None:
        self.shapes, self.dtype, self.done = shapes, dtype, 0
        self.path = os.environ.get(SWITCH, "auto")
        choose_path(self.path)
        self.steps = math.ceil(X.shape[0] / rows_a_step(settings.batch_size, X.shape[0]))
        decay = min(settings.l2 / math.sqrt(self.steps), 1) / settings.learning_rate
        draws, count = torch.Generator().manual_seed(settings.seed), count_by_column(X)
        drawn = {name: first_weights(name, shape, draws, dtype) for name, shape in shapes.items()}
        bias = torch.from_numpy(first_bias(count)).to(dtype)
        self.encoder = RowTable(drawn.pop("encoder"), RowOptimiser("adam", "row", l2=decay))
        del drawn["decoder_bias"]
        if X.shape[1] <= settings.exact_items:
            self.output: Output = WholeSoftmax(drawn.pop("decoder"), bias, decay)
        else:
            self.output = SampledSoftmax(drawn.pop("decoder"), bias, decay, count, settings.samples)
        self.inner = {name: weight.requires_grad_() for name, weight in drawn.items()}
        gains = [
            weight for name, weight in self.inner.items() if name.endswith("gain")
        ]  # would be drawn to 0, not to 1
        rest = [weight for name, weight in self.inner.items() if not name.endswith("gain")]
        groups: list[dict[str, Any]] = [{"params": rest}, {"params": gains, "weight_decay": 0.0}]
        self.adam = torch.optim.AdamW(groups, lr=settings.learning_rate, weight_decay=decay, fused=True)

    def begin(self, rate: float) -> None:
        """Set the rate of the tables for a step: they move when their layers are walked back."""
        self.encoder.rate = self.output.rate = rate

    def sums(self, values: Tensor, batch: Batch) -> Tensor:
        """Return each row's weighted sum of encoder rows, plus the bias, (rows, width)."""
        return encode_rows(self.encoder, values, batch, self.path) + self.inner["encoder_bias"]

    def move_inner(self, rate: float) -> None:
        """Move what lies between the tables by its gradient, and forget that."""
        for group in self.adam.param_groups:
            group["lr"] = rate
        self.adam.step()
        self.adam.zero_grad()

    def live(self) -> Live:
        """Return all weights, float32, each copied as it stands when it is read."""
        self.encoder.settle()
        self.output.settle()
        return Live(self.shapes, self._read)

    def release(self) -> dict[str, AnyArray]:
        """Return all weights as `dict(live())` does, but let go of the input's table when it is copied."""
        out = {"encoder": self._read("encoder")}
        del self.encoder
        return out | {name: self._read(name) for name in self.shapes if name != "encoder"}

    def _read(self, name: str) -> AnyArray:
        if name == "encoder":
            weight = self.encoder.read()
        elif name in OUTPUT:
            weight = self.output.read(name)
        else:
            weight = self.inner[name].detach().clone()
        return weight.to(torch.float32).numpy()

    def state(self) -> dict[str, AnyArray]:
        """Return weights and optimiser state, and how many steps were done."""
        out = {f"encoder.{k}": v for k, v in self.encoder.state().items()} | self.output.state()
        for name, weight in self.inner.items():
            out[f"{name}.weight"] = weight.detach()
            out |= {f"{name}.adam.{k}": torch.as_tensor(v) for k, v in self.adam.state.get(weight, {}).items()}
        return {k: v.numpy() for k, v in out.items()} | {"done": np.array([self.done])}

    def load(self, state: Mapping[str, AnyArray]) -> None:
        """Go on from `state`."""
        tensors = {k: torch.from_numpy(np.require(v, requirements="W")) for k, v in state.items()}
        self.encoder.load({k: tensors[f"encoder.{k}"] for k in ("weights", "first", "second", "steps")})
        self.output.load(tensors)
        for name, weight in self.inner.items():
            weight.data.copy_(tensors[f"{name}.weight"])
            prefix = f"{name}.adam."
            found = {k.removeprefix(prefix): v.clone() for k, v in tensors.items() if k.startswith(prefix)}
            if found:
                self.adam.state[weight] = found
        self.done = int(state["done"][0])


def first_weights(name: str, shape: tuple[int, ...], draws: torch.Generator, dtype: torch.dtype) -> Tensor:
    """Return a weight as it begins: normal, of the variance 1 / inputs, where it is neither a bias nor a gain."""
    if name.endswith(("bias", "gain")):
        return torch.full(shape, float(name.endswith("gain")), dtype=dtype)
    inputs = {"encoder": 1, "decoder": shape[-1]}.get(name, shape[0])
    return torch.randn(shape, generator=draws, dtype=dtype).mul_(SHRINK.get(name, 1) * inputs**-0.5)


def first_bias(count: AnyArray) -> FloatArray:
    """Return the output's bias as it begins, (items,): popularity is known, what is left to learn is taste."""
    return np.log((count + 0.5) / (count.mean() + 0.5)).astype(np.float32)


def unit_values(batch: Batch, dropout: float, rng: np.random.Generator, dtype: torch.dtype) -> Tensor:
    """Return the weight of each click in its row's sum, (cells,): rows of length 1, of which a share is then dropped.

    Args:
        batch: The clicks.
        dropout: Share of clicks that are hidden; the others are raised by 1 / (1 - dropout).
        rng: Draws them.
        dtype: Of the weights.
    """
    values = 1 / np.sqrt(np.maximum(np.diff(batch.row_start), 1))[batch.row]
    if dropout:
        values *= (rng.random(len(batch)) >= dropout) / (1 - dropout)
    return torch.from_numpy(values).to(dtype)


def row_weights(batch: Batch, balance: float, dtype: torch.dtype) -> Tensor:
    """Return what each row counts in the loss, (rows,): its clicks to the power of -balance, 1 on average over clicks."""
    count = np.maximum(np.diff(batch.row_start), 1).astype(np.float64)
    weight = count**-balance
    return torch.from_numpy(weight * (count.sum() / (count @ weight))).to(dtype)
