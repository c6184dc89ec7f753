"""The fast path takes what torch hands it: slices, transposes, and calls from several threads."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from foretaste.errors import ShapeError
from foretaste.kernels import fast, reference
from foretaste.kernels.optimiser import PANEL, RULES, RowOptimiser
from foretaste.kernels.row_table import RowTable
from tests.kernels.cases import make_case, make_table


def test_codes_and_gradients_need_not_be_contiguous():
    case, table = make_case(torch.float32), make_table(torch.float32, 70)
    table.rate = 0.0
    hidden = torch.randn(70, 7).T
    grad = torch.randn(2, len(case.values))[:, ::1][0::2][0]
    torch.testing.assert_close(
        fast.decode(table, None, hidden, case.batch), reference.decode(table, None, hidden, case.batch)
    )
    torch.testing.assert_close(
        fast.decode_step(table, None, hidden, grad, case.batch),
        reference.decode_step(table, None, hidden, grad, case.batch),
    )


def test_several_callers_at_once_get_what_one_gets(monkeypatch):
    monkeypatch.setattr(fast, "ALONE", 0)  # all of them ask for all threads
    case, table = make_case(torch.float32, rows=50, items=90), make_table(torch.float32, 200, items=90)
    wanted = fast.encode(table, case.values, case.batch)
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(lambda _: fast.encode(table, case.values, case.batch), range(32)):
            assert torch.equal(found, wanted)


def test_a_table_in_panels_of_one_is_refused_where_vectors_would_run_over_its_end():
    case = make_case(torch.float32)
    thin = RowTable(torch.zeros(11, 3), RowOptimiser("sgd"), 1)
    with pytest.raises(ShapeError, match="a table in panels of 1 units can only be a bias, expected 64"):
        fast.encode(thin, case.values, case.batch)
    with pytest.raises(ShapeError, match="a table in panels of 1 units can only be a bias"):
        fast.decode(thin, None, torch.zeros(7, 3), case.batch)


@pytest.mark.parametrize("rule", RULES)
def test_a_bias_in_panels_of_one_moves_as_one_in_panels_of_many(rule):
    case, optimiser = make_case(torch.float64), RowOptimiser(rule, "full", l2=0.1)
    biases = [RowTable(torch.ones(11, 1, dtype=torch.float64), optimiser, panel) for panel in (1, PANEL)]
    for _ in range(3):
        for bias in biases:
            table, bias.rate = make_table(torch.float64, 5), 0.1
            fast.decode_step(table, bias, torch.ones(7, 5, dtype=torch.float64), case.values, case.batch)
    torch.testing.assert_close(biases[0].read(), biases[1].read())
    assert not torch.equal(biases[0].read(), torch.ones(11, 1, dtype=torch.float64))
