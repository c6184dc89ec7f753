"""Leave-one-out: of everybody one rating is asked, and one more is to choose on; they stay in training with all others.

The newest one is what lists of clicks are mostly judged by. It asks what somebody will do next, but others' later ratings train
all the same, so the future is not shut out: `split_time` does that. Where many ratings of a person have one second, as where
films are rated from a list, chance decides which is the newest; how often is counted.
"""

from typing import Any

import numpy as np

from foretaste.arrays import AnyArray, Csr, row_of, seeded_keys
from foretaste.data.catalog import Catalog
from foretaste.data.matrix import time_matrix, user_item_matrix
from foretaste.data.ratings import Ratings, counted
from foretaste.errors import DataError
from foretaste.split.holdout import Split
from foretaste.split.random import split_of_parts

LEAST = 3
"""Ratings of somebody who has one to be asked, one to choose on and one to learn from."""


def split_leave_last_out(ratings: Ratings, catalog: Catalog, *, seed: int = 0) -> Split:
    """Hide each user's newest rating for test, and the one before it for validation.

    Args:
        ratings: No (user, item) pair twice; with times.
        catalog: Columns; covers the whole file.
        seed: Breaks ties of time; the same seed gives the same split on every machine.

    Returns:
        The rows of `split_random`: all users in every part. Who has two ratings is asked for the newest and not chosen on, who
        has one is not asked at all (`test_users_unasked`). `test_users_tied` counts those whose newest rating is one of several
        at that time.

    Raises:
        DataError: No times, or nobody has three ratings.
    """
    if ratings.time is None:
        raise DataError(
            "cannot leave the newest rating of each user out: the ratings have no times",
            hint="a random one: --split leave-one-out; or name the time column with --columns time=NAME",
        )
    X, time = user_item_matrix(ratings, catalog), time_matrix(ratings, catalog)
    row = row_of(X)
    order = np.lexsort((seeded_keys(seed, X.nnz), -time, row))
    newest = order[_first(X)[np.diff(X.indptr) > 1]]
    second = order[_first(X)[np.diff(X.indptr) > 1] + 1]
    settings = {"seed": seed, "test_users_tied": int((time[newest] == time[second]).sum())}
    return _left_out(X, order, ratings, "leave-last-out", settings)


def split_leave_one_out(ratings: Ratings, catalog: Catalog, *, seed: int = 0) -> Split:
    """Hide a random rating of each user for test, and another for validation.

    Args:
        ratings: No (user, item) pair twice.
        catalog: Columns; covers the whole file.
        seed: The same seed gives the same split on every machine.

    Returns:
        The rows of `split_random`, and who has few ratings as in `split_leave_last_out`.

    Raises:
        DataError: Nobody has three ratings.
    """
    X = user_item_matrix(ratings, catalog)
    order = np.lexsort((seeded_keys(seed, X.nnz), row_of(X)))
    return _left_out(X, order, ratings, "leave-one-out", {"seed": seed})


def _left_out(X: Csr, order: AnyArray, ratings: Ratings, kind: str, settings: dict[str, Any]) -> Split:
    """Give the first rating of each row of an order to test and the second to validation, where enough are left."""
    count, first = np.diff(X.indptr), _first(X)
    if count.max(initial=0) < LEAST:
        raise DataError(
            f"nobody has more than {counted(int(count.max(initial=0)), 'rating')}, expected somebody with {LEAST}: "
            "one to be asked, one to choose on and one to learn from",
            hint="hide ratings of the whole file instead: --split random",
        )
    part = np.zeros(X.nnz, dtype=np.int8)  # 0 train, 1 test, 2 validation
    part[order[first[count > 1]]] = 1
    part[order[first[count >= LEAST] + 1]] = 2
    return split_of_parts(X, part, ratings, kind=kind, settings=settings)


def _first(X: Csr) -> AnyArray:
    """Return where each row begins, (rows,)."""
    return X.indptr[:-1]
