"""The bootstrap over users, and how often its intervals hold the truth."""

import numpy as np
import pytest
from scipy import stats

from bench.holding import NUMBERS, coverage, percentile
from foretaste import statistics
from foretaste.statistics import (
    SHARE,
    Ratio,
    Spread,
    bootstrap_sums,
    effective_users,
    ratio_intervals,
    resample,
    several,
    sum_by_person,
)

RNG = np.random.default_rng(0)
SIZES = np.exp(RNG.normal(2, 1, 40))
ERRORS = Ratio(SIZES * RNG.random(40), SIZES)
QUALITY = Ratio(np.where(RNG.random(40) < 0.4, 0, RNG.random(40)), np.ones(40), SHARE)
INF = np.inf


def one(ratio, seed=0, **more):
    return ratio_intervals([ratio], seed=seed, **more)[0]


def test_every_sample_has_as_many_users_as_there_are():
    weights = np.concatenate(list(resample(7, seed=1, draws=50)))
    assert weights.shape == (50, 7)
    assert (weights.sum(1) == 7).all()


def test_blocks_hold_all_samples():
    assert sum(len(w) for w in resample(3_000_000, seed=0, draws=5)) == 5


def test_the_same_seed_pairs_two_models():
    a = np.random.default_rng(0).random(30)
    first, second = (bootstrap_sums(c[:, None], seed=5) for c in (a, a + 1))
    np.testing.assert_allclose(second - first, 30)
    assert not np.allclose(first, bootstrap_sums(a[:, None], seed=6))


def test_rows_of_one_person_are_added_up():
    columns = np.array([[1.0, 10], [2, 20], [3, 30]])
    assert sum_by_person(columns, np.array(["b", "a", "b"], dtype=object)).tolist() == [[2, 20], [4, 40]]


def test_a_users_influence_over_the_rest_is_what_the_value_loses_without_them():
    top, bottom = np.array([1.0, 4, 0]), np.array([1.0, 2, 5])
    ratio = Ratio(top, bottom)
    assert ratio.value == 5 / 8
    without = [(5 - t) / (8 - b) for t, b in zip(top, bottom, strict=True)]
    np.testing.assert_allclose(ratio.influence / (1 - ratio.share), ratio.value - np.array(without))
    assert ratio.influence.sum() == pytest.approx(0)


def test_who_has_nothing_below_counts_neither_in_the_value_nor_in_the_draws():
    """0.75 of two users; a third has something above and nothing below, which is a multiple of nothing."""
    two, three = Ratio(np.array([2.0, 1]), np.array([1.0, 3])), Ratio(np.array([2.0, 1, 9]), np.array([1.0, 3, 0]))
    assert two.value == three.value == 0.75
    assert three.influence.tolist() == [*two.influence, 0]
    low, high = one(Ratio(np.append(ERRORS.top, 50), np.append(SIZES, 0)))
    assert low < ERRORS.value < high


def test_one_user_who_has_all_but_nothing_is_one_user():
    """The share of the first rounds to 1, and what is left to the second is no spread."""
    top, bottom = np.array([3.0, 1e-18]), np.array([4.0, 1e-17])
    assert not several(Ratio(top, bottom).share)
    assert np.isnan(one(Ratio(top, bottom, SHARE))).all()
    assert several(np.array([0.75, 0.25]))
    assert not several(np.array([1.0, 0.0]))


def test_three_users_of_whom_one_has_half_count_as_fewer():
    assert effective_users(np.array([2.0, 1, 1])) == pytest.approx(16 / 6)
    assert effective_users(np.ones(9)) == pytest.approx(9)
    assert effective_users(np.zeros(3)) == 0


def test_the_interval_of_a_mean_is_that_of_student():
    values = np.random.default_rng(0).normal(3, 2, 25)
    low, high = one(Ratio(values, np.ones(25), (-INF, INF)), draws=20_000)
    wanted = stats.t.interval(0.95, 24, values.mean(), stats.sem(values))
    assert (low, high) == pytest.approx(wanted, abs=0.05 * (wanted[1] - wanted[0]))


def test_with_many_users_it_is_that_of_another_bootstrap():
    top, bottom = (part[0] for part in (RNG.gamma(2, 3, (1, 900)), RNG.gamma(3, 1, (1, 900))))
    other = stats.bootstrap(
        (top, bottom), lambda t, b, axis=-1: t.sum(axis) / b.sum(axis), paired=True, n_resamples=4000, rng=1
    ).confidence_interval
    low, high = one(Ratio(top, bottom))
    assert (low, high) == pytest.approx(tuple(other), abs=0.08 * (other.high - other.low))


