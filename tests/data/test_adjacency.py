"""Lists are known from tables of ratings, read whole, and name the line of a bad id."""

import gzip
import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretaste.data.adjacency import find_lists, looks_like_lists, read_lists
from foretaste.data.ratings import Ratings
from foretaste.data.readers import ReadOptions, read_data, read_ratings
from foretaste.errors import DataError, InputError

Put = Callable[[str, str | bytes], Path]
GOWALLA = "0 0 1 2 3 4\n1 5 0\n2 \n3\n4 9 1 5 7\n10 3\n"
PAIRS = [(0, 0), (0, 1), (0, 2), (0, 3), (0, 4), (1, 5), (1, 0), (4, 9), (4, 1), (4, 5), (4, 7), (10, 3)]


def pairs(ratings: Ratings) -> list[tuple[object, object]]:
    return list(zip(ratings.user.tolist(), ratings.item.tolist(), strict=True))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("train.txt", GOWALLA),
        ("crlf.txt", GOWALLA.replace("\n", "\r\n")),
        ("tabs.txt", GOWALLA.replace(" ", "\t")),
        ("first-tab.txt", GOWALLA.replace(" ", "\t", 1)),
        ("wide.txt", GOWALLA.replace(" ", "   ").replace("\n", " \n\n")),
        ("bom.txt", "\ufeff" + GOWALLA),
        ("no-end.txt", GOWALLA.rstrip("\n")),
        ("train.txt.gz", gzip.compress(GOWALLA.encode(), mtime=0)),
    ],
)
def test_lists_are_known_and_read(put: Put, name: str, content: str | bytes) -> None:
    ratings, catalog = read_data(put(name, content))
    assert pairs(ratings) == PAIRS
    assert ratings.user_ids.dtype == ratings.item_ids.dtype == np.int64
    assert catalog.item_ids.tolist() == [0, 1, 2, 3, 4, 5, 7, 9]
    assert (ratings.rating == 1).all()
    assert (ratings.time, ratings.log.implicit, ratings.log.form, ratings.log.rows_read) == (None, True, "lists", 12)
    assert ratings.log.steps == ("2 users with an empty list left out",)


@pytest.mark.parametrize(
    "text",
    [
        "1 10 5 978300760\n2 11 4 978300761\n3 12 3 978300762\n",  # four columns
        "1 10 5 978300760 1\n2 11 4\n3 12 3 978300762 0\n4 12 3 978300762 0\n",  # one line is cut short
        "1 10\n2 11\n3 12\n",  # pairs
        "1 10 5\n2 11\n3 12 4\n4 13\n",  # no line longer than a table's
        "1 10 5 7 8 9\n1 11 4\n2 12 3 4\n",  # a user twice
        "1 10 Toy Story 1995\n2 11 Heat\n3 12 The Usual Suspects of 1995\n",
        "1 3.5 4 2 1 1\n2 11 4.5\n3 12.5\n",
        "1,10 5 6 7 8\n2,11 4\n",
        "user item rating\n1 10 5 4 5 6\n2 3\n",
        "-1 10 5 4 5 6\n2 -3\n",
        "007 10 5 4\n٣ 4 5 6 7 8\n",
        "",
        "\n \n",
    ],
)
def test_tables_are_never_taken_for_lists(text: str) -> None:
    assert not looks_like_lists(text)


@given(st.data())
def test_no_table_of_one_width_looks_like_lists(data: st.DataObject) -> None:
    width = data.draw(st.integers(2, 8))
    rows = data.draw(st.lists(st.lists(st.integers(0, 99), min_size=width, max_size=width), min_size=1, max_size=30))
    lines = [" ".join(map(str, row)) for row in rows]
    assert not looks_like_lists("\n".join(lines))
    short = data.draw(st.integers(0, len(lines) - 1))
    lines[short] = lines[short].rsplit(" ", 1)[0]
    assert len(lines) < 3 or not looks_like_lists("\n".join(lines))


def test_a_ratings_file_with_blanks_stays_one_and_tells_of_lists_where_lines_differ(put: Put) -> None:
    ratings = read_ratings(put("u.data", "1 10 5\n1 11 4\n2 10 3\n"))
    assert (ratings.rating.tolist(), ratings.log.form) == ([5, 4, 3], "table")
    with pytest.raises(DataError, match=r"test.txt line 2 has 2 fields, expected 3") as caught:
        read_ratings(put("test.txt", "1 10 5\n2 11\n3 4 5\n"))
    assert caught.value.hint is not None
    assert caught.value.hint.startswith("if every line is a user and all items of it: --separator lists, or leave bad")
    with pytest.raises(DataError, match=r'test.txt has one column: "1 10 5 6"') as caught:
        read_ratings(put("test.txt", "1 10 5 6\n2 11\n3 4\n3 5 6\n"))
    assert caught.value.hint is not None
    assert caught.value.hint.endswith("; if every line is a user and all items of it: --separator lists")


def test_who_says_lists_gets_lists_and_who_says_otherwise_a_table(put: Put) -> None:
    short = put("test.txt", "1 10 5\n2 11 4\n3 4 5\n")
    assert pairs(read_ratings(short, ReadOptions(separator="lists"))) == [
        (1, 10),
        (1, 5),
        (2, 11),
        (2, 4),
        (3, 4),
        (3, 5),
    ]
    assert read_ratings(short).rating.tolist() == [5, 4, 5]  # all of one width: a table, unless one says otherwise
    long = put("train.txt", GOWALLA)
    assert find_lists(long, separator="space", columns=None) is None
    assert find_lists(long, separator=None, columns={"item": "2"}) is None
    assert find_lists(long, separator=None, columns={"rating": ""}) == "numbers"
    assert find_lists(long, separator="Lists", columns={}) == "words"


