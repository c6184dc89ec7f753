"""The outer layers on both paths: against the dense formula, finite differences and a dense torch step."""

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

from foretaste.arrays import as_csr
from foretaste.errors import ParamsError, ShapeError
from foretaste.kernels import fast, threads
from foretaste.kernels.batch import make_batch
from foretaste.kernels.layers import MANY, choose_path, decode_cells, encode_rows
from foretaste.kernels.optimiser import RULES, RowOptimiser
from foretaste.kernels.row_table import RowTable
from tests.kernels.cases import ITEMS, WIDTHS, make_case, make_table

every_path = pytest.mark.parametrize("path", ["reference", "fast", "dense"])
every_width = pytest.mark.parametrize("width", WIDTHS)
TIGHT = {torch.float64: 1e-12, torch.float32: 1e-5}
every_type = pytest.mark.parametrize("dtype", TIGHT, ids=str)


@every_path
@every_width
@every_type
def test_encoding_is_the_dense_product(path, width, dtype):
    case, table = make_case(dtype), make_table(dtype, width)
    found = encode_rows(table, case.values, case.batch, path)
    torch.testing.assert_close(found.detach(), case.X @ table.read(), rtol=TIGHT[dtype], atol=TIGHT[dtype])
    assert (found[3] == 0).all()  # the empty row


@every_path
@every_width
@every_type
def test_decoding_is_the_dense_product_at_the_cells(path, width, dtype):
    case, table, bias = make_case(dtype), make_table(dtype, width), make_table(dtype, 1, seed=3)
    hidden = torch.randn(len(case.X), width, dtype=dtype, generator=torch.Generator().manual_seed(0))
    wanted = (hidden @ table.read().T + bias.read()[:, 0])[case.mask > 0]
    found = decode_cells(hidden, table, bias, case.batch, path)
    torch.testing.assert_close(found.detach(), wanted, rtol=TIGHT[dtype], atol=TIGHT[dtype] * 10)
    plain = decode_cells(hidden, table, None, case.batch, path)
    torch.testing.assert_close(plain.detach(), (hidden @ table.read().T)[case.mask > 0], rtol=1e-5, atol=1e-4)


def loss_of(case, encoder, decoder, bias, path):
    """A loss with a stack between the layers: nothing in it is linear."""
    output = decode_cells(
        torch.tanh(encode_rows(encoder, case.values, case.batch, path)), decoder, bias, case.batch, path
    )
    return (output - case.values).square().sum()


@every_path
@every_width
def test_gradients_pass_finite_differences(path, width):
    """Plain gradient descent at rate 1 moves every weight by exactly its gradient."""
    case = make_case(torch.float64)
    tables = [make_table(torch.float64, w, seed=s) for w, s in ((width, 1), (width, 2), (1, 3))]
    before = [t.read() for t in tables]
    loss_of(case, *tables, path).backward()
    moved = [b - t.read() for b, t in zip(before, tables, strict=True)]
    for table, start in zip(tables, before, strict=True):
        table.write(start)
    rng, h = np.random.default_rng(0), 1e-6
    for table, gradient in zip(tables, moved, strict=True):
        for _ in range(12):
            cell = int(rng.integers(ITEMS)), int(rng.integers(table.width))
            kept, values = table.read(), []
            for shift in (h, -h):
                moved_one = kept.clone()
                moved_one[cell] += shift
                table.write(moved_one)
                with torch.no_grad():
                    values.append(float(loss_of(case, *tables, path)))
            table.write(kept)
            assert (values[0] - values[1]) / (2 * h) == pytest.approx(float(gradient[cell]), rel=1e-5, abs=1e-6)


@every_path
def test_the_gradient_at_the_code_passes_finite_differences(path):
    case, decoder = make_case(torch.float64), make_table(torch.float64, 5)
    decoder.rate = 0.0
    hidden = torch.randn(7, 5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda h: decode_cells(h, decoder, None, case.batch, path), hidden)


