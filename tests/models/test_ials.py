"""Implicit factors: what is kept, when they stop, and what a second fit takes over."""

import signal

import numpy as np
import pytest
from scipy import sparse

from foretaste.errors import ParamsError
from foretaste.models.ials import Ials
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


def test_weights_given_are_used_as_they_are():
    model = Ials(latent=4, alpha0=0.5, l2=0.07).fit(X)
    assert (model.weights_.alpha0, model.weights_.l2) == (0.5, 0.07)
