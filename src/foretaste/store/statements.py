"""What a store says to its database: the few lines of SQL, the same for both where they can be.

A write draws its revision, the number of the write in the whole store, while it holds the row of its user. Writes about one
user are thus in one order, and what is kept is what the highest revision has written. SQLite has one writer at a time anyway;
in PostgreSQL users do not wait for each other.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, text

from foretaste.store.address import Address

_RATING = """INSERT INTO ratings (user_id, item_id, rating, updated_at, revision)
{values}
ON CONFLICT (user_id, item_id)
DO UPDATE SET rating = excluded.rating, updated_at = excluded.updated_at, revision = excluded.revision"""
_PUT_SQLITE = text(_RATING.format(values="VALUES (:user_id, :item_id, :rating, :updated_at, :revision)"))
_DRAWN = """WITH drawn AS (
INSERT INTO users (user_id, revision) VALUES (:user_id, nextval('revisions'))
ON CONFLICT (user_id) DO UPDATE SET revision = nextval('revisions') RETURNING revision)"""
_FROM_DRAWN = _RATING.format(values="SELECT :user_id, :item_id, :rating, :updated_at, revision FROM drawn")
_PUT_POSTGRESQL = text("\n".join((_DRAWN, _FROM_DRAWN, "RETURNING revision")))
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


def put(connection: Connection, address: Address, row: Mapping[str, Any]) -> int:
    """Keep a rating in the place of the one before, and return the revision."""
    if address.kind == "postgresql":
        return int(connection.execute(_PUT_POSTGRESQL, row).scalar_one())
    revision = draw(connection)
    _note_user(connection, row["user_id"], revision)
    connection.execute(_PUT_SQLITE, {**row, "revision": revision})
    return revision


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
