"""Rows that move when they are touched and decay when they are not, in torch; the fast path is held to this in test_layers."""

import numpy as np
import pytest
import torch

from foretaste.errors import ShapeError
from foretaste.kernels.optimiser import PANEL, RowOptimiser
from foretaste.kernels.row_table import RowTable

ROWS, WIDTH = 6, 4


def start(l2: float = 0.1, state: str = "full", rule: str = "adam", dtype: torch.dtype = torch.float64) -> RowTable:
    weights = torch.from_numpy(np.random.default_rng(0).normal(size=(ROWS, WIDTH))).to(dtype)
    return RowTable(weights, RowOptimiser(rule, state, l2=l2))


def stored(table: RowTable) -> torch.Tensor:
    """The weights as they lie there, whatever decay is due."""
    return table.panels.permute(1, 0, 2).reshape(table.rows, -1)[:, : table.width]


def settled(table: RowTable) -> torch.Tensor:
    table.settle()
    return stored(table)


def grads(steps: int, n: int = ROWS) -> list[torch.Tensor]:
    rng = np.random.default_rng(1)
    return [torch.from_numpy(rng.normal(size=(n, WIDTH))) for _ in range(steps)]


def rate_at(step: int) -> float:
    return 0.01 * (1 + step % 3)


def touch(table: RowTable, rows: torch.Tensor, grad: torch.Tensor, rate: float) -> None:
    table.rate = rate
    table.step(rows, grad.to(table.panels.dtype))


def test_rows_touched_every_step_follow_dense_adamw():
    ours = start()
    weight = ours.read().requires_grad_()
    theirs = torch.optim.AdamW([weight], weight_decay=0.1)
    for step, grad in enumerate(grads(30)):
        touch(ours, torch.arange(ROWS), grad, rate_at(step))
        theirs.param_groups[0]["lr"] = rate_at(step)
        weight.grad = grad.clone()
        theirs.step()
    torch.testing.assert_close(settled(ours), weight.detach(), rtol=1e-9, atol=1e-9)


def test_an_untouched_row_has_the_decay_of_the_steps_it_missed():
    table = start()
    before, rows, rest = table.read(), torch.tensor([0, 1, 2]), torch.tensor([3, 4, 5])
    decay = 1.0
    for step, grad in enumerate(grads(50, 3)):
        touch(table, rows, grad, rate_at(step))
        decay *= 1 - rate_at(step) * 0.1
    torch.testing.assert_close(table.read(rest), before[rest] * decay)
    assert torch.equal(stored(table)[rest], before[rest])  # nothing was written
    torch.testing.assert_close(settled(table)[rest], before[rest] * decay)
    torch.testing.assert_close(settled(table)[rest], before[rest] * decay)  # caught up once, not twice
    assert (table.state()["first"][rest] == 0).all()
    assert table.steps.tolist() == [50, 50, 50, 0, 0, 0]


def test_decay_adds_up_between_the_touches_of_a_row():
    """One row every third step: Adam at its own steps, decay at all of them, worked out in the test."""
    ours, row = start(), torch.tensor([2])
    w = ours.read()[2].numpy()
    m, v, own = np.zeros(WIDTH), np.zeros(WIDTH), 0
    for step, grad in enumerate(grads(12, 1)):
        w *= 1 - rate_at(step) * 0.1
        if step % 3:
            touch(ours, torch.tensor([0]), grad, rate_at(step))
            continue
        touch(ours, row, grad, rate_at(step))
        g, own = grad[0].numpy(), own + 1
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        w -= rate_at(step) * (m / (1 - 0.9**own)) / (np.sqrt(v / (1 - 0.999**own)) + 1e-8)
    np.testing.assert_allclose(settled(ours)[2].numpy(), w, rtol=1e-9)


