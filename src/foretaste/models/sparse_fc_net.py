"""SparseFC while it trains, in torch: weights times a kernel of places, computed for the touched rows of a batch only."""

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import embedding_bag

from foretaste.arrays import AnyArray, Csr, FloatArray, count_by_column
from foretaste.kernels.batch import Batch, make_batch
from foretaste.kernels.fast import encode_step
from foretaste.kernels.optimiser import PANEL, RowOptimiser
from foretaste.kernels.row_table import RowTable
from foretaste.models.autorec import weight_shapes
from foretaste.models.autorec_net import corrupted, load_state, state_of, through, weighted_mean
from foretaste.models.baselines import Bias
from foretaste.models.sparse_fc import CHUNK, SparseFcParams
from foretaste.training.live import Live
from foretaste.training.schedule import rows_a_step

OUTER = {"encoder": "encoder", "mask": "encoder", "decoder": "decoder"}
"""Tables of which a column has a row, and the kernel that each is multiplied by."""
SHRINK = {"encoder": 0.5, "mask": 0.1, "decoder": 0.1}
"""Initial weights, as shares of the usual ones."""
ENDS = (".in", ".out")
"""What the places of an inner layer's two sides are called after the layer's name."""
START = 1e-3
"""Standard deviation of the first places: all close together, so that at first every kernel is 1."""


def kernel(left: Tensor, right: Tensor) -> Tensor:
    """Return max(0, 1 - |u - v|^2) of each pair of places, (left, right)."""
    squared = left.square().sum(1, keepdim=True) + right.square().sum(1) - 2 * left @ right.T
    return torch.relu(1 - squared)


