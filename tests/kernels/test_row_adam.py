"""Adam row by row: dense AdamW where every row is touched, lazy decay where not."""

import numpy as np
import pytest
import torch

from foretaste.kernels.row_adam import RowAdam

ROWS, WIDTH = 6, 4
KINDS = [pytest.param(torch.float32, True, id="fused"), pytest.param(torch.float32, False, id="torch"),
         pytest.param(torch.float64, False, id="float64")]  # fmt: skip


def start(dtype: torch.dtype, fused: bool, l2: float = 0.1) -> RowAdam:
    table = torch.from_numpy(np.random.default_rng(0).normal(size=(ROWS, WIDTH))).to(dtype)
    rows = RowAdam(table, l2=l2)
    assert rows.fused == (dtype == torch.float32)
    rows.fused = fused
    return rows


def grads(steps: int, dtype: torch.dtype, n: int = ROWS) -> list[torch.Tensor]:
    rng = np.random.default_rng(1)
    return [torch.from_numpy(rng.normal(size=(n, WIDTH))).to(dtype) for _ in range(steps)]


def rate_at(step: int) -> float:
    return 0.01 * (1 + step % 3)


def touch(adam: RowAdam, rows: torch.Tensor, grad: torch.Tensor, rate: float) -> None:
    adam.read(rows)
    adam.step(rows, grad, rate)


@pytest.mark.parametrize(("dtype", "fused"), KINDS)
def test_rows_touched_every_step_follow_dense_adamw(dtype: torch.dtype, fused: bool) -> None:
    ours = start(dtype, fused)
    weight = ours.table.clone().requires_grad_()
    theirs = torch.optim.AdamW([weight], weight_decay=0.1)
    every = torch.arange(ROWS)
    for step, grad in enumerate(grads(30, dtype)):
        touch(ours, every, grad, rate_at(step))
        theirs.param_groups[0]["lr"] = rate_at(step)
        weight.grad = grad.clone()
        theirs.step()
    tolerance = 1e-9 if dtype == torch.float64 else 1e-6
    torch.testing.assert_close(ours.settle(), weight.detach(), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(("dtype", "fused"), KINDS)
def test_an_untouched_row_has_the_decay_of_the_steps_it_missed(dtype: torch.dtype, fused: bool) -> None:
    adam = start(dtype, fused)
    before = adam.table.clone()
    rows = torch.tensor([0, 1, 2])
    decay = 1.0
    for step, grad in enumerate(grads(50, dtype, 3)):
        touch(adam, rows, grad, rate_at(step))
        decay *= 1 - rate_at(step) * 0.1
    rest = torch.tensor([3, 4, 5])
    tolerance = {"rtol": 1e-6, "atol": 0.0}
    torch.testing.assert_close(adam.read(rest), before[rest] * decay, **tolerance)
    torch.testing.assert_close(adam.table[rest], before[rest] * decay, **tolerance)
    torch.testing.assert_close(adam.settle()[rest], before[rest] * decay, **tolerance)  # caught up once, not twice
    assert (adam.first[rest] == 0).all()
    assert adam.steps.tolist() == [50, 50, 50, 0, 0, 0]


@pytest.mark.parametrize(("dtype", "fused"), KINDS)
def test_decay_adds_up_between_the_touches_of_a_row(dtype: torch.dtype, fused: bool) -> None:
    """One row every third step: Adam at its own steps, decay at all of them, worked out in the test."""
    ours, every, row = start(dtype, fused), grads(12, dtype, 1), torch.tensor([2])
    w = ours.table[2].double().numpy().copy()
    m, v, own = np.zeros(WIDTH), np.zeros(WIDTH), 0
    for step, grad in enumerate(every):
        w *= 1 - rate_at(step) * 0.1
        if step % 3:
            touch(ours, torch.tensor([0]), grad, rate_at(step))
            continue
        touch(ours, row, grad, rate_at(step))
        g, own = grad[0].double().numpy(), own + 1
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        w -= rate_at(step) * (m / (1 - 0.9**own)) / (np.sqrt(v / (1 - 0.999**own)) + 1e-8)
    np.testing.assert_allclose(ours.settle()[2].double().numpy(), w, rtol=1e-5, atol=1e-6)


def test_the_fused_and_the_torch_path_are_one() -> None:
    fused, plain = start(torch.float32, True), start(torch.float32, False)
    rng = np.random.default_rng(2)
    for step, grad in enumerate(grads(40, torch.float32)):
        rows = torch.from_numpy(np.sort(rng.choice(ROWS, 3, replace=False)))
        for adam in (fused, plain):
            touch(adam, rows, grad[:3], rate_at(step))
    for name, value in fused.state().items():
        torch.testing.assert_close(value, plain.state()[name], rtol=1e-5, atol=1e-6, msg=name)


@pytest.mark.parametrize(("dtype", "fused"), KINDS)
def test_a_run_that_is_saved_and_loaded_goes_on_bit_for_bit(dtype: torch.dtype, fused: bool) -> None:
    """The decay so far is in the settled table and nowhere else: old sums of logarithms leave no rounding behind."""
    rng, unbroken, resumed = np.random.default_rng(3), start(dtype, fused), start(dtype, fused)
    for step, grad in enumerate(grads(40, dtype)):
        if step == 20:
            resumed.load({k: v.clone() for k, v in unbroken.state().items()})
        rows = torch.from_numpy(np.sort(rng.choice(ROWS, 2, replace=False)))
        touch(unbroken, rows, grad[:2], rate_at(step))
        if step >= 20:
            touch(resumed, rows, grad[:2], rate_at(step))
    for name, value in unbroken.state().items():
        assert torch.equal(value, resumed.state()[name]), name


def test_without_decay_untouched_rows_do_not_move_at_all() -> None:
    adam = start(torch.float32, True, l2=0)
    before = adam.table.clone()
    touch(adam, torch.tensor([1]), torch.ones(1, WIDTH), 0.1)
    assert torch.equal(adam.settle()[[0, 2, 3, 4, 5]], before[[0, 2, 3, 4, 5]])
    assert not torch.equal(adam.table[1], before[1])


def test_a_decay_of_more_than_everything_stays_finite() -> None:
    adam = start(torch.float32, True, l2=1000)
    touch(adam, torch.tensor([1]), torch.ones(1, WIDTH), 0.1)
    assert torch.isfinite(adam.settle()).all()
    assert adam.table[0].abs().max() < 1e-9


def test_reading_gives_a_copy() -> None:
    for fused in (True, False):
        adam = start(torch.float32, fused)
        adam.read(torch.tensor([0, 1])).fill_(7)
        assert (adam.table != 7).all()
