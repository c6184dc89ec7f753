"""Values of groups with paired intervals."""

import numpy as np
import pytest

from foretaste.figures import FEWEST_PEOPLE, figures
from foretaste.statistics import resample

RNG = np.random.default_rng(0)
COUNTS = RNG.integers(0, 4, (40, 3)).astype(float)
SUMS = {name: COUNTS * RNG.random((40, 3)) for name in ("first", "second")}


@pytest.mark.parametrize("metric", ["rmse", "ndcg@20"])
def test_every_figure_is_that_of_the_formula(metric):
    told = figures(COUNTS, SUMS, metric, against="second", seed=4)
    mean = np.sqrt if metric == "rmse" else np.asarray
    weights = np.concatenate(list(resample(40, seed=4)))

    def drawn(label, group):
        return mean((weights @ SUMS[label][:, group]) / (weights @ COUNTS[:, group]))

    for group in range(3):
        first, second = (told[label][group] for label in ("first", "second"))
        assert first["value"] == pytest.approx(mean(SUMS["first"][:, group].sum() / COUNTS[:, group].sum()))
        low, high = np.quantile(drawn("first", group), [0.025, 0.975])
        assert (first["low"], first["high"]) == (pytest.approx(low), pytest.approx(high))
        change = drawn("first", group) - drawn("second", group)
        assert first["difference"] == pytest.approx(first["value"] - second["value"])
        assert first["difference_low"] == pytest.approx(np.quantile(change, 0.025))
        assert first["difference_high"] == pytest.approx(np.quantile(change, 0.975))
        assert set(second) == {"value", "low", "high"}


def test_a_group_of_few_people_has_a_value_and_no_interval():
    counts = np.zeros((40, 2))
    counts[: FEWEST_PEOPLE - 1, 0], counts[:FEWEST_PEOPLE, 1] = 1, 1
    one, two = figures(counts, {"a": 2 * counts, "b": counts}, "mean", against="b")["a"]
    assert (one["value"], one["low"], one["high"], one["difference"], one["difference_low"]) == (2, None, None, 1, None)
    assert (two["value"], two["low"], two["high"], two["difference_low"]) == (2, 2, 2, 1)


def test_an_empty_group_has_nothing():
    counts = np.ones((20, 2))
    counts[:, 1] = 0
    assert figures(counts, {"a": counts}, "rmse")["a"][1] == {"value": None, "low": None, "high": None}


def test_a_rival_that_is_not_there_is_none():
    assert set(figures(COUNTS, SUMS, "rmse", against="third")["first"][0]) == {"value", "low", "high"}
