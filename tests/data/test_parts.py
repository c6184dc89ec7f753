"""Reading in parts gives what reading whole gives: the same users in the same order, each whole, with the same ratings."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foretaste.data import parts
from foretaste.data.parts import reading_in_parts
from foretaste.data.readers import ReadOptions, read_ratings
from foretaste.errors import DataError, NotFoundError

OPTIONS = ReadOptions(cache=False)
N = 400


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "ROWS", 50)


def columns(*, ordered: bool = False, **changed: Any) -> dict[str, Any]:
    rng = np.random.default_rng(4)
    user = rng.integers(-20, 60, N)
    found = {
        "user_id": np.sort(user) if ordered else user,
        "item_id": rng.integers(0, 12, N),
        "rating": rng.integers(1, 11, N) / 2,
        "timestamp": rng.integers(1_000_000_000, 1_000_000_100, N),
    }
    return found | changed


def put(folder: Path, found: dict[str, Any], *, row_group: int = 64) -> Path:
    pl.DataFrame(found).write_parquet(folder / "r.parquet", row_group_size=row_group)
    return folder / "r.parquet"


def taken(path: Path, options: ReadOptions = OPTIONS) -> tuple[list[Any], int]:
    """Return users and their ratings, in order, and how many parts they came in; parts can be read twice."""
    with reading_in_parts(path, options, spill=path.parent) as found:
        first, again = list(found.tables()), list(found.tables())
        assert [t.fingerprint() for t in first] == [t.fingerprint() for t in again]
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    return [line for table in first for line in lines(table)], len(first)


def lines(table: Any) -> list[Any]:
    order = np.lexsort((table.item_code, table.user_code))
    times = table.time if table.time is not None else np.zeros(len(table))
    cells = zip(table.user, table.item, table.rating.tolist(), times.tolist(), strict=True)
    rows = list(cells)
    return [rows[place] for place in order]


@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize("policy", ["last", "first", "mean", "sum", "keep"])
@pytest.mark.parametrize("row_group", [7, 1000])
def test_parts_hold_what_the_whole_holds(tmp_path, ordered, policy, row_group):
    path = put(tmp_path, columns(ordered=ordered), row_group=row_group)
    options = ReadOptions(cache=False, duplicates=policy)
    found, pieces = taken(path, options)
    assert pieces >= 6
    assert found == lines(read_ratings(path, options))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3)), min_size=51, max_size=160), st.booleans())
def test_any_order_of_users(tmp_path_factory, pairs, ordered):
    pairs = sorted(pairs) if ordered else pairs
    user, item = zip(*pairs, strict=True)
    path = put(tmp_path_factory.mktemp("p"), {"user": user, "item": item, "rating": np.arange(len(pairs)) / 8.0})
    assert taken(path)[0] == lines(read_ratings(path, OPTIONS))


IDS: dict[str, Callable[[Any], str]] = {
    "numbers as text": str,
    "words": lambda u: f"u{u}",
    "one word among numbers": lambda u: "x" if u == 3 else str(u),
    "leading zeros": lambda u: f"{abs(u):03d}",
    "blanks around": lambda u: f" {u} ",
}


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize("ordered", [False, True])
def test_ids_are_what_the_whole_file_makes_of_them(tmp_path, name, ordered):
    found = columns()
    user, item = ([IDS[name](v) for v in found[column].tolist()] for column in ("user_id", "item_id"))
    path = put(tmp_path, columns(user_id=sorted(user) if ordered else user, item_id=item))
    mine, pieces = taken(path)
    assert pieces > 3
    assert mine == lines(read_ratings(path, OPTIONS))


def test_somebody_with_more_than_a_part_stays_whole(tmp_path):
    path = put(tmp_path, columns(user_id=np.repeat([1, 2, 3], [30, 300, 70]), item_id=np.arange(N)))
    found, pieces = taken(path)
    assert pieces == 3
    assert found == lines(read_ratings(path, OPTIONS))


def test_events_and_files_without_times(tmp_path):
    found = columns()
    path = put(tmp_path, {"user_id": found["user_id"], "item_id": found["item_id"]})
    with reading_in_parts(path, OPTIONS, spill=tmp_path) as people:
        assert (people.implicit, people.scale, people.n_ratings, people.source) == (True, (1.0, 1.0), N, "r.parquet")
    assert taken(path)[0] == lines(read_ratings(path, OPTIONS))


def test_what_is_known_before_the_parts(tmp_path):
    path = put(tmp_path, columns())
    with reading_in_parts(path, OPTIONS, spill=tmp_path) as people:
        assert (people.implicit, people.scale, people.n_ratings) == (False, (0.5, 5.0), N)


@pytest.mark.parametrize("text", ["user,item,rating\n" + "1,2,3\n" * 99, "user,item,rating\n1,2,3\n"])
def test_a_text_file_is_one_part(tmp_path, text):
    path = tmp_path / "r.csv"
    path.write_text(text)
    with reading_in_parts(path, OPTIONS, spill=tmp_path) as people:
        assert [len(t) for t in people.tables()] == [1]
        assert people.scale == (3, 3)


def test_dates_of_eight_digits(tmp_path):
    """All of a file: read in parts. Some of it: what they are is decided by all of them together."""
    dates = 20_240_000 + np.random.default_rng(1).integers(101, 128, N)
    path = put(tmp_path, columns(timestamp=dates))
    found, pieces = taken(path)
    assert pieces > 3
    assert found == lines(read_ratings(path, OPTIONS))
    few = np.where(np.arange(N) < 60, dates, 1_000_000_000)
    path = put(tmp_path, columns(timestamp=few, ordered=True))
    found, pieces = taken(path)
    assert pieces == 1
    assert found == lines(read_ratings(path, OPTIONS))


def test_bad_rows_are_named_as_they_are_in_the_file(tmp_path):
    rating = columns()["rating"]
    rating[[333, 350]] = np.nan
    path = put(tmp_path, columns(rating=rating))
    for call in (lambda: read_ratings(path, OPTIONS), lambda: taken(path)):
        with pytest.raises(DataError, match=r"^r.parquet row 334: rating is nan, expected a finite number"):
            call()


@pytest.mark.parametrize("ordered", [False, True])
def test_bad_rows_are_left_out_and_counted(tmp_path, caplog, ordered):
    found = columns(ordered=ordered)
    user = [None if 100 <= row < 210 else value for row, value in enumerate(found["user_id"].tolist())]
    path = put(tmp_path, columns(user_id=user))
    options = ReadOptions(cache=False, bad_rows="skip")
    with caplog.at_level(logging.WARNING):
        mine, _ = taken(path, options)
    assert "r.parquet: 110 bad rows left out" in caplog.text
    assert mine == lines(read_ratings(path, options))


def test_a_file_of_bad_rows(tmp_path):
    path = put(tmp_path, columns(user_id=pl.Series([None] * N, dtype=pl.Int64)))
    options = ReadOptions(cache=False, bad_rows="skip")
    for call in (lambda: read_ratings(path, options), lambda: taken(path, options)):
        with pytest.raises(DataError, match=r"^r.parquet: all 400 rows are bad, so no ratings are left"):
            call()


def test_repeated_pairs_are_refused_in_the_words_of_the_whole(tmp_path):
    path, options = put(tmp_path, columns()), ReadOptions(cache=False, duplicates="error")
    with pytest.raises(DataError) as whole:
        read_ratings(path, options)
    with pytest.raises(DataError) as mine:
        taken(path, options)
    assert mine.value.message == whole.value.message


def test_a_damaged_and_a_missing_file(tmp_path):
    path = put(tmp_path, columns())
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(DataError, match=r"r.parquet is a damaged Parquet file"):
        taken(path)
    with pytest.raises(NotFoundError):
        taken(tmp_path / "absent.parquet")


def test_the_temporary_folder_goes_whatever_happens(tmp_path):
    path = put(tmp_path, columns())
    reading = reading_in_parts(path, OPTIONS, spill=tmp_path)
    people = reading.__enter__()
    next(people.tables())
    assert len(list(tmp_path.iterdir())) == 2
    assert not reading.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert [p.name for p in tmp_path.iterdir()] == ["r.parquet"]
