"""Elsa in training: what a step asks, what it returns, and how many there are."""

import numpy as np
from scipy.sparse import csr_array

from foretaste.arrays import as_csr
from foretaste.models.elsa import FACTORS, ElsaParams
from foretaste.models.elsa_net import ElsaNet

P = ElsaParams(latent=3, noise=0.4)


def matrix() -> csr_array:
    rng = np.random.default_rng(0)
    return as_csr(csr_array(np.where(rng.random((60, 20)) < 0.3, rng.integers(1, 6, (60, 20)), 0)))


X = matrix()


def test_it_starts_with_vectors_of_length_one_and_no_more_of_them_than_items() -> None:
    for latent, width in ((3, 3), (500, 20)):
        net = ElsaNet(X, ElsaParams(latent=latent))
        assert net.factors.shape == (20, width)
        np.testing.assert_allclose(np.linalg.norm(net.factors, axis=1), 1, atol=1e-6)


def test_values_do_not_count() -> None:
    assert (ElsaNet(X, P).X.data == 1).all()


def test_training_lowers_the_loss() -> None:
    rng = np.random.default_rng(0)
    kind = rng.integers(0, 2, 60)
    net = ElsaNet(as_csr(csr_array(rng.random((60, 20)) < np.where(kind[:, None] == np.arange(20) % 2, 0.6, 0.05))), P)
    losses = [np.divide(*net.step(np.arange(60), 0.1, rng)) for _ in range(60)]
    assert np.mean(losses[-5:]) < 0.6 * np.mean(losses[:5])


def test_a_step_returns_losses_by_click() -> None:
    net = ElsaNet(X, ElsaParams(latent=3, noise=0))
    loss, count = net.step(np.arange(60), 0.0, np.random.default_rng(0))
    assert count == X.nnz - (np.diff(X.indptr) == 1).sum()
    assert 0 < loss / count < 4


def test_a_step_that_asks_nothing_changes_nothing() -> None:
    net = ElsaNet(as_csr(csr_array(np.eye(4))), P)
    before = net.factors.copy()
    assert net.step(np.arange(4), 0.1, np.random.default_rng(0)) == (0.0, 0)
    np.testing.assert_array_equal(net.factors, before)
    assert net.t == 0


def test_the_live_factors_are_a_copy_and_the_released_ones_are_not() -> None:
    net = ElsaNet(X, P)
    assert not np.shares_memory(net.live()[FACTORS], net.factors)
    assert net.release()[FACTORS] is net.factors


def test_a_state_is_all_that_going_on_needs() -> None:
    one, other = ElsaNet(X, P), ElsaNet(X, P)
    rng = np.random.default_rng(0)
    for _ in range(3):
        one.step(np.arange(8), 0.1, rng)
    other.step(np.arange(30), 0.1, rng)
    other.load({name: value.copy() for name, value in one.state().items()})
    for net in (one, other):
        net.step(np.arange(20), 0.1, np.random.default_rng(5))
    np.testing.assert_array_equal(one.factors, other.factors)
    assert one.t == other.t == 4
