"""The fine order of candidates."""

import numpy as np
import pytest

from foretaste.serve.catalogue.search.order import in_order
from foretaste.serve.catalogue.search.typed import Typed


def placed(text, *forms, years=None):
    order = in_order(Typed.of(text), forms, np.array(years or [0] * len(forms), np.int16))
    return [forms[place] for place in order]


def test_whole_titles_then_beginnings_then_phrases_then_words_then_slips():
    forms = ("star tours", "sta wars", "wars of a star", "the star wars story", "star wars story", "star wars")
    assert placed("star wars", *forms)[:5] == [
        "star wars",
        "the star wars story",
        "star wars story",
        "wars of a star",
        "sta wars",
    ]


def test_letters_within_words_come_before_slips_and_only_where_there_are_some():
    assert placed("bahn", "barn", "autobahn") == ["autobahn", "barn"]
    assert placed("bah", "autobahn") == []
    assert placed("leon", "miracle on 34th street") == []


def test_a_phrase_inside_comes_before_scattered_words():
    assert placed("to you", "train your dragon to", "down to you") == ["down to you", "train your dragon to"]


def test_equals_stay_as_they_stand():
    assert placed("king", "king kong", "kingdom", "king lear") == ["king kong", "kingdom", "king lear"]


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("starwars", "star wars"),
        ("s tar wa", "star wars"),
        ("matrix", "the matrix"),
        ("the matrix", "the matrix"),
        ("matrix the", "the matrix"),
        ("shawshenk", "the shawshank redemption"),
        ("lord rings fellow", "the lord of the rings the fellowship of the ring"),
        ("godfater 2", "the godfather part 2"),
        ("rocky ii", "rocky 2"),
        ("hte gdofather", "the godfather"),
        ("七 人", "七 人 の 侍"),
        ("bahn", "die autobahn"),
        ("terminater jugdment", "terminator judgment day"),
    ],
)
def test_what_is_typed_fits(text, form):
    assert placed(text, form) == [form]


@pytest.mark.parametrize(
    ("text", "form"), [("heat", "cold"), ("st", "wars"), ("ab", "ba"), ("abc", "xyz abd"), ("xqzw", "quiz")]
)
def test_what_is_too_far_does_not(text, form):
    assert placed(text, form) == []


def test_more_is_forgiven_where_nothing_is_nearer():
    assert placed("tranweck", "trainwreck") == ["trainwreck"]
    assert placed("tranweck", "trainwreck", "tranwexk") == ["tranwexk"]


def test_a_right_year_counts_and_a_wrong_one_is_forgiven():
    assert placed("heat 1995", "heat", "heat", "heat wave", years=[1972, 1995, 1995]) == ["heat", "heat wave", "heat"]
    order = in_order(Typed.of("heat 1995"), ("heat", "heat", "heat wave"), np.array([1972, 1995, 1995], np.int16))
    assert order.tolist() == [1, 2, 0]
    assert placed("1995", "heat", "1995", "cold", years=[1995, 2001, 1996]) == ["1995", "heat"]


def test_a_number_that_may_be_a_year_may_be_a_word():
    assert (
        placed("2001 space", "sugar and spice", "2001 a space odyssey", years=[2001, 1968])[0] == "2001 a space odyssey"
    )


def test_a_wrong_first_letter_counts_more_than_another():
    assert placed("maxrix", "taxrix", "matrix") == ["matrix", "taxrix"]


def test_titles_that_end_where_the_slip_ends_come_before_longer_ones():
    assert placed("matirx", "matrix reloaded", "matrix") == ["matrix", "matrix reloaded"]


def test_nothing_of_no_candidates():
    assert placed("heat") == []
