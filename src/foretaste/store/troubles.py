"""What a database complains about, in words that say what happened, whether anything was stored, and what to do."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from foretaste.errors import StoreError
from foretaste.store.address import Address

BUSY = "another program has been writing for long, or too many ask at once; try again"
ROOM = "make room on its disk; what was acknowledged before is kept"
REACH = "see whether it runs and may be reached: its address, port and rights"
LOGIN = "check user, password (PGPASSWORD and ~/.pgpass are read too) and database; createdb NAME makes one"
RIGHTS = "see who may write the file and its folder, where SQLite keeps two more files beside it"
OWN = "give foretaste a file or a database of its own"
_SQLITE = (
    ("SQLITE_FULL", "has no room: the disk is full, and nothing was stored", ROOM),
    ("SQLITE_BUSY", "is busy, and nothing was stored", BUSY),
    ("SQLITE_LOCKED", "is busy, and nothing was stored", BUSY),
    ("SQLITE_NOTADB", "is no SQLite database", OWN),
    ("SQLITE_CORRUPT", "is damaged", "bring back the latest copy; sqlite3 FILE .recover may save what is left"),
    ("SQLITE_READONLY", "cannot be written", RIGHTS),
    ("SQLITE_CANTOPEN", "cannot be opened", RIGHTS),
    ("SQLITE_PERM", "cannot be opened", RIGHTS),
    ("SQLITE_IOERR", "cannot be read or written: the disk reports an error", "see whether the disk is sound and has room"),
)  # fmt: skip
_POSTGRESQL = (
    ("53100", "has no room: its disk is full, and nothing was stored", ROOM),
    ("53", "is at its limits, and nothing was stored", "let it have more connections or memory"),
    ("55P03", "is busy, and nothing was stored", BUSY),
    ("57014", "took too long, and nothing was stored", BUSY),
    ("40", "is busy, and nothing was stored", BUSY),
    ("28", "does not let us in", LOGIN),
    ("3D000", "does not let us in: there is no such database", LOGIN),
    ("42501", "does not let this user read and write its tables", "grant rights, or give foretaste a database of its own"),
    ("25006", "may only be read", "name the server that takes writes"),
    ("08", "cannot be reached", REACH),
    ("57", "cannot be reached: it is going down or starting", REACH),
)  # fmt: skip


@contextmanager
def in_words(address: Address) -> Iterator[None]:
    """Turn what the database raises into a `StoreError`.

    Raises:
        StoreError: The database has raised something.
    """
    try:
        yield
    except (SQLAlchemyError, _of_driver(address)) as error:
        raise told(error, address) from error


def _of_driver(address: Address) -> type[Exception]:
    """What comes straight from the driver, as in COPY."""
    if address.kind == "sqlite":
        return sqlite3.Error
    import psycopg  # noqa: PLC0415 (stores in SQLite do without)

    return psycopg.Error


def told(error: Exception, address: Address) -> StoreError:
    """Return the error in words."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, PoolTimeout):
        return busy(address)
    name = getattr(cause, "sqlite_errorname", None)
    state = getattr(cause, "sqlstate", None)
    known = _SQLITE if name else _POSTGRESQL
    for start, words, hint in known:
        if (name or state or "").startswith(start):
            return StoreError(f"the store {address.shown} {words}", hint=hint)
    said = _first_line(cause, address)
    if state is None and address.kind == "postgresql" and _connecting(error):
        refused = said.partition("FATAL:")[2].strip()  # the server was there, and said no
        if refused:
            return StoreError(f"the store {address.shown} does not let us in: {refused}", hint=LOGIN)
        return StoreError(f"the store {address.shown} cannot be reached: {said}", hint=REACH)
    return StoreError(f"the store {address.shown} refuses: {said}")


def busy(address: Address) -> StoreError:
    """Return the error of whoever has waited too long for others."""
    return StoreError(f"the store {address.shown} is busy, and nothing was stored", hint=BUSY)


def _connecting(error: Exception) -> bool:
    """Whether it is about the connection: libpq has no code where it found nobody to give one."""
    return isinstance(error, DBAPIError) and (error.connection_invalidated or error.statement is None)


def _first_line(cause: BaseException | None, address: Address) -> str:
    """What the driver says in its first line, without the password."""
    line = str(cause).strip().split("\n", 1)[0]
    _, colon, secret = address.url.partition("://")[2].rpartition("@")[0].partition(":")
    for word in {secret, unquote(secret)} if colon and secret else ():
        line = line.replace(word, "***")
    return line
