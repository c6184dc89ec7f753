"""Item ids and columns, and what people call things."""

import json

import numpy as np
import pytest

from foretaste.data.catalog import Catalog, fold, id_array
from foretaste.errors import DataError, InputError

TITLES = ("Heat (1995)", "Amélie (2001)", "Star Wars (1977)", "Star Trek (1979)", "")
FILMS = Catalog(np.array([6, 4973, 260, 1371, 9]), TITLES, (("Crime",), (), (), (), ()))


@pytest.mark.parametrize(
    ("text", "col"),
    [("6", 0), ("heat (1995)", 0), ("HEAT", 0), ("amelie", 1), ("Amélie (2001)", 1), ("wars", 2), (" 9 ", 4)],
)
def test_what_people_type_finds_the_column(text, col):
    assert FILMS.find(text) == col


def test_a_part_of_several_titles_lists_them():
    with pytest.raises(
        InputError, match=r'"star" fits 2 titles: Star .*; Star .*\nhint: give the whole title or the id'
    ):
        FILMS.find("star")


def test_a_misspelt_title_offers_the_nearest():
    with pytest.raises(InputError, match=r'no item is called "Heet \(1995\)"\nhint: did you mean "Heat \(1995\)"\?'):
        FILMS.find("Heet (1995)")
    with pytest.raises(InputError, match="hint: give an id of the data set"):
        FILMS.find("zzzzzzzz")


def test_ids_as_numbers_or_words():
    assert [FILMS.column(i) for i in (6, "6", 7, "x", "²")] == [0, 0, None, None, None]
    assert FILMS.columns(np.array([260, 5, 6, 260])).tolist() == [2, -1, 0, 2]
    words = Catalog(id_array(["a", "7"]))
    assert [words.column(i) for i in ("a", 7, 8)] == [0, 1, None]


def test_an_item_without_a_title_is_called_by_its_id():
    assert FILMS.title(4) == "item 9"
    assert Catalog(np.array([3])).title(0) == "item 3"


def test_it_goes_through_json():
    for catalog in (FILMS, Catalog(id_array(["a", "b"]))):
        again = Catalog.from_json(json.loads(json.dumps(catalog.to_json())))
        assert again.item_ids.tolist() == catalog.item_ids.tolist()
        assert (again.titles, again.genres) == (catalog.titles, catalog.genres)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({}, "no list of integer or string item ids"),
        ({"item_ids": [1, "a"]}, "no list of integer or string item ids"),
        ({"item_ids": [1], "titles": [2]}, "titles are not a list of strings"),
        ({"item_ids": [1], "genres": ["x"]}, "genres are not a list of lists"),
        ({"item_ids": [2**70]}, "does not fit 64 bits"),
        ({"item_ids": [1, 1]}, "an item id stands twice in the catalogue"),
        ({"item_ids": [1], "titles": ["a", "b"]}, "2 titles for 1 items; expected one each"),
    ],
)
def test_damaged_json_is_refused(value, words):
    with pytest.raises(DataError, match=words):
        Catalog.from_json(value)


def test_text_is_compared_without_case_accents_and_double_spaces():
    assert fold("  ÉCOLE  Ö") == "ecole o"
    assert repr(FILMS) == "Catalog(5 items, titles, genres)"
    assert len(FILMS) == 5
