"""The catalogue file against the ratings, and its titles against each other."""

import pytest

from foretaste.doctor.titles import catalog_ids, mojibake, titles
from tests.doctor.planting import case_of, codes, world_case


def shelf(*films):
    return case_of([1, 2, 3], [7, 8, 9], [3.0, 4, 5], films=tuple((one, title, ()) for one, title in films))


GOOD = (("7", "Heat (1995)"), ("8", "Se7en (1995)"), ("9", "Amélie (2001)"))


def test_a_whole_catalogue_is_fine_and_none_is_too():
    for case in (shelf(*GOOD), world_case(), world_case(films=False)):
        assert codes([*catalog_ids(case), *titles(case), *mojibake(case)]) == []


def test_what_the_catalogue_lacks_and_what_it_has_twice():
    (unknown,) = catalog_ids(shelf(*GOOD[:2]))
    assert unknown.evidence == "1 of 3 (33 %) items, with 1 of 3 (33 %) ratings."
    assert unknown.examples == ("item 9",)
    (twice,) = catalog_ids(shelf(*GOOD, ("7", "Heat again (1995)")))
    assert (twice.code, twice.examples) == ("repeated-items", ("item 7",))


def test_titles_that_are_missing_or_shared():
    missing, shared = titles(shelf(("7", " "), ("8", "Emma (1996)"), ("9", "Emma (1996)")))
    assert (missing.code, missing.examples) == ("missing-titles", ("item 7",))
    assert (shared.code, shared.examples) == ("repeated-titles", ('"Emma (1996)": items 8, 9',))
    assert shared.evidence == "1 of 3 (33 %) items have the title of an earlier one."


def test_films_that_nobody_rated_count_among_the_titles():
    films = [(str(n), f"Film {n}") for n in range(7, 3_000)]
    case = shelf(*films, ("5000", "Film 7"))
    assert codes(titles(case)) == ["-repeated-titles"]


@pytest.mark.parametrize(
    ("title", "meant"),
    [
        ("AmÃ©lie (2001)", "Amélie (2001)"),
        ("Donâ€™t Look Now (1973)", "Don’t Look Now (1973)"),
        ("Cl\u00c3\u00a9o de 5 \u00c3\u00a0 7 (1962)", "Cléo de 5 à 7 (1962)"),
    ],
)
def test_text_read_as_something_else_is_told_with_what_was_meant(title, meant):
    (only,) = mojibake(shelf(*GOOD[:2], ("9", title)))
    assert only.examples == (f'"{title}", probably "{meant}"',)
    assert only.command is None


def test_lost_bytes_cannot_be_guessed():
    (only,) = mojibake(shelf(*GOOD[:2], ("9", "Am\ufffdlie (2001)")))
    assert only.examples == ('"Am\ufffdlie (2001)"',)
    assert only.command.startswith("iconv")


@pytest.mark.parametrize(
    "title", ["Amélie", "Ãngelo", "SÃO PAULO", "Ça ira", "Â", "七人の侍", "Łódź", "Москва", "â la carte", "naïve"]
)
def test_accents_are_no_fault(title):
    assert list(mojibake(shelf(*GOOD[:2], ("9", title)))) == []


def test_ids_are_text_too():
    (only,) = mojibake(case_of(["JosÃ©", "ann"], [1, 2], [3.0, 4.0]))
    assert only.evidence == "1 of 2 (50 %) user ids."


def test_where_columns_are_swapped_the_catalogue_says_nothing_about_items():
    case = world_case(900, 90, 9_000)
    turned = case_of(case.ratings.item, case.ratings.user, case.ratings.rating, case.ratings.time, films=case.films)
    assert list(catalog_ids(turned)) == []
