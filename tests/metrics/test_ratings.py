"""Errors of predicted ratings against scikit-learn and by hand."""

import numpy as np
import pytest
from sklearn.metrics import mean_absolute_error, mean_absolute_percentage_error, root_mean_squared_error

from foretaste.metrics.ratings import per_user_mean, pooled, rating_errors

RNG = np.random.default_rng(0)
ACTUAL, PREDICTED = RNG.integers(1, 11, 500) / 2, RNG.random(500) * 5
ROWS = RNG.integers(0, 20, 500)


def value(errors, metric):
    top, bottom = errors.sums()[metric]
    return pooled(metric, top.sum(), bottom.sum())


def test_pooled_values_are_those_of_another_library():
    errors = rating_errors(ACTUAL, PREDICTED, ROWS, 22, scale=(0.5, 5.0))
    assert value(errors, "rmse") == pytest.approx(root_mean_squared_error(ACTUAL, PREDICTED))
    assert value(errors, "mae") == pytest.approx(mean_absolute_error(ACTUAL, PREDICTED))
    assert value(errors, "mape") == pytest.approx(mean_absolute_percentage_error(ACTUAL, PREDICTED))


def test_means_over_users_leave_out_users_without_ratings():
    errors = rating_errors(ACTUAL, PREDICTED, ROWS, 22, scale=(0.5, 5.0))
    own = [root_mean_squared_error(ACTUAL[u == ROWS], PREDICTED[u == ROWS]) for u in range(20)]
    assert per_user_mean("rmse", *errors.sums()["rmse"]) == pytest.approx(np.mean(own))
    assert errors.n[20:].tolist() == [0, 0]


@pytest.mark.parametrize(
    ("scale", "actual", "counted"),
    [
        ((0.0, 5.0), [0.0, 0.2, 0.25, 5.0], 2),
        ((1.0, 5.0), [1.0, 5.0], 2),
        ((-10.0, 10.0), [0.0, -0.9, 1.0, -10.0], 2),
        ((1.0, 1.0), [1.0], 1),
        ((0.0, 0.0), [0.0], 0),
    ],
)
def test_mape_leaves_out_what_is_near_zero_and_counts_the_rest(scale, actual, counted):
    actual = np.array(actual)
    errors = rating_errors(actual, actual + 0.5, np.zeros(len(actual), int), 1, scale=scale)
    assert errors.n_relative.tolist() == [counted]
    assert errors.n.tolist() == [len(actual)]
    near = np.abs(actual) >= max(0.05 * (scale[1] - scale[0]), 1e-9)
    assert errors.relative[0] == pytest.approx((0.5 / np.abs(actual[near])).sum())


def test_nothing_has_no_value():
    assert np.isnan(pooled("rmse", 0.0, 0.0))
    assert np.isnan(per_user_mean("mae", np.zeros(3), np.zeros(3)))
