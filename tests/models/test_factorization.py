"""Matrix factorisation: each half step is a dense ridge solve, and the objective only ever falls."""

import itertools
import os
import signal
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array

from foretaste.arrays import as_csr, row_of, with_values
from foretaste.data.synthetic import make_world
from foretaste.errors import BundleError, NotFittedError, ParamsError
from foretaste.evaluation import hidden_rmse
from foretaste.models.base import Recommender
from foretaste.models.baselines import Bias
from foretaste.models.expected import expected
from foretaste.models.factorization import BiasedMf, _sample, _Sides
from foretaste.split import split_new_users, split_random
from foretaste.training.watch import Watch

EMPTY_ROW, COLD_ITEM = 5, 7


def matrix(seed: int = 0, rows: int = 60, items: int = 25) -> csr_array:
    """Return ratings of rank 2 with noise; row 5 and item 7 are empty."""
    rng = np.random.default_rng(seed)
    truth = 3 + rng.normal(size=(rows, 2)) @ rng.normal(size=(2, items)) + 0.2 * rng.normal(size=(rows, items))
    stored = rng.random((rows, items)) < 0.5
    stored[EMPTY_ROW], stored[:, COLD_ITEM] = False, False
    row, col = np.nonzero(stored)
    return as_csr(csr_array((truth[row, col].clip(0, 5), (row, col)), shape=(rows, items)))


def objective(model: BiasedMf, X: csr_array, people: np.ndarray | None = None) -> float:
    """Return the objective with the best user side for the item side that the model keeps, in float64 and units of sigma."""
    user, item, p = model.fold_in(X).astype(np.float64), model.item_.astype(np.float64), model.params
    rows, cols = row_of(X), X.indices
    found = item[cols, 0] + user[rows, 0] + (user[rows, 1:] * item[cols, 1:]).sum(1)
    total = np.square((X.data - model.mean_[0]) / model.sigma_[0] - found).sum()
    if people is not None:
        total += p.l2_implicit * (np.square(model.held_).sum() + np.square(people).sum())
        user, item = user - expected(X, model.held_), item - expected(X.T.tocsr(), people)
    total += p.damping_user * np.square(user[:, 0]).sum() + p.damping_item * np.square(item[:, 0]).sum()
    return float(total + p.l2 * (np.square(user[:, 1:]).sum() + np.square(item[:, 1:]).sum()))


def test_folding_in_is_the_dense_ridge_solution_of_each_row() -> None:
    X = matrix()
    model = BiasedMf(latent=4, l2=2.0, damping_user=3.0).fit(X)
    found, prior = model.fold_in(X), expected(X, model.held_)
    assert np.abs(prior).max() > 0.05
    penalty = np.diag([3.0, 2.0, 2.0, 2.0, 2.0])
    for row in range(X.shape[0]):
        cells = slice(X.indptr[row], X.indptr[row + 1])
        cols = X.indices[cells]
        item = model.item_[cols].astype(np.float64)
        F = np.column_stack([np.ones(len(cols)), item[:, 1:]])
        target = (X.data[cells].astype(np.float64) - model.mean_[0]) / model.sigma_[0] - item[:, 0]
        A = F.T @ F + penalty + np.diag(model.spread_[cols].sum(0, dtype=np.float64))
        np.testing.assert_allclose(found[row], np.linalg.solve(A, F.T @ target + penalty @ prior[row]), atol=1e-4)
    assert (found[EMPTY_ROW] == 0).all()


def test_who_comes_alone_gets_the_vector_they_would_get_among_all() -> None:
    X = matrix()
    model = BiasedMf(latent=4, epochs=3).fit(X)
    together = model.fold_in(X)
    for row in (0, EMPTY_ROW, 9):
        assert X[row : row + 1].nnz < X.shape[1]  # so only the items of that row are looked at
        np.testing.assert_array_equal(model.fold_in(X[row : row + 1])[0], together[row])


