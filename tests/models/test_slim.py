"""Slim: EDLAE where everything is kept, close to it where little is, and what it answers to damaged arrays."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from foretaste.arrays import as_csr
from foretaste.errors import BundleError, ParamsError
from foretaste.models.ease import Edlae
from foretaste.models.slim import Slim

ALL = {"neighbours": 60, "kept": 60}


def clicks(rows: int = 400, items: int = 60, seed: int = 0) -> csr_array:
    """Return ones of three kinds of people; every two items have somebody in common."""
    rng = np.random.default_rng(seed)
    liked = 0.2 + 0.8 * rng.random((3, items)) ** 3
    return as_csr(csr_array((rng.random((rows, items)) < 0.5 * liked[rng.integers(0, 3, rows)]).astype(np.float32)))


X = clicks()


@pytest.mark.parametrize("settings", [{"dropout": 0.0}, {"dropout": 0.4}, {"length": 0.5, "growth": 0.5, "tilt": 0.7}])
def test_with_all_items_in_each_regression_it_is_edlae(settings):
    plain = {"l2": 30.0, "length": 0.0, "growth": 0.0, "tilt": 0.0} | settings
    wanted = Edlae(**plain).fit(X).score(X)
    np.testing.assert_allclose(Slim(**plain, **ALL).fit(X).score(X), wanted, atol=2e-4)


def test_it_chooses_the_penalty_that_edlae_does():
    assert Slim().fit(X).l2_ == pytest.approx(Edlae().fit(X).l2_)
    model = Slim(kept=7).fit(X)
    assert model.refit_params() == Slim.Params(kept=7, l2=model.l2_)
    assert Slim(l2=3).fit(X).l2_ == 3


def test_the_more_is_kept_the_closer_it_comes():
    settings = {"l2": 30.0, "tilt": 0.0}
    wanted = Edlae(**settings).fit(X).score(X)
    away = [np.abs(Slim(**settings, neighbours=n, kept=n).fit(X).score(X) - wanted).mean() for n in (1, 10, 30, 60)]
    assert away == sorted(away, reverse=True)
    assert away[2] < 0.5 * away[0]


def test_no_more_is_stored_than_is_kept():
    model = Slim(neighbours=20, kept=5).fit(X)
    assert model.near_.shape == model.weight_.shape == (60, 5)
    assert Slim(neighbours=3, kept=5).fit(X).near_.shape == (60, 3)
    assert (np.diff(np.where(model.near_ < 0, 99, model.near_)) >= 0).all()


@pytest.mark.parametrize("wrong", [-2, 60])
def test_arrays_that_point_outside_are_refused_with_words(wrong):
    model = Slim(kept=4).fit(X)
    arrays = model.arrays() | {"near_": np.where(model.near_ == model.near_[3, 2], wrong, model.near_)}
    with pytest.raises(BundleError, match=f"near_ holds .*{wrong}.*, expected -1 to 59"):
        Slim.from_arrays(model.params, arrays)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"neighbours": 0}, "neighbours is 0, expected 1 to 100000"),
        ({"kept": 0}, "kept is 0, expected 1 to 100000"),
        ({"l2": -1.0}, "l2 is -1, expected at least 0"),
        ({"dropout": 1.0}, "dropout is 1, expected 0 to 0.99"),
        ({"length": -1.0}, "length is -1, expected 0 to 2"),
        ({"growth": 3.0}, "growth is 3, expected 0 to 2"),
        ({"tilt": 1.5}, "tilt is 1.5, expected 0 to 1"),
    ],
)
def test_settings_outside_their_range_are_refused_with_words(settings, words):
    with pytest.raises(ParamsError, match=words):
        Slim(**settings)
