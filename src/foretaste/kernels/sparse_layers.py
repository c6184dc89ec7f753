"""The two outer layers of an autoencoder at a cost that follows the observed cells: sparse in, masked out.

    encode_rows   h[r]    = sum over cells (r, i) of x[r, i] * table[i]        a weighted sum of item rows
    decode_cells  y[r, i] = h[r] . table[i]   for the cells (r, i) asked for   dot products, nothing else

Neither forms a rows x items block. `table` holds only the rows of the batch's distinct items. All four gradients are again
sums over the cells of one row or of one item, that is, weighted bags; so one torch operator carries the whole file, on any
device and in any floating type.
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import embedding_bag

from foretaste.kernels.batch import Batch

CHUNK = 1 << 22
"""Numbers gathered at once by `decode_cells`: 16 MB in float32, so a step's memory does not grow with cells x width."""


def encode_rows(table: Tensor, values: Tensor, batch: Batch) -> Tensor:
    """Sum the table's rows over the cells of each row, weighted.

    Args:
        table: (m, width), one row for each of `batch.items`.
        values: (n,), the weight of each cell; takes no gradient.
        batch: The cells.

    Returns:
        (rows, width); zeros for an empty row.
    """
    return _EncodeRows.apply(table, values, batch)  # type: ignore[no-untyped-call]


def decode_cells(hidden: Tensor, table: Tensor, batch: Batch) -> Tensor:
    """Return the dot product of a row's code and an item's row for every cell of the batch.

    Args:
        hidden: (rows, width).
        table: (m, width), one row for each of `batch.items`.
        batch: The cells.

    Returns:
        (n,), row by row.
    """
    return _DecodeCells.apply(hidden, table, batch)  # type: ignore[no-untyped-call]


class _EncodeRows(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, table: Tensor, values: Tensor, batch: Batch) -> Tensor:
        ctx.batch = batch
        ctx.save_for_backward(values)
        return _bag(table, batch.local, batch.row_start, values)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        (values,) = ctx.saved_tensors
        return _by_item(grad, values, ctx.batch), None, None


class _DecodeCells(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, hidden: Tensor, table: Tensor, batch: Batch) -> Tensor:
        ctx.batch = batch
        ctx.save_for_backward(hidden, table)
        out = hidden.new_empty(len(batch.row))
        step = max(CHUNK // max(hidden.shape[1], 1), 1)
        for start in range(0, len(out), step):
            cells = slice(start, start + step)
            torch.linalg.vecdot(hidden[batch.row[cells]], table[batch.local[cells]], out=out[cells])
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None]:
        hidden, table = ctx.saved_tensors
        batch = ctx.batch
        return _bag(table, batch.local, batch.row_start, grad), _by_item(hidden, grad, batch), None


def _by_item(rows: Tensor, values: Tensor, batch: Batch) -> Tensor:
    return _bag(rows, batch.row[batch.by_item], batch.item_start, values[batch.by_item])


def _bag(table: Tensor, index: Tensor, start: Tensor, weight: Tensor) -> Tensor:
    return embedding_bag(
        index, table, start, mode="sum", per_sample_weights=weight.contiguous(), include_last_offset=True
    )
