"""Explanations by id and title: effects against predictions without a rating, sums, clicks, pairs, errors in words."""

from dataclasses import asdict

import numpy as np
import pytest
from scipy.sparse import csr_array, vstack

from foretaste import Bundle, Catalog, explain
from foretaste.errors import InputError, ParamsError
from foretaste.explanation import Changed, Rated, Removed
from foretaste.models import AutoRec, BiasedMf, Blend, Ease, ItemRidge, Popularity, TwoHeads
from foretaste.models.likes import likes_in
from foretaste.order import Order
from tests.explaining import Tally, linear, some_row

X = csr_array(vstack([some_row(seed, 12, 6) for seed in range(30)], format="csr"))
IDS = np.arange(100, 112)
TITLES = tuple(f"Film {letter}" for letter in "ABCDEFGHIJKL")
MINE = {100: 5.0, 103: 2.0, 105: 4.0, 111: 1.0}


def bundle(model, *, like=None, items=12):
    order = Order.of(X, 0.1) if model.task == "rating" and items == 12 else None
    return Bundle(model, Catalog(IDS[:items], TITLES[:items]), order, (0.5, 5.0), like=like)


MF = bundle(BiasedMf(latent=2, epochs=3).fit(X))


def less(ratings, item):
    return {other: rating for other, rating in ratings.items() if other != item}


def test_effects_are_predictions_less_those_without_the_rating():
    found = explain(MF, MINE, 107)
    assert {effect.item_id for effect in found.effects} == set(MINE)
    for effect in found.effects:
        assert effect.effect == pytest.approx(
            MF.predict(MINE, [107])[107] - MF.predict(less(MINE, effect.item_id), [107])[107], abs=1e-5
        )
        assert (effect.rating, effect.title) == (MINE[effect.item_id], TITLES[effect.item_id - 100])
    assert found.predicted == pytest.approx(MF.predict(MINE, [107])[107])
    assert found.nobody == pytest.approx(MF.predict({}, [107])[107])
    sizes = [abs(effect.effect) for effect in found.effects]
    assert sizes == sorted(sizes, reverse=True)


def test_the_place_is_that_in_the_list():
    answer = MF.recommend(MINE, 12)
    for place, line in enumerate(answer.items, 1):
        found = explain(MF, MINE, line.item_id, push=False)
        assert (found.place, found.item_id, found.title) == (place, line.item_id, line.title)
        assert found.score == pytest.approx(line.score, abs=1e-5)
        assert found.predicted == pytest.approx(line.predicted, abs=1e-5)
    everyone = MF.recommend({}, 12).items
    left = [line.item_id for line in everyone if line.item_id not in MINE]
    assert explain(MF, MINE, 107).nobody_place == left.index(107) + 1


def test_without_an_item_the_first_of_the_list_is_explained():
    assert explain(MF, MINE).item_id == MF.recommend(MINE, 1).items[0].item_id
    assert explain(MF, MINE).place == 1


def test_sums_and_shares():
    found = explain(MF, MINE, 107)
    assert found.together == found.value - found.nobody
    assert found.one_by_one == pytest.approx(sum(effect.effect for effect in found.effects))
    assert sum(abs(effect.share) for effect in found.effects) == pytest.approx(1)
    assert all(np.sign(effect.share) == np.sign(effect.effect) for effect in found.effects)


def test_parts_stand_beside_effects_where_a_prediction_is_a_sum():
    found = explain(MF, MINE, 107)
    assert found.base + sum(effect.part for effect in found.effects) == pytest.approx(found.value, abs=1e-4)
    assert not found.additive
    assert any(abs(effect.part - effect.effect) > 1e-3 for effect in found.effects)
    linear_one = explain(bundle(Ease(l2=3).fit(X)), MINE, 107)
    assert linear_one.additive
    assert [effect.part for effect in linear_one.effects] == [effect.effect for effect in linear_one.effects]
    assert linear_one.together == pytest.approx(linear_one.one_by_one)
    network = explain(bundle(AutoRec(widths=[4], epochs=1).fit(X)), MINE, 107)
    assert network.base is None
    assert {effect.part for effect in network.effects} == {None}


def test_a_prediction_beyond_the_scale_is_shown_inside_it_and_explained_as_it_is():
    found = explain(bundle(Tally.of(np.ones((6, 6))), items=6), {100: 5, 103: 5, 104: 5}, 101)
    assert (found.predicted, found.score) == (5, 5)
    assert found.value == pytest.approx(9.1)
    assert [round(effect.effect, 3) for effect in found.effects] == [2, 2, 2]
    assert [effect.on_list for effect in found.effects] == [0, 0, 0]


def test_a_ranker_has_scores_and_no_stars():
    found = explain(bundle(Ease(l2=3).fit(X)), MINE, 107)
    assert found.predicted is None
    assert found.smallest is None
    assert found.value == found.score


def test_ratings_of_which_a_model_of_likes_is_not_told_do_nothing():
    taste = bundle(Ease(l2=3).fit(likes_in(X, 4.0)), like=4.0)
    found = explain(taste, MINE)
    told = {effect.item_id: effect.effect for effect in found.effects}
    assert set(told) == set(MINE)
    assert told[103] == told[111] == 0
    assert told[100] != 0
    assert found.item_id == taste.recommend(MINE, 1).items[0].item_id
    for effect in found.effects:
        without = taste.predict(less(MINE, effect.item_id), [found.item_id])[found.item_id]
        assert effect.effect == pytest.approx(found.value - without, abs=1e-6)
    assert {rated.item_id for rated in found.fewest.ratings} <= {100, 105}
    assert explain(taste, {103: 2.0}).fewest == Removed((), None, 0, proven=True)  # the model is told nothing


