"""The seam between torch and the outer layers: sparse in, masked out, at a cost that follows the observed cells.

    encode_rows   h[r]    = sum over cells (r, i) of x[r, i] table[i]          a weighted sum of item rows
    decode_cells  y[r, i] = h[r] . table[i] + bias[i]   for observed cells     dot products, nothing else

Any torch stack, activation or loss fits between and behind them. Calling backward(), or torch.autograd.grad, moves the tables:
the step of a `RowTable` is part of its layer's backward pass, so no gradient of its size is ever stored. A table stands once in
a graph, and its graph is walked back once.
"""

from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from foretaste.errors import ParamsError, ShapeError
from foretaste.kernels import dense, reference
from foretaste.kernels.batch import Batch
from foretaste.kernels.row_table import RowTable

PATHS = ("auto", "fast", "reference", "dense")
DENSE, MANY, DENSE_IN_TORCH = 0.7, 300, 0.05
"""Where "auto" multiplies dense blocks (bench/paths.py): on a CPU from a share of the rows x touched items and cells an item at
which they cost less than the compiled loops, elsewhere from the share at which torch's dense products cost less than its sparse
sums (measured on a CPU too: no GPU was at hand)."""


def choose_path(path: str, device: torch.device | str = "cpu", batch: Batch | None = None) -> str:
    """Return the path for a batch: what "auto" means there, or what was asked for if it runs on the device.

    Args:
        path: One of `PATHS`. ``"auto"`` is ``"dense"`` for a batch that is dense enough (see `DENSE`), else ``"fast"`` on a
            CPU and ``"reference"`` elsewhere.
        device: Where the tables lie.
        batch: The cells; None if they are not known yet.

    Raises:
        ParamsError: Another word, or the fast path on something else than a CPU.
    """
    if path not in PATHS:
        raise ParamsError(f'the path is "{path}", expected one of {", ".join(PATHS)}')
    on_cpu = torch.device(device).type == "cpu"
    if path == "fast" and not on_cpu:
        raise ParamsError(f"the fast path runs on the CPU, the table is on {device}", hint='choose path "reference"')
    if path != "auto":
        return path
    if batch:
        cells_an_item = max(DENSE * batch.n_rows, MANY) if on_cpu else DENSE_IN_TORCH * batch.n_rows
        if len(batch) >= cells_an_item * len(batch.items):
            return "dense"
    return "fast" if on_cpu else "reference"


def encode_rows(table: RowTable, values: Tensor, batch: Batch, path: str) -> Tensor:
    """Sum the table's rows over the cells of each row, weighted; backward() moves the table.

    Args:
        table: A row for each item.
        values: (n,), the weight of each cell; takes no gradient.
        batch: The cells.
        path: One of `PATHS`.

    Returns:
        (rows, width); zeros for an empty row.
    """
    return _Encode.apply(_anchor(table), table, values, batch, _module(path, table, batch))  # type: ignore[no-untyped-call]


def decode_cells(hidden: Tensor, table: RowTable, bias: RowTable | None, batch: Batch, path: str) -> Tensor:
    """Return the dot product of a row's code and an item's row, plus the item's bias; backward() moves both tables.

    Args:
        hidden: (rows, width).
        table: A row for each item.
        bias: One number for each item, (items, 1), or None.
        batch: The cells.
        path: One of `PATHS`.

    Returns:
        (n,), row by row.
    """
    return _Decode.apply(_anchor(table), hidden, table, bias, batch, _module(path, table, batch))  # type: ignore[no-untyped-call]


def _module(path: str, table: RowTable, batch: Batch) -> ModuleType:
    chosen = choose_path(path, table.device, batch)
    if chosen != "fast":
        return dense if chosen == "dense" else reference
    from foretaste.kernels import fast  # noqa: PLC0415 (numba loads only when a kernel is used)

    return fast


def _anchor(table: RowTable) -> Tensor:
    """Return nothing that asks for a gradient: tables are not torch parameters, but their layers must be in the graph."""
    return table.panels.new_empty(0).requires_grad_()


class _Encode(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, anchor: Tensor, table: RowTable, values: Tensor, batch: Batch, path: Any) -> Tensor:  # noqa: ARG004
        ctx.table, ctx.batch, ctx.path = table, batch, path
        ctx.save_for_backward(values)
        return path.encode(table, values, batch)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[None, ...]:
        (values,) = ctx.saved_tensors
        ctx.path.encode_step(ctx.table, values, grad, ctx.batch)
        return None, None, None, None, None


class _Decode(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        anchor: Tensor,  # noqa: ARG004
        hidden: Tensor,
        table: RowTable,
        bias: RowTable | None,
        batch: Batch,
        path: Any,
    ) -> Tensor:
        ctx.table, ctx.bias, ctx.batch, ctx.path, ctx.version = table, bias, batch, path, table.version
        ctx.save_for_backward(hidden)
        return path.decode(table, bias, hidden, batch)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        (hidden,) = ctx.saved_tensors
        if ctx.table.version != ctx.version:
            raise ShapeError(
                "the table has moved since this layer read it, so its gradient is lost",
                hint="use a table once in a graph, and call backward() once before the next forward pass",
            )
        back = ctx.path.decode_step(ctx.table, ctx.bias, hidden, grad, ctx.batch)
        return None, back, None, None, None, None