def test_row_state_shares_one_second_moment_between_the_units_of_a_group():
    width = PANEL + 3
    table = RowTable(torch.zeros(2, width, dtype=torch.float64), RowOptimiser("adagrad", "row"))
    table.rate = 0.5
    grad = torch.arange(1.0, width + 1, dtype=torch.float64)[None]
    table.step(torch.tensor([1]), grad)
    groups = [grad[0, :PANEL].square().mean(), grad[0, PANEL:].square().mean()]
    torch.testing.assert_close(table.state()["second"][1], torch.stack(groups))
    assert table.second.shape == (2, 2, 1)
    wanted = -0.5 * grad[0] / torch.cat([groups[0].repeat(PANEL), groups[1].repeat(3)]).sqrt()
    torch.testing.assert_close(stored(table)[1], wanted)
    assert (stored(table)[0] == 0).all()


@pytest.mark.parametrize("state", ["full", "row"])
@pytest.mark.parametrize("rule", ["sgd", "adagrad", "rmsprop", "adam"])
def test_a_run_that_is_saved_and_loaded_goes_on_bit_for_bit(rule, state):
    """The decay so far is in the settled table and nowhere else: old sums of logarithms leave no rounding behind."""
    rng, unbroken, resumed = np.random.default_rng(3), start(rule=rule, state=state), start(rule=rule, state=state)
    for step, grad in enumerate(grads(40)):
        if step == 20:
            resumed.load({k: v.clone() for k, v in unbroken.state().items()})
        rows = torch.from_numpy(np.sort(rng.choice(ROWS, 2, replace=False)))
        touch(unbroken, rows, grad[:2], rate_at(step))
        if step >= 20:
            touch(resumed, rows, grad[:2], rate_at(step))
    for name, value in unbroken.state().items():
        assert torch.equal(value, resumed.state()[name]), name


def test_without_decay_untouched_rows_do_not_move_at_all():
    table = start(l2=0)
    before = table.read()
    touch(table, torch.tensor([1]), torch.ones(1, WIDTH), 0.1)
    assert torch.equal(settled(table)[[0, 2, 3, 4, 5]], before[[0, 2, 3, 4, 5]])
    assert not torch.equal(stored(table)[1], before[1])


def test_a_step_may_leave_decay_out():
    table = start()
    before = table.read()
    table.rate = 0.1
    table.step(torch.tensor([1]), torch.zeros(1, WIDTH, dtype=torch.float64), decay=False)
    assert torch.equal(settled(table), before)


def test_a_decay_of_more_than_everything_stays_finite():
    table = start(l2=1000)
    touch(table, torch.tensor([1]), torch.ones(1, WIDTH), 0.1)
    assert torch.isfinite(settled(table)).all()
    assert stored(table)[0].abs().max() < 1e-9


def test_reading_gives_a_copy():
    table = start()
    table.read(torch.tensor([0, 1])).fill_(7)
    assert (stored(table) != 7).all()


def test_what_is_written_has_no_decay_due():
    table = start()
    for _ in range(10):
        touch(table, torch.tensor([1]), torch.ones(1, WIDTH), 0.5)
    table.write(torch.ones(ROWS, WIDTH, dtype=torch.float64))
    assert (table.read() == 1).all()


def test_a_state_that_is_kept_stays_as_it_was():
    table = start()
    touch(table, torch.tensor([1]), torch.ones(1, WIDTH), 0.1)
    kept = table.state()
    copies = {name: value.clone() for name, value in kept.items()}
    touch(table, torch.tensor([1, 2]), torch.ones(2, WIDTH), 0.1)
    for name, value in kept.items():
        assert torch.equal(value, copies[name]), name


def test_weights_and_states_of_another_kind_are_refused():
    table, full = start(state="row"), start(state="full")
    with pytest.raises(ShapeError, match=r"second are \(6, 4\), expected \(6, 1\)"):
        table.load(full.state())
    with pytest.raises(ShapeError, match=r"first are \(6, 4\), expected \(0, 4\)"):
        start(rule="sgd").load(full.state())
    with pytest.raises(ShapeError, match=r"weights are \(6, 5\), expected \(6, 4\)"):
        table.write(torch.zeros(6, 5))
