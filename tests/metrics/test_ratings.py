"""Errors of predicted ratings against scikit-learn and scipy, and by hand."""

import numpy as np
import pytest
from scipy import stats
from scipy.spatial import distance
from sklearn.metrics import (
    mean_absolute_error,
    mean_absolute_percentage_error,
    ndcg_score,
    r2_score,
    root_mean_squared_error,
)

from foretaste.metrics.ratings import per_user_mean, pooled, rating_errors, squared_by_user, star, stars
from foretaste.metrics.registry import RATING_METRICS

RNG = np.random.default_rng(0)
ACTUAL, PREDICTED = RNG.integers(1, 11, 500) / 2, RNG.random(500) * 5
ROWS = RNG.integers(0, 20, 500)
SCALE = (0.5, 5.0)
BIAS = np.full(500, ACTUAL.mean())


def value(errors, metric):
    top, bottom = errors.sums()[metric]
    return pooled(metric, top.sum(), bottom.sum())


def one_person(actual, predicted, scale):
    actual, predicted = np.array(actual, np.float32), np.array(predicted, np.float32)
    return rating_errors(actual, predicted, np.zeros(len(actual), int), 1, scale=scale)


# Against other libraries


def test_pooled_values_are_those_of_another_library():
    errors = rating_errors(ACTUAL, PREDICTED, ROWS, 22, scale=SCALE, bias=BIAS)
    assert value(errors, "rmse") == pytest.approx(root_mean_squared_error(ACTUAL, PREDICTED))
    assert value(errors, "mae") == pytest.approx(mean_absolute_error(ACTUAL, PREDICTED))
    assert value(errors, "mape") == pytest.approx(mean_absolute_percentage_error(ACTUAL, PREDICTED))
    assert value(errors, "smape") == pytest.approx(2 * distance.canberra(ACTUAL, PREDICTED) / 500)
    assert value(errors, "r2_bias") == pytest.approx(
        r2_score(ACTUAL, PREDICTED)
    )  # where Bias says the mean of them all
    near = stats.ecdf(np.abs(ACTUAL - PREDICTED)).cdf.evaluate(0.5)
    assert value(errors, "within_half_star") == pytest.approx(near)


def test_orders_are_those_of_other_libraries_person_by_person():
    errors = rating_errors(ACTUAL, PREDICTED, ROWS, 22, scale=SCALE)
    right, pairs = errors.sums()["concordance"]
    quality, have = errors.sums()["ndcg_rated"]
    for user in range(20):
        actual, predicted = ACTUAL[user == ROWS], PREDICTED[user == ROWS]
        assert right[user] / pairs[user] == pytest.approx((1 + stats.somersd(actual, predicted).statistic) / 2)
        assert quality[user] == pytest.approx(ndcg_score([np.exp2(actual) - 1], [predicted]))
    assert (pairs[20:].tolist(), have[20:].tolist()) == ([0, 0], [0, 0])
    assert value(errors, "ndcg_rated") == pytest.approx(quality[:20].mean())
    assert per_user_mean("concordance", right, pairs) == pytest.approx((right[:20] / pairs[:20]).mean())
    assert value(errors, "concordance") == pytest.approx(right.sum() / pairs.sum())


def test_means_over_users_leave_out_users_without_ratings():
    errors = rating_errors(ACTUAL, PREDICTED, ROWS, 22, scale=SCALE)
    own = [root_mean_squared_error(ACTUAL[u == ROWS], PREDICTED[u == ROWS]) for u in range(20)]
    assert per_user_mean("rmse", *errors.sums()["rmse"]) == pytest.approx(np.mean(own))
    assert errors.n[20:].tolist() == [0, 0]


# By hand


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


def test_a_symmetric_error_of_nothing_from_nothing_is_nothing():
    assert value(one_person([0, 0, 2], [0, 3, 4], (0.0, 5.0)), "smape") == pytest.approx((0 + 2 + 2 / 3) / 3)


@pytest.mark.parametrize(
    ("scale", "half"), [((1.0, 5.0), 0.5), ((0.5, 5.0), 0.5), ((0.0, 100.0), 10.0), ((-10.0, 10.0), 2.0), ((1, 1), 0.1)]
)
def test_half_a_star_is_a_tenth_of_the_way_from_zero_or_the_lowest(scale, half):
    assert star(scale) == pytest.approx(2 * half)
    near = one_person([scale[1]] * 3, [scale[1] - half, scale[1] - 1.001 * half, scale[1] + half], scale)
    assert value(near, "within_half_star") == pytest.approx(2 / 3)


def test_ratings_that_float32_cannot_hold_are_half_a_star_off_all_the_same():
    actual = np.arange(5, 50) / 10
    assert value(one_person(actual, actual + 0.5, SCALE), "within_half_star") == 1


def test_stars_end_at_five():
    assert stars(np.array([0.5, 4.0, 5.0]), SCALE).tolist() == [0.5, 4, 5]
    np.testing.assert_allclose(stars(np.array([0, 30.0, 100]), (0, 100)), [0, 1.5, 5])
    np.testing.assert_allclose(stars(np.array([-10.0, 0, 10]), (-10, 10)), [0, 2.5, 5])
    assert stars(np.zeros(2), (0.0, 0.0)).tolist() == [0, 0]


def test_r2_against_bias_by_hand():
    actual, rows = np.array([1.0, 3, 5, 4]), np.array([0, 0, 1, 2])
    errors = rating_errors(actual, actual + 0.5, rows, 3, scale=(1, 5), bias=np.array([2.0, 3, 3, 4]))
    top, bottom = errors.sums()["r2_bias"]
    assert (top.tolist(), bottom.tolist()) == ([0.5, 3.75, -0.25], [1, 4, 0])
    assert value(errors, "r2_bias") == pytest.approx(1 - 1 / 5)


def test_without_a_bias_there_is_no_r2():
    errors = rating_errors(ACTUAL, PREDICTED, ROWS, 20, scale=SCALE)
    assert set(RATING_METRICS) - set(errors.sums()) == {"r2_bias"}


def test_one_rating_has_no_order_and_equal_ratings_no_pairs():
    errors = rating_errors(np.array([3.0, 4, 4]), np.array([1.0, 2, 3]), np.array([0, 1, 1]), 2, scale=SCALE)
    assert [part.tolist() for part in errors.sums()["ndcg_rated"]] == [[0, 1], [0, 1]]
    assert errors.sums()["concordance"][1].tolist() == [0, 0]


def test_people_may_stand_in_any_order():
    together = np.argsort(ROWS, kind="stable")
    first = rating_errors(ACTUAL, PREDICTED, ROWS, 20, scale=SCALE).sums()
    second = rating_errors(ACTUAL[together], PREDICTED[together], ROWS[together], 20, scale=SCALE).sums()
    for metric, pair in first.items():
        np.testing.assert_allclose(pair, second[metric])


def test_squares_are_summed_by_user():
    found = squared_by_user(np.array([1.0, 2, 3]), np.array([1.5, 2, 1]), np.array([0, 2, 2]), 4)
    assert found.tolist() == [0.25, 0, 4, 0]


def test_nothing_has_no_value():
    assert np.isnan(pooled("rmse", 0.0, 0.0))
    assert np.isnan(per_user_mean("mae", np.zeros(3), np.zeros(3)))
