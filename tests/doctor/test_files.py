"""A train and a test file against each other, on tables made by hand; whole files are planted in test_examine."""

import numpy as np
import pytest

from foretaste import Ratings
from foretaste.doctor.files import files, other_scale
from foretaste.recipe import SplitParams
from tests.doctor.planting import case_of, codes

RNG = np.random.default_rng(6)
STARS = RNG.integers(1, 6, 400).astype(float)


def pair(train, test, split=None):
    kind = None if split is None else SplitParams(split)
    return case_of(*train, path="train.csv", test=case_of(*test, path="test.csv"), split=kind)


def grid(users, items):
    return [u for u in users for _ in items], [i for _ in users for i in items]


def test_one_file_is_compared_with_nothing():
    assert list(files(case_of([1, 2], [1, 2], [3.0, 4.0]))) == []


def test_cells_of_both_files():
    user, item = grid(range(10), range(10))
    (only,) = files(pair((user, item, [3.0] * 100), (user[:5], item[:5], [3.0] * 5)))
    assert (only.code, only.examples[0]) == ("shared-ratings", "user 0, item 0")
    assert only.evidence.startswith("5 of 5 (100 %)")
    (only,) = files(pair((user, item, [3.0] * 100), (user, item, [4.0] * 100)))
    assert (only.code, only.command) == ("test-is-train", "foretaste compare train.csv --split random")


def test_people_who_are_said_to_be_new():
    train, test = (*grid(range(10), range(6)), [3.0] * 60), (*grid(range(8, 14), range(6, 10)), [3.0] * 24)
    train = ([*train[0], *[0] * 4], [*train[1], *range(6, 10)], [3.0] * 64)
    for split, expected in (("new-users", ["known-people"]), ("random", []), (None, [])):
        assert codes(files(pair(train, test, split))) == expected
    (only,) = files(pair(train, test, "new-users-time"))
    assert only.evidence == "2 of 6 (33 %) people of the test file."
    assert only.command == "foretaste compare --split given --train train.csv --test test.csv"


def timed(train_time, test_time, split=None):
    """Twenty people rate other items in each file, one more item is in both."""
    n, m = len(train_time), len(test_time)
    train = ([*(k % 20 for k in range(n)), 99], [*(k // 20 for k in range(n)), 900], [*STARS[:n], 3.0])
    test = ([k % 20 for k in range(m)], [900] * m, STARS[:m])
    return files(pair((*train, [*train_time, train_time[0]]), (*test, test_time), split))


@pytest.mark.parametrize(
    ("train", "test", "split", "expected"),
    [
        (range(200), range(200, 220), None, []),
        (range(200), range(200, 220), "time", []),
        (range(200), range(100, 120), None, ["-random-in-time"]),
        (range(200), range(100, 120), "time", ["train-after-test"]),
        (range(100, 300), range(20), None, ["train-after-test"]),
        ([5] * 200, range(20), None, []),
    ],
)
def test_what_comes_after_what(train, test, split, expected):
    assert codes(timed(list(train), list(test), split)) == expected


def table(rating):
    return Ratings.from_arrays(np.arange(len(rating)), np.arange(len(rating)), rating)


@pytest.mark.parametrize(
    ("here", "there", "differ"),
    [(1, 1, False), (1, 20, True), (20, 1, True), (1, 2, True), (1, 0.2, True), (1, 1.2, False), (1, -1, True)],
)
def test_scales_that_cannot_be_one(here, there, differ):
    assert bool(other_scale(table(STARS * here), table(STARS * there))) == differ


def test_few_ratings_and_plays_have_no_scale_to_compare():
    assert other_scale(table(STARS), table([100.0] * 5)) == ""
    plays = RNG.zipf(1.7, 2_000).clip(1, 50_000).astype(float)
    assert other_scale(table(plays), table(plays[:200] * 9)) == ""
    assert "1 to 5 here, and from 20 to 100" in other_scale(table(STARS), table(STARS * 20))


def test_other_items_are_told_with_both_names():
    (only,) = files(pair((*grid(range(10), range(10)), [3.0] * 100), (*grid(range(10), range(500, 510)), [3.0] * 100)))
    assert (only.code, only.examples) == ("foreign-ids", ("train: 0", "test: 500"))
