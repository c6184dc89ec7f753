"""Whether the columns of users and items are swapped: by the catalogue file, by sessions in time, by names, by inequality."""

import re
from collections.abc import Sequence

import numpy as np

from foretaste.arrays import AnyArray
from foretaste.data.columns import ALIASES, fold_name
from foretaste.data.describe import gini
from foretaste.data.ratings import Ratings

IN_ALL, IN_FEW = 0.98, 0.9
"""Ids of items are those of the catalogue but for a few; a column of which a tenth is not there is no column of items."""
QUICKER, SITTING = 4, 1000
"""People rate in sittings, seconds apart, and an item waits for days: four times quicker is a sign; a thousand times is nothing
but the difference between a sitting and a shelf, and counts twice."""
MORE_UNEQUAL = 0.1
"""Items are less equal than people: by so much of Gini's coefficient at least where it is to say anything."""
ENOUGH = 2
"""Signs that it takes: the catalogue and names count twice, sittings once or twice, inequality once, for or against."""
_PREFIX = re.compile(r"[^\W\d_]+")


def swapped(ratings: Ratings, catalog_ids: Sequence[str] | None) -> tuple[str, ...]:
    """Return what says that users and items are swapped, in words; nothing where the signs do not suffice.

    Args:
        ratings: One of each pair.
        catalog_ids: Ids of the catalogue file as written, or None.
    """
    signs = [
        sign
        for sign in (
            _by_catalog(ratings, catalog_ids),
            _by_names(ratings),
            _by_sittings(ratings),
            _by_inequality(ratings),
        )
        if sign is not None
    ]
    if sum(weight for weight, _ in signs) < ENOUGH:
        return ()
    return tuple(words for weight, words in signs if weight > 0)


def _by_catalog(ratings: Ratings, catalog_ids: Sequence[str] | None) -> tuple[int, str] | None:
    if not catalog_ids:
        return None
    known = set(catalog_ids)
    user, item = (
        float(np.mean([str(one) in known for one in ids.tolist()])) for ids in (ratings.user_ids, ratings.item_ids)
    )
    words = (
        f"{100 * user:.0f} % of the user ids are items of the catalogue file, and {100 * item:.0f} % of the item ids"
    )
    if user >= IN_ALL and item < IN_FEW:
        return 2, words
    return (-2, words) if item >= IN_ALL and user < IN_FEW else None


def _by_names(ratings: Ratings) -> tuple[int, str] | None:
    user, item = _prefix(ratings.user_ids), _prefix(ratings.item_ids)
    words = f'user ids begin with "{user}" and item ids with "{item}"'
    right, wrong = _says(user, "user") + _says(item, "item"), _says(user, "item") + _says(item, "user")
    return None if right == wrong else (2 if wrong > right else -2, words)


def _says(prefix: str, role: str) -> bool:
    return prefix in {role[0], *ALIASES[role]}


def _prefix(ids: AnyArray) -> str:
    """The letters that nine of ten ids begin with, folded, or nothing."""
    if ids.dtype != object:
        return ""
    found = [match[0] if (match := _PREFIX.match(one)) and match[0] != one else "" for one in ids.tolist()]
    first = found[len(found) // 2]
    return fold_name(first) if first and found.count(first) >= IN_FEW * len(found) else ""


def _by_sittings(ratings: Ratings) -> tuple[int, str] | None:
    if ratings.time is None or ratings.n_users == len(ratings) or ratings.n_items == len(ratings):
        return None
    user, item = (_gap(ratings.time, codes) for codes in (ratings.user_code, ratings.item_code))
    words = f"from one rating of a user to the next it is {_duration(user)} in the median, of an item {_duration(item)}"
    weight = 2 if max(user, item) >= SITTING * min(user, item) else 1
    if max(user, item) < QUICKER * min(user, item):
        return None
    return (weight if user > item else -weight), words


def _gap(time: AnyArray, codes: AnyArray) -> float:
    """Median seconds from one row to the next of the same group, 1 at least."""
    order = np.lexsort((time, codes))
    gaps = np.diff(time[order])[np.diff(codes[order]) == 0]
    return max(float(np.median(gaps)), 1.0)


def _duration(seconds: float) -> str:
    if seconds < 3600:
        return f"{seconds:,.0f} s"
    return f"{seconds / 86_400:,.1f} days" if seconds >= 86_400 else f"{seconds / 3600:,.1f} hours"


def _by_inequality(ratings: Ratings) -> tuple[int, str] | None:
    user, item = (gini(np.bincount(codes)) for codes in (ratings.user_code, ratings.item_code))
    if abs(user - item) < MORE_UNEQUAL:
        return None
    return (
        1 if user > item else -1
    ), f"ratings fall on users less equally (Gini {user:.2f}) than on items ({item:.2f})"
