from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from foretaste.data.catalog import id_array
from foretaste.data.items import read_catalog, read_films
from foretaste.errors import DataError

Put = Callable[[str, str | bytes], Path]


def test_movies_csv(put: Put) -> None:
    path = put(
        "movies.csv",
        'movieId,title,genres\n1,Toy Story (1995),Adventure|Animation\n11,"American President, The (1995)",Comedy\r\n'
        '5,"""Quoted"" (2000)",(no genres listed)\n9,Amélie (2001),Romance\n',
    )
    catalog = read_catalog(np.array([1, 2, 5, 9, 11]), path)
    assert catalog.titles == (
        "Toy Story (1995)",
        "",
        '"Quoted" (2000)',
        "Amélie (2001)",
        "American President, The (1995)",
    )
    assert catalog.genres == (("Adventure", "Animation"), (), (), ("Romance",), ("Comedy",))
    assert catalog.item_ids.tolist() == [1, 2, 5, 9, 11]


def test_movies_dat_of_1m_is_latin_1_and_titles_hold_colons(put: Put) -> None:
    text = "1::Toy Story (1995)::Animation|Children's\n2::Star Wars: Episode IV :: A New Hope::Sci-Fi\n3::Amélie::\n"
    catalog = read_catalog(np.array([1, 2, 3]), put("movies.dat", text.encode("latin-1")))
    assert catalog.titles == ("Toy Story (1995)", "Star Wars: Episode IV :: A New Hope", "Amélie")
    assert catalog.genres == (("Animation", "Children's"), ("Sci-Fi",), ())


def test_movies_dat_of_10m_is_utf8(put: Put) -> None:
    catalog = read_catalog(np.array([3]), put("movies.dat", "3::Amélie (2001)::Comedy|Romance\n"))
    assert (catalog.titles, catalog.genres) == (("Amélie (2001)",), (("Comedy", "Romance"),))


def u_item(film_id: int, title: str, *flags: int) -> str:
    return f"{film_id}|{title}|01-Jan-1995||http://example.org/|" + "|".join(str(int(n in flags)) for n in range(19))


@pytest.mark.parametrize("with_genre_file", [True, False])
def test_u_item(put: Put, *, with_genre_file: bool) -> None:
    text = "\n".join(
        [u_item(1, "Toy Story (1995)", 3, 4, 5), u_item(2, "Misérables, Les (1995)", 8), u_item(267, "unknown", 0)]
    )
    path = put("u.item", (text + "\n").encode("latin-1"))
    if with_genre_file:
        names = ["unknown", "Action", "Adventure", "Anime", "Kids", "Fun", *(f"g{n}" for n in range(6, 19))]
        put("u.genre", "\n".join(f"{name}|{n}" for n, name in enumerate(names)) + "\n\n")
    catalog = read_catalog(np.array([1, 2, 267]), path)
    assert catalog.titles == ("Toy Story (1995)", "Misérables, Les (1995)", "unknown")
    expected = (("Anime", "Kids", "Fun"), ("g8",), ()) if with_genre_file else (
        ("Animation", "Children's", "Comedy"), ("Drama",), ()
    )  # fmt: skip
    assert catalog.genres == expected


def test_text_ids_find_their_titles(put: Put) -> None:
    catalog = read_catalog(id_array(["007", "1"]), put("movies.csv", "movieId,title\n1,One\n007,Bond\n"))
    assert catalog.titles == ("Bond", "One")
    assert catalog.genres == ((), ())


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("movies.csv", "a,b\n1,2\n", "movies.csv has the columns a, b, expected an item id and a title"),
        (
            "movies.csv",
            "movieId,title,genres\n1,One,Drama\n2,Two, or more,Drama\n",
            "movies.csv line 3 has 4 fields, expected 3",
        ),
        ("movies.dat", "1::One::Drama\n2::Two\n", "movies.dat line 2 has 2 fields, expected 3"),
        ("u.item", "1|One|1995\n", "u.item line 1 has 3 fields, expected 24"),
    ],
)
def test_a_line_that_is_no_film_is_named(put: Put, name: str, content: str, words: str) -> None:
    with pytest.raises(DataError) as caught:
        read_catalog(np.array([1]), put(name, content))
    assert caught.value.message == words
    if "line" in words:
        assert caught.value.hint == "fetch the data set again, or take the file away"


@pytest.mark.parametrize(
    ("film", "end"),
    [('2,"Two,Drama', 10_003), ('2,"Two,Drama\n3,Three"', 3), ('2,"Two,Drama\n3,Three,War\n4,Four",War', 4)],
)
def test_an_open_quote_in_the_films_is_named(put: Put, film: str, end: int) -> None:
    rest = "".join(f"{n},T{n},Drama\n" for n in range(10, 10_010))
    path = put("movies.csv", f"movieId,title,genres\n{film}\n{rest}")
    with pytest.raises(DataError, match=r"movies.csv line 2: a quote opens there and does not close before line \d+"):
        read_catalog(np.array([1]), path)


def test_the_films_of_a_file_come_as_they_stand_there(put: Put) -> None:
    path = put("movies.csv", "movieId,title,genres\n7,Heat (1995),Crime\n7,Heat again (1995),\n9,,Drama|War\n")
    films = [("7", "Heat (1995)", ("Crime",)), ("7", "Heat again (1995)", ()), ("9", "", ("Drama", "War"))]
    assert list(read_films(path)) == films


def test_a_title_of_two_lines_is_legal(put: Put) -> None:
    catalog = read_catalog(np.array([1, 2]), put("movies.csv", 'movieId,title\n1,"One,\nor more"\n2,Two\n'))
    assert catalog.titles == ("One,\nor more", "Two")


@pytest.mark.parametrize("line", ["Action", "Action|x", "|3", "Action|-1"])
def test_a_line_that_is_no_genre_is_named(put: Put, line: str) -> None:
    put("u.genre", f"unknown|0\n{line}\n")
    with pytest.raises(DataError, match=r"u.genre line 2 has \".*\", expected NAME\|NUMBER"):
        read_catalog(np.array([1]), put("u.item", u_item(1, "One")))


def test_films_in_utf16_are_called_so(put: Put) -> None:
    with pytest.raises(DataError, match=r"movies.csv is UTF-16 text, expected UTF-8") as caught:
        read_catalog(np.array([1]), put("movies.csv", "movieId,title\n1,One\n".encode("utf-16")))
    assert caught.value.hint is not None
    assert "iconv" in caught.value.hint


def test_films_that_cannot_be_read(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put("movies.csv", "movieId,title\n1,One\n")

    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(
        DataError, match=r"movies.csv cannot be read: Permission denied\nhint: let it be read, or move it"
    ):
        read_catalog(np.array([1]), path)
