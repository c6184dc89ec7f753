"""A step of RecVAE: each term against numpy from the same noise, gradients against torch's autograd of the dense formula."""

from typing import Any

import numpy as np
import pytest
import torch
from scipy.special import logsumexp
from scipy.stats import norm
from torch import Tensor

from foretaste.kernels.batch import make_batch
from foretaste.models.click_net import unit_values
from foretaste.models.rec_vae import NORM_EPS, PRIOR, WIDE, RecVaeParams
from foretaste.models.rec_vae_net import RecNet, log_density, log_prior, posterior
from tests.models.click_cases import BATCH, ITEMS, clicks, gradients, log_softmax, matrix, put, stir, weights_of_rows

X = matrix()
WIDTH, LATENT, LAYERS, BALANCE = 5, 3, 3, 0.6
Weights = dict[str, Tensor]


def make(dtype: torch.dtype = torch.float64, **settings: object) -> RecNet:
    common: dict[str, Any] = {"widths": (WIDTH,) * LAYERS, "latent": LATENT, "dropout": 0.4, "batch_size": 4, "l2": 0.0}
    return RecNet(X, RecVaeParams(**(common | {"gamma": 0.2, "balance": BALANCE} | settings)), dtype)


def block(values: Tensor) -> np.ndarray:
    batch, out = make_batch(X, BATCH), np.zeros((len(BATCH), ITEMS))
    out[batch.row, batch.cols] = values.numpy()
    return out


