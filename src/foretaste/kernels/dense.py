"""The outer layers as products of dense blocks: for batches in which most users rated most of the items that anyone rated.

A cell costs several times less in a matrix product than one by one, so where a large share of the rows x touched items is
observed, the zeros between are cheaper to multiply than to leave out. Same names, arguments and results as `reference`; any
device, any floating type. Memory: one block of rows x touched items, and a copy of the touched rows.
"""

import torch
from torch import Tensor

from foretaste.kernels.batch import Batch
from foretaste.kernels.reference import on_device
from foretaste.kernels.row_table import RowTable


def encode(table: RowTable, values: Tensor, batch: Batch) -> Tensor:
    """See `reference.encode`."""
    return _block(table, values, batch) @ table.read(on_device(table, batch.items))


def encode_step(table: RowTable, values: Tensor, grad: Tensor, batch: Batch) -> None:
    """See `reference.encode_step`."""
    table.step(on_device(table, batch.items), _block(table, values, batch).T @ grad)


def decode(table: RowTable, bias: RowTable | None, hidden: Tensor, batch: Batch) -> Tensor:
    """See `reference.decode`."""
    items = on_device(table, batch.items)
    out = hidden @ table.read(items).T
    if bias is not None:
        out += bias.read(items)[:, 0]
    return out[on_device(table, batch.row), on_device(table, batch.local)]


def decode_step(table: RowTable, bias: RowTable | None, hidden: Tensor, grad: Tensor, batch: Batch) -> Tensor:
    """See `reference.decode_step`."""
    items, block = on_device(table, batch.items), _block(table, grad, batch)
    back = block @ table.read(items)
    table.step(items, block.T @ hidden)
    if bias is not None:
        bias.step(items, block.sum(0)[:, None])
    return back


def _block(table: RowTable, values: Tensor, batch: Batch) -> Tensor:
    block = torch.zeros(batch.n_rows, len(batch.items), dtype=values.dtype, device=values.device)
    block[on_device(table, batch.row), on_device(table, batch.local)] = values
    return block
