"""Times of ratings in one unit: whole Unix seconds, whatever a file or an array has them in."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
from numpy.typing import ArrayLike, NDArray

from foretaste.arrays import AnyArray
from foretaste.data.lines import DATE
from foretaste.errors import DataError

YEAR_1, YEAR_9999 = -62_135_596_800, 253_402_300_799
_UNITS = ((10**17, 10**9), (10**14, 10**6), (10**11, 10**3))
"""Beyond the first number a time is in parts of a second, of which one has the second: 1e11 s is the year 5138."""
_DIGITS = (19_000_101, 21_001_231)
_SAMPLE = 10_000
_UNIX_FROM, _UNIX_TO = 10**8, 4_102_444_800
"""1973 and 2100: whole numbers of such a size are moments rather than ratings."""


def seconds(time: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return Unix times in whole seconds, rounded down.

    Args:
        time: (n,). Every value counts by its own size, so that one file may mix units: beyond 1e11 it is milliseconds,
            beyond 1e14 microseconds, beyond 1e17 nanoseconds; and the same below zero.
    """
    if not len(time) or (time.max() <= _UNITS[-1][0] and time.min() >= -_UNITS[-1][0]):
        return time
    result = time.copy()
    left = np.ones(len(time), np.bool_)
    for limit, parts in _UNITS:
        large = left & ((time > limit) | (time < -limit))
        result[large] //= parts
        left &= ~large
    return result


def from_digits(time: NDArray[np.int64], source: str) -> NDArray[np.int64]:
    """Return times as they are, or, where they are dates written as eight digits (20240531), the Unix seconds of these.

    Args:
        time: (n,); they are dates when every one is a day from 1900-01-01 to 2100-12-31.
        source: Name of the file, for the message.

    Raises:
        DataError: Most are such dates, but one is not.
    """
    sample = time[:: max(len(time) // _SAMPLE, 1)]
    if not len(time) or np.count_nonzero(is_date(sample)) <= len(sample) / 2:
        return time
    odd = time[~is_date(time)]
    if len(odd):
        raise DataError(
            f"{source} holds the time {odd[0]} among dates such as {sample[is_date(sample)][0]}, expected dates only",
            hint="write all times as 2024-05-31, or say that there are none with --columns time=",
        )
    months = (time // 10_000 - 1970) * 12 + time // 100 % 100 - 1
    days = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) + time % 100 - 1
    return days * 86_400


def is_date(time: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which numbers are days from 1900-01-01 to 2100-12-31 written as eight digits, (n,)."""
    known = (time >= _DIGITS[0]) & (time <= _DIGITS[1])
    month, day = time // 100 % 100, time % 100
    known &= (month >= 1) & (month <= 12) & (day >= 1)
    months = np.where(known, (time // 10_000 - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
    length = ((months + 1).astype("datetime64[D]") - months.astype("datetime64[D]")).astype(np.int64)
    return known & (day <= length)


def are_times(cells: Sequence[str]) -> bool:
    """Return whether all words of a column that nobody named are times beyond doubt, and so no ratings.

    Whole numbers are, where all are days of eight digits or moments from 1973 on, in seconds (nine digits) or parts of them;
    so are words that all begin like ISO dates. No scale of ratings and no count of plays reaches there.
    """
    if all(DATE.match(cell) for cell in cells):
        return bool(cells)
    if not all(cell.isascii() and cell.isdigit() and int(cell[:20]) < 2**63 for cell in cells):
        return False
    values = np.array([int(cell) for cell in cells], dtype=np.int64)
    return bool(is_date(values).all() or ((values >= _UNIX_FROM) & (seconds(values) <= _UNIX_TO)).all())


def time_column(time: ArrayLike) -> NDArray[np.int64]:
    """Return times in memory as Unix seconds, int64 (n,).

    Args:
        time: Integers or floats (n,) as in `seconds`, datetime64, or datetimes (UTC where they name no zone).

    Raises:
        DataError: One is missing, no time, or outside the years 1 to 9999; the text names the row.
    """
    values = np.asarray(time)
    if values.ndim != 1:
        raise DataError(f"times have the shape {values.shape}, expected one dimension")
    if values.dtype == object:
        values = np.array([_moment(row, value) for row, value in enumerate(values.tolist())], dtype=np.float64)
    if values.dtype.kind not in "iufM":
        raise DataError(f"times are {values.dtype}, expected Unix seconds or datetimes")
    bad = (
        np.isnat(values) if values.dtype.kind == "M" else ~np.isfinite(values) | (np.abs(values.astype(float)) >= 2**63)
    )
    if bad.any():
        raise _no_time(int(bad.argmax()), values[bad.argmax()])
    if values.dtype.kind == "M":
        result = values.astype("datetime64[s]").astype(np.int64)
    else:
        result = seconds(np.floor(values).astype(np.int64) if values.dtype.kind == "f" else values.astype(np.int64))
    outside = (result < YEAR_1) | (result > YEAR_9999)
    if outside.any():
        raise _no_time(int(outside.argmax()), values[outside.argmax()])
    return result


def _moment(row: int, value: object) -> float:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    if isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool):
        return float(value)
    raise _no_time(row, value)


def _no_time(row: int, value: object) -> DataError:
    shown = value.item() if isinstance(value, np.generic) and not isinstance(value, np.datetime64) else value
    return DataError(f"row {row}: time is {shown}, expected Unix seconds or a datetime of the years 1 to 9999")


def check_years(time: AnyArray, source: str) -> None:
    """Refuse times outside the calendar.

    Args:
        time: Unix seconds (n,), at least one.
        source: Name of the file, for the message.

    Raises:
        DataError: A time lies outside the years 1 to 9999.
    """
    low, high = int(time.min()), int(time.max())
    if low < YEAR_1 or high > YEAR_9999:
        hint = "name the time column with --columns time=NAME, or say that there is none with --columns time="
        odd = low if low < YEAR_1 else high
        raise DataError(f"{source} holds the time {odd}, expected Unix seconds of the years 1 to 9999", hint=hint)