def encoded(w: dict[str, np.ndarray], inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and spread of the code, by numpy, one layer after the other with all sums written out."""
    done: list[np.ndarray] = []
    for layer in range(LAYERS):
        pre = inputs @ w["encoder"] + w["encoder_bias"]
        if layer:
            pre = done[-1] @ w[f"inner{layer}"] + w[f"inner{layer}_bias"] + np.sum(done, axis=0)
        act = pre / (1 + np.exp(-pre))
        centred = act - act.mean(1, keepdims=True)
        normed = centred / np.sqrt(act.var(1, keepdims=True) + NORM_EPS)
        done.append(normed * w[f"norm{layer}_gain"] + w[f"norm{layer}_bias"])
    stats = done[-1] @ w["posterior"] + w["posterior_bias"]
    return stats[:, :LATENT], np.exp(stats[:, LATENT:] / 2)


def draws(seed: int, net: RecNet, count: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return the input blocks and the noises that a step with this seed draws, in its order."""
    rng, batch = np.random.default_rng(seed), make_batch(X, BATCH)
    noise = torch.Generator().manual_seed(int(rng.integers(2**62)))
    inputs, noises = [], []
    for _ in range(count):
        inputs.append(block(unit_values(batch, net.params.dropout, rng, torch.float64)))
        noises.append(torch.randn(len(BATCH), LATENT, generator=noise, dtype=torch.float64).numpy())
    return inputs, noises


def whole() -> np.ndarray:
    return block(unit_values(make_batch(X, BATCH), 0, np.random.default_rng(0), torch.float64))


def numpy_loss(
    w: dict[str, np.ndarray], old: dict[str, np.ndarray], inputs: np.ndarray, noise: np.ndarray, gamma: float
) -> float:
    mean, spread = encoded(w, inputs)
    old_mean, old_spread = encoded(old, whole())
    z = mean + spread * noise
    parts = [norm.logpdf(z), norm.logpdf(z, old_mean, old_spread), norm.logpdf(z, 0, np.exp(10.0) ** 0.5)]
    prior = logsumexp(parts, axis=0, b=np.array([0.15, 0.75, 0.10])[:, None, None])
    kl = (norm.logpdf(z, mean, spread) - prior).sum(1)
    likelihood = (clicks() * log_softmax(z @ w["decoder"].T + w["decoder_bias"])).sum(1)
    return float(weights_of_rows(BALANCE) @ (gamma * clicks().sum(1) * kl - likelihood))


def as_numpy(w: Weights) -> dict[str, np.ndarray]:
    return {name: value.detach().numpy().copy() for name, value in w.items()}


def prepared(**settings: object) -> tuple[RecNet, dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Return a net whose prior stems from other weights than its own, with both."""
    net = make(**settings)
    old = as_numpy(stir(net.weights))
    net.remember()
    w = {}
    for name, value in old.items():
        w[name] = value * 0.8 + 0.05
        put(net.weights, name, torch.from_numpy(w[name].copy()))
    return net, w, old


def test_the_encoders_loss_is_that_of_numpy_from_the_same_noise() -> None:
    net, w, old = prepared()
    inputs, noises = draws(1, net, 1)
    batch, rng = make_batch(X, BATCH), np.random.default_rng(1)
    noise = torch.Generator().manual_seed(int(rng.integers(2**62)))
    values = unit_values(batch, 0, rng, torch.float64)
    with torch.no_grad():
        before = posterior(net.old_table, net.old_inner, values, batch, net.weights.path)
        found = net.encoder_loss(batch, before, rng, noise)
    wanted = numpy_loss(w, old, inputs[0], noises[0], gamma=0.2)
    assert float(found) == pytest.approx(wanted, rel=1e-10)


def test_the_encoders_gradients_are_finite_differences_of_numpys_loss() -> None:
    net, w, old = prepared(encoder_steps=1)
    net.weights.done = 1  # within a pass, so that the prior stays what it is
    inputs, noises = draws(1, net, 1)
    net.step(BATCH, 0.0, np.random.default_rng(1))
    found, h = gradients(net.weights), 1e-6
    names = [name for name in w if not name.startswith("decoder")]
    assert set(names) <= found.keys()
    for name in names:
        wanted = np.zeros_like(w[name])
        for place in np.ndindex(wanted.shape):
            values = []
            for shift in (h, -h):
                moved = {**w, name: w[name].copy()}
                moved[name][place] += shift
                values.append(numpy_loss(moved, old, inputs[0], noises[0], gamma=0.2))
            wanted[place] = (values[0] - values[1]) / (2 * h) / len(BATCH)
        np.testing.assert_allclose(found[name].numpy(), wanted, rtol=1e-5, atol=1e-7, err_msg=name)
        assert np.abs(wanted).max() > 0, name


def test_the_decoders_step_sees_the_whole_row_and_no_divergence() -> None:
    net, w, _ = prepared()
    net.weights.done = 1
    noise = draws(1, net, 4)[1][3]
    loss, n = net.step(BATCH, 0.0, np.random.default_rng(1))
    assert n == clicks().sum()
    mean, spread = encoded(w, whole())
    decoder, bias = (torch.from_numpy(w[name].copy()).requires_grad_() for name in ("decoder", "decoder_bias"))
    logits = torch.from_numpy(mean + spread * noise) @ decoder.T + bias
    likelihood = (torch.from_numpy(clicks()) * torch.log_softmax(logits, 1)).sum(1)
    wanted = -(torch.from_numpy(weights_of_rows(BALANCE)) @ likelihood)
    (wanted / len(BATCH)).backward()  # type: ignore[no-untyped-call]
    assert loss == pytest.approx(float(wanted.detach()), rel=1e-10)
    found = gradients(net.weights)
    torch.testing.assert_close(found["decoder"], decoder.grad, rtol=1e-8, atol=1e-10)
    torch.testing.assert_close(found["decoder_bias"], bias.grad, rtol=1e-8, atol=1e-10)


def test_the_encoder_moves_three_times_and_the_decoder_once() -> None:
    net = make()
    net.step(BATCH, 1e-3, np.random.default_rng(0))
    state = net.state()
    assert state["inner1.adam.step"] == 3
    assert state["encoder.steps"].max() == 3
    assert state["decoder.adam.step"] == 1


def test_the_prior_is_taken_anew_where_a_pass_begins() -> None:
    net = make()
    first = {name: value.clone() for name, value in net.weights.inner.items()}
    kept = []
    for step in range(3):  # two steps a pass
        net.step(BATCH, 0.05, np.random.default_rng(step))
        kept.append(net.old_inner["inner1"].clone())
        if step == 1:
            second = net.weights.inner["inner1"].detach().clone()
            table = net.weights.encoder.read()
    torch.testing.assert_close(kept[0], first["inner1"].detach(), rtol=0, atol=0)
    torch.testing.assert_close(kept[1], kept[0], rtol=0, atol=0)
    torch.testing.assert_close(kept[2], second, rtol=0, atol=0)
    torch.testing.assert_close(net.old_table.read(), table, rtol=0, atol=0)


def test_densities_are_those_of_scipy() -> None:
    rng = np.random.default_rng(0)
    z, mean, log_variance = (torch.from_numpy(rng.normal(size=(4, 3))) for _ in range(3))
    spread = np.exp(log_variance.numpy() / 2)
    np.testing.assert_allclose(log_density(z, mean, log_variance), norm.logpdf(z, mean, spread), rtol=1e-10)
    shares = zip(PRIOR, ((0, 1), (mean, spread), (0, np.exp(WIDE / 2))), strict=True)
    density = sum(share * norm.pdf(z, *part) for share, part in shares)
    np.testing.assert_allclose(log_prior(z, mean, log_variance), np.log(density), rtol=1e-10)
    assert sum(PRIOR) == pytest.approx(1)


def test_rows_without_clicks_teach_nothing() -> None:
    net = make()
    before = dict(net.live())
    assert net.step(np.array([2]), 0.1, np.random.default_rng(0)) == (0.0, 0)
    for name, value in net.live().items():
        np.testing.assert_array_equal(value, before[name])


@pytest.mark.parametrize("exact", [0, ITEMS])
def test_a_net_that_is_saved_and_loaded_between_passes_goes_on_bit_for_bit(exact: int) -> None:
    first, again = (make(torch.float32, seed=s, exact_items=exact, samples=3, l2=0.1) for s in (0, 9))
    rng = np.random.default_rng(0)
    for step in range(8):
        rows = np.sort(rng.choice(len(X.indptr) - 1, 3, replace=False))
        if step == 4:
            again.load(first.state())
        first.step(rows, 0.01, np.random.default_rng(step))
        if step >= 4:
            again.step(rows, 0.01, np.random.default_rng(step))
    for name, value in first.state().items():
        np.testing.assert_array_equal(value, again.state()[name], err_msg=name)
    for name, value in first.release().items():
        np.testing.assert_array_equal(value, dict(again.live())[name], err_msg=name)
