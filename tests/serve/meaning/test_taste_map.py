"""The taste map: what is on it, of any model."""

import json

import numpy as np
import pytest

from foretaste.bundle import Bundle
from foretaste.models import MODELS
from foretaste.serve.deploy.served import Served
from foretaste.serve.meaning import taste_map as module
from foretaste.serve.meaning.taste_map import GENRES, TASTE, WEIGHTS, TasteMap, directions, main_genres, meaning
from tests.laws.test_explanation_law import bundle, open_models
from tests.serving import bundle_of


def served(model="autorec", version="0" * 12):
    return Served(bundle_of(model), model, version)


@pytest.mark.parametrize("name", open_models)
def test_every_model_has_a_map_of_what_is_known(name):
    one = Served(bundle(name), name, "0" * 12)
    made = TasteMap.of(one)
    counts = one.shelf.counts[made.cols]
    assert (np.diff(counts) <= 0).all()
    assert (counts > 0).all()
    assert len(made.cols) == len(made.points) > 10
    assert np.isfinite(made.points).all()
    assert made.by == (GENRES if name in {"mean", "bias", "popularity"} else made.by)
    assert made.by in {TASTE, WEIGHTS, GENRES}


def test_models_of_known_rows_have_one_too():
    rows = next(name for name, kind in MODELS.items() if kind.known_rows)
    assert TasteMap.of(served(rows)).by == TASTE


def test_only_the_best_known_are_on_it(monkeypatch):
    monkeypatch.setattr(module, "MOST", 12)
    one = served()
    np.testing.assert_array_equal(TasteMap.of(one).cols, one.shelf.best_known[:12])


def test_what_is_answered_is_plain_and_of_one_length():
    one = served()
    made = TasteMap.of(one)
    told = json.loads(made.body)
    assert {len(told[name]) for name in ("items", "x", "y", "genre", "n_ratings", "titles")} == {len(made.cols)}
    np.testing.assert_allclose(np.array([told["x"], told["y"]]).T, made.points, atol=1e-4)
    film = one.shelf.film(int(made.cols[3]))
    assert (told["items"][3], told["titles"][3], told["n_ratings"][3]) == (
        film["item"],
        film["title"],
        film["n_ratings"],
    )
    assert told["genre"][3] in film["genres"]
    assert told["by"] == TASTE
    assert made.body is made.body


def test_items_of_which_the_model_knows_nothing_are_left_out():
    """A pair's ranker has no vectors of what nobody likes."""
    pair = bundle("two_heads")
    one = Served(Bundle(pair.model, pair.catalog, pair.order, pair.scale), "pair", "0" * 12)
    vectors, _ = meaning(one, np.arange(50))
    known = np.flatnonzero(np.abs(vectors).sum(1) > 0)
    assert set(TasteMap.of(one).cols.tolist()) <= set(known.tolist())


def test_the_directions_of_weights_give_their_products_back():
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((90, 5))
    weights = (vectors @ vectors.T).astype(np.float32)
    found = directions(weights)
    assert found.shape == (90, 5)
    np.testing.assert_allclose(found @ found.T, weights, atol=1e-2)
    mixed = weights - 40 * np.outer(np.ones(90), np.ones(90)).astype(np.float32) / 90
    assert np.isfinite(directions(mixed)).all()
    assert directions(np.zeros((4, 4), np.float32)).shape == (4, 0)
    assert directions(np.zeros((0, 0), np.float32)).shape[0] == 0


def test_a_main_genre_is_the_rarest_that_is_not_too_rare():
    genres = [("Drama", "War")] * 10 + [("Comedy", "Drama")] * 80 + [("Drama", "Short")] + [()] + [("Short",)]
    found = main_genres(genres)
    assert found[0] == "War"
    assert found[10] == "Comedy"
    assert found[90] == "Drama"  # two of 93 are too few for a colour
    assert found[91] is None
    assert found[92] == "Short"  # it has no other
