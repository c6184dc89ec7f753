from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from foretaste.data.parquet import read_parquet
from foretaste.errors import DataError

Put = Callable[[str, str | bytes], Path]


@pytest.fixture
def parquet(tmp_path: Path) -> Callable[..., Path]:
    def write(**columns: Any) -> Path:
        path = tmp_path / "r.parquet"
        pl.DataFrame(columns).write_parquet(path)
        return path

    return write


def test_typed_columns(parquet: Callable[..., Path]) -> None:
    path = parquet(
        user_id=pl.Series([9, 7, 9], dtype=pl.Int16), movieId=["b", "a", "b"], stars=[1, 2, 3], note=["x", "y", "z"]
    )
    table = read_parquet(path)
    assert (table.user[0].tolist(), table.user[1].tolist()) == ([7, 9], [1, 0, 1])
    assert (table.item[0].tolist(), table.item[1].tolist()) == (["a", "b"], [1, 0, 1])
    assert table.rating is not None
    assert table.rating.tolist() == [1, 2, 3]
    assert table.time is None


def test_text_ids_are_read_as_in_a_text_file(parquet: Callable[..., Path]) -> None:
    table = read_parquet(parquet(user=pl.Series(["10", "9"], dtype=pl.Categorical), item=["007", " 7 "]))
    assert table.user[0].tolist() == [9, 10]
    assert table.item[0].tolist() == ["007", "7"]
    assert table.rating is None


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ([100, 200], [100, 200]),
        ([100.9, -0.5], [100, -1]),
        ([date(1970, 1, 2), date(1970, 1, 1)], [86_400, 0]),
        ([datetime(1970, 1, 1, 0, 1), datetime(1970, 1, 1)], [60, 0]),
        ([datetime(1970, 1, 1, 0, 1, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC)], [60, 0]),
    ],
)
def test_times(parquet: Callable[..., Path], times: list[Any], expected: list[int]) -> None:
    table = read_parquet(parquet(user=[1, 2], item=[1, 2], time=times))
    assert table.time is not None
    assert table.time.tolist() == expected


def test_columns_can_be_named(parquet: Callable[..., Path]) -> None:
    table = read_parquet(
        parquet(who=[1], what=[2], much=[3.5]), columns={"user": "who", "item": "what", "rating": "much"}
    )
    assert table.rating is not None
    assert table.rating.tolist() == [3.5]


@pytest.mark.parametrize(
    ("column", "cell", "words"),
    [
        ("rating", float("nan"), "r.parquet row 2: rating is nan, expected a finite number"),
        ("rating", float("inf"), "r.parquet row 2: rating is inf, expected a finite number"),
        ("rating", None, "r.parquet row 2: rating is missing, expected a finite number"),
        ("userId", None, 'r.parquet row 2: user (column "userId") is missing, expected an id'),
        ("item", "", "r.parquet row 2: item is missing, expected an id"),
        ("time", None, "r.parquet row 2: time is missing, expected a time"),
    ],
)
def test_a_bad_row_is_named_or_left_out(parquet: Callable[..., Path], column: str, cell: object, words: str) -> None:
    columns: dict[str, list[Any]] = {
        "userId": [1, 2, 3],
        "item": ["a", "b", "c"],
        "rating": [1.0, 2.0, 3.0],
        "time": [1, 2, 3],
    }
    columns[column][1] = cell
    path = parquet(**columns)
    with pytest.raises(DataError) as caught:
        read_parquet(path)
    assert caught.value.message == words
    assert caught.value.hint is not None
    assert caught.value.hint.endswith("or leave bad rows out with --bad-rows skip")
    table = read_parquet(path, skip_bad=True)
    assert table.rows_bad == 1
    assert table.user[0].tolist() == [1, 3]
    assert table.item[0].tolist() == ["a", "c"]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"user": [1.5], "item": [1]}, 'r.parquet: user column "user" is Float64, expected integers or strings'),
        ({"user": [1], "item": [[1]]}, 'r.parquet: item column "item" is List(Int64), expected integers or strings'),
        ({"user": [1], "item": [1], "rating": ["x"]}, 'r.parquet: rating column "rating" is String, expected numbers'),
        (
            {"user": [1], "item": [1], "time": ["x"]},
            'r.parquet: time column "time" is String, expected Unix seconds, dates or datetimes',
        ),
        ({"who": [1], "item": [1]}, "r.parquet has no user column; it has: who, item"),
        (
            {"user": pl.Series([], dtype=pl.Int64), "item": pl.Series([], dtype=pl.Int64)},
            "r.parquet has columns but no ratings",
        ),
    ],
)
def test_wrong_columns(parquet: Callable[..., Path], columns: dict[str, Any], words: str) -> None:
    with pytest.raises(DataError) as caught:
        read_parquet(parquet(**columns))
    assert caught.value.message == words


def test_ids_beyond_64_bits_are_refused(parquet: Callable[..., Path]) -> None:
    with pytest.raises(DataError, match=r"r.parquet holds an id beyond 9,223,372,036,854,775,807"):
        read_parquet(parquet(user=pl.Series([2**63 + 1], dtype=pl.UInt64), item=[1]))


def test_a_damaged_file(parquet: Callable[..., Path]) -> None:
    path = parquet(user=list(range(1000)), item=list(range(1000)))
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(DataError, match=r"r.parquet is a damaged Parquet file: ") as caught:
        read_parquet(path)
    assert caught.value.hint == "write or fetch it again"
    path.write_bytes(b"user,item\n1,2\n")
    with pytest.raises(DataError, match=r"r.parquet is a damaged Parquet file: "):
        read_parquet(path)


def test_brackets_in_the_path_are_no_pattern(parquet: Callable[..., Path]) -> None:
    path = parquet(user=[1], item=[2])
    path = path.rename(path.with_name("br[1]*.parquet"))
    assert read_parquet(path).user[0].tolist() == [1]