@pytest.mark.parametrize("implicit", [True, False])
def test_an_alternation_leaves_the_dense_ridge_solution_of_each_item_given_the_users(implicit: bool) -> None:
    X = matrix()
    model = BiasedMf(latent=3, epochs=3, l2=7.0, implicit=implicit).fit(X)
    user, doubt = (side.astype(np.float64) for side in model._fold_in(X))  # those that items are solved for
    by_user = with_values(X, model._standard(X))
    by_item = by_user.T.tocsr()
    people = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32) if implicit else None
    prior = expected(by_item, people) if implicit else np.zeros((25, 4))
    model._alternate(_Sides(by_user, by_item, _sample(by_item), people))
    assert (doubt[:, 0] == 0).all()
    assert (doubt[:, 1:] > 0).all()
    penalty = np.diag([5.0, 7.0, 7.0, 7.0])
    for col in range(X.shape[1]):
        cells = slice(by_item.indptr[col], by_item.indptr[col + 1])
        rows = by_item.indices[cells]
        F = np.column_stack([np.ones(len(rows)), user[rows, 1:]])
        target = by_item.data[cells].astype(np.float64) - user[rows, 0]
        A = F.T @ F + penalty + np.diag(doubt[rows].sum(0))
        np.testing.assert_allclose(model.item_[col], np.linalg.solve(A, F.T @ target + penalty @ prior[col]), atol=2e-4)
        wanted = 0.7 * np.diag(np.linalg.inv(A))[1:] * (len(rows) > 0)
        np.testing.assert_allclose(model.spread_[col, 1:], wanted, rtol=1e-3, atol=1e-7)


def test_the_objective_falls_with_every_alternation() -> None:
    X = matrix()
    values: list[float] = []

    def watched(model: BiasedMf) -> float:
        values.append(objective(model, X))
        return values[-1]

    model = BiasedMf(latent=3, l2=1.0, epochs=15, unexplained=0, implicit=False).fit(X, watch=watched)
    assert len(values) == 15
    assert all(after <= before * (1 + 1e-6) for before, after in itertools.pairwise(values))
    assert values[-1] < 0.9 * values[0]
    assert objective(model, X) == values[-1]


def test_the_objective_with_what_is_expected_falls_too() -> None:
    X = matrix()
    model = BiasedMf(latent=3, l2=2.0, l2_implicit=3.0, epochs=1, unexplained=0).fit(X)
    by_user = with_values(X, model._standard(X))
    sides = _Sides(by_user, by_user.T.tocsr(), _sample(by_user.T.tocsr()), np.zeros((60, 4), np.float32))
    values = []
    for _ in range(12):
        model._alternate(sides)
        values.append(objective(model, X, sides.people))
    assert all(after <= before * (1 + 1e-6) for before, after in itertools.pairwise(values))
    assert values[-1] < 0.98 * values[0]


def test_scores_are_the_formula_in_dense_numpy() -> None:
    X = matrix()
    model = BiasedMf(latent=3).fit(X)
    user = model.fold_in(X)
    inner = model.item_[None, :, 0] + user[:, :1] + user[:, 1:] @ model.item_[:, 1:].T
    wanted = model.mean_[0] + model.sigma_[0] * inner
    np.testing.assert_allclose(model.score(X), wanted.clip(*model.scale_), rtol=1e-5)


def test_an_item_nobody_rated_gets_the_mean_and_the_user_effect() -> None:
    X = matrix()
    model = BiasedMf(latent=3, epochs=2).fit(X)
    assert (model.item_[COLD_ITEM] == 0).all()
    wanted = (model.mean_[0] + model.sigma_[0] * model.fold_in(X)[:, 0]).clip(*model.scale_)
    np.testing.assert_allclose(model.score(X)[:, COLD_ITEM], wanted, rtol=1e-6)


def test_an_empty_row_gets_the_mean_and_the_item_effects() -> None:
    model = BiasedMf(latent=3).fit(matrix())
    wanted = (model.mean_[0] + model.sigma_[0] * model.item_[:, 0]).clip(*model.scale_)
    np.testing.assert_allclose(model.score(csr_array((1, 25)))[0], wanted, rtol=1e-6)


def test_it_finds_structure_that_effects_cannot() -> None:
    rng, whole = np.random.default_rng(1), matrix(rows=200)
    shown = rng.random(whole.nnz) < 0.8
    rows, cols = row_of(whole), whole.indices
    train = csr_array((whole.data[shown], (rows[shown], cols[shown])), shape=whole.shape)
    error = [
        np.square(model.fit(train).predict(train, rows[~shown], cols[~shown]) - whole.data[~shown]).mean() ** 0.5
        for model in (BiasedMf(latent=2, l2=1.0), Bias())
    ]
    assert error[0] < 0.6 * error[1]


