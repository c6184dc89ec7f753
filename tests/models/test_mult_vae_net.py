"""A step of Mult-DAE and Mult-VAE: each term against numpy, each gradient against torch's autograd of the dense formula."""

import numpy as np
import pytest
import torch
from scipy.stats import norm
from torch import Tensor

from foretaste.kernels.batch import make_batch
from foretaste.models.click_net import unit_values
from foretaste.models.mult_vae import MultDaeParams, MultVaeParams, dae_shapes, vae_shapes
from foretaste.models.mult_vae_net import MultNet, divergence
from tests.models.click_cases import BATCH, ITEMS, clicks, gradients, log_softmax, matrix, stir, weights_of_rows

X = matrix()
WIDTHS, LATENT, BALANCE = (4, 5), 3, 0.6


def make(kind: str, dtype: torch.dtype = torch.float64, **settings: object) -> MultNet:
    common = {"widths": WIDTHS, "dropout": 0.4, "batch_size": 4, "l2": 0.0, "balance": BALANCE, **settings}
    if kind == "dae":
        return MultNet(X, dae_shapes(ITEMS, WIDTHS), MultDaeParams(**common), dtype)  # type: ignore[arg-type]
    params = MultVaeParams(**({"latent": LATENT, "beta": 0.7, "anneal": 0.0} | common))  # type: ignore[arg-type]
    return MultNet(X, vae_shapes(ITEMS, WIDTHS, LATENT), params, dtype)


def draws_of(net: MultNet, seed: int) -> tuple[Tensor, Tensor]:
    """Return the input block, (rows, items), and the noise, (rows, latent), that a step with this seed draws."""
    rng, batch = np.random.default_rng(seed), make_batch(X, BATCH)
    noise = torch.Generator().manual_seed(int(rng.integers(2**62)))
    values = unit_values(batch, net.params.dropout, rng, torch.float64)
    block = torch.zeros(len(BATCH), ITEMS, dtype=torch.float64)
    block[batch.row.astype(np.int64), batch.cols.astype(np.int64)] = values
    return block, torch.randn(len(BATCH), LATENT, generator=noise, dtype=torch.float64)


def dense(w: dict[str, Tensor], block: Tensor, noise: Tensor, beta: float) -> Tensor:
    code = torch.tanh(torch.tanh(block @ w["encoder"] + w["encoder_bias"]) @ w["inner1"] + w["inner1_bias"])
    kl, weight = torch.zeros(len(BATCH), dtype=torch.float64), torch.from_numpy(weights_of_rows(BALANCE))
    if "posterior" in w:
        stats = code @ w["posterior"] + w["posterior_bias"]
        q = torch.distributions.Normal(stats[:, :LATENT], (stats[:, LATENT:] / 2).exp())
        kl = torch.distributions.kl_divergence(q, torch.distributions.Normal(0.0, 1.0)).sum(1)
        code = torch.tanh((q.loc + q.scale * noise) @ w["outer0"] + w["outer0_bias"])
        code = torch.tanh(code @ w["outer1"] + w["outer1_bias"])
    like = torch.log_softmax(code @ w["decoder"].T + w["decoder_bias"], 1)
    return weight @ (beta * kl - (torch.from_numpy(clicks()) * like).sum(1))


@pytest.mark.parametrize("kind", ["dae", "vae"])
@pytest.mark.parametrize("seed", [1, 2])
def test_loss_and_gradients_of_a_step_are_those_of_the_dense_formula(kind: str, seed: int) -> None:
    net = make(kind)
    weights = {name: value.requires_grad_() for name, value in stir(net.weights).items()}
    block, noise = draws_of(net, seed)
    wanted = dense(weights, block, noise, beta=0.7)
    (wanted / len(BATCH)).backward()
    loss, n = net.step(BATCH, 1e-3, np.random.default_rng(seed))
    assert n == clicks().sum()
    assert loss == pytest.approx(float(wanted.detach()), rel=1e-12)
    found = gradients(net.weights)
    assert found.keys() == weights.keys()
    for name, value in weights.items():
        torch.testing.assert_close(
            found[name], value.grad, rtol=1e-7, atol=1e-10, msg=lambda m, name=name: f"{name}: {m}"
        )
        assert value.grad is not None
        assert value.grad.abs().max() > 0, name


