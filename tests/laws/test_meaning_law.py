"""What models say of items that go together: vectors or weights, the same after loading, and on the checkerboard by colour."""

import numpy as np
import pytest

from foretaste.data.checkerboard import make_checkerboard
from foretaste.errors import NotFittedError
from foretaste.models import MODELS
from tests.laws.test_model_laws import EMPTY_ITEM, ITEMS, TASTE, every_model, fitted, make

SAY_NOTHING = {"mean", "bias", "popularity"}
every_able_model = pytest.mark.parametrize("name", [name for name in MODELS if name not in SAY_NOTHING])


@every_model
def test_there_are_vectors_or_weights_where_a_model_has_taste(name):
    vectors, related = fitted(name).item_vectors(), fitted(name).item_relations(2)
    assert (vectors is None) + (related is None) == (2 if name in SAY_NOTHING else 1)
    for found, shape in ((vectors, (ITEMS,)), (related, (ITEMS,))):
        if found is not None:
            assert found.dtype == np.float32
            assert found.shape[:1] == shape
            assert np.isfinite(found).all()


@every_model
def test_the_first_table_is_that_of_the_vectors(name):
    views, vectors = fitted(name).item_views(), fitted(name).item_vectors()
    assert bool(views) == (vectors is not None)
    for table in views:
        assert (table.dtype, len(table), bool(np.isfinite(table).all())) == (np.float32, ITEMS, True)
    for table in views[:1]:
        np.testing.assert_array_equal(table, vectors)


@every_able_model
def test_a_loaded_model_says_the_same(name):
    model = fitted(name)
    again = type(model).from_arrays(model.params, model.arrays())
    for col in (0, EMPTY_ITEM):
        np.testing.assert_array_equal(again.item_relations(col), model.item_relations(col))
    np.testing.assert_array_equal(again.item_vectors(), model.item_vectors())
    for told, before in zip(again.item_views(), model.item_views(), strict=True):
        np.testing.assert_array_equal(told, before)


@every_able_model
def test_on_the_checkerboard_items_go_with_those_of_their_colour(name):
    board = make_checkerboard(60, 20, unseen=3, likes_only=MODELS[name].task == "ranking", seed=0)
    model = MODELS[name](**TASTE.get(name, {})).fit(board.seen)
    near = np.zeros((20, 20))
    for vectors in model.item_views():
        lengths = np.maximum(np.linalg.norm(vectors, axis=1), 1e-12)
        near += vectors @ vectors.T / np.outer(lengths, lengths)
    if model.item_vectors() is None:
        near = np.array([model.item_relations(col) for col in range(20)])
    np.fill_diagonal(near, -np.inf)
    np.testing.assert_array_equal(near.argmax(axis=1) % 2, np.arange(20) % 2)


@every_able_model
def test_weights_between_items_are_the_same_both_ways(name):
    if fitted(name).item_vectors() is None:
        related = np.array([fitted(name).item_relations(col) for col in range(ITEMS)])
        np.testing.assert_allclose(related, related.T, atol=1e-6)


@every_able_model
def test_before_fit_there_is_nothing_to_say(name):
    said = make(name).item_vectors if fitted(name).item_vectors() is not None else lambda: make(name).item_relations(0)
    with pytest.raises(NotFittedError):
        said()
