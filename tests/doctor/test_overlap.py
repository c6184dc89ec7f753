"""Ratings of two files, as they are and off by one, against plain loops."""

from dataclasses import replace

import numpy as np
import pytest

from foretaste import Ratings, make_world
from foretaste.doctor.overlap import counts_of, in_both, moved

RNG = np.random.default_rng(6)
WORLD = make_world(120, 90, 3_000, seed=1).ratings
ASKED = RNG.random(len(WORLD)) < 0.2
TRAIN, TEST = WORLD.select(~ASKED), WORLD.select(ASKED)


def test_common_cells_agree_with_a_plain_loop():
    train, test = (
        Ratings.from_arrays(RNG.integers(0, 30, 200), RNG.integers(lo, lo + 25, 200), RNG.random(200)) for lo in (0, 5)
    )
    cells = set(zip(train.user.tolist(), train.item.tolist(), strict=True))
    expected = [cell in cells for cell in zip(test.user.tolist(), test.item.tolist(), strict=True)]
    assert in_both(train, test).tolist() == expected
    assert any(expected)
    words = Ratings.from_arrays([str(one) for one in train.user.tolist()], train.item, train.rating)
    assert not in_both(words, test).any()


def test_counts_follow_the_ids():
    table = Ratings.from_arrays(["b", "a", "b"], [7, 7, 9], [1.0, 2, 3])
    assert counts_of(table, "user").tolist() == [1, 2]
    assert counts_of(table, "item").tolist() == [2, 1]


@pytest.mark.parametrize("role", ["item", "user"])
@pytest.mark.parametrize("by", [-1, 1])
def test_parts_of_a_file_of_which_one_is_off(role, by):
    name = f"{role}_ids"
    off = replace(TEST, **{name: getattr(TEST, name) - by})
    assert moved(TRAIN, off) == (role, by, int(in_both(TRAIN, off).sum()))


def test_parts_that_are_not_off_and_ratings_that_are_in_both():
    assert moved(TRAIN, TEST) is None
    assert moved(TRAIN, WORLD) is None  # which leaks, and shares something on either side
    assert moved(TRAIN, TRAIN) is None
    words = Ratings.from_arrays(WORLD.user.astype(str), WORLD.item.astype(str), WORLD.rating)
    assert moved(words, words) is None
