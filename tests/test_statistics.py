"""The bootstrap over users."""

import numpy as np
import pytest

from foretaste import statistics
from foretaste.statistics import bootstrap_sums, interval, resample, sum_by_person


def test_every_sample_has_as_many_users_as_there_are():
    weights = np.concatenate(list(resample(7, seed=1, draws=50)))
    assert weights.shape == (50, 7)
    assert (weights.sum(1) == 7).all()


def test_the_interval_of_a_mean_is_that_of_theory():
    values = np.random.default_rng(0).normal(3, 2, 400)
    draws = bootstrap_sums(values[:, None], seed=0, draws=4000)[:, 0] / 400
    low, high = interval(draws)
    error = values.std() / 20
    assert low == pytest.approx(values.mean() - 1.96 * error, abs=0.15 * error)
    assert high == pytest.approx(values.mean() + 1.96 * error, abs=0.15 * error)


def test_the_same_seed_pairs_two_models():
    a = np.random.default_rng(0).random(30)
    first, second = (bootstrap_sums(c[:, None], seed=5) for c in (a, a + 1))
    np.testing.assert_allclose(second - first, 30)
    assert not np.allclose(first, bootstrap_sums(a[:, None], seed=6))


def test_blocks_hold_all_samples():

    assert sum(len(w) for w in resample(3_000_000, seed=0, draws=5)) == 5


def test_nothing_finite_has_no_interval():
    assert np.isnan(interval(np.array([np.nan]))).all()
    assert interval(np.array([np.nan, 1.0, 1.0])) == (1.0, 1.0)
    assert statistics.DRAWS == 1000


def test_rows_of_one_person_are_added_up():
    columns = np.array([[1.0, 10], [2, 20], [3, 30]])
    assert sum_by_person(columns, np.array(["b", "a", "b"], dtype=object)).tolist() == [[2, 20], [4, 40]]
