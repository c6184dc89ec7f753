from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretaste.data.times import are_times, check_years, from_digits, seconds, time_column
from foretaste.errors import DataError

MOMENT = 1_500_000_000


def of(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


@pytest.mark.parametrize("sign", [1, -1])
def test_units_may_mix_and_every_value_counts_by_its_size(sign: int) -> None:
    mixed = sign * of(MOMENT, MOMENT * 10**3, MOMENT * 10**6, MOMENT * 10**9, 5, 10**11)
    assert seconds(mixed).tolist() == [sign * value for value in (MOMENT, MOMENT, MOMENT, MOMENT, 5, 10**11)]
    assert mixed.tolist()[1] == sign * MOMENT * 10**3


def test_parts_are_rounded_down() -> None:
    assert seconds(of(MOMENT * 1000 + 999, -MOMENT * 1000 - 1)).tolist() == [MOMENT, -MOMENT - 1]
    assert seconds(of(-(2**63), 2**63 - 1)).tolist() == [-9_223_372_037, 9_223_372_036]
    assert seconds(of()).tolist() == []


@given(st.lists(st.dates(datetime(1900, 1, 1).date(), datetime(2100, 12, 31).date()), min_size=1))
def test_eight_digits_are_dates(days: list[Any]) -> None:
    written = of(*[int(day.strftime("%Y%m%d")) for day in days])
    expected = [int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) for day in days]
    assert from_digits(written, "r.csv").tolist() == expected


@pytest.mark.parametrize(
    "times", [[], [20_240_531, 1, 2], [20_241_301, 20_240_230, 20_240_100, 18_991_231, 21_010_101]]
)
def test_other_numbers_stay(times: list[int]) -> None:
    assert from_digits(of(*times), "r.csv").tolist() == times


def test_a_number_among_dates_is_refused() -> None:
    with pytest.raises(
        DataError, match=r"r.csv holds the time 20240230 among dates such as 20240531, expected dates"
    ) as caught:
        from_digits(of(20_240_531, 20_240_601, 20_240_230), "r.csv")
    assert caught.value.hint == "write all times as 2024-05-31, or say that there are none with --columns time="


@pytest.mark.parametrize(
    "time",
    [
        [MOMENT],
        [MOMENT * 1000],
        [MOMENT + 0.5],
        np.array(["2017-07-14T02:40:00.5"], "datetime64[ms]"),
        [datetime(2017, 7, 14, 2, 40)],
        [datetime(2017, 7, 14, 4, 40, tzinfo=timezone(timedelta(hours=2)))],
        np.array([MOMENT], np.uint64),
        np.array([MOMENT], object),
    ],
)
def test_every_form_of_a_time_in_memory(time: Any) -> None:
    assert time_column(time).tolist() == [MOMENT]


@pytest.mark.parametrize(
    ("time", "words"),
    [
        ([1, float("nan")], "row 1: time is nan, expected Unix seconds or a datetime of the years 1 to 9999"),
        ([float("inf")], "row 0: time is inf, expected"),
        (np.array(["NaT"], "datetime64[s]"), "row 0: time is NaT, expected"),
        (np.array(["20000-01-01"], "datetime64[s]"), "row 0: time is 20000-01-01T00:00:00, expected"),
        ([1, -(9 * 10**10)], "row 1: time is -90000000000, expected"),
        ([2**70], "row 0: time is 1.1805916207174113e\\+21, expected"),
        (np.array([2**64 - 1], np.uint64), "row 0: time is 18446744073709551615, expected"),
        ([1, None], "row 1: time is None, expected"),
        (["soon"], "times are <U4, expected Unix seconds or datetimes"),
        ([True], "times are bool, expected"),
        ([1j], "times are complex128, expected"),
        ([[1, 2]], r"times have the shape \(1, 2\), expected one dimension"),
    ],
)
def test_what_is_no_time_is_refused(time: Any, words: str) -> None:
    with pytest.raises(DataError, match=words):
        time_column(time)


def test_years() -> None:
    check_years(of(-62_135_596_800, 253_402_300_799), "r.csv")
    for odd in (-62_135_596_801, 253_402_300_800):
        with pytest.raises(
            DataError, match=f"r.csv holds the time {odd}, expected Unix seconds of the years 1 to 9999"
        ) as caught:
            check_years(of(5, odd), "r.csv")
        assert caught.value.hint is not None
        assert "--columns time=NAME" in caught.value.hint


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["978300760", "1276403841"], True),
        (["978300760000", "978300760"], True),  # seconds and thousandths
        (["1700000000000000000"], True),
        (["20240531", "19991231"], True),
        (["2024-05-31", "2024-05-31T20:15:00Z"], True),
        (["20240531", "978300760"], False),  # neither all days nor all moments
        (["5", "3"], False),
        (["99999999", "978300760"], False),  # before 1973
        (["4102444801"], False),  # after 2100
        (["978300760.5"], False),
        (["-978300760"], False),
        (["9" * 19, "9" * 5000], False),
        (["2024-05-31", "5"], False),
        ([], False),
    ],
)
def test_a_column_is_of_times_only_beyond_doubt(cells: list[str], *, expected: bool) -> None:
    assert are_times(cells) is expected
