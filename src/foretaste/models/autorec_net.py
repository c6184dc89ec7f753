"""AutoRec while it trains, in torch: two outer tables read by the batch, any stack between them, one step at a time."""

import math
import os
from collections.abc import Mapping
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from foretaste.arrays import AnyArray, Csr, FloatArray, count_by_column
from foretaste.kernels.batch import Batch, make_batch, places
from foretaste.kernels.layers import choose_path, decode_cells, encode_rows
from foretaste.kernels.optimiser import PANEL, RowOptimiser
from foretaste.kernels.row_table import RowTable
from foretaste.models.autorec import AutoRecParams, weight_shapes
from foretaste.models.baselines import Bias
from foretaste.training.live import Live
from foretaste.training.schedule import rows_a_step

ACTIVATIONS = {
    "elu": torch.nn.functional.elu,
    "identity": lambda x: x,
    "relu": torch.relu,
    "selu": torch.selu,
    "sigmoid": torch.sigmoid,
    "silu": torch.nn.functional.silu,
    "tanh": torch.tanh,
}
TABLES = ("encoder", "mask", "decoder", "decoder_bias")
SHRINK = {"encoder": 0.5, "mask": 0.1, "decoder": 0.1}
"""Initial weights, as shares of the usual ones."""
SWITCH = "FORETASTE_KERNELS"
"""Environment variable that forces one path of the kernels: ``fast``, ``reference`` or ``dense``."""


if hasattr(os, "register_at_fork"):  # a forked child has none of torch's threads, and would wait for them
    os.register_at_fork(after_in_child=lambda: torch.set_num_threads(1))


