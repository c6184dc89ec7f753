"""Paired tests: against the formula, other libraries, and in worlds where there is no difference."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from bench.holding import equal_errors, equal_lists, rejected
from foretaste.significance import Paired, Standing, holm, noise_floor, pair, pairs
from foretaste.statistics import bootstrap_sums

RNG = np.random.default_rng(0)


def standing(values):
    return Standing.of(np.asarray(values, float), np.ones(len(values)))


def test_a_standing_is_its_value_and_what_each_user_moves():
    top, n = np.array([1.0, 4, 4]), np.array([1.0, 2, 1])
    plain, root = Standing.of(top, n), Standing.of(top, n, root=True)
    assert (plain.value, root.value) == (2.25, 1.5)
    assert plain.influence == pytest.approx([-0.3125, -0.125, 0.4375])
    assert root.influence == pytest.approx(plain.influence / 3)
    assert plain.share.tolist() == [0.25, 0.5, 0.25]
    tiny = 1e-6  # the root by finite differences: what a little more of a user does
    for user in range(3):
        weight = np.ones(3)
        weight[user] += tiny
        moved = np.sqrt((weight * top).sum() / (weight * n).sum())
        assert (moved - 1.5) / tiny == pytest.approx(root.influence[user], rel=1e-4)


def test_a_model_without_error_and_a_question_to_nobody():
    assert Standing.of(np.zeros(3), np.ones(3), root=True).influence.tolist() == [0, 0, 0]
    nobody = Standing.of(np.zeros(3), np.zeros(3))
    assert np.isnan(nobody.value)
    found = pair(nobody, nobody)
    assert np.isnan([found.difference, found.low, found.high, found.p]).all()


def test_of_many_users_it_is_the_paired_t_test():
    first, second = RNG.normal(1, 1, (2, 200)) + RNG.normal(0, 1, 200)
    second += 0.2
    found = pair(standing(first), standing(second))
    other = stats.ttest_rel(first, second)
    ends = other.confidence_interval(0.95)
    assert found.difference == pytest.approx(first.mean() - second.mean())
    assert (found.low, found.high) == pytest.approx((ends.low, ends.high), abs=0.02)
    assert found.p == pytest.approx(other.pvalue, abs=0.02)


def test_it_agrees_with_a_permutation_of_signs():
    first, second, _ = equal_lists(np.random.default_rng(4), 60)
    other = stats.permutation_test(
        (first, second), lambda a, b, axis=-1: (a - b).mean(axis), permutation_type="samples", vectorized=True,
        n_resamples=4999, rng=0,
    )  # fmt: skip
    assert pair(standing(first), standing(second)).p == pytest.approx(other.pvalue, abs=0.03)


def test_the_draws_are_those_of_the_linearised_difference():
    first, second, n = equal_errors(np.random.default_rng(5), 300)
    found = pair(Standing.of(first, n, root=True), Standing.of(second, n, root=True), seed=7)
    sums = bootstrap_sums(np.column_stack([first, second, n]), seed=7)
    change = np.sqrt(sums[:, 0] / sums[:, 2]) - np.sqrt(sums[:, 1] / sums[:, 2])
    assert found.difference == pytest.approx(np.sqrt(first.sum() / n.sum()) - np.sqrt(second.sum() / n.sum()))
    width = np.quantile(np.abs(change - found.difference), 0.95)
    assert width < found.high - found.difference < 1.1 * width  # wider: people are few and of unequal size


@pytest.mark.parametrize("people", [2, 12, 60])
def test_interval_and_test_never_contradict_each_other(people):
    couples, kinds = [], set()
    for seed in range(120):
        first, second, n = equal_errors(np.random.default_rng(seed), people, better=0.03 * (seed % 3))
        couples.append((Standing.of(first, n, root=True), Standing.of(second, n, root=True)))
    for found in pairs(couples):
        assert (found.p <= 0.05) == (not found.low <= 0 <= found.high)
        kinds.add(found.p <= 0.05)
    assert people == 2 or kinds == {True, False}


def test_the_other_way_round_all_signs_turn():
    first, second, n = equal_errors(np.random.default_rng(1), 50)
    one, other = Standing.of(first, n, root=True), Standing.of(second, n, root=True)
    there, back = pair(one, other, seed=3), pair(other, one, seed=3)
    assert (back.difference, back.low, back.high, back.p) == pytest.approx(
        (-there.difference, -there.high, -there.low, there.p)
    )
    assert there != pair(one, other, seed=4)
    assert pairs([(one, other), (other, one)], seed=3)[1].p == pytest.approx(back.p)


def test_no_difference_is_certain_and_one_that_all_share_is_none_of_chance():
    values = RNG.random(30)
    assert pair(standing(values), standing(values)) == Paired(0, 0, 0, 1)
    rounding = pair(standing(values), standing(values * (1 + 1e-15)))
    assert (rounding.difference, rounding.p) == (0, 1)
    constant = pair(standing(values), standing(values + 0.5))
    assert (constant.difference, constant.low, constant.high) == pytest.approx((-0.5, -0.5, -0.5))
    assert constant.p < 1e-9


def test_one_person_says_nothing_of_others():
    found = pair(standing([0.5]), standing([0.25]))
    assert found.difference == 0.25
    assert np.isnan([found.low, found.high, found.p]).all()
    assert pairs([]) == []
    sizes = np.array([4.0, 1e-17])  # and neither do two of whom one has all but nothing
    found = pair(Standing.of(np.array([3.0, 0]), sizes), Standing.of(np.array([1.0, 1e-18]), sizes))
    assert found.difference == 0.5
    assert np.isnan([found.low, found.high, found.p]).all()


def test_holm_is_what_one_finds_by_hand():
    # smallest first: 4 x 0.01, 3 x 0.015 = 0.045, 2 x 0.03 = 0.06, 1 x 0.04 -> at least 0.06
    assert holm([0.04, 0.01, 0.03, 0.015]) == pytest.approx([0.06, 0.04, 0.06, 0.045])
    assert holm([0.6, 0.7]) == [1, 1]
    assert holm([0.02]) == [0.02]
    assert holm([]) == []
    assert np.isnan(holm([np.nan, np.nan])).all()


def test_the_floor_is_half_the_width_between_models_that_are_near_each_other():
    base = RNG.random(100)
    near, far = base + RNG.normal(0, 0.1, 100), base + RNG.normal(3, 2, 100)
    models = [standing(values) for values in (base, near, far)]
    one, other = (pair(models[0], models[1]), pair(models[1], models[2]))
    widths = sorted((found.high - found.low) / 2 for found in (one, other))
    nearest_of_far = other if models[1].value > models[0].value else pair(models[0], models[2])
    assert noise_floor(models[:2]) == pytest.approx(widths[0])
    assert noise_floor(models) == pytest.approx(np.mean([widths[0], (nearest_of_far.high - nearest_of_far.low) / 2]))


def test_where_nothing_differs_there_is_no_floor():
    assert noise_floor([]) is None
    assert noise_floor([standing([1, 2, 3])]) is None
    assert noise_floor([standing([1, 2, 3])] * 3) is None
    assert noise_floor([standing([1]), standing([2])]) is None


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["errors", "lists"])
@pytest.mark.parametrize("users", [60, 200, 1000])
def test_of_a_hundred_tests_of_equal_models_four_to_six_find_a_difference(kind, users):
    assert 0.04 <= rejected(kind, users, 2500 if users < 1000 else 1000) <= 0.06


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "better"), [("errors", 0.04), ("lists", 0.03)])
def test_the_more_people_the_surer_a_difference_is_found(kind, better):
    found = [rejected(kind, users, 300, better=better) for users in (60, 200, 800)]
    assert all(fewer < more for fewer, more in pairwise(found))
    assert found[-1] > 0.9


@pytest.mark.slow
def test_a_test_that_forgets_the_pairs_would_find_next_to_nothing():
    rng, found = np.random.default_rng(0), []
    for _ in range(300):
        first, second, _ = equal_lists(rng, 200, better=0.05)
        apart = rng.permutation(second)  # the same values, of other people
        found.append([pair(standing(first), standing(other)).p <= 0.05 for other in (second, apart)])
    ours, unpaired = np.mean(found, axis=0)
    assert ours > 0.75
    assert unpaired < ours - 0.2


@pytest.mark.slow
def test_a_percentile_interval_of_the_difference_would_reject_too_often():
    rng, plain = np.random.default_rng(0), []
    for seed in range(600):
        first, second, n = equal_errors(rng, 30)
        sums = bootstrap_sums(np.column_stack([first, second, n]), seed=seed)
        low, high = np.quantile(np.sqrt(sums[:, 0] / sums[:, 2]) - np.sqrt(sums[:, 1] / sums[:, 2]), [0.025, 0.975])
        plain.append(not low <= 0 <= high)
    assert np.mean(plain) > 0.07
    assert rejected("errors", 30, 1000) < 0.06


@pytest.mark.slow
def test_differences_of_equal_models_stay_below_the_floor_95_times_of_100():
    rng, below = np.random.default_rng(3), []
    for _ in range(300):
        n = equal_errors(rng, 200)[2]
        base = rng.chisquare(n)
        models = [
            Standing.of(base * np.exp(rng.normal(0, 0.1, 200)), n, root=True)
            for _ in range(4)
        ]  # fmt: skip
        floor = noise_floor(models)
        below.append(abs(models[0].value - models[1].value) <= floor)
    assert 0.92 <= np.mean(below) <= 0.98
