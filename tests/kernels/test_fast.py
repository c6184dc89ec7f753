"""The fast path takes what torch hands it: slices, transposes, and calls from several threads."""

import multiprocessing
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

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
    thin, rows = RowTable(torch.zeros(11, 3), RowOptimiser("sgd"), 1), torch.zeros(7, 3)
    for call in walks(thin, rows, case.values, case.batch):
        with pytest.raises(ShapeError, match="a table in panels of 1 units can only be a bias, expected 64"):
            call()


def walks(table, rows, cells, batch):
    return (
        lambda: fast.encode(table, cells, batch),
        lambda: fast.encode_step(table, cells, rows, batch),
        lambda: fast.decode(table, None, rows, batch),
        lambda: fast.decode_step(table, None, rows, cells, batch),
    )


def test_what_would_lead_beyond_the_end_of_an_array_is_refused():
    case, table = make_case(torch.float32), make_table(torch.float32, 70)
    before, rows, n = table.read(), torch.zeros(7, 70), len(case.values)
    encode, encode_step, decode, decode_step = range(4)
    for wrong, which, words in (
        (
            torch.zeros(3, 70),
            (encode_step, decode, decode_step),
            r"the rows are \(3, 70\) torch.float32, expected \(7, 70\)",
        ),
        (torch.zeros(7, 71), (encode_step, decode, decode_step), r"the rows are \(7, 71\)"),
        (rows.double(), (encode_step, decode, decode_step), "torch.float64, expected"),
    ):
        for walk in which:
            with pytest.raises(ShapeError, match=words):
                walks(table, wrong, case.values, case.batch)[walk]()
    for wrong in (torch.zeros(n + 1), torch.zeros(n, 2), case.values.double()):
        for walk in (encode, encode_step, decode_step):
            with pytest.raises(ShapeError, match=f"the cells are .*, expected \\({n},\\) torch.float32"):
                walks(table, rows, wrong, case.batch)[walk]()
    larger = make_case(torch.float32, items=40)
    for call in walks(table, rows, larger.values, larger.batch):
        with pytest.raises(ShapeError, match="the batch has item 38, the table has 11 rows"):
            call()
    assert torch.equal(table.read(), before)


@given(st.integers(0, 2**32 - 1), st.integers(1, 40))
def test_the_pieces_of_a_batch_are_all_of_it(seed, pieces):
    batch = make_case(torch.float32, seed=seed, rows=5, items=30).batch
    places = fast.cut(batch, pieces)
    assert (places[0], places[-1], len(places)) == (0, len(batch.items), pieces + 1)
    assert (np.diff(places) >= 0).all()


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_steps_too(monkeypatch):
    monkeypatch.setattr(fast, "ALONE", 0)
    case, table = make_case(torch.float32, rows=50, items=90), make_table(torch.float32, 200, items=90)
    wanted = fast.encode(table, case.values, case.batch)
    with multiprocessing.get_context("fork").Pool(1) as pool:
        found = pool.apply_async(_encode, (table, case.values.numpy(), case.batch)).get(60)
    np.testing.assert_array_equal(found, wanted.numpy())


def _encode(table, values, batch):
    return fast.encode(table, torch.from_numpy(values), batch).numpy()


def test_steps_on_tables_of_their_own_may_run_at_once(monkeypatch):
    monkeypatch.setattr(fast, "ALONE", 0)
    case, rows = make_case(torch.float32, rows=50, items=90), torch.ones(50, 200)

    def step(_number):
        table = make_table(torch.float32, 200, items=90)
        fast.encode_step(table, case.values, rows, case.batch)
        fast.decode_step(table, None, rows, case.values, case.batch)
        return table.read()

    wanted = step(0)
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(step, range(16)):
            assert torch.equal(found, wanted)


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


def test_a_bias_of_another_shape_or_type_is_refused():
    case, table, rows = make_case(torch.float32), make_table(torch.float32, 70), torch.zeros(7, 70)
    for bias in (make_table(torch.float32, 1, items=3), make_table(torch.float32, 2), make_table(torch.float64, 1)):
        for call in (
            lambda bias=bias: fast.decode(table, bias, rows, case.batch),
            lambda bias=bias: fast.decode_step(table, bias, rows, case.values, case.batch),
        ):
            with pytest.raises(ShapeError, match=r"the bias is .*, expected \(11, 1\) torch.float32"):
                call()
