"""The outer layers on a CPU: compiled loops that walk a batch item by item and move each row inside the backward pass.

Same names, arguments and results as `reference`. An item's row is loaded once for all its users, and nothing of the size of
the touched rows is written twice. Threads take panels of the rows, or items where every result stands alone, so no two write
to one place and no result depends on their number. What is small is done by one.
"""

from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from foretaste.arrays import AnyArray
from foretaste.errors import ShapeError
from foretaste.kernels import loops, threads
from foretaste.kernels.batch import Batch
from foretaste.kernels.optimiser import PANEL, RULES
from foretaste.kernels.row_table import RowTable

ALONE = 1 << 21
"""Cells x width below which one thread does all: waking the others would take as long as the work."""
ITEM = 6
"""What it costs `decode` to reach the row of an item, in cells."""
PIECES = 12
"""Pieces of work that the threads share: enough to even out what else the machine does, few enough to cost nothing."""


class Move(NamedTuple):
    """A row optimiser as the loops take it."""

    rule: int  # place in RULES
    each: bool  # whether every unit has a second moment
    beta: Any  # first moment = beta first moment + rest gradient; numbers of the table's type
    rest: Any
    keep: Any  # second moment = keep second moment + add gradient^2
    add: Any
    small: Any


def encode(table: RowTable, values: Tensor, batch: Batch) -> Tensor:
    """See `reference.encode`."""
    _check(table, batch, cells=values)
    out = table.panels.new_empty((batch.n_rows, table.width))
    weight = _by_item(values, batch)
    if table.log_decay:
        weight *= np.repeat(_factor(table, batch), np.diff(batch.item_start))
    arguments = table.panels.numpy(), batch.items, batch.item_start, batch.item_row, weight, out.numpy()
    _share(lambda low, high: loops.encode(*arguments, low, high), len(table.panels), table, batch)
    return out


def encode_step(table: RowTable, values: Tensor, grad: Tensor, batch: Batch) -> None:
    """See `reference.encode_step`."""
    _check(table, batch, cells=values, rows=grad)
    table.decay()
    arguments = (
        *_storage(table), _pace(table, batch), batch.items, batch.item_start, batch.item_row, _by_item(values, batch),
        grad.contiguous().numpy(),
    )  # fmt: skip
    _share(lambda low, high: loops.encode_step(*arguments, low, high), len(table.panels), table, batch)
    _moved(table, batch)


def decode(table: RowTable, bias: RowTable | None, hidden: Tensor, batch: Batch) -> Tensor:
    """See `reference.decode`."""
    _check(table, batch, bias, rows=hidden)
    out = table.panels.new_empty(len(batch))
    offset = np.zeros(len(batch.items), out.numpy().dtype)
    if bias is not None:
        offset = bias.panels.numpy()[0, batch.items, 0] * _factor(bias, batch)
    arguments = (
        table.panels.numpy(), offset, _factor(table, batch), batch.items, batch.item_start, batch.item_row,
        batch.by_item, hidden.contiguous().numpy(), out.numpy(),
    )  # fmt: skip
    pieces = min(2 * threads.count(), PIECES) if _is_large(table, batch) else 1  # each copies all codes
    places = cut(batch, pieces)

    def work(low: int, high: int) -> None:
        for piece in range(low, high):
            loops.decode(*arguments, places[piece], places[piece + 1])

    _share(work, pieces, table, batch)
    return out


def decode_step(table: RowTable, bias: RowTable | None, hidden: Tensor, grad: Tensor, batch: Batch) -> Tensor:
    """See `reference.decode_step`."""
    _check(table, batch, bias, cells=grad, rows=hidden)
    back = torch.empty_like(hidden, memory_format=torch.contiguous_format)
    cells, before = _by_item(grad, batch), _factor(table, batch)
    table.decay()
    arguments = (
        *_storage(table), _pace(table, batch), before, batch.items, batch.item_start, batch.item_row, cells,
        hidden.contiguous().numpy(), back.numpy(),
    )  # fmt: skip
    _share(lambda low, high: loops.decode_step(*arguments, low, high), len(table.panels), table, batch)
    _moved(table, batch)
    if bias is not None:
        bias.decay()
        loops.bias_step(*_storage(bias), _pace(bias, batch), batch.items, batch.item_start, cells)
        _moved(bias, batch)
    return back


