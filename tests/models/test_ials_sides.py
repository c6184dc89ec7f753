"""The alternation: its objective, over all cells, falls; its solutions are those of the dense formula."""

import numpy as np
import pytest
from scipy import sparse

from foretaste.models.ials_sides import Sides, fold_in
from foretaste.models.ials_weights import Weights

WEIGHTS = Weights(0.2, 0.03, 1.0)


def likes(users=60, items=40, seed=0):
    """Return who likes what in a world of two tastes, with some chance."""
    rng = np.random.default_rng(seed)
    same = np.arange(users)[:, None] % 2 == np.arange(items) % 2
    return sparse.csr_array((rng.random((users, items)) < np.where(same, 0.4, 0.05)).astype(np.float32))


def objective(sides, weights, X):
    """Return the formula, cell by cell."""
    user, item, held = sides.user.astype(float), sides.item.astype(float), X.toarray() > 0
    found = user @ item.T
    by_user = (held.sum(1) + weights.alpha0 * X.shape[1]) ** weights.exponent @ np.square(user).sum(1)
    by_item = (held.sum(0) + weights.alpha0 * X.shape[0]) ** weights.exponent @ np.square(item).sum(1)
    fit = np.square(1 - found)[held].sum() + weights.alpha0 * np.square(found).sum()
    return fit + weights.l2 * (by_user + by_item)


@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("steps", [1, 3, 50])
def test_the_objective_falls_with_each_alternation(exponent, steps):
    X, weights = likes(), Weights(0.2, 0.03, exponent)
    sides = Sides(X, 8, weights, seed=1)
    values = [objective(sides, weights, X)]
    for _ in range(12):
        sides.alternate(steps)
        values.append(objective(sides, weights, X))
    assert values[0] == pytest.approx(X.nnz, rel=0.2)  # nothing is explained at the start
    assert (np.diff(values) < 1e-4 * values[0]).all()
    assert values[-1] < 0.9 * values[0]


def test_where_it_ends_nothing_can_be_moved_to_gain():
    X = likes()
    sides = Sides(X, 4, WEIGHTS, seed=0)
    for _ in range(200):
        sides.alternate(50)
    best = objective(sides, WEIGHTS, X)
    rng = np.random.default_rng(0)
    for side in (sides.user, sides.item):
        for _ in range(20):
            move = np.zeros_like(side)
            move[:, :4] = rng.normal(0, 3e-3, (len(side), 4))
            np.add(side, move, out=side)
            assert objective(sides, WEIGHTS, X) > best - 1e-5
            np.subtract(side, move, out=side)


def test_a_person_of_training_folds_in_to_where_they_were():
    X = likes()
    sides = Sides(X, 8, WEIGHTS, seed=0)
    for _ in range(100):
        sides.alternate(50)
    np.testing.assert_allclose(fold_in(X, sides.item, sides.squares, WEIGHTS), sides.user, atol=1e-3)


def test_other_weights_are_taken_on_the_way():
    X, other = likes(), Weights(0.5, 0.1, 1.0)
    sides, fresh = Sides(X, 8, WEIGHTS, seed=0), Sides(X, 8, other, seed=0)
    sides.alternate(3)
    sides.weigh(other)
    for _ in range(60):
        sides.alternate(50)
        fresh.alternate(50)
    np.testing.assert_allclose(sides.user @ sides.item.T, fresh.user @ fresh.item.T, atol=1e-3)


def test_an_item_that_nobody_holds_has_no_factors():
    X = sparse.csr_array(likes().toarray() * (np.arange(40) != 7))
    sides = Sides(X, 8, WEIGHTS, seed=0)
    for _ in range(2):
        assert not sides.item[7].any()
        sides.alternate(3)
