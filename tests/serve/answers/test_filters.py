"""From genres, years, items and exclusions to a mask of columns, against brute force over all items."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretaste.data.catalog import Catalog
from foretaste.errors import InputError
from foretaste.serve.answers.filters import filtered
from foretaste.serve.catalogue.shelf import Shelf

TITLES = ("Alien (1979)", "Babe (1995)", "Casino (1995)", "Dune", "Emma (1996)", "Fargo (1996)", "", "Heat (1995–)")
GENRES = (("Horror", "Sci-Fi"), ("Children",), ("Crime", "Drama"), (), ("Drama",), ("Crime",), ("Drama",), ("Crime",))
SHELF = Shelf.of(Catalog(np.arange(10, 18), TITLES, GENRES))


def passed(**filters):
    found = filtered(SHELF, **filters)
    return None if found.allowed is None else np.flatnonzero(found.allowed).tolist()


def test_without_filters_there_is_no_mask():
    assert filtered(SHELF) == (None, [])
    assert filtered(SHELF, genres=[]) == (None, [])


def test_one_genre_of_several_is_enough_and_case_does_not_matter():
    assert passed(genres=["crime", "SCI-FI"]) == [0, 2, 5, 7]


def test_a_genre_that_is_unknown_is_an_error_with_the_nearest_name():
    with pytest.raises(InputError, match='no genre is called "Crimes"') as caught:
        filtered(SHELF, genres=["Crimes"])
    assert caught.value.hint == 'did you mean "Crime"?'
    with pytest.raises(InputError) as caught:
        filtered(Shelf.of(Catalog(np.array([1]))), genres=["Drama"])
    assert caught.value.hint == "it has none"


def test_years_include_both_ends_and_leave_out_what_has_none():
    assert passed(first=1995, last=1995) == [1, 2, 7]
    assert passed(first=1996) == [4, 5]
    assert passed(last=1979) == [0]
    assert passed(first=0) == [0, 1, 2, 4, 5, 7]
    assert passed(last=9999) == [0, 1, 2, 4, 5, 7]


def test_years_that_end_before_they_begin_are_an_error():
    with pytest.raises(InputError, match="years from 1999 to 1990, expected the first one first") as caught:
        filtered(SHELF, first=1999, last=1990)
    assert caught.value.hint == "from 1990 to 1999"


def test_ids_that_are_unknown_are_ignored_once_in_their_order():
    found = filtered(SHELF, items=[17, 99, "12", "x", 99], exclude=["x", 12, "é"])
    assert np.flatnonzero(found.allowed).tolist() == [7]
    assert found.ignored == [99, "x", "é"]


def test_only_these_of_none_is_nothing_and_no_error():
    assert passed(items=[]) == []
    assert passed(items=[99]) == []
    assert passed(exclude=[]) == list(range(8))


years = st.none() | st.integers(1978, 1997)
ids = st.none() | st.lists(st.integers(8, 19) | st.integers(8, 19).map(str), max_size=6)


@given(st.none() | st.lists(st.sampled_from(["Crime", "drama", "Horror"]), max_size=2), years, years, ids, ids)
def test_a_column_passes_exactly_when_it_passes_every_filter(genres, first, last, items, exclude):
    if first is not None and last is not None and first > last:
        first, last = last, first
    found = filtered(SHELF, genres=genres, first=first, last=last, items=items, exclude=exclude)
    for col in range(len(SHELF)):
        film = SHELF.film(col)
        own = {genre.lower() for genre in film["genres"]}
        fits = not genres or bool(own & {genre.lower() for genre in genres})
        if first is not None or last is not None:
            fits &= film["year"] is not None and (first or 0) <= film["year"] <= (last or 9999)
        fits &= items is None or film["item"] in {int(item) for item in items}
        fits &= film["item"] not in {int(item) for item in exclude or []}
        assert fits == (found.allowed is None or found.allowed[col])
    assert {int(item) for item in found.ignored} == {
        int(item) for item in [*(items or []), *(exclude or [])] if not 10 <= int(item) < 18
    }