def test_the_reach_is_where_chance_is_what_the_level_leaves():
    influence = np.column_stack([ratio.influence for ratio in (ERRORS, QUALITY)])
    spread = Spread.of(influence, np.column_stack([ERRORS.share, QUALITY.share]), seed=3)
    for level in (0.5, 0.95, 0.999):
        assert spread.chance(spread.reach(level)) == pytest.approx(1 - level, rel=1e-6)
    assert spread.chance(np.array([1e-9, 1e9])) == pytest.approx([1, 0], abs=1e-3)


def test_the_chance_is_that_of_draws_divided_by_the_root_of_chi_squared():
    spread = Spread.of(ERRORS.influence[:, None], ERRORS.share[:, None], seed=3)
    freedom = effective_users(SIZES) - 1
    assert spread.freedom == pytest.approx(freedom)
    divided = spread.draws / np.sqrt(RNG.chisquare(freedom, (1000, 400)) / freedom)
    for far in (0.02, 0.05):
        assert spread.chance(np.array([far]))[0] == pytest.approx((np.abs(divided) >= far).mean(), abs=0.005)


def test_where_nothing_varies_there_is_no_reach():
    spread = Spread.of(np.zeros((5, 1)), np.full((5, 1), 0.2), seed=0)
    assert spread.reach().tolist() == [0]
    assert spread.chance(np.array([1e-3])).tolist() == [0]
    assert one(Ratio(np.full(5, 2.0), np.full(5, 4.0))) == pytest.approx((0.5, 0.5))


def test_many_together_are_each_alone_and_who_is_not_asked_counts_for_nothing():
    together = ratio_intervals([ERRORS, QUALITY], seed=4)
    assert together == [pytest.approx(one(ERRORS, 4)), pytest.approx(one(QUALITY, 4))]
    assert together[0] != ratio_intervals([ERRORS], seed=5)[0]
    few = Ratio(np.append(ERRORS.top[:1], np.zeros(9)), np.append(SIZES[:1], np.zeros(9)))
    assert np.isnan(one(few)).all()
    assert np.isnan(one(Ratio(np.zeros(3), np.zeros(3)))).all()
    assert np.isnan(Ratio(np.zeros(3), np.zeros(3)).value)
    assert ratio_intervals([], seed=0) == []


@pytest.mark.parametrize(
    ("values", "bounds"),
    [
        ([0.01, 0.0, 0.02, 1.0, 0.9], SHARE), ([1.9, 1.99, 0.4, 2.0], (0.0, 2.0)), ([0.001, 9.0, 0.2], (0.0, INF)),
        ([0.99, -3.0, 0.9], (-INF, 1.0)), ([-0.99, 3.0, -0.7], (-1.0, INF)),
    ],
)  # fmt: skip
def test_no_interval_leaves_its_range(values, bounds):
    ratio = Ratio(np.array(values), np.ones(len(values)), bounds)
    low, high = one(ratio)
    assert bounds[0] <= low < ratio.value < high <= bounds[1]
    plain = one(Ratio(ratio.top, ratio.bottom, (-INF, INF)))
    assert not bounds[0] <= plain[0] < plain[1] <= bounds[1]


def test_thirty_lists_without_a_hit_do_not_prove_that_there_is_never_one():
    assert one(Ratio(np.zeros(30), np.ones(30), SHARE)) == pytest.approx((0, 1 - 0.025 ** (1 / 30)))
    assert one(Ratio(np.ones(30), np.ones(30), SHARE)) == pytest.approx((0.025 ** (1 / 30), 1))
    exact = stats.binomtest(0, 30).proportion_ci(0.95, "exact")
    assert one(Ratio(np.zeros(30), np.ones(30), SHARE)) == pytest.approx((exact.low, exact.high))
    assert one(Ratio(np.full(4, 2.0), np.ones(4), (0.0, 2.0)))[0] == pytest.approx(2 * 0.025**0.25)
    assert one(Ratio(np.zeros(30), np.ones(30))) == (0, 0)


def test_a_thousand_samples_are_behind_every_interval():
    assert statistics.DRAWS == 1000


@pytest.mark.slow
@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("users", [60, 200, 1000])
def test_intervals_hold_the_truth_93_to_97_times_of_100(number, users):
    assert 0.93 <= coverage(number, users, 1500 if users < 1000 else 600) <= 0.97


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "users"), [("relative errors (MAPE)", 60), ("list quality, 0 for 85 %", 60), ("hit rate of 10 %", 30)]
)
def test_the_plain_percentile_interval_would_hold_it_less_often(number, users):
    assert coverage(number, users, 1000, method=percentile) < 0.93 <= coverage(number, users, 1000)