def test_lists_have_no_columns_to_name(put: Put) -> None:
    with pytest.raises(InputError, match="lists have no columns, and --columns names that of the user") as caught:
        read_ratings(put("train.txt", GOWALLA), ReadOptions(separator="lists", columns={"time": "", "user": "1"}))
    assert caught.value.hint == "leave --columns out"


def test_words_are_ids_where_one_says_so(put: Put) -> None:
    ratings = read_ratings(put("lists.txt", "ann up heat\n007 up\n"), ReadOptions(separator="lists"))
    assert pairs(ratings) == [("ann", "up"), ("ann", "heat"), ("007", "up")]


def test_a_number_with_a_leading_zero_makes_text_of_its_column(put: Put) -> None:
    ratings = read_ratings(put("train.txt", GOWALLA + "11 007\n"))
    assert ratings.item[-1] == "007"
    assert ratings.user_ids.dtype == np.int64


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("12 7 abc 3", 'train.txt line 7: item is "abc", expected a whole number, as in the lines before it'),
        ("x2 7 1", 'train.txt line 7: user is "x2", expected a whole number'),
        ("12 7 -1", 'train.txt line 7: item is "-1"'),
        ("12 7 4.0", 'train.txt line 7: item is "4.0"'),
        ("12 7,8", 'train.txt line 7: item is "7,8"'),
    ],
)
def test_a_bad_id_is_named_with_its_line(put: Put, line: str, words: str) -> None:
    more = "".join(f"{user} {' '.join(map(str, range(user - 19)))}\n" for user in range(20, 30))
    path = put("train.txt", f"{GOWALLA}{line}\n{more}")
    with pytest.raises(DataError, match=words) as caught:
        read_ratings(path)
    assert caught.value.hint == (
        "take any words for ids with --separator lists, or leave bad ids out with --bad-rows skip"
    )
    good = read_ratings(path, ReadOptions(bad_rows="skip"))
    assert pairs(good)[: len(PAIRS)] == PAIRS
    assert good.log.rows_bad == (2 if line.startswith("x") else 1)
    assert good.log.rows_read == len(good) + good.log.rows_bad


def test_bytes_that_are_no_text_are_bad_ids_too(put: Put) -> None:
    for cell, shown in ((b"caf\xe9", r"caf\\xe9"), (b"a\x00b", r"a\\x00b")):
        path = put("lists.txt", b"1 up\n2 " + cell + b"\n")
        if b"\x00" in cell:
            path = put(
                "lists.txt", b"1 up\n" * 300_000 + b"2 " + cell + b"\n"
            )  # beyond the head, which is looked at first
        with pytest.raises(DataError, match=rf'item is "{shown}", expected UTF-8 text without NUL bytes') as caught:
            read_lists(path, "words", skip_bad=False)
        assert caught.value.hint == "leave bad ids out with --bad-rows skip"


def test_repeated_items_go_by_the_policy_for_repeated_pairs(put: Put, caplog: pytest.LogCaptureFixture) -> None:
    path = put("train.txt", GOWALLA + "11 3 3 4 3\n")
    with caplog.at_level(logging.INFO, "foretaste"):
        ratings = read_ratings(path)
    assert pairs(ratings)[-2:] == [(11, 4), (11, 3)]
    assert ratings.log.duplicates == 2
    assert caplog.messages == ["train.txt is read as lists: in every line a user and the items of that user"]
    assert read_ratings(path, ReadOptions(duplicates="sum")).rating[-1] == 3
    with pytest.raises(DataError, match=r"train.txt: user 11 rated item 3 more than once"):
        read_ratings(path, ReadOptions(duplicates="error"))


def test_empty_lists_alone_and_endless_lines_are_refused(put: Put) -> None:
    with pytest.raises(DataError, match=r"none.txt has users and no items") as caught:
        read_ratings(put("none.txt", "1\n2 \n3\n"), ReadOptions(separator="lists"))
    assert caught.value.hint == 'a list is a line such as "7 12 31 5": a user, items'
    with pytest.raises(DataError, match=r"long.txt line 7 is longer than 1 MiB, expected a user and items"):
        read_ratings(put("long.txt", GOWALLA + "11" + " 1" * 600_000))
    bad = put("bad.txt", b"1 \xe9 \xe9\n")
    with pytest.raises(DataError, match="all 2 rows are bad, so no ratings are left"):
        read_ratings(bad, ReadOptions(separator="lists", bad_rows="skip"))


def test_many_ids_and_lists_are_those_of_a_plain_loop(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("foretaste.data.adjacency._CHUNK", 100)
    rng = np.random.default_rng(1)
    lines = [[user, *rng.permutation(500)[: rng.integers(0, 40)].tolist()] for user in rng.permutation(300).tolist()]
    path = put("train.txt", "".join(" ".join(map(str, line)) + "\n" for line in lines))
    assert pairs(read_ratings(path)) == [(user, item) for user, *items in lines for item in items]


def test_the_cache_knows_that_they_were_lists(put: Put, cache_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("foretaste.data.cache.CACHED_FROM_BYTES", 1)
    path = put("train.txt", GOWALLA)
    first, second = read_ratings(path), read_ratings(path)
    assert list(cache_folder.rglob("manifest.json"))
    assert second.log == first.log
    assert pairs(second) == PAIRS
