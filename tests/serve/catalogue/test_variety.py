"""Well-known items that are unlike each other."""

import numpy as np

from foretaste.data.catalog import Catalog
from foretaste.serve.catalogue.shelf import Shelf
from foretaste.serve.catalogue.variety import POOL, varied
from tests.serving import WORLD


def shelf(lines):
    titles, genres, counts = zip(*lines, strict=True)
    return Shelf.of(Catalog(np.arange(len(lines)), titles, genres), np.array(counts))


def test_the_best_known_is_first_and_the_parts_of_a_series_stand_apart():
    films = shelf(
        [
            ("Star Wars: Episode IV (1977)", ("Action", "Sci-Fi"), 100),
            ("Star Wars: Episode V (1980)", ("Action", "Sci-Fi"), 99),
            ("Star Wars: Episode VI (1983)", ("Action", "Sci-Fi"), 98),
            ("Emma (1996)", ("Comedy", "Romance"), 60),
            ("Persona (1966)", ("Drama",), 55),
        ]
    )
    assert varied(films, films.best_known)[:3].tolist() == [0, 3, 4]


def test_what_nobody_knows_does_not_come_forward_for_being_odd():
    films = shelf([("A (1990)", ("Drama",), 1000), ("B (1991)", ("Drama",), 900), ("Odd (1920)", ("Western",), 1)])
    assert varied(films, films.best_known).tolist() == [0, 1, 2]


def test_it_is_an_arrangement_of_the_same_columns_and_always_the_same():
    rng = np.random.default_rng(0)
    films = Shelf.of(WORLD.catalog, rng.integers(0, 500, 60))
    cols = films.best_known[5:]
    once = varied(films, cols)
    assert sorted(once.tolist()) == sorted(cols.tolist())
    assert once.tolist() == varied(films, cols).tolist()
    assert once.dtype == np.int32


def test_the_first_ten_cover_more_genres_than_the_best_known_ten():
    films = Shelf.of(WORLD.catalog, np.linspace(300, 200, 60))

    def covered(cols):
        return len({genre for col in cols[:10].tolist() for genre in films.genres[col]})

    assert covered(varied(films, films.best_known)) > covered(films.best_known)


def test_beyond_the_pool_the_best_known_follow():
    films = Shelf.of(Catalog(np.arange(POOL + 50)), np.ones(POOL + 50))
    assert varied(films, films.best_known)[POOL:].tolist() == list(range(POOL, POOL + 50))


def test_catalogues_without_titles_genres_and_counts_are_left_in_order():
    films = Shelf.of(Catalog(np.arange(4)))
    assert varied(films, films.best_known).tolist() == [0, 1, 2, 3]
    assert varied(films, films.best_known[:0]).tolist() == []