def test_each_term_of_the_loss_is_that_of_numpy() -> None:
    """Reconstruction and divergence one by one, in float64, from the same draws and with no line in common."""
    net = make("vae")
    w = {name: value.numpy() for name, value in stir(net.weights).items()}
    block, noise = (part.numpy() for part in draws_of(net, 1))
    hidden = np.tanh(np.tanh(block @ w["encoder"] + w["encoder_bias"]) @ w["inner1"] + w["inner1_bias"])
    stats = hidden @ w["posterior"] + w["posterior_bias"]
    mean, log_variance = stats[:, :LATENT], stats[:, LATENT:]
    kl = (0.5 * (np.exp(log_variance) + mean**2 - 1 - log_variance)).sum(1)
    np.testing.assert_allclose(divergence(torch.from_numpy(mean), torch.from_numpy(log_variance)), kl, rtol=1e-12)
    last = np.tanh((mean + np.exp(log_variance / 2) * noise) @ w["outer0"] + w["outer0_bias"])
    last = np.tanh(last @ w["outer1"] + w["outer1_bias"])
    likelihood = (clicks() * log_softmax(last @ w["decoder"].T + w["decoder_bias"])).sum(1)
    wanted = weights_of_rows(BALANCE) @ (0.7 * kl - likelihood)
    assert net.step(BATCH, 1e-3, np.random.default_rng(1))[0] == pytest.approx(wanted, rel=1e-12)


def test_the_divergence_is_what_many_samples_say() -> None:
    mean, spread = np.array([0.3, -1.2]), np.array([0.5, 1.4])
    z = mean + spread * np.random.default_rng(0).normal(size=(400_000, 2))
    sampled = (norm.logpdf(z, mean, spread) - norm.logpdf(z)).sum(1).mean()
    found = divergence(torch.from_numpy(mean)[None], torch.from_numpy(2 * np.log(spread))[None])
    assert float(found) == pytest.approx(sampled, rel=0.01)


def test_beta_rises_in_a_line_to_its_cap_over_a_share_of_the_planned_steps() -> None:
    net = make("vae", anneal=0.5, epochs=4, beta=0.6)  # two steps a pass: 8 in all, 4 to rise
    found = []
    for step in range(8):
        found.append(net.beta)
        net.step(BATCH, 1e-3, np.random.default_rng(step))
    assert found == pytest.approx([0, 0.15, 0.3, 0.45, 0.6, 0.6, 0.6, 0.6])


def test_rows_without_clicks_teach_nothing() -> None:
    net = make("vae")
    before = dict(net.live())
    assert net.step(np.array([2]), 0.1, np.random.default_rng(0)) == (0.0, 0)
    for name, value in net.live().items():
        np.testing.assert_array_equal(value, before[name])
    assert net.beta == 0.7


@pytest.mark.parametrize("kind", ["dae", "vae"])
@pytest.mark.parametrize("exact", [0, ITEMS])
def test_a_net_that_is_saved_and_loaded_goes_on_bit_for_bit(kind: str, exact: int) -> None:
    whole, again = (make(kind, torch.float32, seed=s, exact_items=exact, samples=3, anneal=1.0) if kind == "vae" else
                    make(kind, torch.float32, seed=s, exact_items=exact, samples=3) for s in (0, 9))  # fmt: skip
    rng = np.random.default_rng(0)
    parts = [np.sort(rng.choice(len(X.indptr) - 1, 3, replace=False)) for _ in range(8)]
    for step, rows in enumerate(parts):
        if step == 4:
            again.load(whole.state())
        whole.step(rows, 0.01, np.random.default_rng(step))
        if step >= 4:
            again.step(rows, 0.01, np.random.default_rng(step))
    for name, value in whole.state().items():
        np.testing.assert_array_equal(value, again.state()[name], err_msg=name)
    for name, value in whole.release().items():
        np.testing.assert_array_equal(value, dict(again.live())[name], err_msg=name)
