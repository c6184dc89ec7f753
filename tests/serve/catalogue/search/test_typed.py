"""What somebody typed, taken apart."""

import pytest

from foretaste.serve.catalogue.search.typed import LONGEST, WORDS, Typed


@pytest.mark.parametrize(
    ("text", "words", "year", "undated"),
    [
        ("Heat 1995", ("heat", "1995"), 1995, "heat"),
        ("heat (1995)", ("heat", "1995"), 1995, "heat"),
        ("1995 heat", ("1995", "heat"), 1995, "heat"),
        ("2001 space 1968", ("2001", "space", "1968"), 1968, "2001 space"),
        ("1917", ("1917",), 1917, "1917"),
        ("movie 9999", ("movie", "9999"), 0, "movie 9999"),
        ("heat 199", ("heat", "199"), 0, "heat 199"),
        ("heat ١٩٩٥", ("heat", "١٩٩٥"), 0, "heat ١٩٩٥"),
        ("", (), 0, ""),
        ("  ", (), 0, ""),
    ],
)
def test_words_and_a_year(text, words, year, undated):
    typed = Typed.of(text)
    assert (typed.words, typed.year, typed.undated) == (words, year, undated)


def test_a_year_alone_is_told_from_a_year_behind_a_title():
    assert Typed.of("1995").only_year
    assert not Typed.of("heat 1995").only_year
    assert not Typed.of("heat").only_year


def test_numbers_are_read_in_digits_too():
    assert Typed.of("rocky ii").readings == (("rocky", "ii"), ("rocky", "2"))
    assert Typed.of("rocky 2").readings == (("rocky", "2"),)


def test_nobody_makes_it_work_for_long():
    typed = Typed.of("x" * 10_000 + " " + "y z " * 10_000)
    assert sum(map(len, typed.words)) <= LONGEST
    assert len(Typed.of("y z " * 10_000).words) == WORDS
