"""Search as a whole: what the issue promises by name, properties, and the share found by kind of typo."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.slips import KINDS
from foretaste.data.catalog import Catalog
from foretaste.data.titles import make_titles, make_years
from foretaste.serve.catalogue.search.forms import all_forms
from foretaste.serve.catalogue.search.index import MOST, TitleIndex
from foretaste.serve.catalogue.shelf import Shelf

TITLES = (
    "Amelie (Fabuleux destin d'Amélie Poulain, Le) (2001)", "Shawshank Redemption, The (1994)",
    "Star Wars: Episode IV - A New Hope (1977)", "Lord of the Rings: The Fellowship of the Ring, The (2001)",
    "Godfather, The (1972)", "Godfather: Part II, The (1974)", "Matrix, The (1999)", "Matrix Reloaded, The (2003)",
    "Heat (1995)", "Heat (1986)", "Seven (a.k.a. Se7en) (1995)", "Alien (1979)", "Seven Samurai (Shichinin no samurai) (1954)",
    "七人の侍 (1954)", "WALL·E (2008)", "Crouching Tiger, Hidden Dragon (Wo hu cang long) (2000)", "$ (1971)", "Up (2009)",
    "2001: A Space Odyssey (1968)", "Стиляги (2008)", "", "(500) Days of Summer (2009)", "10 Things I Hate About You (1999)",
)  # fmt: skip
SHELF = Shelf.of(Catalog(np.arange(len(TITLES)), TITLES), np.arange(100, 100 - len(TITLES), -1))
INDEX = SHELF.index


def found(text, allowed=None):
    return [TITLES[col] for col in INDEX.find(text, allowed).tolist()]


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("amelie", "Amelie"), ("amélie poulain", "Amelie"), ("shawshenk", "Shawshank"), ("starwars", "Star Wars"),
        ("lord rings fellow", "Lord of the Rings"), ("godfater 2", "Godfather: Part II"), ("the matrix", "Matrix, The"),
        ("matrix the", "Matrix, The"), ("matrix, the", "Matrix, The"), ("heat 1986", "Heat (1986)"), ("heat", "Heat (1995)"),
        ("se7en", "Seven (a.k.a."), ("alein", "Alien"), ("shichinin", "Seven Samurai"), ("七人", "七人"), ("の侍", "七人"),
        ("wall-e", "WALL"),
        ("wo hu", "Crouching"), ("$", "$"), ("u", "Up"), ("2001 space", "2001"), ("стил", "Стиляги"), ("item 20", ""),
        ("500 days", "(500)"), ("ten things", "10 Things"), ("hte mtarix", "Matrix, The"), ("1995", "Heat (1995)"),
    ],
)  # fmt: skip
def test_what_people_type_is_found_first(text, start):
    assert found(text)[0].startswith(start)


def test_each_title_is_found_once():
    assert found("seven samurai") == ["Seven Samurai (Shichinin no samurai) (1954)"]
    assert found("godfather") == ["Godfather, The (1972)", "Godfather: Part II, The (1974)"]


@pytest.mark.parametrize("text", ["", " ", "qqqq", "\0", "\n", "zzzzzzzzzzzzzzzzzzzz", "\ud800", "\u0301"])
def test_nothing_is_found_of_nothing(text):
    assert found(text) == []


def test_what_is_not_allowed_is_not_found_and_makes_room():
    allowed = np.ones(len(TITLES), np.bool_)
    allowed[4] = False
    assert found("godfather", allowed) == ["Godfather: Part II, The (1974)"]
    assert found("godfather", np.zeros(len(TITLES), np.bool_)) == []


def test_the_better_known_come_first_among_equals_and_there_is_an_end():
    catalog = Catalog(np.arange(1000), tuple(f"Star {n}" for n in range(1000)))
    cols = Shelf.of(catalog, np.arange(1000)).index.find("star")
    assert cols.tolist() == list(range(999, 999 - len(cols), -1))
    assert MOST <= len(cols) <= 3 * MOST
    allowed = np.arange(1000) < 3
    assert Shelf.of(catalog).index.find("star", allowed).tolist() == [0, 1, 2]


def test_catalogues_of_nothing():
    assert Shelf.of(Catalog(np.array([], np.int64))).index.find("heat").tolist() == []
    assert TitleIndex.of(Shelf.of(Catalog(np.array([1]), ("",)))).find("1").tolist() == [0]


@given(st.text(max_size=30))
def test_any_text_is_answered(text):
    cols = INDEX.find(text).tolist()
    assert len(cols) == len(set(cols))
    assert set(cols) <= set(range(len(TITLES)))


@settings(max_examples=50)
@given(st.sampled_from([title for title in TITLES if title]), st.integers(1, 60))
def test_every_beginning_of_every_title_finds_it(title, length):
    typed = all_forms([title])[0][0][:length]
    assert title in found(typed)


LEAST = {
    "as it is": 1.0, "its first half": 0.75, "two letters turned": 0.97, "a letter dropped": 0.97, "a letter doubled": 0.97,
    "a wrong letter": 0.97, "a wrong first letter": 0.95, "two slips": 0.9, "no spaces": 1.0, "one space less": 0.98,
    "a space inside a word": 0.97, "a word left out": 0.4, "words the other way round": 1.0, "first half, with a slip": 0.7,
}  # fmt: skip
"""Share of 60 titles of 3,000 that is among the first five, at least."""


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_misspelt_is_found(kind, many):
    shelf, rng = many, np.random.default_rng(1)
    hits = []
    for col in rng.choice(len(shelf), 60, replace=False).tolist():
        typed = KINDS[kind](all_forms([shelf.titles[col]])[0][0], rng)
        if typed is not None:
            hits.append(
                col in shelf.index.find(typed)[: None if "half" in kind else 5]
            )  # halves are the halves of many
    assert len(hits) > 15
    assert np.mean(hits) >= LEAST[kind]


@pytest.fixture(scope="module")
def many():
    rng = np.random.default_rng(0)
    return Shelf.of(Catalog(np.arange(3000), make_titles(make_years(3000, rng), rng)), rng.lognormal(3, 1, 3000))
