"""Swapped columns are known by the catalogue, names, sittings and inequality; one weak sign alone says nothing."""

import numpy as np
import pytest

from foretaste import Ratings, make_world
from foretaste.doctor.columns import swapped


def turned(ratings):
    return Ratings.from_arrays(ratings.item, ratings.user, ratings.rating, ratings.time)


def without_times(ratings):
    return Ratings.from_arrays(ratings.user, ratings.item, ratings.rating)


@pytest.mark.parametrize("sizes", [(100, 80, 2_500), (900, 90, 9_000), (150, 900, 9_000), (500, 400, 5_000)])
@pytest.mark.parametrize("seed", [1, 2])
def test_worlds_turned_round_and_as_they_are(sizes, seed):
    world = make_world(*sizes, seed=seed)
    films = [str(one) for one in world.catalog.item_ids]
    for known in (films, None):
        assert swapped(world.ratings, known) == ()
        assert swapped(turned(world.ratings), known)


def test_the_catalogue_alone_decides_where_ids_differ():
    ratings = without_times(make_world(900, 90, 9_000, seed=1).ratings)
    films = [str(one) for one in range(1, 91)]
    assert "100 % of the user ids" in swapped(turned(ratings), films)[0]
    assert swapped(ratings, films) == ()


def test_without_times_or_catalogue_inequality_alone_says_nothing():
    ratings = without_times(make_world(300, 200, 6_000, seed=1).ratings)
    assert swapped(turned(ratings), None) == ()


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [("user", "movie", False), ("m", "u", False), ("item_", "user_", True), ("i", "u", True)],
)
def test_names_in_ids(first, second, told):
    rng = np.random.default_rng(0)
    user, item = ([f"{name}{n}" for n in rng.integers(0, 30, 200)] for name in (first, second))
    assert bool(swapped(Ratings.from_arrays(user, item), None)) == (told or first == "m")


def test_words_without_numbers_are_no_names():
    assert swapped(Ratings.from_arrays(["item", "items", "itemised"], ["user", "users", "used"]), None) == ()


def test_news_that_live_for_a_day_are_not_taken_for_people():
    """Items with short lives and people who stay: sittings speak for a swap, inequality against it."""
    rng = np.random.default_rng(3)
    item = np.repeat(np.arange(300), rng.zipf(1.6, 300).clip(5, 400))
    user = rng.integers(0, 500, len(item))
    time = item * 86_400 + rng.integers(0, 20_000, len(item)) + 1_500_000_000
    assert swapped(Ratings.from_arrays(user, item, None, time), None) == ()
