"""Titles that share threes of letters, against sets of them."""

import numpy as np
import pytest

from foretaste.serve.catalogue.search import grams
from foretaste.serve.catalogue.search.grams import gram_postings, shared

FORMS = ["star wars", "stardust", "the star", "a b", "x", "七人の侍", "war stars", "banana banana"]


def threes(text):
    run = "\n\n" + text.replace(" ", "")
    return {run[i : i + 3] for i in range(len(run) - 2)}


@pytest.mark.parametrize("text", ["starwars", "star wars", "s", "st", "wars", "の侍", "banana", "zzz", ""])
def test_what_is_shared_is_the_sum_of_how_rare_the_common_threes_are(text):
    owned = [threes(form) for form in FORMS]
    rarity = {
        gram: np.log1p(len(FORMS) / sum(gram in own for own in owned))
        for gram in threes(text)
        if any(gram in o for o in owned)
    }
    want = [sum(value for gram, value in rarity.items() if gram in own) for own in owned]
    np.testing.assert_allclose(shared(gram_postings(FORMS), text, len(FORMS)), want, rtol=1e-5)


def test_of_very_common_threes_only_the_rarest_are_looked_at(monkeypatch):
    postings = gram_postings(["ab"] * 50 + ["abc"])
    monkeypatch.setattr(grams, "MOST", 10)
    share = shared(postings, "abc", 51)
    assert share[50] > 0
    assert not share[:50].any()


def test_common_threes_are_looked_at_where_there_are_no_rarer_ones(monkeypatch):
    monkeypatch.setattr(grams, "MOST", 10)
    assert shared(gram_postings(["ab"] * 50), "ab", 50).all()


def test_nothing_to_look_at():
    assert shared(gram_postings([]), "abc", 0).tolist() == []