class SparseFcNet:
    """Weights, places, optimisers and one step.

    Args:
        X: Rows x columns, the training ratings.
        bias: Fitted on them (all zero where ratings are not centred).
        sigma: Unit of the residuals, (1,).
        params: The model's settings.
        dtype: Of weights and arithmetic; float64 is for checking gradients.
    """

    def __init__(
        self, X: Csr, bias: Bias, sigma: FloatArray, params: SparseFcParams, dtype: torch.dtype = torch.float32
    ) -> None:
        self.X, self.bias, self.sigma, self.params, self.dtype = X, bias, float(sigma[0]), params, dtype
        self.shapes, self.draws = (
            weight_shapes(params.network(), X.shape[1]),
            torch.Generator().manual_seed(params.seed),
        )
        steps = math.ceil(X.shape[0] / rows_a_step(params.batch_size, X.shape[0]))
        decay = min(params.l2 / math.sqrt(steps), 1) / params.learning_rate
        self.tables: dict[str, RowTable] = {}
        self.inner: dict[str, Tensor] = {}
        self.places: dict[str, Tensor] = {}
        rated = torch.from_numpy(count_by_column(X) > 0)
        for name, shape in self.shapes.items():
            if name == "decoder_bias" or name in OUTER:
                self.tables[name] = self._table(name, shape, rated, decay)
            elif name.endswith("bias"):
                self.inner[name] = torch.zeros(shape, dtype=dtype, requires_grad=True)
            else:
                self.inner[name] = self._drawn(shape[0] ** -0.5, shape).requires_grad_()
        for name in ("encoder", "decoder"):
            at = self._drawn(START, (X.shape[1], params.dims))
            self.tables[f"{name}_place"] = RowTable(at, RowOptimiser("adam", "row"))
            self.places[name] = self._drawn(START, (self.shapes[name][1], params.dims)).requires_grad_()
        for layer in range(1, len(params.widths)):
            for end, size in zip(ENDS, self.shapes[f"inner{layer}"], strict=True):
                self.places[f"inner{layer}{end}"] = self._drawn(START, (size, params.dims)).requires_grad_()
        free: dict[str, Any] = {"params": list(self.places.values()), "weight_decay": 0.0}
        held: dict[str, Any] = {"params": list(self.inner.values())}
        self.adam = torch.optim.AdamW([held, free], lr=params.learning_rate, weight_decay=decay)

    def _drawn(self, scale: float, shape: tuple[int, ...]) -> Tensor:
        return torch.randn(shape, generator=self.draws, dtype=self.dtype).mul_(scale)

    def _table(self, name: str, shape: tuple[int, ...], rated: Tensor, decay: float) -> RowTable:
        """Return one of the outer tables; columns that nobody rated start and stay at what says nothing."""
        if name != "decoder_bias":
            weight = self._drawn(SHRINK[name] * (1 if OUTER[name] == "encoder" else shape[1] ** -0.5), shape)
            weight[~rated] = 0
            return RowTable(weight, RowOptimiser("adam", "row", l2=decay))
        start = torch.zeros(shape[0], 1, dtype=self.dtype)
        if not self.params.center:
            start[~rated] = float(self.X.data.min() + self.X.data.max()) / (2 * self.sigma)  # the middle of the scale
        return RowTable(start, RowOptimiser("adam", "row"), panel=1)

    def step(self, rows: AnyArray, rate: float, rng: np.random.Generator) -> tuple[float, int]:
        """Learn once from some rows; return the summed squared error, in rating units, and the number of ratings."""
        batch = make_batch(self.X, rows)
        if not len(batch):
            return 0.0, 0
        values, mask, target = corrupted(batch, self.bias, self.sigma, self.params, rng, self.dtype)
        touched = torch.from_numpy(batch.items.astype(np.int64))
        leaves = {name: table.read(touched).requires_grad_() for name, table in self.tables.items()}
        dropout = torch.Generator().manual_seed(int(rng.integers(2**62)))
        output, penalty = self.forward(batch, leaves, values, mask, dropout)
        squares = (output - target).square()
        loss = weighted_mean(squares, mask, self.params.shown_weight) + self.params.sparsity * penalty
        loss.backward()  # type: ignore[no-untyped-call]
        each = alone(batch)
        for name, table in self.tables.items():
            table.rate, grad = rate, leaves[name].grad
            assert grad is not None  # noqa: S101 (every table is in the graph)
            if table.panels.shape[2] == PANEL:
                encode_step(table, torch.ones(len(touched), dtype=self.dtype), grad, each)
            else:
                table.step(touched, grad)
        for group in self.adam.param_groups:
            group["lr"] = rate
        self.adam.step()
        self.adam.zero_grad()
        return float(squares.detach().sum()) * self.sigma**2, len(batch)

    def forward(
        self,
        batch: Batch,
        leaves: dict[str, Tensor],
        values: Tensor,
        mask: Tensor,
        dropout: torch.Generator | None,
    ) -> tuple[Tensor, Tensor]:
        """Return the output at the cells, (cells,), and the mean squared kernel, from the touched rows of all tables."""
        kernels = {name: kernel(leaves[f"{name}_place"], self.places[name]) for name in ("encoder", "decoder")}
        inner = self._inner(kernels)
        pre = encoded(leaves["encoder"] * kernels["encoder"], values, batch) + inner["encoder_bias"]
        if "mask" in leaves:
            pre = pre + encoded(leaves["mask"] * kernels["encoder"], mask, batch)
        code = through(pre, inner, self.params, dropout)
        dots = decoded(code, leaves["decoder"] * kernels["decoder"], batch)
        squares = sum((k.square().sum() for k in kernels.values()), torch.zeros((), dtype=self.dtype))
        output = dots + leaves["decoder_bias"][torch.from_numpy(batch.local.astype(np.int64)), 0]
        return output, squares / sum(k.numel() for k in kernels.values())

    def _inner(self, kernels: dict[str, Tensor]) -> dict[str, Tensor]:
        """Return the inner layers' effective weights; their kernels are added to `kernels`."""
        out = {"encoder_bias": self.inner["encoder_bias"]}
        for layer in range(1, len(self.params.widths)):
            name = f"inner{layer}"
            kernels[name] = kernel(*(self.places[name + end] for end in ENDS))
            out |= {name: self.inner[name] * kernels[name], f"{name}_bias": self.inner[f"{name}_bias"]}
        return out

    def live(self) -> Live:
        """Return all effective weights, float32, each computed as it stands when it is read."""
        for table in self.tables.values():
            table.settle()  # with a checkpoint and without one: the bits of the weights are the same
        return Live(self.shapes, self._read)

    def release(self) -> dict[str, AnyArray]:
        """Return all effective weights; nothing is learnt after that."""
        return dict(self.live())

    @torch.no_grad()
    def _read(self, name: str) -> AnyArray:
        if name in OUTER:
            at = self.tables[f"{OUTER[name]}_place"].read()
            weight = self.tables[name].read().mul_(kernel(at, self.places[OUTER[name]]))
        elif name == "decoder_bias":
            weight = self.tables[name].read()[:, 0]
        else:
            weight = self._inner({})[name].clone()
        return weight.to(torch.float32).numpy()

    def state(self) -> dict[str, AnyArray]:
        """Return weights, places and optimiser state."""
        return state_of(self.tables, self._between(), self.adam)

    def load(self, state: dict[str, AnyArray]) -> None:
        """Go on from `state`."""
        load_state(state, self.tables, self._between(), self.adam)

    def _between(self) -> dict[str, Tensor]:
        return self.inner | {f"{name}.at": at for name, at in self.places.items()}


