"""The connections of a store: how SQLite is to keep what it acknowledged, and how PostgreSQL is called through a pool.

SQLite runs in WAL mode with ``synchronous=FULL``: each commit waits until the log is on the disk, so that it survives a killed
process and a power cut; a write costs one flush of the disk. ``NORMAL`` would not wait, and a power cut could take the last
writes back. Deleted ratings are overwritten in the file (``secure_delete``).
"""

import sqlite3
import time
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url

from foretaste.errors import InputError, NotFoundError
from foretaste.store.address import Address

WAIT_S = 30
"""Seconds that a writer waits for another one."""
CONNECT_S = 10
"""Seconds that PostgreSQL has to answer a call."""
WRITES = "foretaste_writes"
"""Execution option of a connection that will write: SQLite takes its lock at once then, and not in the middle."""
POOL = {
    "sqlite": {"pool_size": 8, "max_overflow": 56, "pool_timeout": WAIT_S},
    "postgresql": {"pool_size": 8, "max_overflow": 8, "pool_timeout": WAIT_S, "pool_pre_ping": True},
}
"""SQLite's connections are file handles, so that no thread of a server waits for one; PostgreSQL's are its processes."""


def make_engine(address: Address, *, read_only: bool = False) -> Engine:
    """Return an engine; nothing is opened yet, but for the folder of a file of SQLite being looked at.

    Raises:
        NotFoundError: The file of SQLite is not there and is only to be read, or its folder is not there.
        InputError: It is a folder.
    """
    options: dict[str, Any] = {"hide_parameters": True, **POOL[address.kind]}
    if address.path is None:
        url = make_url(address.url).set(drivername="postgresql+psycopg")
        if "connect_timeout" not in url.query:
            options["connect_args"] = {"connect_timeout": CONNECT_S}
        engine = create_engine(url, **options)
        event.listen(engine, "connect", _postgresql_rules(read_only=read_only))
        return engine
    _check_file(address, read_only=read_only)
    arguments = {"timeout": WAIT_S, "check_same_thread": False}
    engine = create_engine(_sqlite_url(address, read_only=read_only), connect_args=arguments, **options)
    event.listen(engine, "connect", _sqlite_rules(read_only=read_only))
    event.listen(engine, "begin", _begin)
    return engine


def _check_file(address: Address, *, read_only: bool) -> None:
    path = address.path
    if path is None:
        return
    if path.is_dir():
        raise InputError(f"the store {address.shown} is a folder, expected a file", hint="sqlite:///FOLDER/ratings.db")
    if not path.exists() and read_only:
        raise NotFoundError(
            f"there is no store {address.shown}", hint="foretaste data import DATA --store URL makes one"
        )
    if not path.parent.is_dir():
        raise NotFoundError(f"there is no folder {path.parent} for the store {address.shown}", hint="make it first")


def _sqlite_url(address: Address, *, read_only: bool) -> URL:
    if read_only:
        return URL.create("sqlite", database=f"file:{quote(str(address.path))}", query={"mode": "ro", "uri": "true"})
    return URL.create("sqlite", database=str(address.path))


def _sqlite_rules(*, read_only: bool) -> Any:
    def prepare(raw: Any, _record: object) -> None:
        raw.isolation_level = None  # transactions begin where `_begin` says, and not where the driver guesses
        if not read_only:
            _use_wal(raw)
            raw.execute("PRAGMA synchronous = FULL")
            raw.execute("PRAGMA secure_delete = ON")

    return prepare


def _use_wal(raw: Any) -> None:
    """Switch the file to WAL; SQLite does not wait here by itself when several processes make one file at once."""
    deadline = time.monotonic() + WAIT_S
    while True:
        try:
            raw.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if not error.sqlite_errorname.startswith("SQLITE_BUSY") or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _postgresql_rules(*, read_only: bool) -> Any:
    def prepare(raw: Any, _record: object) -> None:
        raw.execute(f"SET lock_timeout = '{WAIT_S}s'")
        if read_only:
            raw.execute("SET default_transaction_read_only = on")
        raw.commit()

    return prepare
