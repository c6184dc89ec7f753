"""Similar items: by vectors, by weights and by genres, against the formula, and against true tastes."""

import numpy as np
import pytest

from foretaste.data import synthetic
from foretaste.data.matrix import user_item_matrix
from foretaste.data.synthetic import make_world
from foretaste.models import MODELS, AutoRec, BiasedMf, Ease, ItemKnn, Popularity
from foretaste.serve.meaning import similar as module
from foretaste.serve.meaning.similar import DOUBT_VECTORS, DOUBT_WEIGHTS, FLOOR, GENRES, VECTORS, WEIGHTS, Neighbours
from tests.laws.test_contributions_law import SETTINGS
from tests.laws.test_explanation_law import SPLIT, WORLD

X, CATALOG = SPLIT.train, WORLD.catalog
COUNT = np.bincount(X.indices, minlength=X.shape[1]).astype(np.float32)


def neighbours(model, count=COUNT):
    return Neighbours.of(model, count, CATALOG.genres)


def test_by_vectors_it_is_the_cosine_believed_as_far_as_people_stand_behind_it():
    model = BiasedMf(latent=3, epochs=3).fit(X)
    near, vectors = neighbours(model), model.item_vectors().astype(float)
    assert near.similar(0, 5).by == VECTORS
    for col in (0, 7, 49):
        wanted = [
            v @ vectors[col] / max(np.linalg.norm(v) * np.linalg.norm(vectors[col]), 1e-9) * n / (n + DOUBT_VECTORS)
            for v, n in zip(vectors, COUNT, strict=True)
        ]
        found = near.closeness(col)
        np.testing.assert_allclose(np.delete(found, col), np.delete(wanted, col), atol=1e-5)
        assert found[col] == -np.inf


def test_what_is_seen_by_the_same_people_counts_as_much_as_what_is_rated_alike():
    model = AutoRec(widths=[6], epochs=3).fit(X)
    near = neighbours(model)
    tables = [table / np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-9) for table in model.item_views()]
    assert len(tables) == 2
    wanted = (tables[0] @ tables[0][3] + tables[1] @ tables[1][3]) / 2 * COUNT / (COUNT + DOUBT_VECTORS)
    np.testing.assert_allclose(np.delete(near.closeness(3), 3), np.delete(wanted, 3), atol=1e-5)


def test_below_the_floor_nothing_is_called_similar():
    """Something is always the nearest; where it is not near, fewer are named, and where nothing is, it is genres."""
    model = BiasedMf(latent=4, epochs=1).fit(X)
    model.item_[:] = 0
    model.item_[[0, 1, 2], 1] = 1
    model.item_[2, 2] = 50  # its cosine with the first is 0.02
    model.item_[3, 3] = 1
    near = neighbours(model, np.full(X.shape[1], 1_000, np.float32))
    assert 0 < near.closeness(0)[2] < FLOOR < near.closeness(0)[1]
    assert near.similar(0, 10).cols.tolist() == [1]
    assert near.similar(0, 10).by == VECTORS
    assert near.similar(3, 10).by == GENRES


def test_by_weights_it_is_what_both_directions_say():
    model = Ease(l2=5).fit(X)
    near = neighbours(model)
    assert near.similar(3, 5).by == WEIGHTS
    both = np.sqrt(np.maximum(model.weights_ * model.weights_.T, 0)) * np.sign(model.weights_)
    wanted = both[3] * COUNT / (COUNT + DOUBT_WEIGHTS)
    np.testing.assert_allclose(np.delete(near.closeness(3), 3), np.delete(wanted, 3), atol=1e-6)


