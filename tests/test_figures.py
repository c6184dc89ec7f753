"""Values of groups with paired intervals."""

import numpy as np
import pytest

from foretaste.figures import FEWEST_PEOPLE, figures
from foretaste.significance import Standing, pairs
from foretaste.statistics import POSITIVE, SHARE, Ratio, ratio_intervals

RNG = np.random.default_rng(0)
COUNTS = RNG.integers(0, 4, (40, 3)).astype(float)
SUMS = {name: COUNTS * RNG.random((40, 3)) for name in ("first", "second")}


@pytest.mark.parametrize("metric", ["rmse", "ndcg@20"])
def test_every_figure_is_that_of_the_statistics_of_its_group_alone(metric):
    told = figures(COUNTS, SUMS, metric, against="second", seed=4)
    root, bounds = (metric == "rmse"), (POSITIVE if metric == "rmse" else SHARE)
    mean = np.sqrt if root else np.asarray
    for group in range(3):
        first, second = (told[label][group] for label in ("first", "second"))
        alone = SUMS["first"][:, group], COUNTS[:, group]
        assert first["value"] == pytest.approx(mean(alone[0].sum() / alone[1].sum()))
        (ends,) = ratio_intervals([Ratio(*alone, bounds)], seed=4)
        assert (first["low"], first["high"]) == pytest.approx(tuple(mean(ends)))
        assert first["low"] < first["value"] < first["high"]
        other = Standing.of(SUMS["second"][:, group], COUNTS[:, group], root=root)
        (pair,) = pairs([(Standing.of(*alone, root=root), other)], seed=4)
        assert first["difference"] == pytest.approx(first["value"] - second["value"])
        assert (first["difference_low"], first["difference_high"]) == pytest.approx((pair.low, pair.high))
        assert set(second) == {"value", "low", "high"}


def test_differences_are_paired():
    """Two models that differ by the same for everybody differ for certain, however much people do."""
    errors = np.repeat(RNG.random((40, 1)) * 9, 1, axis=1)
    told = figures(np.ones((40, 1)), {"a": errors / 10 + 0.05, "b": errors / 10}, "mean", against="b")["a"][0]
    assert told["high"] - told["low"] > 0.1
    assert (told["difference_low"], told["difference_high"]) == pytest.approx((0.05, 0.05))


def test_a_group_of_few_people_has_a_value_and_no_interval():
    counts = np.zeros((40, 2))
    counts[: FEWEST_PEOPLE - 1, 0], counts[:FEWEST_PEOPLE, 1] = 1, 1
    one, two = figures(counts, {"a": 4 * counts, "b": counts}, "rmse", against="b")["a"]
    assert (one["value"], one["low"], one["high"], one["difference"], one["difference_low"]) == (2, None, None, 1, None)
    assert (two["value"], two["difference"], two["difference_low"]) == (2, 1, 1)
    assert (two["low"], two["high"]) == pytest.approx((2, 2))


def test_an_empty_group_has_nothing():
    counts = np.ones((20, 2))
    counts[:, 1] = 0
    assert figures(counts, {"a": counts}, "rmse")["a"][1] == {"value": None, "low": None, "high": None}


def test_a_rival_that_is_not_there_is_none():
    assert set(figures(COUNTS, SUMS, "rmse", against="third")["first"][0]) == {"value", "low", "high"}
