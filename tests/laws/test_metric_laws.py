"""What holds for every metric of the registry: range, best value, which way is better, and that order is all the same."""

import numpy as np
import pytest
from scipy import sparse

from foretaste.arrays import as_csr, ones, row_of, with_values
from foretaste.metrics.beyond import Popularity, Shown, coverage, gini, keep_top
from foretaste.metrics.ranking import gains, measure_lists
from foretaste.metrics.ratings import pooled, rating_errors
from foretaste.metrics.registry import EXPOSURE, LISTED, LISTS, METRICS, RATING_METRICS
from foretaste.ranking import rank

SCALES = [(1.0, 5.0), (0.5, 5.0), (0.0, 100.0), (-10.0, 10.0)]
ROWS, ITEMS = 40, 200
LIKING = [name for name in LISTS if not name.startswith("novelty")]


def world(seed, scale=(1.0, 5.0)):
    """Return hidden ratings of some people; the last of them has none."""
    rng = np.random.default_rng(seed)
    mask = rng.random((ROWS, ITEMS)) < 0.1
    mask[-1] = False
    hidden = as_csr(sparse.csr_array(mask, dtype=np.float32))
    return with_values(hidden, np.round(rng.uniform(*scale, hidden.nnz), 1).astype(np.float32))


def of_ratings(hidden, predicted, scale):
    bias = np.full(hidden.nnz, hidden.data.mean(), np.float32)
    errors = rating_errors(hidden.data, predicted, row_of(hidden), ROWS, scale=scale, bias=bias)
    return {name: float(pooled(name, *(part.sum() for part in pair))) for name, pair in errors.sums().items()}


def of_lists(hidden, scores, scale):
    """Return every metric of the lists that some scores make, of items that nobody has seen."""
    liked = with_values(hidden, gains(hidden.data, scale).astype(np.float32))
    known, lists = Popularity.of(hidden), rank(scores, None, 100)
    found = measure_lists(lists, liked, (*LISTS, f"popularity@{LISTED}"), popularity=known)
    people = [Shown(np.arange(ROWS), keep_top(lists.cols), ITEMS)]
    popular, own = found[-1], known.of_profiles(hidden)
    have = np.isfinite(own)
    lift = (popular[have].mean() - own[have].mean()) / own[have].mean()
    return {name: float(np.nanmean(row)) for name, row in zip(LISTS, found, strict=False)} | dict(
        zip(EXPOSURE, (lift, coverage(people)[0], gini(people)[0]), strict=True)
    )


def noise(size, seed=0):
    return np.random.default_rng(seed).standard_normal(size).astype(np.float32)


@pytest.mark.parametrize("scale", SCALES)
def test_every_metric_stays_within_its_bounds(scale):
    hidden = world(0, scale)
    found = {}
    for spread in (0, 0.3, 3, 100):
        found |= of_ratings(hidden, hidden.data + spread * noise(hidden.nnz), scale)
        found |= of_lists(hidden, noise((ROWS, ITEMS)) + spread * hidden.toarray(), scale)
        assert set(found) == set(METRICS)
        for name, value in found.items():
            low, high = METRICS[name].bounds
            assert low <= value <= high, name


@pytest.mark.parametrize("scale", SCALES)
def test_what_is_perfect_has_the_best_value(scale):
    hidden = world(1, scale)
    found = of_ratings(hidden, hidden.data, scale)
    found |= of_lists(hidden, hidden.toarray() - 1e4 * (ones(hidden).toarray() == 0), scale)
    for name in (*RATING_METRICS, *LIKING):
        metric = METRICS[name]
        best = metric.bounds[metric.better == "higher"]
        if metric.name.startswith("recall_all"):  # of whoever likes more than fits, not all can be listed
            n = np.diff(hidden.indptr)[:-1]
            best = np.mean(np.minimum(metric.k, n) / n)
        assert found[name] == pytest.approx(best), name


def test_what_is_worse_has_a_worse_value():
    hidden = world(2)
    dense = hidden.toarray()
    steps = (0.1, 0.4, 1.6, 6.4)
    ratings = [of_ratings(hidden, hidden.data + step * noise(hidden.nnz), (1.0, 5.0)) for step in steps]
    lists = [of_lists(hidden, dense / 5 + step * noise((ROWS, ITEMS)), (1.0, 5.0)) for step in steps]
    for name in (*RATING_METRICS, *LIKING):
        values = [one[name] for one in (ratings if name in RATING_METRICS else lists)]
        sign = 1 if METRICS[name].better == "lower" else -1
        assert np.all(np.diff(values) * sign >= 0), name
        assert values[0] != values[-1], name


def test_popular_lists_are_less_new_more_popular_and_more_alike():
    hidden = world(3)
    popular = np.tile(Popularity.of(hidden).share.astype(np.float32), (ROWS, 1))
    alike, own = of_lists(hidden, popular, (1.0, 5.0)), of_lists(hidden, noise((ROWS, ITEMS)), (1.0, 5.0))
    for name in ("novelty@20", "coverage@20"):
        assert alike[name] < own[name]
    for name in ("popularity@20", "gini@20"):
        assert alike[name] > own[name]
    assert alike["coverage@20"] == LISTED / ITEMS


def test_the_order_of_people_makes_no_difference():
    hidden, scores = world(4), noise((ROWS, ITEMS))
    turned = np.random.default_rng(0).permutation(ROWS)
    both = [of_lists(X, s, (1.0, 5.0)) for X, s in ((hidden, scores), (hidden[turned], scores[turned]))]
    assert both[0] == pytest.approx(both[1])
    both = [of_ratings(X, X.data.mean() + np.sin(17 * X.data), (1.0, 5.0)) for X in (hidden, hidden[turned])]
    assert both[0] == pytest.approx(both[1])


@pytest.mark.parametrize("name", LIKING)
def test_who_likes_nothing_is_left_out(name):
    hidden = world(5)
    liked = with_values(hidden, gains(hidden.data, (1.0, 5.0)).astype(np.float32))
    found = measure_lists(rank(noise((ROWS, ITEMS)), None, 100), liked, (name,))[0]
    np.testing.assert_array_equal(np.isnan(found), np.diff(hidden.indptr) == 0)
