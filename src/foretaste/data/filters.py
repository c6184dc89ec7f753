"""Which ratings to keep: most active users, most rated items, minimum counts, liked ones, one per pair."""

from dataclasses import replace
from typing import Literal, get_args

import numpy as np
import polars as pl
from numpy.typing import NDArray

from foretaste.arrays import AnyArray
from foretaste.data.ratings import Ratings, counted
from foretaste.errors import DataError, InputError, nearest

Policy = Literal["last", "first", "mean", "max", "min", "sum", "error", "keep"]
"""What to do when a user has rated an item more than once."""


def top_users(ratings: Ratings, n: int) -> Ratings:
    """Keep the users with the most ratings.

    Args:
        ratings: Any.
        n: How many users, from 1; with fewer users than that all stay. Equal counts: the lower id comes first.

    Returns:
        Their ratings, in the order of the file.

    Raises:
        InputError: `n` is below 1.
    """
    _at_least_one(n, "users")
    return ratings.select(_most_frequent(ratings.user_code, ratings.n_users, n), step=f"top {counted(n, 'user')}")


def top_items(ratings: Ratings, n: int) -> Ratings:
    """Keep the items with the most ratings.

    Args:
        ratings: Any.
        n: How many items, from 1; with fewer items than that all stay. Equal counts: the lower id comes first.

    Returns:
        Their ratings, in the order of the file.

    Raises:
        InputError: `n` is below 1.
    """
    _at_least_one(n, "items")
    return ratings.select(_most_frequent(ratings.item_code, ratings.n_items, n), step=f"top {counted(n, 'item')}")


def min_counts(ratings: Ratings, *, per_user: int = 1, per_item: int = 1, repeat: bool = True) -> Ratings:
    """Keep users and items that have enough ratings.

    Args:
        ratings: Any.
        per_user: Ratings a user must have, from 1.
        per_item: Ratings an item must have, from 1.
        repeat: Go on until every user and item that is left has enough (the k-core); otherwise one pass, items first,
            then users, after which some items may have fewer.

    Returns:
        The ratings left, in the order of the file.

    Raises:
        InputError: A count is below 1.
        DataError: Nothing is left.
    """
    _at_least_one(per_user, "ratings per user")
    _at_least_one(per_item, "ratings per item")
    rows = np.arange(len(ratings))
    while True:
        before = len(rows)
        rows = rows[_frequent(ratings.item_code[rows], ratings.n_items, per_item)]
        rows = rows[_frequent(ratings.user_code[rows], ratings.n_users, per_user)]
        if not repeat or len(rows) == before:
            break
    if not len(rows):
        words = f"no ratings are left with at least {per_user} per user and {per_item} per item"
        raise DataError(words, hint="lower the counts")
    once = "" if repeat else ", one pass"
    return ratings.select(rows, step=f"at least {per_user} per user and {per_item} per item{once}")


def min_rating(ratings: Ratings, threshold: float) -> Ratings:
    """Keep ratings of at least a threshold: what people liked.

    Args:
        ratings: Any.
        threshold: In rating units; a rating equal to it stays.

    Returns:
        The ratings left, in the order of the file.

    Raises:
        InputError: The threshold is not a finite number.
        DataError: Nothing is left.
    """
    if not np.isfinite(threshold):
        raise InputError(f"the threshold is {threshold}, expected a finite number")
    keep = ratings.rating >= np.float32(threshold)
    if not keep.any():
        low, high = ratings.scale
        raise DataError(f"no rating is at least {threshold:g}", hint=f"the ratings go from {low:g} to {high:g}")
    return ratings.select(keep, step=f"ratings of at least {threshold:g}")


def as_clicks(ratings: Ratings, like: float | None = None) -> Ratings:
    """Turn ratings into clicks: what somebody likes, or all that they rated, counts 1 each.

    Args:
        ratings: Any; those of an implicit file are clicks already and stay as they are.
        like: The rating from which somebody counts as liking an item; None counts every rating.

    Returns:
        The ratings that count, in the order of the file, each of value 1.

    Raises:
        InputError: `like` is not a finite number.
        DataError: No rating is so high.
    """
    if ratings.log.implicit:
        return ratings
    kept = ratings if like is None else min_rating(ratings, like)
    step = "every rating counts as a click" if like is None else f"ratings of at least {like:g} count as likes"
    log = replace(kept.log, implicit=True, steps=(*ratings.log.steps, step))
    return replace(kept, rating=np.ones(len(kept), np.float32), log=log)


