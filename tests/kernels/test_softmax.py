"""The softmax in place against torch's own log-softmax in float64, and the sampled one against the whole."""

from typing import Any

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array
from torch import Tensor

from foretaste.arrays import as_csr
from foretaste.errors import ShapeError
from foretaste.kernels.batch import Batch, make_batch
from foretaste.kernels.softmax import TEMPER, SampledSoftmax, WholeSoftmax, chances, softmax_loss

ROWS, ITEMS, WIDTH, EMPTY = 6, 11, 70, 2


def matrix() -> csr_array:
    rng = np.random.default_rng(0)
    stored = rng.random((ROWS, ITEMS)) < 0.4
    stored[EMPTY] = False
    row, col = np.nonzero(stored)
    return as_csr(csr_array((np.ones(len(row)), (row, col)), shape=(ROWS, ITEMS)))


X = matrix()
COUNT = np.diff(X.tocsc().indptr)


def drawn() -> tuple[Tensor, Tensor, Tensor]:
    draws = torch.Generator().manual_seed(1)
    shapes = (ROWS, WIDTH), (ITEMS, WIDTH), (ITEMS,)
    hidden, weight, bias = (torch.randn(shape, generator=draws, dtype=torch.float64) * 0.3 for shape in shapes)
    return hidden, weight, bias


def make(kind: str, l2: float = 0.0, samples: int = ITEMS) -> WholeSoftmax | SampledSoftmax:
    _, weight, bias = drawn()
    if kind == "whole":
        return WholeSoftmax(weight, bias, l2)
    return SampledSoftmax(weight, bias, l2, COUNT, samples)


