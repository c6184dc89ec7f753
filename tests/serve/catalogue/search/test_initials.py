"""Initials of titles, and when they are what is meant."""

import numpy as np

from foretaste.data.catalog import Catalog
from foretaste.serve.catalogue.search.initials import initials_of
from foretaste.serve.catalogue.shelf import Shelf

TITLES = (
    "Lotrek the Painter (1999)",
    "Lord of the Rings: The Fellowship of the Ring, The (2001)",
    "Lord of the Rings: The Two Towers, The (2002)",
    "Bear, The (Ours, L') (1988)",
    "Eternal Sunshine of the Spotless Mind (2004)",
    "Heat (1995)",
    "Dark Knight, The (2008)",
    "2001: A Space Odyssey (1968)",
)


def found(titles, text, allowed=None):
    shelf = Shelf.of(Catalog(np.arange(len(titles)), titles), np.arange(len(titles), 0, -1))
    return [titles[col] for col in shelf.search(text, allowed).tolist()]


def test_a_title_has_them_whole_and_up_to_its_colon_with_its_article_and_without():
    assert initials_of([TITLES[1]]).keys() == {"tlotrtfotr", "lotrtfotr", "tlotr", "lotr"}
    assert initials_of([TITLES[6], TITLES[5]]) == {"tdk": [0]}
    assert initials_of(TITLES)["lotr"] == [1, 2]
    assert initials_of(["", "()", "A a", "One Two Three (Four)"]) == {"ott": [3]}


def test_they_come_first_where_no_word_begins_like_that():
    assert found(TITLES[1:], "lotr")[:2] == list(TITLES[1:3])
    assert found(TITLES[1:], "LOTR", np.arange(7) != 0)[0] == TITLES[2]
    assert found(TITLES, "esotsm")[0] == TITLES[4]
    assert found(TITLES, "tdk")[0] == TITLES[6]


def test_a_word_that_begins_like_that_is_what_is_meant():
    assert found(TITLES, "lotr")[0] == TITLES[0]
    assert found(TITLES, "heat") == [TITLES[5]]
