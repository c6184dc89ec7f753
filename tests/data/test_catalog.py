"""Item ids and columns, and what people call things."""

import json

import numpy as np
import pytest

from foretaste.data.catalog import Catalog, id_array
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
        InputError, match=r'"star" fits 2 titles: Star .*; Star .*\nhint: give the whole title or the id, as in id:260'
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


def test_it_describes_itself():
    assert repr(FILMS) == "Catalog(5 items, titles, genres)"
    assert len(FILMS) == 5


def films(**titles):
    ids = [int(name[1:]) for name in titles]
    return Catalog(np.array(ids), tuple(titles.values()))


def test_two_items_of_one_title_are_never_picked_between():
    emma = films(n838="Emma (1996)", n26958="Emma (1996)")
    for text in ("Emma (1996)", "emma", "EMMA (1996)"):
        with pytest.raises(
            InputError, match=r"fits 2 titles: Emma \(1996\) \(id 838\); Emma \(1996\) \(id 26958\)"
        ) as caught:
            emma.find(text)
        assert caught.value.hint == "give the whole title or the id, as in id:838"
    assert [emma.find("26958"), emma.find("id:838"), emma.find("ID: 838")] == [1, 0, 0]


def test_a_title_as_it_is_written_wins():
    both = films(n1="Cafe (1995)", n2="Café (1995)", n3="Cafe (2001)")
    assert [both.find("Cafe (1995)"), both.find("Café (1995)")] == [0, 1]
    with pytest.raises(InputError, match="fits 2 titles"):
        both.find("CAFE (1995)")
    with pytest.raises(InputError, match="fits 3 titles"):
        both.find("cafe")


def test_an_id_that_is_a_title_too_is_ambiguous():
    both = films(n300="Up (2009)", n2="300 (2007)", n5="1917 (2019)")
    with pytest.raises(
        InputError, match=r'"300" is the id of "Up \(2009\)" and also the title "300 \(2007\)", expected one item'
    ) as caught:
        both.find("300")
    assert caught.value.hint == 'give the whole title, "300 (2007)", or id:300'
    assert [both.find("300 (2007)"), both.find("id:300"), both.find("1917"), both.find("2")] == [1, 0, 2, 1]
    assert films(n300="300 (2007)").find("300") == 0
    with pytest.raises(InputError, match=r'no item has the id "9"\nhint: give an id of the data set, or a title'):
        both.find("id:9")
    assert Catalog(id_array(["id:9", "9"])).find("id:9") == 0


@pytest.mark.parametrize("text", ["The Matrix", "the matrix (1999)", "Matrix, The", "matrix, the (1999)", "MATRIX"])
def test_an_article_stands_in_front_or_behind(text):
    for title in ("Matrix, The (1999)", "The Matrix (1999)"):
        assert films(n1="Heat (1995)", n2=title).find(text) == 1


def test_a_part_keeps_titles_and_genres_in_the_order_asked_for() -> None:
    whole = Catalog(np.array([3, 5, 9]), ("a", "b", "c"), (("x",), (), ("y", "z")))
    part = whole.only(np.array([9, 3]))
    assert (part.item_ids.tolist(), part.titles, part.genres) == ([9, 3], ("c", "a"), (("y", "z"), ("x",)))
    assert Catalog(np.array([3, 5])).only(np.array([5])).titles is None
