"""The ridge autoencoder in training: what a step hides, what it returns, and how much there is of it."""

import numpy as np
from scipy.sparse import csr_array

from foretaste.arrays import as_csr, count_by_column, row_of, with_values
from foretaste.models.baselines import Bias
from foretaste.models.ridge import TABLES, RidgeParams
from foretaste.models.ridge_net import RidgeNet, planned

P = RidgeParams(latent=3, epochs=5, batch_size=8)


def matrix() -> csr_array:
    rng = np.random.default_rng(0)
    row, col = np.nonzero((rng.random((40, 12)) < 0.5) * (np.arange(12) != 4))
    return as_csr(csr_array((rng.integers(1, 6, len(row)), (row, col)), shape=(40, 12)))


X = matrix()


def net(params: RidgeParams = P, member: int = 0) -> RidgeNet:
    bias = Bias().fit(X)
    return RidgeNet(X, bias, float(bias.residual_spread(X)[0]), params, member)


def test_a_step_asks_for_what_it_hides_and_no_more() -> None:
    low, high = [net(RidgeParams(latent=3, keep=keep)) for keep in ((0.1, 0.1), (0.9, 0.9))]
    rows = np.arange(40)
    hidden = [trainee.step(rows, 1e-3, np.random.default_rng(0))[1] for trainee in (low, high)]
    assert abs(hidden[0] / X.nnz - 0.9) < 0.06
    assert abs(hidden[1] / X.nnz - 0.1) < 0.06


def test_the_loss_is_in_squared_rating_units() -> None:
    loss, n = net().step(np.arange(40), 0.0, np.random.default_rng(0))
    assert 0.5 < loss / n / X.data.var() < 2


def test_a_step_that_hides_nothing_changes_nothing() -> None:
    trainee = net(RidgeParams(latent=3, keep=(0.99, 0.99)))
    before = {name: value.copy() for name, value in trainee.release().items()}
    one = np.array([0])
    rng = np.random.default_rng(2)
    assert trainee.step(one, 1e-2, rng) == (0.0, 0)
    for name, value in trainee.release().items():
        np.testing.assert_array_equal(value, before[name])


def test_training_lowers_the_loss() -> None:
    trainee, rng = net(RidgeParams(latent=2, penalty=0.3, l2=0.5, noise=0, keep=(0.7, 0.9))), np.random.default_rng(0)
    taste = rng.normal(size=(2, 40)), rng.normal(size=(2, 12))
    trainee.X = with_values(X, (taste[0][:, row_of(X)] * taste[1][:, X.indices]).sum(0).astype(np.float32))
    losses = [np.divide(*trainee.step(np.arange(40), 1e-2, rng)) for _ in range(400)]
    assert np.mean(losses[-30:]) < 0.5 * np.mean(losses[:30])


def test_the_live_weights_are_copies_and_the_released_ones_are_not() -> None:
    trainee = net()
    live, own = trainee.live(), trainee.release()
    assert set(live) == set(own) == set(TABLES)
    assert not np.shares_memory(live["table_"], own["table_"])
    assert np.shares_memory(own["table_"], trainee.columns.table)


def test_a_state_is_all_that_going_on_needs() -> None:
    one, other = net(), net()
    rng = np.random.default_rng(0)
    for _ in range(3):
        one.step(np.arange(8), 1e-2, rng)
    other.step(np.arange(30), 1e-1, rng)
    other.load({name: value.copy() for name, value in one.state().items()})
    for trainee in (one, other):
        trainee.step(np.arange(20), 1e-2, np.random.default_rng(5))
    for name in TABLES:
        np.testing.assert_array_equal(other.release()[name], one.release()[name])
    assert other.t == one.t == 4


def test_members_start_and_hide_differently() -> None:
    one, other = net(), net(member=1)
    assert not np.array_equal(one.columns.table, other.columns.table)
    for trainee in (one, other):
        trainee.columns.table[:] = 0
    counts = [trainee.step(np.arange(40), 1e-2, np.random.default_rng(5))[1] for trainee in (one, other)]
    assert counts[0] != counts[1]


def test_noise_is_smaller_where_more_is_known() -> None:
    trainee = net(RidgeParams(latent=3, noise=0.5, l2=9.0, penalty=4.0))
    np.testing.assert_allclose(trainee.spread, 0.5 / np.sqrt(9 + count_by_column(X) / 4), rtol=1e-6)


def test_an_item_without_ratings_starts_and_stays_at_nothing() -> None:
    trainee = net()
    for _ in range(5):
        trainee.step(np.arange(40), 1e-2, np.random.default_rng(0))
    assert trainee.columns.table[4, 0] == 1
    assert (trainee.columns.table[4, 1:] == 0).all()
    assert (trainee.columns.prior[4] == 0).all()


def test_what_is_left_open_follows_the_rows() -> None:
    for rows, size, epochs in ((100_000, 256, 30), (9724, 65, 30), (600, 8, 30), (100, 8, 154), (1, 8, 500)):
        found = planned(RidgeParams(), rows)
        assert (found.batch_size, found.epochs) == (size, epochs)
    assert planned(P, 100_000) == P
