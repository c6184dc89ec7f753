"""Which ratings two files share, as their ids are and with one added to them."""

from dataclasses import replace

import numpy as np

from foretaste.arrays import AnyArray
from foretaste.data.ratings import Ratings

ROLES = ("item", "user")
SHARED = 10
"""Shared ratings from which none at all, after adding one, is no chance: e^-10 where chance makes as many."""


def counts_of(table: Ratings, role: str) -> AnyArray:
    """Return how many ratings each item, or user, of a table has, in the order of their ids."""
    return np.bincount(getattr(table, f"{role}_code"), minlength=len(getattr(table, f"{role}_ids")))


def in_both(train: Ratings, test: Ratings) -> np.ndarray:
    """Return which ratings of one table are of a pair that the other has too, bool (rows of `test`,)."""
    codes = []
    for role in ("user", "item"):
        known, other = (getattr(table, f"{role}_ids") for table in (train, test))
        place = np.minimum(np.searchsorted(known, other), len(known) - 1) if known.dtype == other.dtype else None
        there = np.full(len(other), -1) if place is None else np.where(known[place] == other, place, -1)
        codes.append(there[getattr(test, f"{role}_code")].astype(np.int64))
    user, item = codes
    width = train.n_items
    keys = train.user_code.astype(np.int64) * width + train.item_code
    return (user >= 0) & (item >= 0) & np.isin(user * width + item, keys)


def moved(train: Ratings, test: Ratings) -> tuple[str, int, int] | None:
    """Return which ids of the test file are off by one, and by what, judged by the ratings that both files have; or None.

    Parts of one file share nothing. Where ids are off they share what chance makes, as they do with one added or taken away
    on the other side; on the right side they share nothing.

    Args:
        train: One rating of each pair.
        test: The same.

    Returns:
        ``"item"`` or ``"user"``, what is to be added to those ids of the test file, and how many ratings are shared now.
    """
    now = int(in_both(train, test).sum())
    if now < SHARED:
        return None
    for role in ROLES:
        ids = getattr(test, f"{role}_ids")
        if not np.issubdtype(ids.dtype, np.integer):
            continue
        both = {by: int(in_both(train, replace(test, **{f"{role}_ids": ids + by})).sum()) for by in (-1, 1)}
        for by, left in both.items():
            if left == 0 and both[-by] >= SHARED:
                return role, by, now
    return None
