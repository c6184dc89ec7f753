"""The observed cells of some rows, indexed both ways, so that every sum over them runs along memory."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from foretaste.arrays import Csr, row_of


@dataclass(frozen=True, eq=False)
class Batch:
    """Cells of a block of rows: once row by row, once item by item. All int64.

    Args:
        items: Distinct columns that occur, ascending, (m,).
        row: Row of each cell, (n,), row by row.
        local: Position in `items` of each cell, (n,), row by row.
        row_start: Where each row starts, (rows + 1,).
        by_item: The cells in order of their item, (n,).
        item_start: Where each item starts in `by_item`, (m + 1,).
    """

    items: Tensor
    row: Tensor
    local: Tensor
    row_start: Tensor
    by_item: Tensor
    item_start: Tensor


def make_batch(X: Csr, device: torch.device | str = "cpu") -> Batch:
    """Index the stored cells of `X` (rows x items); costs a sort of them."""
    items, local, count = np.unique(X.indices, return_inverse=True, return_counts=True)
    arrays = (
        items,
        row_of(X),
        local,
        X.indptr,
        np.argsort(local, kind="stable"),
        np.concatenate([[0], np.cumsum(count)]),
    )
    return Batch(*(torch.from_numpy(a.astype(np.int64)).to(device) for a in arrays))