def test_of_a_pair_effects_on_stars_and_on_the_list_are_two_things():
    pair = TwoHeads(ranker="ease", rater="bias", stars=0.3).fit(X)
    found = explain(bundle(pair), MINE, 107)
    assert found.arranges
    sizes = [abs(effect.on_list) for effect in found.effects]
    assert sizes == sorted(sizes, reverse=True)
    row, _ = bundle(pair).row(MINE)
    assert found.score == pytest.approx(pair.appeal(row)[0, 7], abs=1e-5)
    for effect in found.effects:
        other, _ = bundle(pair).row(less(MINE, effect.item_id))
        assert effect.on_list == pytest.approx(found.score - pair.appeal(other)[0, 7], abs=1e-5)
        assert effect.effect == pytest.approx(
            pair.predict(row, [0], [7])[0] - pair.predict(other, [0], [7])[0], abs=1e-5
        )
    assert found.base + sum(effect.part for effect in found.effects) == pytest.approx(found.predicted, abs=1e-5)
    assert found.smallest is None or found.smallest.proven


def test_a_blend_is_explained_as_a_whole():
    blend = bundle(Blend(members=["bias", "biased_mf"], settings=["biased_mf.latent=2"], weights=[0.5, 0.5]).fit(X))
    for effect in explain(blend, MINE, 107).effects:
        without = blend.predict(less(MINE, effect.item_id), [107])[107]
        assert effect.effect == pytest.approx(blend.predict(MINE, [107])[107] - without, abs=1e-5)


def hand_made():
    """Item 104 leads 105 by 3 of items 100 and 101 each."""
    weights = np.zeros((6, 6))
    weights[[0, 1], 4], weights[3, 5] = 3, 2
    return weights, {100: 5.0, 101: 4.0, 102: 3.0, 103: 1.0}


def test_what_would_push_it_off_has_names():
    weights, mine = hand_made()
    found = explain(bundle(linear(weights), items=6), mine, 104, k=1)
    both = (Rated(100, "Film A", 5.0), Rated(101, "Film B", 4.0))
    assert found.fewest == Removed(both, place=2, tried=1, proven=True)
    weights[0, 4], weights[1, 4], weights[3, 5] = 0.2, 0.3, 0.025
    stars = bundle(Tally.of(weights), items=6)
    found = explain(stars, mine | {103: 4.0}, 104, k=1)
    assert found.smallest == Changed(Rated(101, "Film B", 4.0), 1.5, 2, proven=True)
    assert stars.recommend(mine | {103: 4.0, 101: 1.5}, 1).items[0].item_id == 105
    assert stars.recommend(mine | {103: 4.0, 101: 2.0}, 1).items[0].item_id == 104


def test_what_is_not_in_the_list_or_not_asked_is_not_pushed():
    last = MF.recommend(MINE, 12).items[-1].item_id
    assert explain(MF, MINE, last, k=2).fewest is None
    assert explain(MF, MINE, push=False).fewest is None
    assert explain(MF, MINE, push=False).smallest is None


def test_where_nothing_pushes_it_off_that_is_said():
    found = explain(bundle(Popularity().fit(X)), MINE, k=3)
    assert found.fewest == Removed((), None, 4, proven=True)
    assert {effect.effect for effect in found.effects} == {effect.share for effect in found.effects} == {0}
    assert found.place == found.nobody_place == 1


def test_somebody_without_ratings_is_told_what_is_said_of_anybody():
    found = explain(MF, {}, 107)
    assert found.effects == ()
    assert found.value == found.nobody
    assert found.together == found.one_by_one == 0
    assert found.fewest is None


def test_unknown_ids_among_the_ratings_are_ignored_and_told():
    found = explain(MF, MINE | {999: 3.0}, 107)
    assert found.ignored == (999,)
    assert found.effects == explain(MF, MINE, 107).effects


def test_ids_in_words_and_plain_values_all_the_way():
    words = Bundle(MF.model, Catalog(np.array(list("abcdefghijkl"), dtype=object)), MF.order, MF.scale)
    found = explain(words, {"a": 5.0, "d": 2.0}, "h")
    assert found.item_id == "h"
    assert {effect.item_id for effect in found.effects} == {"a", "d"}
    plain = (str, int, float, bool, type(None))
    for value in [*asdict(found).values(), *(v for effect in found.effects for v in asdict(effect).values())]:
        assert type(value) in {*plain, tuple, dict}


@pytest.mark.parametrize(
    ("ratings", "item", "words"),
    [
        (MINE, 999, "the bundle has no item 999\nhint: give an id of the data it was trained on"),
        (
            MINE,
            103,
            "Film D is rated already, 2, and lists leave out what is rated\nhint: leave that rating out to see",
        ),
        ({**MINE, 104: 9.0}, 107, "the rating of Film E is 9, expected 0.5 to 5"),
        (
            dict.fromkeys(IDS.tolist(), 3.0),
            None,
            "everything in the bundle is rated, and the list is empty\nhint: rate fewer",
        ),
    ],
)
def test_what_cannot_be_explained_is_said_in_words(ratings, item, words):
    with pytest.raises(InputError, match=words):
        explain(MF, ratings, item)


def test_a_list_has_at_least_one_place():
    with pytest.raises(ParamsError, match="k is 0, expected a whole number from 1"):
        explain(MF, MINE, k=0)


def test_a_model_of_known_rows_is_refused_with_words():
    with pytest.raises(InputError, match="item_ridge knows people by all of their ratings"):
        explain(bundle(ItemRidge(latent=2, epochs=1).fit(X)), MINE)
