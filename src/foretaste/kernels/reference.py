"""The outer layers in plain torch: the formula that the fast path is held to, on any device and in any floating type.

All four gradients are sums over the cells of one row or of one item, that is, weighted bags of rows; so one torch operator
carries the whole file. No rows x items block is formed. The functions have the same names and arguments in `fast`.
"""

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import embedding_bag

from foretaste.arrays import AnyArray
from foretaste.kernels.batch import Batch
from foretaste.kernels.row_table import RowTable

CHUNK = 1 << 22
"""Numbers gathered at once by `decode`: 16 MB in float32, so a step's memory does not grow with cells x width."""


def encode(table: RowTable, values: Tensor, batch: Batch) -> Tensor:
    """Sum the table's rows over the cells of each row, weighted.

    Args:
        table: A row for each item.
        values: (n,), the weight of each cell.
        batch: The cells.

    Returns:
        (rows, width); zeros for an empty row.
    """
    return _bag(
        table.read(on_device(table, batch.items)),
        on_device(table, batch.local),
        on_device(table, batch.row_start),
        values,
    )


def encode_step(table: RowTable, values: Tensor, grad: Tensor, batch: Batch) -> None:
    """Move the table's rows by the gradient of a loss whose gradient at `encode`'s output is `grad`, (rows, width)."""
    table.step(on_device(table, batch.items), _sum_by_item(table, grad, values, batch))


def decode(table: RowTable, bias: RowTable | None, hidden: Tensor, batch: Batch) -> Tensor:
    """Return the dot product of a row's code and an item's row, plus the item's bias, for every cell.

    Args:
        table: A row for each item.
        bias: One number for each item, (items, 1), or None.
        hidden: Codes, (rows, width).
        batch: The cells.

    Returns:
        (n,), row by row.
    """
    rows, local = table.read(on_device(table, batch.items)), on_device(table, batch.local)
    place, out = on_device(table, batch.row), hidden.new_empty(len(batch))
    step = max(CHUNK // max(hidden.shape[1], 1), 1)
    for start in range(0, len(out), step):
        cells = slice(start, start + step)
        torch.linalg.vecdot(hidden[place[cells]], rows[local[cells]], out=out[cells])
    return out if bias is None else out + bias.read(on_device(table, batch.items))[local, 0]


def decode_step(table: RowTable, bias: RowTable | None, hidden: Tensor, grad: Tensor, batch: Batch) -> Tensor:
    """Move table and bias by the gradient of a loss whose gradient at `decode`'s output is `grad`, (n,).

    Returns:
        The gradient at `hidden`, (rows, width), from the table as it was before the move.
    """
    items = on_device(table, batch.items)
    back = _bag(table.read(items), on_device(table, batch.local), on_device(table, batch.row_start), grad)
    table.step(items, _sum_by_item(table, hidden, grad, batch))
    if bias is not None:
        total = torch.zeros(len(items), dtype=grad.dtype, device=grad.device)
        bias.step(items, total.index_add_(0, on_device(table, batch.local), grad)[:, None])
    return back


def _sum_by_item(table: RowTable, rows: Tensor, weight: Tensor, batch: Batch) -> Tensor:
    order = on_device(table, batch.by_item)
    return _bag(rows, on_device(table, batch.item_row), on_device(table, batch.item_start), weight[order])


def _bag(rows: Tensor, index: Tensor, start: Tensor, weight: Tensor) -> Tensor:
    if not len(index):
        return rows.new_zeros((len(start) - 1, rows.shape[1]))
    return embedding_bag(
        index, rows, start, mode="sum", per_sample_weights=weight.contiguous(), include_last_offset=True
    )


def on_device(table: RowTable, positions: AnyArray) -> Tensor:
    """Return positions as torch takes them, where the table lies."""
    return torch.from_numpy(positions.astype(np.int64)).to(table.device)
