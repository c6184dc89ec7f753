"""Ratings in bulk: a table goes into a store in one transaction, and all of a store comes out in batches.

What comes in is copied into a table of its own first (COPY on PostgreSQL, one prepared statement on SQLite), and merged from
there by a few statements. Of two ratings of one item by one user the later stays, so that importing an old file twice, or
into a store that people use, takes nothing back. While a store of SQLite takes an import, other writers wait.
"""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import numpy as np
from sqlalchemy import Connection, text

from foretaste.arrays import FloatArray
from foretaste.data.catalog import Catalog
from foretaste.data.filters import drop_duplicates
from foretaste.data.gathering import Gathering
from foretaste.data.ratings import Ratings
from foretaste.errors import DataError
from foretaste.store.statements import draw
from foretaste.store.store import Store, checked_id

BATCH = 50_000
"""Rows that are held at once."""
MICRO = 1_000_000
PLAIN_USER = re.compile(r"[\w.@:+=~-]{1,128}")
"""Ids of users that an address of the HTTP service can name."""
Rows = tuple[list[str], list[str], list[float], list[int]]
"""Users, items, ratings and Unix seconds of some rows."""
_Row = tuple[str, str, float, int]
_INCOMING = {
    "sqlite": "CREATE TEMP TABLE incoming (user_id TEXT, item_id TEXT, rating REAL, updated_at INTEGER)",
    "postgresql": 'CREATE TEMP TABLE incoming (user_id TEXT COLLATE "C", item_id TEXT COLLATE "C", '
    "rating DOUBLE PRECISION, updated_at BIGINT)",
}
_USERS = {
    "sqlite": "INSERT INTO users SELECT DISTINCT user_id, CAST(:revision AS BIGINT) FROM incoming WHERE true "
    "ON CONFLICT (user_id) DO UPDATE SET revision = excluded.revision",
    "postgresql": "INSERT INTO users SELECT user_id, nextval('revisions') FROM "
    "(SELECT DISTINCT user_id FROM incoming ORDER BY user_id) AS distinct_users "  # one order: no deadlock
    "ON CONFLICT (user_id) DO UPDATE SET revision = nextval('revisions')",
}
_COUNT = text(
    "SELECT count(*), coalesce(sum(CASE WHEN ratings.updated_at > incoming.updated_at THEN 1 ELSE 0 END), 0) "
    "FROM incoming JOIN ratings ON ratings.user_id = incoming.user_id AND ratings.item_id = incoming.item_id"
)
_MERGE = text(
    "INSERT INTO ratings (user_id, item_id, rating, updated_at, revision) "
    "SELECT incoming.user_id, item_id, rating, updated_at, users.revision "
    "FROM incoming JOIN users ON users.user_id = incoming.user_id WHERE true ORDER BY incoming.user_id, item_id "
    "ON CONFLICT (user_id, item_id) DO UPDATE SET rating = excluded.rating, updated_at = excluded.updated_at, "
    "revision = excluded.revision WHERE excluded.updated_at >= ratings.updated_at"
)
_ITEMS = text(
    "INSERT INTO items (item_id, title, genres) VALUES (:item_id, :title, :genres) "
    "ON CONFLICT (item_id) DO UPDATE SET title = excluded.title, genres = excluded.genres"
)
_ALL = text("SELECT user_id, item_id, rating, updated_at FROM ratings ORDER BY user_id, item_id")
_TITLES = text("SELECT item_id, title, genres FROM items ORDER BY item_id")


@dataclass(frozen=True)
class Imported:
    """What an import did.

    Args:
        ratings: Rows that came.
        added: Were not there before.
        replaced: Took the place of an earlier rating, or of the same one.
        older: Were left out, because the store has a later rating.
        titles: Items whose title or genres came along.
        odd_users: Users whose id no address over HTTP can name.
        timed: Whether the ratings brought their own times; else they count as given now.
    """

    ratings: int
    added: int
    replaced: int
    older: int
    titles: int
    odd_users: int
    timed: bool


