import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from foretaste.data.coding import Table, code_integers, code_words
from foretaste.errors import DataError


def words(*values: str) -> tuple[list[int | str], list[int]]:
    vocabulary = list(dict.fromkeys(values))
    codes = np.array([vocabulary.index(value) for value in values], np.uint32)
    ids, new = code_words(pl.Series(vocabulary, dtype=pl.String), codes)
    assert new.dtype == np.int32
    return ids.tolist(), new.tolist()


def test_integers_are_integers_only_when_all_are_written_as_such() -> None:
    assert words("10", "9", "10", "-1") == ([-1, 9, 10], [2, 1, 2, 0])
    assert words("10", "007", "9") == (["007", "10", "9"], [1, 0, 2])
    assert words("10", "x") == (["10", "x"], [0, 1])


@pytest.mark.parametrize("odd", ["+7", "-0", "1.0", "1e3", "٣", "9223372036854775808", "1 2"])
def test_everything_else_is_text(odd: str) -> None:
    assert words("5", odd)[0] == sorted(["5", odd])


def test_the_largest_integers_fit() -> None:
    assert words("9223372036854775807", "-9223372036854775808", "0")[0] == [-(2**63), 0, 2**63 - 1]


def test_blanks_around_ids_do_not_count() -> None:
    assert words(" a", "a ", "b") == (["a", "b"], [0, 0, 1])
    assert words(" 7", "7") == ([7], [0, 0])


def test_words_that_no_row_uses_are_left_out() -> None:
    ids, codes = code_words(pl.Series(["x", "2", "1"]), np.array([1, 2, 1]))
    assert (ids.tolist(), codes.tolist()) == ([1, 2], [1, 0, 1])


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=("Z", "C")), min_size=1), min_size=1))
def test_words_are_sorted_as_python_sorts_them(values: list[str]) -> None:
    values = [f"w{value}" for value in values]
    ids, codes = words(*values)
    assert ids == sorted(set(values))
    assert [ids[code] for code in codes] == values


@given(
    npst.arrays(np.int64, st.integers(0, 50), elements=st.integers(-3, 3))
    | npst.arrays(np.int64, st.integers(0, 50), elements=st.integers(-(2**62), 2**62))
)
def test_integers_are_coded_as_unique_codes_them(values: np.ndarray) -> None:
    ids, codes = code_integers(values)
    expected, inverse = np.unique(values, return_inverse=True)
    assert ids.tolist() == expected.tolist()
    assert codes.tolist() == inverse.tolist()
    assert codes.dtype == np.int32


def table(time: list[int] | None, rating: list[float] | None) -> Table:
    coded = (np.array([7]), np.zeros(2, np.int32))
    return Table(
        coded,
        coded,
        None if rating is None else np.array(rating, np.float32),
        None if time is None else np.array(time, np.int64),
        rows_bad=3,
    )


def test_a_table_becomes_ratings_with_a_log() -> None:
    ratings = table([1_500_000_000_000, 1_500_000_001_999], None).to_ratings("r.csv")
    assert ratings.rating.tolist() == [1.0, 1.0]
    assert ratings.time is not None
    assert ratings.time.tolist() == [1_500_000_000, 1_500_000_001]
    assert (ratings.log.source, ratings.log.rows_read, ratings.log.rows_bad, ratings.log.implicit) == (
        "r.csv",
        5,
        3,
        True,
    )
    assert not table(None, [0.0, -1.0]).to_ratings("r.csv").log.implicit


def test_a_time_outside_the_calendar_is_refused() -> None:
    coded = (np.array([7]), np.zeros(3, np.int32))
    odd = Table(coded, coded, None, np.array([5, 6, -(9 * 10**10)], np.int64))
    with pytest.raises(DataError, match=r"r.csv holds the time -90000000000, expected Unix seconds of the") as caught:
        odd.to_ratings("r.csv")
    assert caught.value.hint is not None
    assert "--columns time=NAME" in caught.value.hint


def test_eight_digits_are_dates() -> None:
    ratings = table([20_240_531, 19_700_102], None).to_ratings("r.csv")
    assert ratings.time is not None
    assert ratings.time.tolist() == [1_717_113_600, 86_400]
