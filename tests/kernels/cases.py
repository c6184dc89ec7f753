"""What the kernel tests share: a batch with an empty row and empty items, tables, and the same cells as dense matrices."""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor

from foretaste.arrays import as_csr
from foretaste.kernels.batch import Batch, make_batch
from foretaste.kernels.optimiser import RowOptimiser
from foretaste.kernels.row_table import RowTable

ROWS, ITEMS = 7, 11
WIDTHS = (1, 5, 64, 131)  # less than a group, a group, and two groups and a bit


@dataclass
class Case:
    """Cells of a block of rows, random values on them, and both as dense rows x items matrices."""

    batch: Batch
    values: Tensor
    X: Tensor
    mask: Tensor


def make_case(dtype: torch.dtype, seed: int = 0, rows: int = ROWS, items: int = ITEMS) -> Case:
    rng = np.random.default_rng(seed)
    stored = rng.random((rows, items)) < 0.5
    stored[3 % rows], stored[:, 0], stored[:, -1] = False, False, False
    row, col = np.nonzero(stored)
    X = as_csr(csr_array((np.ones(len(row)), (row, col)), shape=(rows, items)))
    values = torch.from_numpy(rng.normal(size=X.nnz)).to(dtype)
    dense, mask = torch.zeros(rows, items, dtype=dtype), torch.zeros(rows, items, dtype=dtype)
    mask[row, col], dense[row, col] = 1, values
    return Case(make_batch(X), values, dense, mask)


def make_table(
    dtype: torch.dtype, width: int, optimiser: RowOptimiser | None = None, *, items: int = ITEMS, seed: int = 1
) -> RowTable:
    weights = torch.from_numpy(np.random.default_rng(seed).normal(size=(items, width))).to(dtype)
    table = RowTable(weights, optimiser or RowOptimiser("sgd"))
    table.rate = 1.0
    return table
