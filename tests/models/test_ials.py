"""Implicit factors: what is kept, when they stop, and what a second fit takes over."""

import signal
from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from foretaste.errors import ParamsError
from foretaste.models import ials
from foretaste.models.ials import Ials
from foretaste.models.penalty import set_aside
from foretaste.training.watch import Watch


def likes(users=80, items=50, seed=0):
    rng = np.random.default_rng(seed)
    same = np.arange(users)[:, None] % 3 == np.arange(items) % 3
    return sparse.csr_array((rng.random((users, items)) < np.where(same, 0.4, 0.05)).astype(np.float32))


X = likes()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"latent": 0}, "latent is 0, expected 1 to 4000"),
        ({"alpha0": -1.0}, "alpha0 is -1, expected 0 to 1000"),
        ({"l2": -0.5}, "l2 is -0.5, expected at least 0"),
        ({"fall": 0.0}, "fall is 0, expected 1e-09 to 1"),
        ({"exponent": 3.0}, "exponent is 3, expected 0 to 2"),
        ({"steps": 0}, "steps is 0, expected 1 to 1000"),
        ({"epochs": 0}, "epochs is 0, expected 1 to 10000"),
        ({"patience": 0}, "patience is 0, expected at least 1"),
        ({"seed": -1}, "seed is -1, expected at least 0"),
    ],
)
def test_settings_out_of_range_are_refused_with_words(settings, words):
    with pytest.raises(ParamsError) as caught:
        Ials(**settings)
    assert str(caught.value) == words


def test_a_row_scores_as_the_dense_formula_says():
    model = Ials(latent=6, alpha0=0.3, l2=0.02, epochs=5).fit(X)
    items, new = model.item_.astype(np.float64), likes(seed=1)[:7]
    for row, found in zip(new.toarray(), model.score(new), strict=True):
        held = items[row > 0]
        matrix = 0.3 * items.T @ items + held.T @ held + 0.02 * (row.sum() + 0.3 * X.shape[1]) * np.eye(8)
        np.testing.assert_allclose(found, items @ np.linalg.solve(matrix, held.sum(0)), atol=1e-5)


def test_values_say_nothing():
    rated = sparse.csr_array((np.arange(X.nnz) % 5, X.indices, X.indptr), shape=X.shape, dtype=np.float32)
    np.testing.assert_array_equal(Ials(latent=4).fit(rated).score(rated), Ials(latent=4).fit(X).score(X))


def test_people_get_their_own_kind_first():
    scores = Ials(latent=8).fit(X).score(X)
    scores[X.toarray() > 0] = -np.inf
    assert (scores.argmax(1) % 3 == np.arange(80) % 3).mean() > 0.95


@pytest.mark.parametrize("l2", [0.0, 0.001])
def test_the_best_epoch_and_its_penalty_are_kept_and_fitted_again(l2):
    values = iter([-0.1, -0.3, -0.4, -0.2, -0.4, -0.1, -1.0])
    shown = []

    def measure(model):
        shown.append((model.score(X), model.weights_.l2))
        return next(values)

    model = Ials(latent=4, epochs=20, patience=3, l2=l2).fit(X, watch=measure)
    assert (model.best_epoch_, model.stopped_, len(shown)) == (3, "early", 6)
    assert shown[0][1] > shown[2][1] == model.weights_.l2 > shown[5][1]
    np.testing.assert_array_equal(model.score(X), shown[2][0])
    settings = Ials(latent=4, epochs=3, patience=3, alpha0=model.weights_.alpha0, l2=model.weights_.l2).params
    assert model.refit_params() == settings
    np.testing.assert_allclose(Ials(settings).fit(X).score(X), shown[2][0], atol=1e-5)


def test_a_measure_that_is_never_a_number_keeps_the_first_epoch():
    model = Ials(latent=4, epochs=6, patience=2, alpha0=0.2, l2=0.01).fit(X, watch=lambda _: float("nan"))
    assert model.best_epoch_ == 1


def test_progress_is_reported_and_the_loss_falls():
    seen = []
    Ials(latent=4, epochs=4, l2=0.01).fit(X, watch=Watch(report=seen.append))
    assert [(p.epoch, p.epochs, p.batches) for p in seen] == [(1, 4, 1), (2, 4, 1), (3, 4, 1), (4, 4, 1)]
    assert seen[-1].loss < seen[0].loss < 1
    assert seen[-1].left_s == 0


def test_ctrl_c_stops_after_the_alternation():
    def interrupt(progress):
        if progress.epoch == 2:
            signal.raise_signal(signal.SIGINT)

    model = Ials(latent=4, epochs=50, l2=0.01).fit(X, watch=Watch(report=interrupt))
    assert model.stopped_ == "interrupted"
    again = Ials(latent=4, epochs=2, l2=model.weights_.l2).fit(X)
    np.testing.assert_allclose(model.score(X), again.score(X), atol=1e-6)


def test_without_a_measure_people_set_aside_say_where_the_penalty_ends():
    many = likes(users=400)
    model, given = Ials(latent=80, epochs=12).fit(many), Ials(latent=80, epochs=12, l2=0.01).fit(many)
    assert given.weights_.l2 == 0.01
    rest, measure = set_aside(many)
    assert 0 < rest.nnz < many.nnz
    trial = Ials(latent=64, epochs=12).fit(rest, watch=measure)
    assert (model.weights_, model.best_epoch_) == (trial.weights_, trial.best_epoch_)
    again = Ials(replace(trial.refit_params(), latent=80)).fit(many)
    np.testing.assert_array_equal(model.score(X), again.score(X))
    assert model.refit_params() == again.params
    assert model.forecast(many, measured=False).batch > given.forecast(many, measured=False).batch


def test_where_only_those_set_aside_hold_anything_the_rule_of_thumb_decides():
    held = sparse.csr_array((300, 20), dtype=np.float32).tolil()
    apart = np.setdiff1d(np.arange(300), [row for row in range(300) if set_aside_leaves(row)])
    held[apart[0], 3] = 1
    assert Ials(latent=2).fit(sparse.csr_array(held)).best_epoch_ > 1


def set_aside_leaves(row):
    """Return whether a row is among those left where some of 300 are set aside."""
    alone = sparse.csr_array(([1.0], ([row], [0])), shape=(300, 20), dtype=np.float32)
    return set_aside(alone)[0].nnz > 0


def test_ctrl_c_while_settings_are_looked_for_leaves_time_for_one_alternation(monkeypatch):
    monkeypatch.setattr(ials, "set_aside", interrupting(set_aside))
    seen = []
    model = Ials(latent=4).fit(likes(users=400), watch=Watch(report=seen.append))
    assert (model.stopped_, len(seen)) == ("interrupted", 1)


def interrupting(function):
    def call(X):
        signal.raise_signal(signal.SIGINT)
        return function(X)

    return call


def test_weights_given_are_used_as_they_are():
    model = Ials(latent=4, alpha0=0.5, l2=0.07).fit(X)
    assert (model.weights_.alpha0, model.weights_.l2) == (0.5, 0.07)