class AutoRecNet:
    """Weights, optimisers and one step.

    Args:
        X: Rows x items, the training ratings.
        bias: Fitted on them (all zero where ratings are not centred).
        sigma: Unit of the residuals, (1,).
        params: The model's settings.
        dtype: Of weights and arithmetic; float64 is for checking gradients.
    """

    def __init__(
        self, X: Csr, bias: Bias, sigma: FloatArray, params: AutoRecParams, dtype: torch.dtype = torch.float32
    ) -> None:
        self.X, self.bias, self.sigma, self.params = X, bias, float(sigma[0]), params
        self.path = os.environ.get(SWITCH, "auto")
        choose_path(self.path)
        self.dtype, self.shapes, self.place = dtype, weight_shapes(params, X.shape[1]), places(X)
        order = torch.from_numpy(np.argsort(self.place))
        rated = torch.from_numpy(count_by_column(X) > 0)
        self.rated = torch.arange(int(rated.sum()))  # the most rated first: these rows of the tables
        steps = math.ceil(X.shape[0] / rows_a_step(params.batch_size, X.shape[0]))
        decay = min(params.l2 / math.sqrt(steps), 1) / params.learning_rate
        generator = torch.Generator().manual_seed(params.seed)
        self.tables: dict[str, RowTable] = {}
        self.inner: dict[str, Tensor] = {}
        for name, shape in self.shapes.items():
            fan_in = 1 if name in {"encoder", "mask"} else shape[0] if name.startswith("inner") else shape[-1]
            weight = torch.zeros(shape, dtype=dtype)
            if not name.endswith("bias"):
                weight = torch.randn(shape, generator=generator, dtype=dtype).mul_(SHRINK.get(name, 1) * fan_in**-0.5)
            if name not in TABLES:
                self.inner[name] = weight.requires_grad_()
                continue
            weight[~rated] = 0  # an item that nobody rated adds nothing and gets the bias model's prediction
            if name == "decoder_bias" and not params.center:  # or, where there is none, the middle of the scale
                weight[~rated] = float(X.data.min() + X.data.max()) / (2 * self.sigma)
            l2 = 0 if name == "decoder_bias" else decay
            rule = RowOptimiser(params.optimiser, params.state, l2=l2)
            panel = 1 if name == "decoder_bias" else PANEL
            weight = weight.reshape(X.shape[1], -1)[order]  # what was drawn goes before the table is made
            self.tables[name] = RowTable(weight, rule, panel)
        self.adam = torch.optim.AdamW(list(self.inner.values()), lr=params.learning_rate, weight_decay=decay)

    def step(self, rows: AnyArray, rate: float, rng: np.random.Generator) -> tuple[float, int]:
        """Learn once from some rows; return the summed squared error, in rating units, and the number of ratings."""
        batch = make_batch(self.X, rows, self.place)
        if not len(batch):
            return 0.0, 0
        values, mask, target = self.inputs(batch, rng)
        dropout = torch.Generator().manual_seed(int(rng.integers(2**62)))
        for table in self.tables.values():
            table.rate = rate
        output, code = self.forward(batch, values, mask, dropout)
        squares = (output - target).square()
        weighted_mean(squares, mask, self.params.shown_weight).backward()  # type: ignore[no-untyped-call]
        self._move_inner(rate)
        for _ in range(self.params.refeed):
            code = self._refeed(code.detach(), rate, dropout)
        return float(squares.detach().sum()) * self.sigma**2, len(batch)

    def inputs(self, batch: Batch, rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Return what enters, the mask that enters, and what is asked, each (cells,), with part of each row hidden.

        The user effect is computed from what is shown, for input and target alike: it is all a newcomer would bring.
        """
        return corrupted(batch, self.bias, self.sigma, self.params, rng, self.dtype)

    def forward(
        self, batch: Batch, values: Tensor, mask: Tensor, dropout: torch.Generator | None
    ) -> tuple[Tensor, Tensor]:
        """Return the output at the cells, (cells,), and each row's code, (rows, last width); no dropout without a generator."""
        pre = encode_rows(self.tables["encoder"], values, batch, self.path) + self.inner["encoder_bias"]
        if self.params.mask_input:
            pre = pre + encode_rows(self.tables["mask"], mask, batch, self.path)
        code = self.stack(pre, dropout)
        return decode_cells(code, self.tables["decoder"], self.tables["decoder_bias"], batch, self.path), code

    def stack(self, pre: Tensor, dropout: torch.Generator | None) -> Tensor:
        """Apply everything between the encoder's sums and the code: activation, dropout, inner layers."""
        return through(pre, self.inner, self.params, dropout)

    def _move_inner(self, rate: float) -> None:
        for group in self.adam.param_groups:
            group["lr"] = rate
        self.adam.step()
        self.adam.zero_grad()

    def _refeed(self, code: Tensor, rate: float, dropout: torch.Generator) -> Tensor:
        """Feed the dense output back as input and target, and return its code: the one step of rows x items numbers."""
        every = self.rated
        whole = {name: table.read(every).requires_grad_() for name, table in self.tables.items()}
        with torch.no_grad():
            target = code @ whole["decoder"].T + whole["decoder_bias"][:, 0]
        scale = len(every) ** -0.5
        pre = target @ whole["encoder"] * scale + self.inner["encoder_bias"]
        if self.params.mask_input:
            pre = pre + whole["mask"].sum(0) * scale
        again = self.stack(pre, dropout)
        out = again @ whole["decoder"].T + whole["decoder_bias"][:, 0]
        (out - target).square().mean().backward()  # type: ignore[no-untyped-call]
        for name, table in self.tables.items():
            grad = whole[name].grad
            if grad is not None:
                table.step(every, grad, decay=False)
        decays = [group["weight_decay"] for group in self.adam.param_groups]
        for group in self.adam.param_groups:
            group["weight_decay"] = 0.0
        self._move_inner(rate)
        for group, decay in zip(self.adam.param_groups, decays, strict=True):
            group["weight_decay"] = decay
        return again

    def live(self) -> Live:
        """Return all weights, float32, in the order of the columns, each copied as it stands when it is read."""
        for table in self.tables.values():
            table.settle()
        return Live(self.shapes, self._read)

    def learnt(self) -> dict[str, AnyArray]:
        """Return a copy of all weights, float32, in the order of the columns."""
        return dict(self.live())

    def release(self) -> dict[str, AnyArray]:
        """Return all weights as `learnt` does, but let go of each table when it is copied."""
        out = {}
        for name in self.live():
            out[name] = self._read(name)
            self.tables.pop(name, None)
        return out

    def _read(self, name: str) -> AnyArray:
        if name in self.inner:
            return self.inner[name].detach().to(torch.float32, copy=True).numpy()
        weight = self.tables[name].read(torch.from_numpy(self.place)).reshape(self.shapes[name])
        return weight.to(torch.float32).numpy()

    def state(self) -> dict[str, AnyArray]:
        """Return weights and optimiser state, the most rated item first."""
        return state_of(self.tables, self.inner, self.adam)

    def load(self, state: dict[str, AnyArray]) -> None:
        """Go on from `state`."""
        load_state(state, self.tables, self.inner, self.adam)


class Corruption(Protocol):
    """The settings that say what a batch's rows show of themselves."""

    @property
    def noise(self) -> float: ...  # noqa: D102
    @property
    def center(self) -> bool: ...  # noqa: D102


class Layers(Protocol):
    """The settings of what lies between encoder and code."""

    @property
    def widths(self) -> tuple[int, ...]: ...  # noqa: D102
    @property
    def activation(self) -> str: ...  # noqa: D102
    @property
    def dropout(self) -> float: ...  # noqa: D102


def corrupted(
    batch: Batch, bias: Bias, sigma: float, params: Corruption, rng: np.random.Generator, dtype: torch.dtype
) -> tuple[Tensor, Tensor, Tensor]:
    """Return what enters, the mask that enters, and what is asked, each (cells,), with part of each row hidden."""
    rows = batch.row
    share = rng.random(batch.n_rows) * params.noise
    shown = (rng.random(len(batch)) >= share[rows]).astype(np.float64)
    residual = batch.ratings.astype(np.float64) - bias.base(batch.cols)
    count = np.bincount(rows, weights=shown, minlength=batch.n_rows)
    if params.center:
        total = np.bincount(rows, weights=shown * residual, minlength=batch.n_rows)
        weight = count + bias.params.damping_user
        residual -= np.divide(total, weight, out=np.zeros_like(total), where=weight > 0)[rows]
    residual /= sigma
    mask = shown / np.sqrt(np.maximum(count, 1))[rows]
    values, mask_in, target = (torch.from_numpy(a).to(dtype) for a in (mask * residual, mask, residual))
    return values, mask_in, target


def weighted_mean(squares: Tensor, mask: Tensor, shown_weight: float) -> Tensor:
    """Return the mean of squared errors, (cells,), of which those at shown cells count less."""
    if shown_weight == 1:
        return squares.sum() / len(squares)
    weight = torch.where(mask > 0, shown_weight, 1.0).to(squares.dtype)
    return (squares * weight).sum() / weight.sum().clamp(min=1e-6)


def through(pre: Tensor, inner: Mapping[str, Tensor], params: Layers, dropout: torch.Generator | None) -> Tensor:
    """Return the code of rows from the encoder's sums, (rows, last width): activation and dropout, layer by layer."""
    act = ACTIVATIONS[params.activation]
    code = _drop(act(pre), params.dropout, dropout)
    for layer in range(1, len(params.widths)):
        code = code @ inner[f"inner{layer}"] + inner[f"inner{layer}_bias"]
        code = _drop(act(code), params.dropout, dropout)
    return code


def _drop(code: Tensor, rate: float, generator: torch.Generator | None) -> Tensor:
    if generator is None or rate == 0:
        return code
    keep = torch.rand(code.shape, generator=generator, dtype=code.dtype) >= rate
    return code * keep / (1 - rate)


def state_of(
    tables: Mapping[str, RowTable], inner: Mapping[str, Tensor], adam: torch.optim.Optimizer
) -> dict[str, AnyArray]:
    """Return the weights and the optimiser state of tables and of what lies between them."""
    out = {f"{name}.{k}": v for name, table in tables.items() for k, v in table.state().items()}
    for name, weight in inner.items():
        out[f"{name}.weight"] = weight.detach()
        out |= {f"{name}.adam.{k}": torch.as_tensor(v) for k, v in adam.state.get(weight, {}).items()}
    return {k: v.numpy() for k, v in out.items()}


def load_state(
    state: Mapping[str, AnyArray],
    tables: Mapping[str, RowTable],
    inner: Mapping[str, Tensor],
    adam: torch.optim.Optimizer,
) -> None:
    """Go on from `state_of`."""
    tensors = {k: torch.from_numpy(np.require(v, requirements="W")) for k, v in state.items()}
    for name, table in tables.items():
        table.load({k: tensors[f"{name}.{k}"] for k in ("weights", "first", "second", "steps")})
    for name, weight in inner.items():
        weight.data.copy_(tensors[f"{name}.weight"])
        prefix = f"{name}.adam."
        found = {k.removeprefix(prefix): v.clone() for k, v in tensors.items() if k.startswith(prefix)}
        if found:
            adam.state[weight] = found