def test_the_best_alternation_is_kept_and_refitted() -> None:
    X = matrix()
    values = iter([3, 1, 2, 2, 2])
    model = BiasedMf(latent=2, epochs=9, patience=2).fit(X, watch=lambda _: next(values))
    assert model.best_epoch_ == 2
    again = BiasedMf(model.refit_params()).fit(X)
    assert model.refit_params() == BiasedMf(latent=2, epochs=2, patience=2).params
    np.testing.assert_array_equal(again.item_, model.item_)
    assert next(values) == 2  # it stopped after two alternations that were no better


def test_a_measure_that_is_nan_does_not_bring_back_the_random_start() -> None:
    X = matrix()
    model = BiasedMf(latent=2, epochs=5, patience=2).fit(X, watch=lambda _: float("nan"))
    np.testing.assert_array_equal(model.item_, BiasedMf(latent=2, epochs=model.best_epoch_).fit(X).item_)


def test_without_a_measure_all_alternations_are_run() -> None:
    model = BiasedMf(latent=2, epochs=3).fit(matrix())
    assert model.refit_params() == model.params


def test_refit_params_before_fit_are_refused() -> None:
    with pytest.raises(NotFittedError, match="BiasedMf is not fitted"):
        BiasedMf().refit_params()


def test_arrays_of_another_size_are_refused_with_words() -> None:
    model = BiasedMf(latent=2).fit(matrix())
    with pytest.raises(BundleError, match=r"item_ has shape \(25, 3\), expected \(25, 5\)"):
        BiasedMf.from_arrays(BiasedMf.Params(latent=4), model.arrays())


def test_each_alternation_is_reported() -> None:
    X, told = matrix(), []
    BiasedMf(latent=2, epochs=3).fit(X, watch=Watch(lambda _: 1.0, told.append))
    assert [(step.epoch, step.epochs, step.watched) for step in told] == [(1, 3, 1.0), (2, 3, 1.0), (3, 3, 1.0)]
    assert told[0].loss > told[2].loss > 0


def test_ctrl_c_ends_it_after_the_alternation_with_the_best_so_far() -> None:
    def watched(_: BiasedMf) -> float:
        os.kill(os.getpid(), signal.SIGINT)
        return 1.0

    model = BiasedMf(latent=2, epochs=9).fit(matrix(), watch=watched)
    assert (model.stopped_, model.best_epoch_) == ("interrupted", 1)
    np.testing.assert_array_equal(model.item_, BiasedMf(latent=2, epochs=1).fit(matrix()).item_)


def test_people_who_trained_are_not_predicted_worse_than_by_the_bias_model() -> None:
    """Where ratings are few, plain alternation fits noise on both sides; counting how uncertain factors are prevents it."""
    world = make_world(600, 2000, 30_000, seed=3)
    split = split_random(world.ratings, world.catalog, seed=1)

    def error(model: Recommender[Any]) -> float:
        watched = lambda m: hidden_rmse(m, split.valid)  # noqa: E731
        return watched(model.fit(split.train, watch=watched))

    plain = {"implicit": False, "l2": 7.0}
    assert error(BiasedMf(**plain)) < error(Bias()) < error(BiasedMf(unexplained=0, **plain))
    assert error(BiasedMf()) < 0.97 * error(BiasedMf(**plain))


@pytest.mark.parametrize("split", [split_random, split_new_users])
def test_who_rated_what_is_worth_having(split: Any) -> None:
    """In a world where people choose what they like, as in ours, also for people who were not there."""
    world = make_world(500, 400, 20_000, seed=5)
    parts = split(world.ratings, world.catalog, seed=1)
    with_it, without = (BiasedMf(**settings).fit(parts.train) for settings in ({}, {"implicit": False, "l2": 7.0}))
    assert hidden_rmse(with_it, parts.valid) < 0.97 * hidden_rmse(without, parts.valid)
    assert "held_" in with_it.arrays()
    assert "held_" not in without.arrays()
    assert with_it.n_parameters(400, 1) == without.n_parameters(400, 1) + 400 * 21


def test_a_model_without_what_is_held_loads_as_it_was() -> None:
    X = matrix()
    model = BiasedMf(latent=2, implicit=False).fit(X)
    again = BiasedMf.from_arrays(model.params, model.arrays())
    np.testing.assert_array_equal(again.score(X), model.score(X))
    with pytest.raises(BundleError, match="held_"):
        BiasedMf.from_arrays(BiasedMf.Params(latent=2), model.arrays())


def test_a_penalty_of_nothing_is_refused_with_words() -> None:
    with pytest.raises(ParamsError, match="l2_implicit is 0, expected at least 1e-06"):
        BiasedMf(l2_implicit=0)