THEIRS = {
    "sgd": torch.optim.SGD,
    "adagrad": torch.optim.Adagrad,
    "rmsprop": lambda p, lr: torch.optim.RMSprop(p, lr=lr, alpha=0.999),
    "adam": torch.optim.Adam,
}


@every_path
@every_type
@pytest.mark.parametrize("rule", RULES)
def test_a_step_is_the_dense_torch_step_at_the_rows_touched(path, dtype, rule):
    """Full state, no decay: both networks over whole tables, torch's own optimiser, three steps."""
    case, rate = make_case(dtype), 0.05
    optimiser = RowOptimiser(rule, "full", eps=1e-10 if rule == "adagrad" else 1e-8)
    tables = [make_table(dtype, w, optimiser, seed=s) for w, s in ((70, 1), (70, 2), (1, 3))]
    dense = [t.read().requires_grad_() for t in tables]
    theirs = THEIRS[rule](dense, lr=rate)
    for _ in range(3):
        for table in tables:
            table.rate = rate
        loss = loss_of(case, *tables, path)
        (loss / 10).backward()
        output = torch.tanh(case.X @ dense[0]) @ dense[1].T + dense[2][:, 0]
        wanted = ((output - case.X) * case.mask).square().sum()
        theirs.zero_grad()
        (wanted / 10).backward()
        theirs.step()
        assert float(loss.detach()) == pytest.approx(float(wanted.detach()), rel=TIGHT[dtype] * 10)
    for table, weight in zip(tables, dense, strict=True):
        torch.testing.assert_close(table.read(), weight.detach(), rtol=1e-4 if dtype == torch.float32 else 1e-8,
                                   atol=TIGHT[dtype] * 20)  # fmt: skip


@pytest.mark.parametrize("state", ["full", "row"])
@pytest.mark.parametrize("rule", RULES)
def test_both_paths_are_one(state, rule):
    """Many sparse steps with decay: the fast path and the torch formula end at the same tables and the same state."""
    optimiser = RowOptimiser(rule, state, l2=0.02)
    sets = {p: [make_table(torch.float64, w, optimiser, seed=s) for w, s in ((131, 1), (131, 2), (1, 3))]
            for p in ("fast", "dense", "reference")}  # fmt: skip
    for step in range(12):
        case = make_case(torch.float64, seed=step, rows=3)
        for name, tables in sets.items():
            for table in tables:
                table.rate = 0.01 * (1 + step % 3)
            (loss_of(case, *tables, name) / 100).backward()
    for path in ("fast", "dense"):
        for ours, plain in zip(sets[path], sets["reference"], strict=True):
            for name, value in plain.state().items():
                torch.testing.assert_close(ours.state()[name], value, rtol=1e-9, atol=1e-11, msg=f"{path}: {name}")


def run_steps(parts: int, alone: int, monkeypatch) -> list[torch.Tensor]:
    monkeypatch.setattr(fast, "ALONE", alone)
    monkeypatch.setattr(threads, "count", lambda: parts)
    optimiser = RowOptimiser("adam", "row", l2=0.01)
    tables = [make_table(torch.float32, w, optimiser, items=300, seed=s) for w, s in ((300, 1), (300, 2), (1, 3))]
    for step in range(4):
        case = make_case(torch.float32, seed=step, rows=40, items=300)
        for table in tables:
            table.rate = 0.01
        loss_of(case, *tables, "fast").backward()
    return [value for table in tables for value in table.state().values()]


def test_the_number_of_threads_changes_no_bit(monkeypatch):
    alone = run_steps(1, 1 << 40, monkeypatch)
    for parts in (2, 2, 2):  # a race would not come out the same every time
        for one, many in zip(alone, run_steps(parts, 0, monkeypatch), strict=True):
            assert torch.equal(one, many)


