"""What a store says to its database: the few lines of SQL, the same for both where they can be.

A write draws its revision, the number of the write in the whole store, while it holds the row of its user. Writes about one
user are thus in one order, and what is kept is what the highest revision has written. SQLite has one writer at a time anyway;
in PostgreSQL users do not wait for each other. The time is taken then too, and a rating is later than the one in whose place it
comes whatever the clocks say: an import, which goes by time, does not bring that one back.
"""

import time
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, text

from foretaste.store.address import Address

_RATING = """INSERT INTO ratings (user_id, item_id, rating, updated_at, revision)
{values}
ON CONFLICT (user_id, item_id)
DO UPDATE SET rating = excluded.rating, updated_at = {later}(excluded.updated_at, ratings.updated_at + 1),
revision = excluded.revision RETURNING revision, updated_at"""
_NEW_ROW = "VALUES (:user_id, :item_id, :rating, :now, :revision)"
_PUT_SQLITE = text(_RATING.format(values=_NEW_ROW, later="max"))
_DRAWN = """WITH drawn AS (
INSERT INTO users (user_id, revision) VALUES (:user_id, nextval('revisions'))
ON CONFLICT (user_id) DO UPDATE SET revision = nextval('revisions')
RETURNING revision, CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT) AS now)"""
_FROM_DRAWN = "SELECT :user_id, :item_id, :rating, now, revision FROM drawn"
_PUT_POSTGRESQL = text(f"{_DRAWN}\n{_RATING.format(values=_FROM_DRAWN, later='greatest')}")
_DRAW = text("UPDATE revisions SET last = last + 1 RETURNING last")
_NOTE_USER = text(
    "INSERT INTO users (user_id, revision) VALUES (:user_id, :revision) "
    "ON CONFLICT (user_id) DO UPDATE SET revision = excluded.revision"
)
_HOLD_USER = text("UPDATE users SET revision = nextval('revisions') WHERE user_id = :user_id")
_DELETE = text("DELETE FROM ratings WHERE user_id = :user_id AND item_id = :item_id")
_ERASE = text("DELETE FROM ratings WHERE user_id = :user_id")
_FORGET = text("DELETE FROM users WHERE user_id = :user_id")
RATINGS = text(
    "SELECT item_id, rating, revision, updated_at FROM ratings WHERE user_id = :user_id ORDER BY revision DESC, item_id"
)
REVISION = text("SELECT revision FROM users WHERE user_id = :user_id")
STATE = text("SELECT value FROM states WHERE name = :name")
NEW_STATE = text("INSERT INTO states (name, value) VALUES (:name, :value) ON CONFLICT (name) DO NOTHING")
REPLACE_STATE = text("UPDATE states SET value = :value WHERE name = :name AND value = :before")
COUNTS = text("SELECT key, n FROM counts WHERE name = :name ORDER BY key")
ADD_COUNT = text(
    "INSERT INTO counts (name, key, n) VALUES (:name, :key, :n) "
    "ON CONFLICT (name, key) DO UPDATE SET n = counts.n + excluded.n"
)


def put(connection: Connection, address: Address, row: Mapping[str, Any]) -> tuple[int, int]:
    """Keep a rating in the place of the one before, and return the revision and the time in Unix microseconds."""
    if address.kind == "postgresql":
        kept = connection.execute(_PUT_POSTGRESQL, row).one()
    else:
        revision = draw(connection)
        _note_user(connection, row["user_id"], revision)
        kept = connection.execute(_PUT_SQLITE, {**row, "revision": revision, "now": time.time_ns() // 1000}).one()
    return int(kept.revision), int(kept.updated_at)


def delete(connection: Connection, address: Address, user_id: str, item_id: str) -> bool:
    """Take a rating away, and return whether there was one; where there was none, the caller undoes the revision."""
    if address.kind == "postgresql":
        connection.execute(_HOLD_USER, {"user_id": user_id})
    else:
        _note_user(connection, user_id, draw(connection))
    return connection.execute(_DELETE, {"user_id": user_id, "item_id": item_id}).rowcount > 0


def erase(connection: Connection, address: Address, user_id: str) -> int:
    """Take away all that is kept of a user, and return how many ratings it was."""
    if address.kind == "postgresql":
        connection.execute(_HOLD_USER, {"user_id": user_id})
    erased = connection.execute(_ERASE, {"user_id": user_id}).rowcount
    connection.execute(_FORGET, {"user_id": user_id})
    return erased


def draw(connection: Connection) -> int:
    """Return the next revision of a store in SQLite."""
    return int(connection.execute(_DRAW).scalar_one())


def _note_user(connection: Connection, user_id: str, revision: int) -> None:
    connection.execute(_NOTE_USER, {"user_id": user_id, "revision": revision})
