"""The weights of a multinomial autoencoder: how they begin, move, are handed over, saved and loaded."""

import numpy as np
import pytest
import torch

from foretaste.arrays import count_by_column
from foretaste.kernels.batch import make_batch
from foretaste.kernels.softmax import SampledSoftmax, WholeSoftmax
from foretaste.models.click_net import ClickWeights, first_bias, first_weights, row_weights, unit_values
from foretaste.models.mult_vae import MultVaeParams, vae_shapes
from tests.models.click_cases import BATCH, COLD, ITEMS, ROWS, matrix, stir

X = matrix()
SHAPES = vae_shapes(ITEMS, (4,), 3)


def make(**settings: object) -> ClickWeights:
    return ClickWeights(X, SHAPES, MultVaeParams(**({"l2": 0.3, "batch_size": 4} | settings)), torch.float64)  # type: ignore[arg-type]


def test_training_begins_at_popularity() -> None:
    bias = first_bias(count_by_column(X))
    order = np.argsort(-count_by_column(X), kind="stable")
    np.testing.assert_array_equal(np.argsort(-bias, kind="stable"), order)
    shares = np.exp(bias - np.log(np.exp(bias).sum()))
    np.testing.assert_allclose(shares, (count_by_column(X) + 0.5) / (X.nnz + 0.5 * ITEMS), rtol=1e-6)
    assert bias.argmin() == COLD
    torch.testing.assert_close(make().output.read("decoder_bias"), torch.from_numpy(bias).double())


def test_weights_begin_with_the_variance_of_their_inputs() -> None:
    draws = torch.Generator().manual_seed(0)
    spread = {
        name: float(first_weights(name, (400, 100), draws, torch.float64).std())
        for name in ("encoder", "decoder", "inner")
    }
    assert spread == pytest.approx({"encoder": 0.1, "decoder": 0.01, "inner": 0.05}, rel=0.02)
    assert (first_weights("posterior_bias", (5,), draws, torch.float64) == 0).all()
    assert (first_weights("norm1_gain", (5,), draws, torch.float64) == 1).all()


def test_the_softmax_is_sampled_above_exact_items_only() -> None:
    assert isinstance(make(exact_items=ITEMS).output, WholeSoftmax)
    assert isinstance(make(exact_items=ITEMS - 1).output, SampledSoftmax)


def test_a_rows_clicks_have_length_one_until_some_are_hidden() -> None:
    batch = make_batch(X, BATCH)
    values = unit_values(batch, 0, np.random.default_rng(0), torch.float64).numpy()
    squares = np.bincount(batch.row, weights=values**2, minlength=len(BATCH))
    np.testing.assert_allclose(squares, np.diff(batch.row_start) > 0)
    shown = np.stack([unit_values(batch, 0.3, np.random.default_rng(s), torch.float64) for s in range(2000)])
    assert set(np.round(shown[:, 0] / values[0], 9)) == {0, round(1 / 0.7, 9)}
    np.testing.assert_allclose(shown.mean(0), values, rtol=0.1)


def test_rows_count_by_a_power_of_their_clicks_and_clicks_by_one_on_average() -> None:
    batch = make_batch(X)
    count = np.maximum(np.diff(batch.row_start), 1)
    assert (row_weights(batch, 0, torch.float64) == 1).all()
    for balance in (0.5, 1):
        weight = row_weights(batch, balance, torch.float64).numpy()
        np.testing.assert_allclose(weight / weight[0], (count / count[0]) ** -balance)
        assert weight @ count == pytest.approx(count.sum())


def test_a_pass_at_the_peak_rate_shrinks_by_l2_times_the_root_of_its_steps() -> None:
    weights = make(l2=0.01)
    rate = MultVaeParams().learning_rate
    assert weights.steps == ROWS // 4
    before = weights.live()["posterior"]
    for weight in weights.inner.values():
        weight.grad = torch.zeros_like(weight)
    for _ in range(weights.steps):
        for weight in weights.inner.values():
            weight.grad = torch.zeros_like(weight)
        weights.move_inner(rate)
    np.testing.assert_allclose(weights.live()["posterior"] / before, (1 - 0.01 * 2**-0.5) ** 2, rtol=1e-5)


def test_rates_reach_both_tables() -> None:
    weights = make()
    weights.begin(0.25)
    assert weights.encoder.rate == weights.output.rate == 0.25


@pytest.mark.parametrize("exact", [ITEMS, 1])
def test_what_is_handed_over_is_what_was_live(exact: int) -> None:
    weights = make(exact_items=exact)
    stirred = stir(weights) if exact == ITEMS else None
    live = dict(weights.live())
    assert live.keys() == SHAPES.keys()
    assert all(value.dtype == np.float32 for value in live.values())
    if stirred:
        np.testing.assert_allclose(live["decoder"], stirred["decoder"].numpy(), rtol=1e-6)
    for name, value in weights.release().items():
        np.testing.assert_array_equal(value, live[name])
    assert not hasattr(weights, "encoder")


@pytest.mark.parametrize("exact", [ITEMS, 1])
def test_a_state_is_loaded_as_it_was_saved(exact: int) -> None:
    first, second = make(exact_items=exact), make(exact_items=exact, seed=1)
    first.done = 7
    for weight in first.inner.values():
        weight.grad = torch.ones_like(weight)
    first.move_inner(0.1)
    second.load(first.state())
    assert second.done == 7
    assert first.state().keys() == second.state().keys()
    for name, value in first.state().items():
        np.testing.assert_array_equal(second.state()[name], value, err_msg=name)
