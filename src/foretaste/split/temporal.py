"""One point in time for all: what came before it trains, what came after it is asked, as it is in a running service.

A random split lets a model know what people thought of an item next year. Here nothing that training holds is newer than the
cut; what is rated at the same second is on the same side of it.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from foretaste.arrays import AnyArray, Csr, pick, with_values
from foretaste.data.catalog import Catalog
from foretaste.data.matrix import time_matrix, user_item_matrix
from foretaste.data.ratings import Ratings, counted
from foretaste.errors import DataError
from foretaste.split.holdout import Hide, Split, check_share, strangers
from foretaste.split.new_users import held_out
from foretaste.split.random import split_of_parts


def split_time(ratings: Ratings, catalog: Catalog, *, test: float = 0.1, valid: float = 0.1) -> Split:
    """Hide every rating from a point in time on; the newest before it are to choose on, by an earlier point.

    Args:
        ratings: No (user, item) pair twice; with times.
        catalog: Columns; covers the whole file.
        test: Share of all ratings to hide, 0 to 1; as near to it as ratings of one second allow.
        valid: Share of the earlier ratings to choose on, 0 to 1.

    Returns:
        The rows of `split_random`: all users in every part. Who came only after the cut has an empty seen row; how many they
        are, and how many hidden ratings are theirs, is counted in the settings.

    Raises:
        DataError: No times, or fewer than three different ones.
        ParamsError: A share outside 0 to 1.
    """
    check_share("test", test)
    check_share("valid", valid)
    X, time = _matrices(ratings, catalog)
    test_from = _cut(time, test, 2, "ratings were given")
    valid_from = _cut(time[time < test_from], valid, 1, "ratings were given")
    part = np.select([time >= test_from, time >= valid_from], [1, 2], 0)
    settings = {"test": test, "valid": valid, **_when(valid_from, test_from)}
    split = split_of_parts(X, part, ratings, kind="time", settings=settings)
    settings |= strangers("test", split.test) | strangers("valid", split.valid)
    return split


def split_new_users_time(
    ratings: Ratings,
    catalog: Catalog,
    *,
    test: float = 0.1,
    valid: float = 0.2,
    rule: Hide | None = None,
    seed: int = 0,
) -> Split:
    """Hide part of what people rated who came after a point in time; what others had rated until then is what is known.

    Args:
        ratings: No (user, item) pair twice; with times.
        catalog: Columns; covers the whole file.
        test: Share of all users whose first rating lies at the cut or after it, 0 to 1; as near as users of one second allow.
        valid: Share of the earlier users to choose on, by an earlier cut, 0 to 1; of them only what came before the test's.
        rule: What is hidden of people of test and validation; the newest 20 % of each person's by default.
        seed: Breaks ties of time among what is hidden.

    Returns:
        Rows of each part in ascending order of user id. Later ratings of earlier people are in no part; they are counted in
        the settings.

    Raises:
        DataError: No times, or fewer than three different ones at which somebody came.
        ParamsError: A share outside 0 to 1.
    """
    check_share("test", test)
    check_share("valid", valid)
    rule = rule or Hide("newest-fraction", 0.2)
    X, time = _matrices(ratings, catalog)
    came = np.minimum.reduceat(time, X.indptr[:-1])
    test_from = _cut(came, test, 2, "users came")
    valid_from = _cut(came[came < test_from], valid, 1, "users came")
    old, mid = came < valid_from, (came >= valid_from) & (came < test_from)
    until, earliest = pick(X, time < test_from), pick(X, time < valid_from)
    settings = {"seed": seed, "test": test, "valid": valid, "hide": str(rule), **_when(valid_from, test_from)}
    settings["later_unused"] = int(((time >= test_from) & (came < test_from).repeat(np.diff(X.indptr))).sum())
    times = with_values(X, time), pick(with_values(X, time), time < test_from)
    return Split(
        train=earliest[np.flatnonzero(old)], full=until[np.flatnonzero(old | mid)],
        valid=held_out(until, np.flatnonzero(mid), ratings, rule, seed + 2, times[1]),
        test=held_out(X, np.flatnonzero(~(old | mid)), ratings, rule, seed + 1, times[0]),
        kind="new-users-time", scale=ratings.scale, settings=settings, n_ratings=len(ratings),
    )  # fmt: skip


def _matrices(ratings: Ratings, catalog: Catalog) -> tuple[Csr, NDArray[np.int64]]:
    if ratings.time is None:
        raise DataError(
            "cannot divide by time: the ratings have no times",
            hint="name the time column with --columns time=NAME, or divide at random: --split random",
        )
    return user_item_matrix(ratings, catalog), time_matrix(ratings, catalog)


def _cut(times: AnyArray, share: float, least: int, words: str) -> int:
    """Return the time from which on as near as possible to a share of all lie, with `least` different times before it."""
    values, counts = np.unique(times, return_counts=True)
    if len(values) <= least:
        raise DataError(
            f"cannot divide by time: {len(times):,} {words} at only {counted(len(values), 'time')}, "
            f"expected at least {least + 1}: for training, validation and test",
            hint="divide at random: --split random, or --split new-users",
        )
    after = len(times) - np.cumsum(counts)[:-1]  # at values[1:] or later
    near = np.abs(after - share * len(times))[least - 1 :]
    return int(values[least:][np.argmin(near)])


def _when(valid_from: int, test_from: int) -> dict[str, Any]:
    """Return both cuts as dates and clock times, UTC."""
    cuts = {"valid_from": valid_from, "test_from": test_from}
    return {name: str(np.datetime64(cut, "s")) + "Z" for name, cut in cuts.items()}
