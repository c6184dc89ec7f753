"""Which column of a file is the user, the item, the rating and the time: by the usual names, or as the caller says."""

import logging
import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from foretaste.errors import DataError, InputError, nearest

ROLES = ("user", "item", "rating", "time")
ALIASES: dict[str, tuple[str, ...]] = {
    "user": (
        "user", "userid", "uid", "username", "usr", "customer", "customerid", "reviewer", "reviewerid", "member",
        "memberid", "account", "accountid", "client", "clientid", "person", "personid", "visitor", "visitorid",
        "listener", "listenerid", "reader", "readerid", "subscriber", "subscriberid", "profile", "profileid",
        "session", "sessionid",
    ),
    "item": (
        "item", "itemid", "iid", "movie", "movieid", "film", "filmid", "product", "productid", "parentasin", "asin",
        "isbn", "book", "bookid", "song", "songid", "artist", "artistid", "track", "trackid", "album", "albumid",
        "game", "gameid", "anime", "animeid", "show", "showid", "article", "articleid", "recipe", "recipeid", "joke",
        "jokeid", "business", "businessid", "video", "videoid", "restaurant", "restaurantid", "venue", "venueid",
        "sku", "sid",
    ),
    "rating": (
        "rating", "ratings", "score", "stars", "star", "starrating", "overall", "value", "preference", "rate",
        "bookrating", "userrating", "ratingvalue", "grade", "vote", "weight", "plays", "playcount", "listens",
        "count", "quantity",
    ),
    "time": (
        "timestamp", "time", "unixreviewtime", "unixtime", "ts", "date", "datetime", "createdat", "created", "ratedat",
        "dateadded", "reviewdate", "timestampms", "eventtime",
    ),
}  # fmt: skip
"""Usual names of each column, folded by `fold_name`; where a file has several, the first one here wins."""
_SHOWN = 20
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Columns:
    """Positions of the columns in a file, from 0; None where the file has no such column."""

    user: int
    item: int
    rating: int | None = None
    time: int | None = None

    def used(self) -> dict[str, int]:
        """Return the roles that have a column, with its position."""
        pairs = {role: getattr(self, role) for role in ROLES}
        return {role: position for role, position in pairs.items() if position is not None}


def fold_name(name: str) -> str:
    """Return a column name for comparison: ``User_ID``, ``user-id`` and ``userId:token`` are all ``userid``."""
    return re.sub(r"[\s_\-]", "", name.partition(":")[0]).casefold()


def roles_in(names: Sequence[str]) -> set[str]:
    """Return the roles that some of these names usually stand for."""
    folded = {fold_name(name) for name in names}
    return {role for role in ROLES if folded.intersection(ALIASES[role])}


def usual_place(names: Sequence[str], role: str, taken: Set[int] = frozenset()) -> int | None:
    """Return the position of the column that by its name has a role, or None.

    Args:
        names: Column names.
        role: One of `ROLES`.
        taken: Positions that have another role already.
    """
    folded = {fold_name(name): place for place, name in reversed(list(enumerate(names))) if place not in taken}
    return next((folded[alias] for alias in ALIASES[role] if alias in folded), None)


def find_columns(
    names: Sequence[str], wanted: Mapping[str, str] | None, *, source: str, header: bool = True
) -> Columns:
    """Find the columns of a file of ratings.

    Args:
        names: Column names in the order of the file; ``1``, ``2``, ... where it has no header.
        wanted: Names that the caller gives, by role (``user``, ``item``, ``rating``, ``time``); an empty name says
            that there is no such column. A role that is not named is found by its usual names.
        source: Name of the file, for messages.
        header: Whether the names were read from the file; without one, columns that are not named stand for user,
            item, rating and time in that order.

    Returns:
        Positions from 0.

    Raises:
        InputError: `wanted` has an unknown role.
        DataError: A named column is not there or is named twice, or no column is the user's or the item's.
    """
    named = _named(names, wanted or {}, source)
    found: dict[str, int | None] = dict(named)
    taken = {position for position in named.values() if position is not None}
    for place, role in enumerate(ROLES):
        if role not in named:
            guess = usual_place(names, role, taken) if header else _positional(names, place, taken)
            found[role] = guess
    user, item = found["user"], found["item"]
    if user is None or item is None:
        missing = " and no ".join(role for role in ROLES[:2] if found[role] is None)
        raise DataError(
            f"{source} has no {missing} column; it has: {listed(names)}",
            hint="name the columns with --columns user=NAME,item=NAME",
        )
    return Columns(user, item, found["rating"], found["time"])


def warn_without_rating(
    names: Sequence[str], columns: Columns, wanted: Mapping[str, str] | None, *, source: str
) -> None:
    """Say in the log that every row counts as 1, where a file has columns of which one may hold its ratings.

    Args:
        names: Column names in the order of the file.
        columns: What was found.
        wanted: Names that the caller gave; whoever said that there is no rating column hears nothing.
        source: Name of the file.
    """
    others = [name for place, name in enumerate(names) if place not in columns.used().values()]
    if columns.rating is None and "rating" not in (wanted or {}) and others:
        _log.warning(
            "%s has no rating column among %s; every row counts as 1 "
            "(hint: name it with --columns rating=NAME, or say that there is none with --columns rating=)",
            source,
            listed(others),
        )


def listed(names: Sequence[str]) -> str:
    """Return column names for a message, the first twenty of many."""
    shown = ", ".join(printable(name) or '""' for name in names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown}, ... ({len(names):,} in all)"


def printable(text: str) -> str:
    """Return text cut to forty characters, with control characters and bytes that are not UTF-8 as escapes."""
    plain = text[:60].encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    plain = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in plain)
    return plain if len(plain) <= 40 else plain[:37] + "..."


def _named(names: Sequence[str], wanted: Mapping[str, str], source: str) -> dict[str, int | None]:
    result: dict[str, int | None] = {}
    for role, name in wanted.items():
        if role not in ROLES:
            raise InputError(f'columns name a "{role}", expected user, item, rating or time', hint=nearest(role, ROLES))
        position = _position(names, name, source) if name else None
        if position is not None and position in result.values():
            other = next(known for known, place in result.items() if place == position)
            raise DataError(f'column "{name}" of {source} is named for both {other} and {role}, expected one use')
        result[role] = position
    return result


def _position(names: Sequence[str], name: str, source: str) -> int:
    if name in names:
        return names.index(name)
    folded = [fold_name(known) for known in names]
    if fold_name(name) in folded:
        return folded.index(fold_name(name))
    hint = nearest(name, names) if len(names) <= _SHOWN else f"it has: {listed(names)}"
    raise DataError(f'{source} has no column "{name}"', hint=hint)


def _positional(names: Sequence[str], place: int, taken: set[int]) -> int | None:
    return place if place < len(names) and place not in taken else None