def drop_duplicates(ratings: Ratings, policy: Policy = "last") -> Ratings:
    """Keep one rating of every (user, item) pair.

    Args:
        ratings: Any.
        policy: ``last`` and ``first`` go by time, then by row. ``mean``, ``max``, ``min`` and ``sum`` put that value
            of all the pair's ratings into its last row, which keeps its place and its time. ``error`` refuses repeated
            pairs, ``keep`` only counts them.

    Returns:
        The rows left, in their order; `log.duplicates` is the number of rows beyond the first of each pair, dropped or
        (``keep``) not: `log.steps` says which.

    Raises:
        InputError: The policy is unknown.
        DataError: The policy is ``error`` and a pair stands twice.
    """
    if policy not in get_args(Policy):
        raise InputError(f'duplicates is "{policy}", which is no policy', hint=nearest(policy, get_args(Policy)))
    repeated = _repeated_rows(ratings)
    if not len(repeated):
        return _logged(ratings, 0, policy)
    starts = np.flatnonzero(_is_start(_keys(ratings)[repeated]))
    surplus = len(repeated) - len(starts)
    if policy == "error":
        raise _twice(ratings, repeated, surplus)
    if policy == "keep":
        steps = (*ratings.log.steps, f"repeated pairs kept, {counted(surplus, 'row')} beyond the first of a pair")
        return _logged(replace(ratings, log=replace(ratings.log, steps=steps)), surplus, policy)
    ends = np.append(starts[1:], len(repeated)) - 1
    chosen = repeated[starts if policy == "first" else ends]
    values = ratings.rating.copy()
    if policy not in ("first", "last"):
        values[chosen] = _combined(ratings.rating[repeated].astype(np.float64), starts, policy)
    keep = np.ones(len(ratings), np.bool_)
    keep[repeated] = False
    keep[chosen] = True
    step = f"{policy} of every repeated pair, {counted(surplus, 'row')} dropped"
    return _logged(replace(ratings, rating=values).select(keep, step=step), surplus, policy)


def _at_least_one(n: int, what: str) -> None:
    if n < 1:
        raise InputError(f"the number of {what} is {n}, expected 1 or more")


def _most_frequent(codes: AnyArray, size: int, n: int) -> NDArray[np.bool_]:
    counts = np.bincount(codes, minlength=size)
    best = np.zeros(size, np.bool_)
    best[np.argsort(-counts, kind="stable")[:n]] = True  # codes follow sorted ids, so stable means the lower id first
    return best[codes]


def _frequent(codes: AnyArray, size: int, least: int) -> NDArray[np.bool_]:
    return (np.bincount(codes, minlength=size) >= least)[codes]


def _keys(ratings: Ratings) -> NDArray[np.int64]:
    return ratings.user_code.astype(np.int64) * ratings.n_items + ratings.item_code


def _is_start(sorted_keys: NDArray[np.int64]) -> NDArray[np.bool_]:
    return np.concatenate([[True], sorted_keys[1:] != sorted_keys[:-1]])


def _repeated_rows(ratings: Ratings) -> NDArray[np.int64]:
    """Rows of pairs that stand more than once, by pair, then time, then row; a plain sort finds out whether any do."""
    ordered = _keys(ratings)
    if (ordered[1:] > ordered[:-1]).all():
        return np.empty(0, np.int64)
    ordered = pl.Series(ordered).sort().to_numpy()  # on all cores
    twice = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    if not len(twice):
        return np.empty(0, np.int64)
    keys = _keys(ratings)
    place = np.minimum(np.searchsorted(twice, keys), len(twice) - 1)
    rows = np.flatnonzero(twice[place] == keys)
    time = rows if ratings.time is None else ratings.time[rows]
    return rows[np.lexsort((rows, time, keys[rows]))]


def _combined(values: NDArray[np.float64], starts: NDArray[np.int64], policy: Policy) -> NDArray[np.float64]:
    if policy == "max":
        return np.maximum.reduceat(values, starts)
    if policy == "min":
        return np.minimum.reduceat(values, starts)
    total = np.add.reduceat(values, starts)
    return total if policy == "sum" else total / np.diff(np.append(starts, len(values)))


def _twice(ratings: Ratings, repeated: NDArray[np.int64], surplus: int) -> DataError:
    first, second = repeated[:2]
    user, item = ratings.user_ids[ratings.user_code[first]], ratings.item_ids[ratings.item_code[first]]
    return DataError(
        f"{ratings.log.source}: user {user} rated item {item} more than once ({ratings.rating[first]:g}, then "
        f"{ratings.rating[second]:g}); {counted(surplus, 'row')} too many in all, expected one rating per pair",
        hint="choose which to keep with --duplicates last, first, mean, max, min or sum",
    )


def _logged(ratings: Ratings, surplus: int, policy: Policy) -> Ratings:
    return replace(ratings, log=replace(ratings.log, duplicates=surplus, duplicate_policy=policy))