def import_ratings(store: Store, ratings: Ratings, catalog: Catalog) -> Imported:
    """Put a table and the titles of its items into a store: all of it, or nothing.

    Args:
        store: Open for writing.
        ratings: Of a repeated pair the last is taken.
        catalog: Titles and genres; what has neither leaves the store's as they are.

    Raises:
        InputError: An id cannot be stored.
        StoreError: The database does not take it.
    """
    ratings = drop_duplicates(ratings, "last")
    users = [checked_id(str(one), "user") for one in ratings.user_ids.tolist()]
    items = [checked_id(str(one), "item") for one in ratings.item_ids.tolist()]
    titled = _titled(catalog)
    kind = store.address.kind
    with store.writing(long=True) as connection:
        connection.execute(text(_INCOMING[kind]))
        _fill(connection, kind, _rows(ratings, users, items))
        revision = {"revision": draw(connection)} if kind == "sqlite" else {}
        connection.execute(text(_USERS[kind]), revision)
        there, older = connection.execute(_COUNT).one()
        connection.execute(_MERGE)
        connection.execute(text("DROP TABLE incoming"))
        if titled:
            connection.execute(_ITEMS, titled)
    odd = sum(PLAIN_USER.fullmatch(one) is None for one in users)
    n = len(ratings)
    return Imported(n, n - there, there - int(older), int(older), len(titled), odd, ratings.time is not None)


def read_store(store: Store) -> tuple[Ratings, Catalog]:
    """Return all ratings of a store, and the catalogue of their items.

    Args:
        store: Any.

    Returns:
        Ratings sorted by user and item, with the time of each, and items in sorted order of ids, with titles and genres
        where an import has brought some.

    Raises:
        DataError: There are no ratings.
        StoreError: The database does not answer.
    """
    gathering = Gathering()
    for rows in batches(store):
        gathering.add(*rows)
    ratings = gathering.table(store.address.label)
    known = {item_id: (title, genres) for item_id, title, genres in titles(store)}
    if not known:
        return ratings, Catalog(ratings.item_ids)
    entries = [known.get(str(item_id), ("", ())) for item_id in ratings.item_ids.tolist()]
    return ratings, Catalog(ratings.item_ids, tuple(t for t, _ in entries), tuple(g for _, g in entries))


def batches(store: Store) -> Iterator[Rows]:
    """Yield all ratings of a store, sorted by ids as text, in batches, as they are at one moment.

    Raises:
        DataError: There are none.
        StoreError: The database does not answer.
    """
    empty = True
    with store.reading() as connection:
        found = connection.execute(_ALL, execution_options={"yield_per": BATCH})
        for part in found.partitions(BATCH):
            empty = False
            users, items, ratings, moments = map(list, zip(*part, strict=True))
            yield users, items, ratings, [moment // MICRO for moment in moments]
    if empty:
        raise DataError(
            f"the store {store.name} has no ratings", hint="foretaste data import DATA --store URL brings some"
        )


def titles(store: Store) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return id, title and genres of all items that an import has brought, sorted by id as text."""
    with store.reading() as connection:
        return [(row.item_id, row.title, tuple(json.loads(row.genres))) for row in connection.execute(_TITLES)]


def _titled(catalog: Catalog) -> list[dict[str, str]]:
    """Return what is kept of items, sorted by id: two imports that wait for each other's items would wait for ever."""
    none = ((),) * len(catalog)
    entries = zip(
        catalog.item_ids.tolist(), catalog.titles or ("",) * len(catalog), catalog.genres or none, strict=True
    )
    rows = [
        {"item_id": str(item_id), "title": title, "genres": json.dumps(genres, ensure_ascii=False)}
        for item_id, title, genres in entries
        if title or genres
    ]
    return sorted(rows, key=itemgetter("item_id"))


def _rows(ratings: Ratings, users: list[str], items: list[str]) -> Iterator[list[_Row]]:
    values, place = np.unique(ratings.rating, return_inverse=True)
    shortest = _shortest(values)
    now = time.time_ns() // 1000
    for start in range(0, len(ratings), BATCH):
        part = slice(start, start + BATCH)
        n = len(place[part])
        moments = [now] * n if ratings.time is None else (ratings.time[part] * MICRO).tolist()
        user, item = ratings.user_code[part].tolist(), ratings.item_code[part].tolist()
        rated = place[part].tolist()
        yield [
            (users[u], items[i], shortest[r], moment)
            for u, i, r, moment in zip(user, item, rated, moments, strict=True)
        ]


def _shortest(values: FloatArray) -> list[float]:
    """Return the number that a file had for each float32: 0.1 and not 0.10000000149."""
    return [float(str(value)) for value in values]


def _fill(connection: Connection, kind: str, parts: Iterator[list[_Row]]) -> None:
    if kind == "sqlite":
        for part in parts:
            connection.exec_driver_sql("INSERT INTO incoming VALUES (?, ?, ?, ?)", part)
        return
    copying = "COPY incoming (user_id, item_id, rating, updated_at) FROM STDIN"
    cursor: Any = connection.connection.cursor()
    with cursor, cursor.copy(copying) as copy:
        for part in parts:
            for row in part:
                copy.write_row(row)
    connection.execute(text("ANALYZE incoming"))
