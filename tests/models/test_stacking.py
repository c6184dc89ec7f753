"""Weights against brute force over all supports, the conditions of the optimum, and what is set aside."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from foretaste.arrays import as_csr
from foretaste.models.stacking import convex_weights, set_aside, stack


def problem(seed, models, n=40, common=2.0):
    """Return predictions that err much alike, as models do, and the truth."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(1, 6, n).astype(np.float32)
    shared, own = common * rng.normal(size=n), rng.normal(size=(models, n))
    return (truth + 0.3 * (shared + own + rng.normal(size=(models, 1)))).astype(np.float32), truth


def gram_of(predicted, truth):
    wrong = predicted.astype(np.float64) - truth
    return wrong @ wrong.T


def brute_force(gram, cost=0.0):
    """Solve on every set of models with weights that are only to add up to 1; the best without a negative one wins."""
    models, best = len(gram), (np.inf, np.zeros(len(gram)))
    whole = gram + cost * np.eye(models)
    for size in range(1, models + 1):
        for chosen in combinations(range(models), size):
            part = whole[np.ix_(chosen, chosen)]
            w = np.linalg.solve(part, np.ones(size))
            w /= w.sum()
            if (w >= 0).all() and w @ part @ w < best[0]:
                best = w @ part @ w, np.zeros(models)
                best[1][list(chosen)] = w
    return best[1]


@pytest.mark.parametrize("models", [1, 2, 3, 5])
@pytest.mark.parametrize("cost", [0.0, 3.0])
def test_convex_weights_are_the_best_of_all_supports(models, cost):
    for seed in range(30):
        gram = gram_of(*problem(seed, models))
        np.testing.assert_allclose(convex_weights(gram, cost), brute_force(gram, cost), atol=1e-9)


def test_two_models_by_hand():
    """Errors of variance 1 and 4 without correlation: 4/5 and 1/5; perfectly correlated: all to the better."""
    np.testing.assert_allclose(convex_weights(np.diag([1.0, 4.0])), [0.8, 0.2])
    np.testing.assert_allclose(convex_weights(np.array([[1.0, 2.0], [2.0, 4.0]])), [1, 0], atol=1e-12)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**31), models=st.integers(1, 8), n=st.integers(1, 60), cost=st.sampled_from([0.0, 0.1, 50.0])
)
def test_no_small_step_inside_the_simplex_is_better(seed, models, n, cost):
    """At the optimum the slope is equal wherever a weight is above 0, and nowhere lower (Karush, Kuhn, Tucker)."""
    gram = gram_of(*problem(seed, models, n))
    w = convex_weights(gram, cost)
    assert w.min() >= 0
    assert w.sum() == pytest.approx(1)
    slope = gram @ w + cost * w
    level = w @ slope
    size = np.trace(gram) / models + cost
    assert slope.min() >= level - 1e-7 * size
    np.testing.assert_allclose(slope[w > 1e-6], level, atol=1e-7 * size)


@pytest.mark.parametrize("unit", [1e-4, 1.0, 1e4])
def test_the_unit_of_ratings_makes_no_difference(unit):
    predicted, truth = problem(3, 4)
    plain = stack(predicted, truth, penalty=20)
    moved = stack(predicted * unit + 7 * unit, truth * unit + 7 * unit, penalty=20)
    np.testing.assert_allclose(moved, plain, rtol=2e-3, atol=2e-4)


def test_the_penalty_is_in_ratings_of_the_variance_of_predictions():
    predicted, truth = problem(4, 3)
    cost = 20 * predicted.astype(float).var(1).mean()
    np.testing.assert_allclose(
        stack(predicted, truth, penalty=20), brute_force(gram_of(predicted, truth), cost), atol=1e-6
    )


def test_twins_share_their_weight():
    predicted, truth = problem(1, 2)
    twins = stack(predicted[[0, 0, 1]], truth, penalty=1.0)
    assert twins[0] == pytest.approx(twins[1])


def test_a_penalty_draws_weights_to_equal_ones():
    predicted, truth = problem(5, 3, n=30)
    away = [np.abs(stack(predicted, truth, penalty=c) - 1 / 3).max() for c in (0, 10, 1e3, 1e9)]
    assert away == sorted(away, reverse=True)
    assert away[-1] < 1e-6 < away[0]


def test_where_there_is_nothing_to_choose_by_weights_are_equal():
    alike, none = np.full((4, 5), 3.0, np.float32), np.empty((4, 0), np.float32)
    for predicted, truth in ((alike, alike[0]), (none, none[0])):
        np.testing.assert_allclose(stack(predicted, truth, penalty=10), 0.25)


def table(seed=0, shape=(40, 25), density=0.2):
    rng = np.random.default_rng(seed)
    stored = rng.random(shape) < density
    stored[3] = False
    stored[4] = np.arange(shape[1]) == 7
    return as_csr(sparse.csr_array(stored * rng.integers(1, 6, shape)))


def test_about_a_share_is_set_aside_and_no_row_loses_all():
    X = table(shape=(300, 80))
    seen, hidden = set_aside(X, 0.2, 5)
    assert seen.shape == hidden.shape == X.shape
    assert seen.nnz + hidden.nnz == X.nnz
    assert abs(hidden.nnz / X.nnz - 0.2) < 0.03
    np.testing.assert_array_equal((seen + hidden).toarray(), X.toarray())
    np.testing.assert_array_equal(np.diff(seen.indptr) > 0, np.diff(X.indptr) > 0)


@pytest.mark.parametrize("share", [1e-6, 0.5, 0.999])
def test_any_share_leaves_both_parts_something(share):
    X = table(1)
    seen, hidden = set_aside(X, share, 0)
    assert hidden.nnz >= 1
    np.testing.assert_array_equal(np.diff(seen.indptr) > 0, np.diff(X.indptr) > 0)


def test_single_ratings_are_not_set_aside():
    X = as_csr(sparse.csr_array(([4.0, 2.0], ([0, 2], [1, 0])), shape=(3, 2)))
    seen, hidden = set_aside(X, 0.9, 0)
    assert (seen.nnz, hidden.nnz) == (2, 0)


def test_the_seed_says_which_are_set_aside():
    X = table(2)
    first, again, other = (set_aside(X, 0.3, seed)[1].toarray() for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
