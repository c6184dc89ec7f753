"""What explanations of every model obey: effects are what the served answers differ by, and what pushes an item off does."""

import numpy as np
import pytest

from foretaste.bundle import Bundle
from foretaste.data.synthetic import make_world
from foretaste.errors import InputError
from foretaste.explanation import explain
from foretaste.models import MODELS
from foretaste.models.likes import likes_in
from foretaste.order import Order
from foretaste.split import split_random
from tests.laws.test_contributions_law import SETTINGS

WORLD = make_world(80, 50, 1600, seed=4)
SPLIT = split_random(WORLD.ratings, WORLD.catalog, test=0.1, seed=1)
BUNDLES: dict[tuple[str, float | None], Bundle] = {}
open_models = [name for name, kind in MODELS.items() if not kind.known_rows]
rankers = [name for name in open_models if MODELS[name].task == "ranking"]
every_bundle = pytest.mark.parametrize(
    ("name", "like"), [*((name, None) for name in open_models), *((name, 4.0) for name in rankers)]
)


def bundle(name, like=None):
    """Return a bundle as `train` makes it: in the order of evidence where the model predicts ratings, of likes on request."""
    if (name, like) not in BUNDLES:
        model = MODELS[name](**SETTINGS.get(name, {})).fit(SPLIT.train if like is None else likes_in(SPLIT.train, like))
        order = Order.of(SPLIT.train, 0.1) if model.task == "rating" else None
        BUNDLES[name, like] = Bundle(model, WORLD.catalog, order, SPLIT.scale, like=like)
    return BUNDLES[name, like]


def somebody(person=1, most=9):
    row = SPLIT.train[[person]]
    return dict(zip(WORLD.catalog.item_ids[row.indices[:most]].tolist(), row.data[:most].tolist(), strict=True))


def less(ratings, *items):
    return {item: rating for item, rating in ratings.items() if item not in items}


def listed(loaded, ratings, seen, item, k):
    """Return whether a list of what is not in `seen` holds an item: the served list, without what lost its rating."""
    left = [line.item_id for line in loaded.recommend(ratings, 50).items if line.item_id not in seen]
    return item in left[:k]


@every_bundle
def test_effects_are_what_the_served_answers_differ_by(name, like):
    loaded, mine = bundle(name, like), somebody()
    found = explain(loaded, mine, push=False)
    item, low, high = found.item_id, *loaded.model.scale_
    assert item == loaded.recommend(mine, 1).items[0].item_id
    assert {effect.item_id: effect.rating for effect in found.effects} == mine
    for effect in found.effects:
        without = loaded.predict(less(mine, effect.item_id), [item])[item]
        known = found.value - effect.effect
        assert (np.clip(known, low, high) if loaded.model.task == "rating" else known) == pytest.approx(
            without, abs=1e-4
        )
    assert found.nobody_place >= 1


@every_bundle
def test_what_pushes_an_item_off_does_so_in_the_served_list(name, like):
    loaded, mine = bundle(name, like), somebody()
    item = loaded.recommend(mine, 3).items[-1].item_id
    assert listed(loaded, mine, mine, item, 3)
    found = explain(loaded, mine, item, k=3)
    if found.fewest.ratings:
        taken = [rated.item_id for rated in found.fewest.ratings]
        assert not listed(loaded, less(mine, *taken), mine, item, 3)
        for single in mine:
            assert len(taken) == 1 or listed(loaded, less(mine, single), mine, item, 3)
    else:
        assert all(listed(loaded, less(mine, single), mine, item, 3) for single in mine)
    if found.smallest is not None and found.smallest.rating is not None:
        assert not listed(loaded, mine | {found.smallest.rating.item_id: found.smallest.to}, mine, item, 3)


@pytest.mark.parametrize("name", open_models)
def test_somebody_with_one_rating_and_with_none(name):
    loaded = bundle(name)
    one = explain(loaded, {WORLD.catalog.item_ids[11]: 2.0}, k=2)
    assert one.effects[0].effect == pytest.approx(one.together, abs=1e-5)
    none = explain(loaded, {})
    assert (none.effects, none.together, none.fewest) == ((), 0, None)


@pytest.mark.parametrize("name", [name for name, kind in MODELS.items() if not kind.personal])
def test_who_asks_makes_no_difference_to_the_place_where_nothing_is_personal(name):
    if name != "bias":  # whose user effect is drawn to the prior by evidence, as all predictions are
        found = explain(bundle(name), somebody(), k=3)
        assert found.place == found.nobody_place
        assert found.fewest.ratings == ()


@pytest.mark.parametrize("name", [name for name, kind in MODELS.items() if kind.known_rows])
def test_models_that_know_people_by_all_their_ratings_refuse_with_words(name):
    model = MODELS[name](**SETTINGS[name]).fit(SPLIT.train)
    with pytest.raises(InputError, match=f"{name} knows people by all of their ratings"):
        explain(Bundle(model, WORLD.catalog, None, SPLIT.scale), somebody())


def test_the_world_has_somebody_to_ask_who_likes_something_and_not_all():
    assert len(somebody()) == 9
    assert 2 < sum(rating >= 4 for rating in somebody().values()) < 9
