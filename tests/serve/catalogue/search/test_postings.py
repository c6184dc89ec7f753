"""Flat lists of where something occurs."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from foretaste.serve.catalogue.search.postings import KEYS, Postings, code_points, hashed


@given(st.lists(st.tuples(st.integers(0, KEYS - 1) | st.integers(0, 3), st.integers(0, 5)), max_size=40))
def test_each_key_leads_to_its_places_once(pairs):
    pairs.sort(key=lambda pair: pair[1])
    keys = np.array([key for key, _ in pairs], np.uint16)
    postings = Postings.of(keys, np.array([place for _, place in pairs], np.int32))
    for key in {0, KEYS - 1, *keys.tolist()}:
        assert postings.at(key).tolist() == sorted({place for own, place in pairs if own == key})
    assert postings.places.dtype == np.int32


def test_numbers_of_rows_depend_on_each_letter_its_place_and_the_width():
    rows = ["abc", "acb", "bca", "abd", "xbc", "ab", "abcd"]
    numbers = [int(hashed(code_points(row)[None])[0]) for row in rows]
    assert len(set(numbers)) == len(rows)
    together = hashed(code_points("abcacb").reshape(2, 3))
    assert together.tolist() == numbers[:2]
    assert together.dtype == np.uint16


def test_numbers_of_words_fill_their_space():
    words = code_points("".join(f"{n:06d}" for n in range(20_000))).reshape(-1, 6)
    share = len(np.unique(hashed(words))) / KEYS
    assert abs(share - (1 - np.exp(-20_000 / KEYS))) < 0.01  # as chance would have it


def test_code_points_of_any_text():
    assert code_points("aé侍🎬\ud800").tolist() == [ord(c) for c in "aé侍🎬\ud800"]
    assert code_points("").tolist() == []