def _share(work: Any, pieces: int, table: RowTable, batch: Batch) -> None:
    """Call ``work(low, high)`` for all pieces at once, or in parts on all threads where there is enough to do."""
    parts = min(pieces, PIECES)
    if parts == 1 or not _is_large(table, batch):
        work(0, pieces)
    else:
        threads.share(lambda part: work(pieces * part // parts, pieces * (part + 1) // parts), parts)


def cut(batch: Batch, pieces: int) -> AnyArray:
    """Return where to cut the items of a batch so that the pieces cost about the same, (pieces + 1,), 0 to m."""
    cost = batch.item_start + ITEM * np.arange(len(batch.item_start))
    places = np.searchsorted(cost, np.arange(pieces + 1) * (cost[-1] / pieces))
    places[-1] = len(batch.items)
    return places


def _is_large(table: RowTable, batch: Batch) -> bool:
    return len(batch) * table.width >= ALONE


def _by_item(values: Tensor, batch: Batch) -> AnyArray:
    return values.numpy().take(batch.by_item)


def _factor(table: RowTable, batch: Batch) -> AnyArray:
    """As `RowTable.factor`, by numpy: torch wakes all its threads for an exp."""
    kind = table.panels.numpy().dtype
    if not table.log_decay:
        return np.ones(len(batch.items), kind)
    return np.exp(table.log_decay - table.decayed.numpy()[batch.items]).astype(kind)


def _storage(table: RowTable) -> tuple[Any, ...]:
    o = table.optimiser
    keep, add = (1.0, 1.0) if o.rule == "adagrad" else (o.beta2, 1 - o.beta2)
    numbers = map(table.panels.numpy().dtype.type, (o.beta1, 1 - o.beta1, keep, add, o.eps))
    move = Move(RULES.index(o.rule), o.state == "full" and o.rule != "sgd", *numbers)
    return table.panels.numpy(), table.first.numpy(), table.second.numpy(), tuple(move)


def _check(
    table: RowTable,
    batch: Batch,
    bias: RowTable | None = None,
    cells: Tensor | None = None,
    rows: Tensor | None = None,
) -> None:
    """Refuse what would lead the loops, which check nothing, beyond the end of an array."""
    if table.panels.shape[2] != PANEL:
        raise ShapeError(f"a table in panels of {table.panels.shape[2]} units can only be a bias, expected {PANEL}")
    if len(batch.items) and batch.items[-1] >= table.rows:
        raise ShapeError(f"the batch has item {batch.items[-1]}, the table has {table.rows} rows")
    if bias is not None and (bias.rows, bias.width, bias.panels.dtype) != (table.rows, 1, table.panels.dtype):
        found = f"{(bias.rows, bias.width)} {bias.panels.dtype}"
        raise ShapeError(f"the bias is {found}, expected {(table.rows, 1)} {table.panels.dtype}")
    for name, tensor, shape in (("cells", cells, (len(batch),)), ("rows", rows, (batch.n_rows, table.width))):
        if tensor is not None and (tuple(tensor.shape) != shape or tensor.dtype != table.panels.dtype):
            found = f"{tuple(tensor.shape)} {tensor.dtype}"
            raise ShapeError(f"the {name} are {found}, expected {shape} {table.panels.dtype}")


def _pace(table: RowTable, batch: Batch) -> tuple[AnyArray, AnyArray, AnyArray]:
    """Return three numbers for each touched row: its decay, its learning rate, and what the root of v is multiplied by."""
    o, factor = table.optimiser, _factor(table, batch)
    scale, root = np.full_like(factor, table.rate), np.ones_like(factor)
    if o.rule == "adam":
        count = table.steps.numpy()[batch.items].astype(np.float64) + 1
        scale = (table.rate / (1 - np.exp(count * np.log(o.beta1)))).astype(factor.dtype)
        root = (1 / np.sqrt(1 - np.exp(count * np.log(o.beta2)))).astype(factor.dtype)
    return factor, scale, root


def _moved(table: RowTable, batch: Batch) -> None:
    table.version += table.rate != 0
    loops.count_step(table.steps.numpy(), table.decayed.numpy(), batch.items, table.log_decay)
