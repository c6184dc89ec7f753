"""What an A/B test says is held to simulated people: intervals hold the truth, and chance is seldom called a difference."""

import numpy as np
import pytest
from scipy import stats

from foretaste.serve.deploy.arms import PEOPLE, ArmCounts
from foretaste.serve.deploy.trial import difference, read_trial
from foretaste.statistics import Ratio

SCALE = (0.5, 5.0)


def arm(people, level=0):
    """Return counts as they are kept: lists, ratings, thousandths of ratings and hits of each person."""
    people = np.asarray(people, dtype=np.int64).reshape(-1, 4)
    total = dict(zip(("lists", "ratings", "milli", "hits"), people.sum(0).tolist(), strict=True))
    return ArmCounts(total, people, level)


def people(rng, n, rate):
    """Return people of whom some ask much more than others, and who like hits more or less."""
    lists = rng.geometric(0.3, n)
    hits = rng.binomial(lists, np.clip(rng.beta(2, 6, n) * rate * 4, 0, 1))
    ratings = hits + rng.binomial(lists, 0.2)
    milli = np.round(1000 * np.clip(rng.normal(3.5, 0.7, n), 0.5, 5)) * ratings
    return np.column_stack([lists, ratings, milli, hits])


def of_people(people):
    return Ratio(people[:, 3].astype(float), people[:, 0].astype(float))


def test_numbers_of_an_arm_are_sums_and_ratios():
    told = read_trial({"main": arm([[2, 1, 4000, 1]] * 20), "challenger": arm([[4, 0, 0, 0]] * 20)}, 0.5, SCALE)
    main, challenger = told["arms"]
    assert (main["lists"], main["visitors"], main["ratings"], main["hits"]) == (40, 20, 20, 20)
    assert (main["hits_per_list"], main["mean_rating"]) == (0.5, 4.0)
    assert main["hits_per_list_low"] == pytest.approx(0.5)
    assert (challenger["hits_per_list"], challenger["mean_rating"], challenger["mean_rating_low"]) == (0.0, None, None)
    assert [one["of"] for one in told["differences"]] == ["hits_per_list", "mean_rating"]
    assert told["differences"][1]["value"] is None


def test_where_all_weigh_the_same_it_is_welch_s_test():
    rng = np.random.default_rng(0)
    first, second = rng.normal(1.0, 0.3, 40), rng.normal(1.2, 0.9, 15)
    found = difference("hits_per_list", Ratio(first, np.ones(40)), Ratio(second, np.ones(15)))
    wanted = stats.ttest_ind(first, second, equal_var=False)
    assert found.p == pytest.approx(wanted.pvalue, rel=1e-6)
    ends = wanted.confidence_interval(0.95)
    assert (found.low, found.high) == (pytest.approx(ends.low, rel=1e-6), pytest.approx(ends.high, rel=1e-6))


@pytest.mark.slow
@pytest.mark.parametrize(("n", "m"), [(40, 40), (30, 300), (400, 400)])
def test_intervals_hold_the_truth_and_chance_is_seldom_a_difference(n, m):
    rng, wrong, draws = np.random.default_rng(n), 0, 1000
    for _ in range(draws):
        found = difference("hits_per_list", of_people(people(rng, n, 0.2)), of_people(people(rng, m, 0.2)))
        wrong += found.p <= 0.05
        assert (found.p <= 0.05) == (not found.low <= 0 <= found.high)
    assert 0.02 <= wrong / draws <= 0.08


@pytest.mark.parametrize(
    ("rate", "words"), [(0.6, "The challenger's lists are hit more"), (0.2, "Within the noise so far")]
)
def test_a_reading_says_whether_it_is_more_than_chance(rate, words):
    rng = np.random.default_rng(1)
    counts = {"main": arm(people(rng, 600, 0.2)), "challenger": arm(people(rng, 580, rate))}
    told = read_trial(counts, 0.5, SCALE)
    assert told["reading"].startswith(words)
    if rate == 0.6:
        assert "who looks every day finds differences that are none" in told["reading"]
        assert read_trial(dict(zip(counts, [*counts.values()][::-1], strict=True)), 0.5, SCALE)["reading"].startswith(
            "The main"
        )


def test_of_few_people_there_are_numbers_and_nothing_is_said():
    told = read_trial({"main": arm([[1, 1, 4000, 1]] * 9), "challenger": arm([[1, 1, 3000, 0]] * 30)}, 0.8, SCALE)
    assert told["reading"] == "Too few people to say anything: 9 and 30."
    assert told["differences"][0] == {"of": "hits_per_list", "value": -1.0, "low": None, "high": None, "p": None}
    assert told["arms"][0]["hits_per_list_low"] is None
    nobody = read_trial({"main": arm([]), "challenger": arm([])}, 0.5, SCALE)
    assert nobody["arms"][0]["hits_per_list"] is None
    assert nobody["reading"] == "Too few people to say anything: 0 and 0."


def test_without_a_test_there_is_nothing_to_read():
    assert read_trial({}, 0.0, SCALE)["reading"] == "No test is under way: there is no challenger."


@pytest.mark.parametrize(("share", "odd"), [(0.5, True), (0.25, False)])
def test_people_that_are_divided_otherwise_than_by_chance_are_told_before_anything_else(share, odd):
    rng = np.random.default_rng(2)
    told = read_trial({"main": arm(people(rng, 600, 0.2)), "challenger": arm(people(rng, 200, 0.6))}, share, SCALE)
    assert told["reading"].startswith("200 of 800 people got the challenger where 50% should have") == odd


def test_a_sample_stands_for_all_and_says_how_many_there_were():
    told = read_trial(
        {"main": arm([[1, 0, 0, 0]] * 3000, level=2), "challenger": arm([[1, 1, 500, 1]] * PEOPLE)}, 0.5, SCALE
    )
    assert [one["visitors"] for one in told["arms"]] == [12_000, PEOPLE]
    assert told["arms"][1]["mean_rating"] == 0.5