def plain(hidden: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    clicks = torch.from_numpy(X.toarray()).double()
    return -(clicks * torch.log_softmax(hidden @ weight.T + bias, 1)).sum()


def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def moved(output: Any, hidden: Tensor, batch: Batch, scale: float = 0.25, **how: Any) -> tuple[float, Tensor]:
    """Take one step at rate 0.01 and return the loss and the gradient at the codes."""
    output.rate = 0.01
    code = hidden.clone().requires_grad_()
    loss = softmax_loss(code, output, batch, rng(), **how)
    (loss * scale).backward()
    assert code.grad is not None
    return float(loss.detach()), code.grad


both = pytest.mark.parametrize("kind", ["whole", "sampled"])


@both
def test_loss_and_gradients_are_those_of_the_log_softmax(kind: str) -> None:
    """A sample of all items is no sample. After one step Adam's first moment is a tenth of the gradient."""
    parts = [part.requires_grad_() for part in drawn()]
    wanted = plain(*parts)
    (0.25 * wanted).backward()
    output = make(kind)
    loss, back = moved(output, parts[0].detach(), make_batch(X))
    assert loss == pytest.approx(float(wanted.detach()), rel=1e-12)
    torch.testing.assert_close(back, parts[0].grad, rtol=1e-9, atol=1e-12)
    state = output.state()
    name = "adam.exp_avg" if kind == "whole" else "first"
    torch.testing.assert_close(state[f"decoder.{name}"] / 0.1, parts[1].grad, rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(state[f"decoder_bias.{name}"].flatten() / 0.1, parts[2].grad, rtol=1e-9, atol=1e-12)


@both
def test_steps_are_those_of_torchs_adamw(kind: str) -> None:
    hidden, weight, bias = drawn()
    weight, bias = weight.requires_grad_(), bias.requires_grad_()
    output = make(kind, l2=3.0)
    if isinstance(output, SampledSoftmax):  # a moment a weight, as torch has it; the state of a row is another rule
        output.table = type(output.table)(weight.detach(), type(output.table.optimiser)("adam", "full", l2=3.0))
    groups: list[dict[str, Any]] = [{"params": [weight], "weight_decay": 3.0}, {"params": [bias], "weight_decay": 0.0}]
    adam = torch.optim.AdamW(groups, lr=0.01)
    for _ in range(3):
        moved(output, hidden, make_batch(X))
        adam.zero_grad()
        (0.25 * plain(hidden, weight, bias)).backward()
        adam.step()
    torch.testing.assert_close(output.read("decoder"), weight.detach(), rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(output.read("decoder_bias"), bias.detach(), rtol=1e-9, atol=1e-9)


@both
def test_an_output_that_only_answers_stays_where_it_is(kind: str) -> None:
    hidden = drawn()[0]
    output, other = make(kind), make(kind)
    loss, back = moved(output, hidden, make_batch(X), learn=False)
    asked, asked_back = moved(other, hidden, make_batch(X))
    assert (loss, back.tolist()) == (asked, asked_back.tolist())
    for name in ("decoder", "decoder_bias"):
        torch.testing.assert_close(output.read(name), make(kind).read(name), rtol=0, atol=0)
        assert not torch.equal(output.read(name), other.read(name))


@both
def test_the_table_moves_alike_where_the_codes_ask_nothing(kind: str) -> None:
    hidden = drawn()[0]
    output, other = make(kind), make(kind)
    output.rate = 0.01
    (softmax_loss(hidden, output, make_batch(X), rng()) * 0.25).backward()
    assert hidden.grad is None
    moved(other, hidden, make_batch(X))
    for name, value in other.state().items():
        torch.testing.assert_close(output.state()[name], value, rtol=0, atol=0)


@both
def test_rows_count_what_they_are_said_to(kind: str) -> None:
    weight, (hidden, table, bias) = torch.tensor([0.0, 1, 2, 0.5, 1, 3], dtype=torch.float64), drawn()
    leaf = hidden.clone().requires_grad_()
    clicks = torch.from_numpy(X.toarray()).double()
    wanted = -(weight @ (clicks * torch.log_softmax(leaf @ table.T + bias, 1)).sum(1))
    (0.25 * wanted).backward()
    loss, back = moved(make(kind), hidden, make_batch(X), weight=weight)
    assert loss == pytest.approx(float(wanted.detach()), rel=1e-12)
    assert leaf.grad is not None
    torch.testing.assert_close(back, leaf.grad, rtol=1e-9, atol=1e-12)


@both
def test_what_is_read_is_a_copy(kind: str) -> None:
    output = make(kind)
    output.read("decoder").zero_()
    output.read("decoder_bias").zero_()
    assert output.read("decoder").abs().min() > 0
    assert output.read("decoder_bias").abs().min() > 0


@both
def test_large_logits_neither_overflow_nor_vanish(kind: str) -> None:
    hidden, weight, bias = drawn()
    output = make(kind)
    loss, back = moved(output, 1000 * hidden, make_batch(X))
    assert loss == pytest.approx(float(plain(1000 * hidden, weight, bias)), rel=1e-9)
    assert torch.isfinite(back).all()


def test_an_empty_row_counts_nothing() -> None:
    output, hidden = make("whole"), drawn()[0]
    _, back = moved(output, hidden, make_batch(X))
    assert (back[EMPTY] == 0).all()


@both
def test_an_output_goes_on_from_its_state(kind: str) -> None:
    hidden = drawn()[0]
    first, second = make(kind, samples=4), make(kind, samples=4)
    second.load(first.state())  # before any step there are no moments
    for output in (first, first, second):
        moved(output, hidden, make_batch(X))
    second.load(first.state())
    for output in (first, second):
        moved(output, hidden, make_batch(X))
    for name, value in first.state().items():
        torch.testing.assert_close(second.state()[name], value, rtol=0, atol=0)


def test_chances_follow_popularity_and_add_up() -> None:
    count = np.array([0, 3, 80, 900, 12, 5])
    found = chances(count, 3)
    assert found.sum() == pytest.approx(3)
    assert found[3] == 1
    rest = np.array([0, 1, 4, 5])
    np.testing.assert_allclose(found[rest] / found[0], (count[rest] + 1) ** TEMPER)
    for samples in (6, 7, 10**6):
        assert (chances(count, samples) == 1).all()
    with pytest.raises(ShapeError, match="0 samples are asked for, expected at least 1"):
        chances(count, 0)


def test_the_sample_estimates_the_sum_over_all_items_without_bias() -> None:
    """Mean over many draws of sum exp(logit), against the whole; the batch's own items are in every one."""
    hidden, weight, bias = drawn()
    batch, output = make_batch(X[[0]]), make("sampled", samples=4)
    assert isinstance(output, SampledSoftmax)
    draws, found, sizes = np.random.default_rng(0), [], []
    for _ in range(4000):
        scored = output.score(hidden[:1], batch, draws)
        found.append(float(scored.logits.exp().sum()))
        assert scored.items is not None
        assert np.isin(batch.items, scored.items).all()
        np.testing.assert_array_equal(scored.items[scored.places].numpy(), batch.cols)
        sizes.append(len(set(scored.items.tolist()) - set(batch.items.tolist())))
    wanted = float((hidden[:1] @ weight.T + bias).exp().sum())
    assert abs(np.mean(found) - wanted) < 4 * np.std(found) / len(found) ** 0.5
    assert np.std(found) > 0.05 * wanted
    assert 0 < np.mean(sizes) < ITEMS - len(batch.items)


def test_only_what_is_in_the_sample_moves() -> None:
    hidden, output = drawn()[0], make("sampled", samples=2)
    assert isinstance(output, SampledSoftmax)
    batch = make_batch(X[[0]])
    there = output.draw(batch, rng())[0]
    assert 0 < len(there) < ITEMS
    before = output.read("decoder")
    moved(output, hidden[:1], batch)
    changed = (output.read("decoder") != before).any(1).numpy()
    np.testing.assert_array_equal(np.flatnonzero(changed), there)
