"""Slips between what was typed and the beginning of a word, against the textbook recursion."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretaste.serve.catalogue.search.distance import slips


def textbook(a, b):
    """The optimal string alignment distance as its recursion is written."""

    @cache
    def upto(i, j):
        if not i or not j:
            return i + j
        best = min(upto(i - 1, j) + 1, upto(i, j - 1) + 1, upto(i - 1, j - 1) + (a[i - 1] != b[j - 1]))
        if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
            best = min(best, upto(i - 2, j - 2) + 1)
        return best

    return upto(len(a), len(b))


@pytest.mark.parametrize(
    ("typed", "word", "want"),
    [
        ("heat", "heat", 0), ("hea", "heat", 0), ("heta", "heat", 1), ("het", "heat", 1), ("hheat", "heat", 1),
        ("heat", "he", 2), ("shawshenk", "shawshanks", 1), ("amn", "man", 1), ("st", "star", 0), ("ts", "star", 1),
        ("x", "y", 1), ("star", "s", 3),
    ],
)  # fmt: skip
def test_slips_by_hand(typed, word, want):
    assert slips(typed, [word]).tolist() == [want]


letters = st.text("abc", max_size=6)


@given(st.text("abc", min_size=1, max_size=6), st.lists(letters, max_size=4))
def test_slips_are_those_to_the_nearest_beginning(typed, words):
    got = slips(typed, words)
    cuts = {len(typed)} | ({len(typed) - 1, len(typed) + 1} if len(typed) > 2 else set())
    assert got.tolist() == [min(textbook(typed, word[:cut]) for cut in cuts) for word in words]
    assert got.dtype == np.int32


def test_what_is_far_is_only_far():
    assert slips("abcdef", ["uvwxyz", "abcdef"], most=2).tolist() == [3, 0]
    assert slips("abc", []).tolist() == []