@every_path
def test_an_empty_batch_is_nothing(path):
    case = make_case(torch.float32, rows=1)  # its only row is empty
    table, bias = make_table(torch.float32, 5), make_table(torch.float32, 1)
    before = table.read()
    code = encode_rows(table, case.values, case.batch, path)
    assert code.shape == (1, 5)
    assert (code == 0).all()
    output = decode_cells(code, table, bias, case.batch, path)
    assert output.shape == (0,)
    output.sum().backward()
    assert torch.equal(table.read(), before)


def test_the_path_is_chosen_by_device_by_density_or_by_force():
    assert choose_path("auto") == choose_path("auto", "cpu") == choose_path("fast") == "fast"
    assert choose_path("reference") == choose_path("auto", "cuda") == choose_path("reference", "cuda:1") == "reference"
    with pytest.raises(ParamsError, match='the path is "quick", expected one of auto, fast, reference'):
        choose_path("quick")
    with pytest.raises(ParamsError, match="the fast path runs on the CPU, the table is on cuda"):
        choose_path("fast", "cuda")
    full = as_csr(csr_array(np.ones((MANY, 3))))
    sparse, few = as_csr(csr_array(np.eye(MANY))), as_csr(csr_array(np.ones((MANY - 1, 3))))
    found = [choose_path("auto", device, make_batch(X)) for device in ("cpu", "cuda") for X in (full, sparse, few)]
    assert found == ["dense", "fast", "fast", "dense", "reference", "dense"]
    assert choose_path("fast", "cpu", make_batch(full)) == "fast"
    assert choose_path("auto", "cpu", make_batch(as_csr(csr_array((2, 3))))) == "fast"  # nothing observed


@every_path
def test_a_table_that_moved_since_it_was_read_is_refused(path):
    """Its second gradient would be of other weights than the output: torch says the same of a tensor changed in place."""
    case, decoder = make_case(torch.float64), make_table(torch.float64, 5)
    hidden = torch.randn(7, 5, dtype=torch.float64, requires_grad=True)
    twice = [decode_cells(h, decoder, None, case.batch, path) for h in (hidden, torch.tanh(hidden))]
    with pytest.raises(ShapeError, match="the table has moved since this layer read it"):
        sum(twice).sum().backward()
    once = decode_cells(hidden, decoder, None, case.batch, path).sum()
    once.backward(retain_graph=True)
    with pytest.raises(ShapeError, match="the table has moved since this layer read it"):
        once.backward()


@every_path
def test_nothing_moves_where_no_gradient_is_recorded_and_there_is_no_second_derivative(path):
    case, decoder = make_case(torch.float64), make_table(torch.float64, 5)
    before, hidden = decoder.read(), torch.randn(7, 5, dtype=torch.float64, requires_grad=True)
    with torch.no_grad():
        assert not decode_cells(hidden, decoder, None, case.batch, path).requires_grad
        assert not encode_rows(decoder, case.values, case.batch, path).requires_grad
    assert torch.equal(decoder.read(), before)
    loss = decode_cells(hidden, decoder, None, case.batch, path).square().sum()
    (gradient,) = torch.autograd.grad(loss, hidden, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        gradient.sum().backward()


@pytest.mark.parametrize("rule", RULES)
def test_the_default_state_in_float32_is_the_formula(rule, monkeypatch):
    """Row state, several parts on threads, a thin bias, and more items than are fetched ahead."""
    monkeypatch.setattr(fast, "ALONE", 0)
    optimiser = RowOptimiser(rule, "row", l2=0.02)
    sets = {}
    for path in ("fast", "reference"):
        bias = RowTable(torch.zeros(90, 1), optimiser, 1)
        sets[path] = [*(make_table(torch.float32, 131, optimiser, items=90, seed=s) for s in (1, 2)), bias]
    for step in range(6):
        case = make_case(torch.float32, seed=step, rows=8, items=90)
        for name, tables in sets.items():
            for table in tables:
                table.rate = 0.01
            (loss_of(case, *tables, name) / 100).backward()
    for ours, plain in zip(sets["fast"], sets["reference"], strict=True):
        torch.testing.assert_close(ours.read(), plain.read(), rtol=1e-4, atol=1e-4)
