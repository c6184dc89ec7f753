"""What a served catalogue knows besides ids."""

import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from foretaste.data.catalog import Catalog
from foretaste.serve.catalogue.search.index import TitleIndex
from foretaste.serve.catalogue.shelf import _BUILDING, Shelf, undated

CATALOG = Catalog(
    np.array([10, 20, 30, 40]),
    ("Matrix, The (1999)", "Death Note: Desu nôto (2006–2007)", "", "Babylon 5"),
    (("Action", "Sci-Fi"), ("Action",), (), ("Sci-Fi", "Sci-Fi")),
)
SHELF = Shelf.of(CATALOG, np.array([5, 7, 0, 7]))


def test_a_film_is_plain_values_with_its_title_as_written():
    film = SHELF.film(0)
    assert film == {
        "item": 10,
        "title": "Matrix, The (1999)",
        "year": 1999,
        "genres": ["Action", "Sci-Fi"],
        "n_ratings": 5,
    }
    assert json.loads(json.dumps(film)) == film
    assert SHELF.film(2) == {"item": 30, "title": "item 30", "year": None, "genres": [], "n_ratings": 0}


def test_an_answer_may_add_to_a_film():
    SHELF.film(0)["genres"].append("War")
    assert SHELF.film(0)["genres"] == ["Action", "Sci-Fi"]


@pytest.mark.parametrize(
    ("title", "year", "bare"),
    [
        ("Heat (1995)", 1995, "Heat"),
        ("Heat (1995) ", 1995, "Heat"),
        ("Cosmos (2001-2004)", 2001, "Cosmos"),
        ("Cosmos (2001– )", 2001, "Cosmos"),
        ("2001: A Space Odyssey (1968)", 1968, "2001: A Space Odyssey"),
        ("Blade Runner 2049", 0, "Blade Runner 2049"),
        ("Seven (a.k.a. Se7en) (1995)", 1995, "Seven (a.k.a. Se7en)"),
        ("(500) Days of Summer (2009)", 2009, "(500) Days of Summer"),
        ("Room (12345)", 0, "Room (12345)"),
        ("Remake (1960) (1998)", 1998, "Remake (1960)"),
        ("(1999)", 1999, "(1999)"),
        ("七人の侍 (1954)", 1954, "七人の侍"),
    ],
)
def test_years_are_read_off_the_end_of_titles(title, year, bare):
    shelf = Shelf.of(Catalog(np.array([1]), (title,)))
    assert (int(shelf.years[0]), shelf.bare(0), undated(title)) == (year, bare, bare)
    assert shelf.years.dtype == np.int16


def test_genres_lead_to_their_columns():
    assert {name: cols.tolist() for name, cols in SHELF.by_genre.items()} == {"Action": [0, 1], "Sci-Fi": [0, 3]}
    assert SHELF.called == {"action": "Action", "sci-fi": "Sci-Fi"}


@pytest.mark.parametrize(
    ("genres", "titles", "many"),
    [
        ((("Drama", "War"), ("Film-Noir",), ("(no genres listed)",)), ("A (1999)", "B (1950)", "C"), "films"),
        ((("Drama",), ("Cooking",), ("Poetry",)), ("A (1999)", "B (1950)", "C (1960)"), "titles"),
        ((("Drama",), ("War",), ("Crime",)), ("A", "B", "C (1960)"), "titles"),
        (None, ("A (1999)", "B (1950)", "C (1960)"), "titles"),
        ((("(no genres listed)",),) * 3, ("A (1999)", "B (1950)", "C (1960)"), "titles"),
    ],
)
def test_things_are_films_where_genres_and_years_say_so(genres, titles, many):
    assert Shelf.of(Catalog(np.arange(3), titles, genres)).things["many"] == many


def test_the_best_known_come_first_and_the_lower_column_among_equals():
    assert SHELF.best_known.tolist() == [1, 3, 0, 2]
    assert SHELF.span == (1999, 2006)


def test_a_catalogue_of_bare_ids_without_counts():
    shelf = Shelf.of(Catalog(np.array(["a/b", "c d"], dtype=object)))
    assert shelf.film(1) == {"item": "c d", "title": "item c d", "year": None, "genres": [], "n_ratings": None}
    assert (shelf.span, shelf.by_genre, shelf.best_known.tolist(), len(shelf)) == (None, {}, [0, 1], 2)
    assert repr(shelf) == "Shelf(2 items, 0 genres)"


def test_an_id_that_looks_like_a_year_is_no_year():
    assert Shelf.of(Catalog(np.array(["x (1999)"], dtype=object))).years.tolist() == [0]


def test_a_column_without_a_title_does_not_get_a_year_from_its_id():
    catalog = Catalog(np.array(["x (1999)", "y"], dtype=object), ("", "Heat (1995)"))
    assert Shelf.of(catalog).years.tolist() == [0, 1995]


def test_searches_find_titles_and_ids_among_what_is_allowed():
    assert SHELF.search("matrix").tolist() == [0]
    assert SHELF.search("babilon").tolist() == [3]
    assert SHELF.search(" id:30").tolist() == [2]
    assert SHELF.search("ID: 30 ").tolist() == [2]
    assert SHELF.search("id:31").tolist() == []
    allowed = np.array([False, True, False, True])
    assert SHELF.search("matrix", allowed).tolist() == []
    assert SHELF.search("id:10", allowed).tolist() == []


def test_a_number_is_part_of_a_title_where_there_are_titles_and_an_id_where_there_are_none():
    assert SHELF.search("10").tolist() == []
    assert Shelf.of(Catalog(np.array([10, 100]))).search("10").tolist()[0] == 0
    text = Shelf.of(Catalog(np.array(["b07", "heat"], dtype=object), ("Heat (1995)", "Cold")))
    assert text.search("B07").tolist() == []
    assert text.search("b07").tolist() == [0]
    assert text.search("heat").tolist() == [1, 0]


def test_tags_are_no_part_of_a_title_unless_it_has_them():
    shelf = Shelf.of(Catalog(np.arange(3), ("Braveheart (1995)", "Bold <b>and</b> Bare", "Heat (1995)")), np.arange(3))
    assert shelf.search("<b>").tolist() == [1]
    assert shelf.search("<script>").tolist() == shelf.search("<i> </i>").tolist() == []
    assert shelf.search("<B>", np.arange(3) != 1).tolist() == []
    assert shelf.search("<b>heat</b>").tolist()[0] == 2
    assert shelf.search("b").tolist()[0] in {0, 1}


def test_a_search_does_not_wait_for_the_index_of_another_model():
    assert SHELF.search("matrix").tolist() == [0]
    with _BUILDING:  # as if another were being built
        assert SHELF.search("matrix").tolist() == [0]


def test_the_index_is_built_once_however_many_ask_for_it(monkeypatch):
    built, ask = [], TitleIndex.of

    def count(shelf):
        built.append(shelf)
        return ask(shelf)

    monkeypatch.setattr(TitleIndex, "of", count)
    shelf = Shelf.of(CATALOG)
    shelf.prepare()
    with ThreadPoolExecutor(4) as pool:
        assert len({id(index) for index in pool.map(lambda _: shelf.index, range(8))}) == 1
    assert built == [shelf]
