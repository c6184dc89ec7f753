"""Checks of times: all equal, impossible, far away from all others, all of a person's in one second."""

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np

from foretaste.doctor.case import Case
from foretaste.doctor.finding import FEW, Finding, found, share
from foretaste.doctor.groups import spans

EARLIEST = 631_152_000
"""1990-01-01: nobody rated on a network before; numbers of days, minutes or row numbers read as seconds land in 1970."""
DAY = 86_400
"""Later than this after now is the future: clocks and time zones explain no more."""
UNKNOWN = " A 0 often means that the time is not known: leave those rows out, or say that there are no times."
EDGE = 0.01
"""Times are stray where a hundredth of them or fewer lie further from the rest than the rest spans."""
TYPED = 5
"""Ratings that somebody must have before all in one second means something."""
MANY = 0.05
"""One person in a hundred may have sent a whole list at once; from one in twenty on it is how the file was made."""


def times(case: Case) -> Iterator[Finding]:
    """Tell of times that cannot be, or say nothing."""
    time = case.ratings.time
    if time is None or len(time) < 2:
        return
    if time.min() == time.max():
        yield found(
            "equal-times", f"All {len(time):,} ratings have the time {day(int(time[0]))}.",
            "Say that there are no times, or find the column that holds them.", command=_without(case),
        )  # fmt: skip
        return
    yield from _units(case)
    odd = _impossible(case)
    zeros = int((time == 0).sum())
    if odd.any():
        yield found(
            "impossible-times", f"{share(int(odd.sum()), len(time))} ratings; times go from {day(int(time.min()))} to "
            f"{day(int(time.max()))}" + (f"; {zeros:,} of them {'is' if zeros == 1 else 'are'} 0" if zeros else "") + ".",
            "Write times as Unix seconds, or as dates. Seconds divided by 1000, days and row numbers all land in January 1970."
            + (UNKNOWN if zeros else ""), command=_without(case) if zeros else None,
            minor=int(odd.sum()) < FEW * len(time), examples=_examples(case, np.flatnonzero(odd)),
        )  # fmt: skip
        return
    stray = _stray(time)
    if len(stray):
        yield found(
            "stray-times", f"{share(len(stray), len(time))} ratings lie further from the others than those do from each other.",
            "A split by time may be made of these alone. Leave them out if they are tests or mistakes.",
            examples=_examples(case, stray),
        )  # fmt: skip


def _units(case: Case) -> Iterator[Finding]:
    """Tell of times that the reader has brought to seconds."""
    parts, every = case.rows.log.times_in_parts, case.rows.log.rows_read - case.rows.log.rows_bad
    if parts:
        yield found(
            "mixed-times" if parts < every else "millisecond-times",
            f"{share(parts, every)} times are in parts of a second; they are read as the seconds that they are.",
            "Write all times in one unit where the file is made."
            if parts < every
            else "Nothing here; other programs may read them as years in the far future. To have a file in seconds:",
            command=f"foretaste data convert {case.said} seconds.csv",
        )  # fmt: skip


def bulk_people(case: Case) -> Iterator[Finding]:
    """Tell of people whose ratings all have one second, where times are finer than days."""
    time = case.ratings.time
    if time is None or time.min() == time.max() or not (time % DAY).any() or 2 * _impossible(case).sum() > len(time):
        return  # days, or seconds that are none: then many have one
    enough = case.per_user >= TYPED
    once = enough & (spans(time, case.ratings.user_code, case.ratings.n_users) == 0)
    if not once.any():
        return
    n, of = int(once.sum()), int(enough.sum())
    yield found(
        "bulk-people", f"{share(n, of)} people with {TYPED} ratings or more.",
        "Their order in time is unknown: do not hide the newest of each, and do not trust a split by time further than that.",
        minor=n < MANY * of,
        examples=tuple(
            f"user {case.ratings.user_ids[user]}: {case.per_user[user]:,} ratings" for user in np.flatnonzero(once)[:3]
        ),
    )  # fmt: skip


def _impossible(case: Case) -> np.ndarray:
    time = case.ratings.time
    assert time is not None  # noqa: S101 (every caller has looked)
    return (time < EARLIEST) | (time > case.now + DAY)


def _stray(time: np.ndarray) -> np.ndarray:
    low, high = np.quantile(time, [EDGE, 1 - EDGE])
    return np.flatnonzero((time < low - (high - low)) | (time > high + (high - low)))


def _examples(case: Case, rows: np.ndarray) -> tuple[str, ...]:
    ratings = case.ratings
    assert ratings.time is not None  # noqa: S101 (the caller has looked)
    _, first = np.unique(ratings.user_code[rows], return_index=True)  # one of each person
    return tuple(
        f"user {ratings.user_ids[ratings.user_code[row]]}: {day(int(ratings.time[row]))}"
        for row in rows[np.sort(first)][:3]
    )


def _without(case: Case) -> str:
    return f"foretaste compare {case.said_with({'time': ''})}"


def day(seconds: int) -> str:
    """Return the day of a time, such as ``2024-05-31``."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")