def test_without_taste_it_is_genres_and_of_equals_the_best_known_first():
    near = neighbours(Popularity().fit(X))
    found, own = near.similar(5, 49), set(CATALOG.genres[5])
    cols, values = found.cols, found.values
    assert found.by == GENRES
    assert near.closeness(5) is None
    for col, value in zip(cols.tolist(), values.tolist(), strict=True):
        other = set(CATALOG.genres[col])
        assert value == pytest.approx(len(own & other) / len(own | other))
    assert 0 < len(cols) == sum(bool(own & set(g)) for g in CATALOG.genres) - 1
    order = [(-round(value, 4), -COUNT[col]) for col, value in zip(cols.tolist(), values.tolist(), strict=True)]
    assert order == sorted(order)


@pytest.mark.parametrize("name", MODELS)
def test_every_model_has_some_never_the_item_itself_best_first(name):
    near = neighbours(MODELS[name](**SETTINGS.get(name, {})).fit(X))
    for col in (1, 20):
        found = near.similar(col, 8)
        assert 0 < len(found.cols) <= 8
        assert col not in found.cols
        assert len(set(found.cols.tolist())) == len(found.cols)
        assert (np.diff(found.values) <= 0).all()
        assert (found.values > 0).all()
        np.testing.assert_array_equal(near.similar(col, 3).cols, found.cols[:3])


def test_something_that_two_people_rated_does_not_come_first():
    """Its vector may lie beside any other."""
    model = AutoRec(widths=[4], epochs=1).fit(X)
    rare, known, asked = int(COUNT.argmin()), int(COUNT.argmax()), 11
    count = COUNT.copy()
    count[rare], count[known] = 2, 50
    for vectors in model.item_views():
        vectors[rare] = vectors[asked]
        vectors[known] = vectors[asked] + 0.1 * np.linalg.norm(vectors[asked])
    assert neighbours(model, count).similar(asked, 1).cols[0] != rare
    assert neighbours(model, None).similar(asked, 1).cols[0] == rare  # where nobody counted, all are believed


def test_items_of_which_nothing_is_known_are_like_what_shares_their_genres():
    """Their vectors are 0; genres are all that is left, and are said to be."""
    model = BiasedMf(latent=2, epochs=2).fit(X)
    model.item_[4] = 0
    near = neighbours(model)
    assert near.similar(4, 5).by == GENRES
    assert 4 not in near.similar(5, 49).cols
    bare = Neighbours.of(Popularity().fit(X), COUNT, ((),) * X.shape[1])
    assert len(bare.similar(0, 5).cols) == 0


@pytest.mark.parametrize(
    "model", [AutoRec(widths=[32], epochs=15), BiasedMf(latent=8), ItemKnn()], ids=lambda m: m.name
)
def test_what_is_called_similar_is_of_similar_taste_in_truth(model, monkeypatch):
    """The world knows its items' tastes; and for vectors the cosine as it is would be further from them."""
    drawn, draw = [], synthetic._Truth.draw

    def spy(*args):
        drawn.append(draw(*args))
        return drawn[-1]

    monkeypatch.setattr(synthetic._Truth, "draw", spy)
    world = make_world(400, 500, 20_000, seed=2)
    taste = drawn[0].item_taste
    taste = taste / np.linalg.norm(taste, axis=1, keepdims=True)
    matrix = user_item_matrix(world.ratings, world.catalog)
    count = np.bincount(matrix.indices, minlength=500).astype(np.float32)
    model.fit(matrix)
    asked = np.argsort(-count)[:200:4].tolist()

    def pairs(known):
        near = Neighbours.of(model, known, world.catalog.genres)
        found = [(col, near.similar(col, 10)) for col in asked]
        truth = np.concatenate([taste[one.cols] @ taste[col] for col, one in found])
        return truth, np.concatenate([one.values for _, one in found])

    def agreement(known):
        return pairs(known)[0].mean()

    assert agreement(count) > 0.2  # by chance it would be 0
    if model.item_vectors() is not None:
        monkeypatch.setattr(module, "FLOOR", 0)
        assert agreement(count) > agreement(None)
        truth, values = pairs(count)
        left_out = values <= FLOOR
        assert not left_out.any() or truth[left_out].mean() < truth[~left_out].mean()
