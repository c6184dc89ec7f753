"""The dense path; that it equals the others is tested in test_layers, here what only it can get wrong."""

import torch

from foretaste.kernels import dense
from foretaste.kernels.row_table import RowTable
from tests.kernels.cases import make_case, make_table


def test_a_bias_moves_by_the_sum_over_its_cells():
    case, table = make_case(torch.float64), make_table(torch.float64, 5)
    bias = RowTable(torch.zeros(table.rows, 1, dtype=torch.float64), table.optimiser, 1)
    bias.rate = 1.0
    dense.decode_step(table, bias, torch.randn(7, 5, dtype=torch.float64), case.values, case.batch)
    torch.testing.assert_close(bias.read()[:, 0], -case.X.sum(0))