def alone(batch: Batch) -> Batch:
    """Return a batch of the same columns in which each has one cell, in a row of its own: its gradient is that row's."""
    place = np.arange(len(batch.items), dtype=np.int32)
    start = np.arange(len(batch.items) + 1, dtype=np.int32)
    return Batch(batch.items, batch.items, np.ones(len(place), np.float32), place, start, place, place, start)


def encoded(table: Tensor, values: Tensor, batch: Batch) -> Tensor:
    """Return the sums of touched columns' rows, (touched, width), over the cells of each row, weighted: (rows, width)."""
    return _Encode.apply(table, values, batch)  # type: ignore[no-untyped-call]


def decoded(code: Tensor, table: Tensor, batch: Batch) -> Tensor:
    """Return the dot product of a row's code and a touched column's row for every cell, (cells,)."""
    return _Decode.apply(code, table, batch)  # type: ignore[no-untyped-call]


class _Encode(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, table: Tensor, values: Tensor, batch: Batch) -> Tensor:
        ctx.batch = batch
        ctx.save_for_backward(values)
        return _bag(table, batch.local, batch.row_start, values)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        (values,) = ctx.saved_tensors
        return _by_item(grad, values, ctx.batch), None, None


class _Decode(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, code: Tensor, table: Tensor, batch: Batch) -> Tensor:
        ctx.batch = batch
        ctx.save_for_backward(code, table)
        rows, local = (torch.from_numpy(a.astype(np.int64)) for a in (batch.row, batch.local))
        out, step = code.new_empty(len(batch)), max(CHUNK // code.shape[1], 1)
        for start in range(0, len(batch), step):
            cells = slice(start, start + step)
            torch.linalg.vecdot(code[rows[cells]], table[local[cells]], out=out[cells])
        return out

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        code, table = ctx.saved_tensors
        return _bag(table, ctx.batch.local, ctx.batch.row_start, grad), _by_item(code, grad, ctx.batch), None


def _by_item(rows: Tensor, weight: Tensor, batch: Batch) -> Tensor:
    order = torch.from_numpy(batch.by_item.astype(np.int64))
    return _bag(rows, batch.item_row, batch.item_start, weight[order])


def _bag(rows: Tensor, index: AnyArray, start: AnyArray, weight: Tensor) -> Tensor:
    places, starts = (torch.from_numpy(a.astype(np.int64)) for a in (index, start))
    return embedding_bag(
        places, rows, starts, mode="sum", per_sample_weights=weight.contiguous(), include_last_offset=True
    )
