"""Drop-one effects: against rows scored one by one, weights set by hand, clipping and the order of lists."""

import numpy as np
import pytest
from scipy.sparse import csr_array, vstack

from foretaste import influence
from foretaste.errors import InputError
from foretaste.influence import check_open, drop_one, keep_entries, make_lists, place_of, rows_at_once, sorted_by
from foretaste.models import AutoRec, BiasedMf, Ease, ItemRidge, Popularity, TwoHeads
from foretaste.order import Order
from tests.explaining import Tally, linear, only, row_of, some_row

RNG = np.random.default_rng(0)
X = csr_array(vstack([some_row(seed, 12, 6) for seed in range(30)], format="csr"))


def test_effects_of_a_linear_model_are_its_weights():
    weights = np.arange(36).reshape(6, 6) / 10
    found = drop_one(linear(weights), row_of({0: 5, 2: 1, 4: 3}), 1)
    np.testing.assert_allclose(found.effects, weights[[0, 2, 4], 1], rtol=1e-6)
    np.testing.assert_array_equal(found.effects, found.on_list)
    assert found.value == found.score == pytest.approx(weights[[0, 2, 4], 1].sum())
    assert found.nobody == 0


def test_effects_are_worked_by_hand_where_they_are_no_sum():
    """Two ratings give 0.1 between them: without either it goes, and they add up to more than both do together."""
    found = drop_one(Tally.of(np.full((6, 6), 0.25)), row_of({0: 5, 3: 2}), 1)
    np.testing.assert_allclose(found.effects, [0.5 + 0.1, -0.25 + 0.1], atol=1e-6)
    assert (found.value, found.nobody) == (pytest.approx(3.35), 3)


def test_a_prediction_beyond_the_scale_does_not_hide_effects_on_it_but_those_on_lists():
    found = drop_one(Tally.of(np.ones((6, 6))), row_of({0: 5, 3: 5, 4: 5}), 1)
    assert found.value == pytest.approx(9.1)
    np.testing.assert_allclose(found.effects, [2, 2, 2], atol=1e-5)  # two are left, so the 0.1 stays
    assert found.score == 5
    assert found.on_list.tolist() == [0, 0, 0]


def test_lists_are_sorted_by_evidence_and_so_are_effects_on_them():
    order = Order(np.array([0, 3, 0, 0, 0, 0], np.float32), 2.0, 1.0)
    found = drop_one(Tally.of(np.full((6, 6), 0.25)), row_of({0: 5, 3: 2}), 1, order)
    np.testing.assert_allclose(found.on_list, 0.75 * found.effects, atol=1e-6)
    assert found.score == pytest.approx(2 + 0.75 * (3.35 - 2))
    assert sorted_by(Tally.of(np.eye(6)), np.array([9.0, 1.0]), 1, order).tolist() == [2 + 0.75 * 3, 2 - 0.75]


@pytest.mark.parametrize("at_once", [1, 3, 256])
def test_effects_are_those_of_rows_scored_one_by_one(monkeypatch, at_once):
    monkeypatch.setattr(influence, "ROWS", at_once)
    model, row = BiasedMf(latent=2, epochs=3).fit(X), X[[3]]
    found = drop_one(model, row, 7)
    alone = [model.predict(only(row, set(range(6)) - {j}), [0], [7], clip=False)[0] for j in range(6)]
    np.testing.assert_allclose(found.effects, found.value - np.array(alone), atol=1e-6)
    assert found.value == pytest.approx(model.predict(row, [0], [7], clip=False)[0])
    assert found.nobody == pytest.approx(model.predict(only(row, []), [0], [7], clip=False)[0])


def test_of_a_pair_the_stars_and_the_list_are_two_things():
    model, row = TwoHeads(ranker="ease", rater="bias", stars=0.3).fit(X), X[[5]]
    found = drop_one(model, row, int(np.setdiff1d(np.arange(12), row.indices)[0]))
    col = int(np.setdiff1d(np.arange(12), row.indices)[0])
    others = [only(row, set(range(6)) - {j}) for j in range(6)]
    stars = [model.predict(other, [0], [col])[0] for other in others]
    places = [model.appeal(other)[0, col] for other in others]
    np.testing.assert_allclose(found.effects, model.predict(row, [0], [col])[0] - np.array(stars), atol=1e-5)
    np.testing.assert_allclose(found.on_list, model.appeal(row)[0, col] - np.array(places), atol=1e-5)
    assert found.score == pytest.approx(model.appeal(row)[0, col], abs=1e-5)


