"""Checks of the ratings themselves: bad rows, one value only, zeros and marks that are no ratings, two scales in one file."""

import re
from collections.abc import Iterator, Sequence

import numpy as np

from foretaste.data.ratings import counted
from foretaste.doctor.case import Case, counted_values
from foretaste.doctor.eras import change_of_scale
from foretaste.doctor.finding import FEW, Finding, found, share
from foretaste.doctor.scale import LEAST, gap_in
from foretaste.doctor.times import day

ALL = 0.99
"""Where fewer than one rating in a hundred is another value, the best constant is right 99 times of 100, and no error can
tell a model from it."""
_COMMA = re.compile(r'is "[-+]?\d+,\d+"')
TOLD = 5
"""Ratings that somebody must have for their highest one to say what scale they use."""


def bad_rows(case: Case) -> Iterator[Finding]:
    """Tell of rows that the reader left out."""
    log = case.rows.log
    if log.rows_bad:
        yield found(
            "bad-rows", f"{share(log.rows_bad, log.rows_read)} rows. Every other command stops at the first.",
            decimal_commas(case.bad)
            + "Mend the file, name the columns (--columns) if these are the wrong ones, or leave bad rows out.",
            examples=case.bad, command=f"foretaste data convert {case.said} clean.csv",
        )  # fmt: skip


def decimal_commas(bad: Sequence[str]) -> str:
    """Return a sentence for bad rows whose numbers have a decimal comma, else nothing.

    Args:
        bad: What is wrong with some rows, as the reader says it.
    """
    some = any(_COMMA.search(one) for one in bad)
    return "These numbers have a decimal comma; write 4.5 instead of 4,5. " if some else ""


def all_equal(case: Case) -> Iterator[Finding]:
    """Tell of a column of ratings that hardly says anything but one value."""
    values, counts = case.values
    most = int(counts.max())
    if case.rows.log.implicit or most < ALL * len(case.ratings) or len(case.ratings) < 2:
        return
    yield found(
        "all-equal", f"{share(most, len(case.ratings))} ratings are {values[counts.argmax()]:g}.",
        "What is known is who chose what: make lists from it, or look for the column that holds the ratings.",
        command=f"foretaste compare {case.said} --task ranking",
    )  # fmt: skip


def zeros(case: Case) -> Iterator[Finding]:
    """Tell of zeros that stand beside the scale, or in a pile at its end."""
    if case.zeros is None:
        return
    why, few = case.zeros
    n = int((case.ratings.rating == 0).sum())
    lowest = case.plain.scale[0]
    yield found(
        "zeros-as-missing", f"{share(n, len(case.ratings))} ratings are 0: {why}.",
        "If 0 means no rating, leave those rows out; a model would take them for the worst rating there is."
        + (f" In a recipe: min_rating = {lowest:g} under [data]." if lowest > 0 else ""),
        minor=few or n < FEW * len(case.ratings), examples=_rows_of(case, 0.0),
    )  # fmt: skip


def sentinels(case: Case) -> Iterator[Finding]:
    """Tell of values such as 99 or -1 that stand far outside the scale of the others."""
    if not case.marks:
        return
    n = int(np.isin(case.ratings.rating, np.array(case.marks, np.float32)).sum())
    low, high = case.plain.scale
    shown = " and ".join(f"{mark:g}" for mark in case.marks)
    yield found(
        "sentinel-values", f"{share(n, len(case.ratings))} ratings are {shown}; all others go from {low:g} to {high:g}.",
        "Leave those rows out, or put the right values in. One of them pulls every mean and every error.",
        examples=_rows_of(case, case.marks[0]),
    )  # fmt: skip


def two_scales(case: Case) -> Iterator[Finding]:
    """Tell of people, or rows, on a scale that ends at a half of the other or below."""
    plain = case.plain
    if plain.log.implicit or len(plain) < LEAST:
        return
    counts = np.bincount(plain.user_code, minlength=plain.n_users)
    tops = np.full(plain.n_users, -np.inf)
    np.maximum.at(tops, plain.user_code, plain.rating)
    enough = counts >= TOLD
    top = gap_in(*counted_values(plain), tops[enough])
    if top is None:
        yield from _by_time(case)
        return
    low = np.flatnonzero(enough & (tops <= top))
    rows = int((plain.rating <= top).sum())
    people = f"{share(len(low), int(enough.sum()))} people with {TOLD} ratings or more never go above {top:g}"
    yield found(
        "two-scales",
        (f"{people}, and the highest rating is {plain.scale[1]:g}; " if len(low) else "")
        + f"{share(rows, len(plain))} ratings are {top:g} or less"
        + (f", hardly any from there to {2 * top:g}, and others go up to {plain.scale[1]:g}." if not len(low) else "."),
        "Find out where the two kinds of rows come from, and bring them to one scale before they are put together.",
        examples=tuple(
            f"user {plain.user_ids[user]}: {counted(int(counts[user]), 'rating')} up to {tops[user]:g}" for user in low[:3]
        ),
    )  # fmt: skip


def _by_time(case: Case) -> Iterator[Finding]:
    plain = case.plain
    change = None if plain.time is None else change_of_scale(plain.rating, plain.time, plain.user_code)
    if change is not None:
        yield found(
            "two-scales",
            f"{share(change.before, len(plain))} ratings are older than {day(change.time)} and go up to about "
            f"{change.tops[0]:g}; the newer ones go up to about {change.tops[1]:g}.",
            "Bring the ratings before and after that day to one scale.",
        )  # fmt: skip


def _rows_of(case: Case, value: float) -> tuple[str, ...]:
    ratings = case.ratings
    rows = np.flatnonzero(ratings.rating == np.float32(value))[:3].tolist()
    return tuple(
        f"user {ratings.user_ids[ratings.user_code[row]]}, item {ratings.item_ids[ratings.item_code[row]]}: {value:g}"
        for row in rows
    )
