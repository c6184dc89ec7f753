"""Ids of two files: what they have in common, how else, and by how much they are off."""

import numpy as np
import pytest

from foretaste.data.catalog import id_array
from foretaste.doctor.drift import crossed, drift, shift


@pytest.mark.parametrize(
    ("known", "other", "plain", "folded", "how"),
    [
        ([1, 2, 3, 4], [2, 3, 9, 8], 0.5, 0.5, ""),
        ([1, 2, 3, 4], ["0001", "0002", "0003", "x"], 0, 0.75, "case, blanks"),
        (["ann", "bob"], ["Ann", "bob "], 0, 1, "case, blanks"),
        ([1, 2, 3, 4], ["1.0", "2.0"], 0, 1, "case, blanks"),
        ([1, 2, 3, 4], ["u1", "u2", "u3", "u4"], 0, 1, "letters around a number"),
        (["item_01", "item_02"], [1, 2], 0, 1, "letters around a number"),
        (["a1", "b1", "a2"], [1, 2], 0, 0, ""),  # letters that tell apart are no decoration
        (["a", "b"], ["c", "d"], 0, 0, ""),
    ],
)
def test_how_ids_meet(known, other, plain, folded, how):
    met = drift(id_array(known), id_array(other))
    assert (met.plain, met.folded) == (plain, folded)
    assert how in met.how
    assert bool(met.examples) == bool(how)


def popular(n=200, seed=0):
    return np.random.default_rng(seed).zipf(1.5, n).clip(1, 500)


def test_ids_that_are_off_by_one_are_found_by_what_is_popular():
    counts, rng = popular(), np.random.default_rng(1)
    test = rng.binomial(counts, 0.3) + 1
    ids = np.arange(1, 201)
    by, there, here = shift(ids, counts, ids - 1, test)
    assert by == 1
    assert there > 0.8
    assert abs(here) < 0.3
    assert shift(ids, counts, ids + 1, test)[0] == -1
    assert shift(ids, counts, ids, test) is None


@pytest.mark.parametrize("seed", range(60))
def test_files_without_anything_in_common_are_not_off_by_one(seed):
    ids = np.arange(60)
    assert shift(ids, popular(60, seed), ids, popular(60, seed + 1_000)) is None


def test_text_and_few_ids_cannot_be_off():
    assert shift(id_array(["a"]), np.array([1]), id_array(["b"]), np.array([1])) is None
    few = np.arange(20)
    assert shift(few, popular(20), few - 1, popular(20)) is None
    even = np.arange(50)
    assert shift(even, np.full(50, 3), even, popular(50)) is None


def test_a_file_turned_round_is_found_by_what_is_popular():
    item, user, rng = (np.arange(200), popular()), (np.arange(150), popular(150, 5)), np.random.default_rng(2)
    asked = [(ids, rng.binomial(counts, 0.3) + 1) for ids, counts in (item, user)]
    across, straight = crossed(item, user, asked[1], asked[0])
    assert across > 0.8
    assert abs(straight) < 0.4
    assert crossed(item, user, *asked) is None
    words = (id_array([f"i{n:03d}" for n in range(200)]), item[1])
    assert crossed(words, user, asked[1], (words[0], asked[0][1]))[0] > 0.8
    assert crossed(words, user, (words[0], asked[0][1]), asked[1]) is None


@pytest.mark.parametrize("seed", range(40))
def test_files_without_anything_in_common_are_not_turned_round(seed):
    tables = [(np.arange(60), popular(60, seed + 100 * k)) for k in range(4)]
    assert crossed(*tables) is None