def test_the_short_cut_of_additive_models_finds_what_leaving_out_does(monkeypatch):
    model, row = Ease(l2=5).fit(X), X[[2]]
    quick = drop_one(model, row, 3)
    monkeypatch.setattr(Ease, "additive", False)
    slow = drop_one(model, row, 3)
    for name in ("value", "score", "nobody", "effects", "on_list"):
        np.testing.assert_allclose(getattr(quick, name), getattr(slow, name), atol=1e-6)


def test_rounding_is_no_effect(monkeypatch):
    """Nothing but item 1 hangs on item 0; the sum of a row is rounded differently without item 4, and that is not shown."""
    weights = np.zeros((6, 6))
    weights[0, 1] = 0.1
    model, row = Tally.of(weights), row_of({0: 5, 2: 1, 4: 3})
    plain = model._predict
    monkeypatch.setattr(
        model, "_predict", lambda X, rows, cols: plain(X, rows, cols) + np.float32(3e-7) * np.diff(X.indptr)[rows]
    )
    assert drop_one(model, row, 1).effects.tolist() == [pytest.approx(0.2, abs=1e-5), 0, 0]


def test_somebody_without_ratings_has_no_effects():
    for model in (BiasedMf(latent=2, epochs=2).fit(X), Popularity().fit(X), AutoRec(widths=[4], epochs=1).fit(X)):
        found = drop_one(model, only(X[[0]], []), 3)
        assert found.effects.shape == found.on_list.shape == (0,)
        assert found.value == found.nobody


def test_a_row_that_says_nothing_to_a_ranker_is_listed_by_how_many_people_have_an_item():
    """Values and effects stay in units of its scores; what the list is sorted by is not a score then."""
    model, nobody = Ease(l2=1).fit(X), only(X[[0]], [])
    found = drop_one(model, nobody, 3)
    assert (found.value, found.nobody, found.score) == (0, 0, np.bincount(X.indices, minlength=X.shape[1])[3])
    ranking, scores = make_lists(model, nobody, nobody, 4)
    np.testing.assert_array_equal(ranking.scores, np.sort(scores)[:, ::-1][:, :4])
    np.testing.assert_array_equal(scores, Popularity().fit(X).score(nobody))


def test_rows_are_made_of_the_entries_that_are_kept():
    row, keep = row_of({0: 5, 2: 1, 4: 3}), np.array([[1, 1, 1], [0, 1, 0], [0, 0, 0], [1, 0, 1]], bool)
    dense = np.zeros((4, 6))
    dense[:, row.indices] = np.where(keep, row.data, 0)
    np.testing.assert_array_equal(keep_entries(row, keep).toarray(), dense)


def test_neither_entries_nor_scores_of_variants_grow_without_end():
    assert rows_at_once(row_of({1: 2})) == 256
    wide = csr_array((1, 1_000_000), dtype=np.float32)
    assert rows_at_once(wide) == 16
    long = csr_array(np.ones((1, 200_000), np.float32))
    assert rows_at_once(long) == 1


def test_places_are_those_of_a_list_of_everything():
    model, row = linear(np.arange(36).reshape(6, 6)), row_of({0: 5, 4: 1})
    assert place_of(model, row, row, [5, 3, 2, 1, 0]) == [1, 2, 3, 4, None]
    found, scores = make_lists(model, row, row, 2)
    assert found.cols.tolist() == [[5, 3]]
    assert scores.shape == (1, 6)


def test_lists_of_ratings_follow_the_evidence_as_they_are_served():
    order = Order(np.array([9, 0, 1, 9, 0, 0], np.float32), 1.0, 5.0)
    row = row_of({5: 4})
    assert place_of(Tally.of(np.eye(6)), row, row, [0, 1, 2, 3], order) == [1, 4, 3, 2]
    assert place_of(Tally.of(np.eye(6)), row, row, [0, 1, 2, 3]) == [1, 2, 3, 4]


def test_models_that_know_rows_by_all_they_hold_are_refused_with_words():
    model = ItemRidge(latent=2, epochs=1).fit(X)
    words = "item_ridge knows people by all of their ratings, so it cannot say what it would predict without one\nhint: explain"
    for call in (lambda: check_open(model), lambda: drop_one(model, X[[0]], 1)):
        with pytest.raises(InputError, match=words):
            call()
