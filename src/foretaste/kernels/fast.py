"""The outer layers on a CPU: numba loops that walk a batch item by item and move each row inside the backward pass.

Same names, arguments and results as `reference`. An item's row is loaded once for all its users, and nothing of the size of
the touched rows is written twice. Threads divide the units of a row, or the items where every result stands alone, so no
two write to one place and no result depends on their number. What is small is done by one.
"""

import threading
from typing import Any

import numba
import numpy as np
import torch
from torch import Tensor

from foretaste.arrays import AnyArray
from foretaste.kernels import loops
from foretaste.kernels.batch import Batch
from foretaste.kernels.optimiser import GROUP, RULES
from foretaste.kernels.row_table import RowTable

ALONE = 1 << 22
"""Cells x width below which one thread does all: waking the others would take as long as the work."""
_together = threading.Lock()  # numba's workqueue layer allows one parallel caller at a time


def encode(table: RowTable, values: Tensor, batch: Batch) -> Tensor:
    """See `reference.encode`."""
    out = table.weights.new_zeros((batch.n_rows, table.weights.shape[1]))
    cells = values.contiguous().numpy()
    _run(table, batch, "encode", table.weights.numpy(), _factor(table, batch), *_cells(batch), cells, out.numpy())
    return out


def encode_step(table: RowTable, values: Tensor, grad: Tensor, batch: Batch) -> None:
    """See `reference.encode_step`."""
    table.decay()
    cells, rows = values.contiguous().numpy(), grad.contiguous().numpy()
    _run(table, batch, "encode_step", *_storage(table), _factor(table, batch), *_cells(batch), cells, rows)
    _moved(table, batch)


def decode(table: RowTable, bias: RowTable | None, hidden: Tensor, batch: Batch) -> Tensor:
    """See `reference.decode`."""
    out = table.weights.new_empty(len(batch))
    offset = np.zeros(len(batch.items), out.numpy().dtype)
    if bias is not None:
        offset = bias.weights.numpy()[batch.items, 0] * _factor(bias, batch)
    factor, codes = _factor(table, batch), hidden.contiguous().numpy()
    _run(table, batch, "decode", table.weights.numpy(), offset, factor, *_cells(batch), codes, out.numpy())
    return out


def decode_step(table: RowTable, bias: RowTable | None, hidden: Tensor, grad: Tensor, batch: Batch) -> Tensor:
    """See `reference.decode_step`."""
    back = torch.zeros_like(hidden, memory_format=torch.contiguous_format)
    cells, codes = grad.contiguous().numpy(), hidden.contiguous().numpy()
    before = _factor(table, batch)
    table.decay()
    after = _factor(table, batch)
    _run(table, batch, "decode_step", *_storage(table), before, after, *_cells(batch), codes, cells, back.numpy())
    _moved(table, batch)
    if bias is not None:
        bias.decay()
        _run(bias, batch, "bias_step", *_storage(bias), _factor(bias, batch), *_cells(batch), cells)
        _moved(bias, batch)
    return back


def _run(table: RowTable, batch: Batch, name: str, *arguments: Any) -> None:
    """Call a loop once, or in parts on all threads where there is enough to do."""
    width = table.weights.shape[1]
    parts = min(-(-width // GROUP), numba.get_num_threads())
    if parts == 1 or len(batch) * width < ALONE:
        getattr(loops, name)(*arguments, 0, 1)
    else:
        with _together:
            getattr(loops, f"{name}_parts")(*arguments, parts)


def _cells(batch: Batch) -> tuple[AnyArray, ...]:
    return batch.items, batch.item_start, batch.item_row, batch.by_item


def _factor(table: RowTable, batch: Batch) -> AnyArray:
    """As `RowTable.factor`, by numpy: torch wakes all its threads for an exp."""
    return np.exp(table.log_decay - table.decayed.numpy()[batch.items]).astype(table.weights.numpy().dtype)


def _storage(table: RowTable) -> tuple[Any, ...]:
    """Return weights and state, and the optimiser as numbers: rule, units that share a second moment, rate, betas, eps."""
    o = table.optimiser
    group = 1 if o.state == "full" else GROUP
    move = (RULES.index(o.rule), group, float(table.rate), o.beta1, o.beta2, o.eps)
    return table.weights.numpy(), table.first.numpy(), table.second.numpy(), table.steps.numpy(), move


def _moved(table: RowTable, batch: Batch) -> None:
    loops.count_step(table.steps.numpy(), table.decayed.numpy(), batch.items, table.log_decay)
