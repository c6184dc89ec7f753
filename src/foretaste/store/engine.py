"""The connections of a store: how SQLite is to keep what it acknowledged, and how PostgreSQL is called through a pool.

SQLite runs in WAL mode with ``synchronous=FULL``: each commit waits until the log is on the disk, so that it survives a killed
process and a power cut; a write costs one flush of the disk. ``NORMAL`` would not wait, and a power cut could take the last
writes back. Deleted ratings are overwritten in the file (``secure_delete``).
"""

import os
import sqlite3
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, make_url

from foretaste.errors import InputError, NotFoundError
from foretaste.store.address import Address

WAIT_S = 30
"""Seconds that a writer waits for others, all in all."""
CONNECT_S = 10
"""Seconds that PostgreSQL has to answer a call."""
STATEMENT_S = WAIT_S + 2
"""Seconds after which PostgreSQL itself breaks a statement off, but for those of an import or an export."""
ANSWER_S, READ_S, PING_S = WAIT_S + 5, 10, 5
"""Seconds that PostgreSQL has to answer a statement, a single question, which waits for nobody, and to show that it is still
there when a connection is used again."""
CALLING = {"connect_timeout": CONNECT_S, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3,
           "tcp_user_timeout": 1000 * WAIT_S}  # fmt: skip
"""How a server is called: one whose machine is gone is noticed, even in an import that may take long."""
WRITES = "foretaste_writes"
"""Execution option of a connection that will write, and by when it gives up: SQLite takes its lock at once then, and not in
the middle."""
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
        options["connect_args"] = {key: value for key, value in CALLING.items() if key not in url.query}
        engine = create_engine(url, **options)
        _be_patient(engine)
        event.listen(engine, "connect", _postgresql_rules(read_only=read_only))
        return engine
    _check_file(address, read_only=read_only)
    if read_only and not os.access(address.path.parent, os.W_OK):
        options = {"hide_parameters": True, "poolclass": NullPool}  # each asks anew whether somebody writes by now
    arguments = {"timeout": WAIT_S, "check_same_thread": False}
    engine = create_engine(_sqlite_url(address, read_only=read_only), connect_args=arguments, **options)
    if "poolclass" in options:
        event.listen(engine, "do_connect", _open_unchanging(address.path))
    event.listen(engine, "connect", _sqlite_rules(read_only=read_only))
    event.listen(engine, "begin", _begin)
    return engine


def until(wait_s: float | None = None) -> float:
    """Return by when a writer gives up, as `time.monotonic` counts: `WAIT_S` from now, or another time."""
    return time.monotonic() + (WAIT_S if wait_s is None else wait_s)


def set_patience(connection: Connection, patience_s: float | None) -> None:
    """Say how long PostgreSQL may take for each statement of this transaction; None is as long as it takes."""
    if connection.dialect.name == "postgresql":
        raw: Any = connection.connection.dbapi_connection
        raw.patience_s = patience_s
        if patience_s is None:
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")


def _be_patient(engine: Engine) -> None:
    """Have connections made that wait so long and no longer."""
    from foretaste.store.patience import Patient  # noqa: PLC0415 (loads psycopg, without which SQLite does)

    def made(_dialect: object, _record: object, cargs: Any, cparams: Any) -> Any:
        connection = Patient.connect(*cargs, **cparams)
        connection.patience_s = PING_S
        return connection

    def rests(raw: Any, _record: object) -> None:
        if raw is not None:  # it was not closed
            raw.patience_s = PING_S

    def works(raw: Any, _record: object, _proxy: object) -> None:  # after the ping
        raw.patience_s = ANSWER_S

    event.listen(engine, "do_connect", made)
    event.listen(engine, "checkin", rests)
    event.listen(engine, "checkout", works)


def _open_unchanging(path: Path) -> Any:
    """Open a file in a folder where nothing may be written; SQLite would make two more files there, unless told it is alone.

    Where somebody else has the file open for writing, those two are there, and it is read with them.
    """

    def connect(_dialect: object, _record: object, cargs: Any, _cparams: object) -> None:
        if not Path(f"{path}-wal").exists():
            cargs[0] += "&immutable=1"

    return connect


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
    until = connection.get_execution_options().get(WRITES)
    if until is None:
        connection.exec_driver_sql("BEGIN")
        return
    raw: Any = connection.connection.dbapi_connection
    left_s = min(max(until - time.monotonic(), 0), WAIT_S)
    raw.execute(f"PRAGMA busy_timeout = {round(1000 * left_s)}")
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        raw.execute(f"PRAGMA busy_timeout = {round(1000 * WAIT_S)}")


def _postgresql_rules(*, read_only: bool) -> Any:
    def prepare(raw: Any, _record: object) -> None:
        raw.execute(f"SET lock_timeout = '{WAIT_S}s'")
        raw.execute(f"SET statement_timeout = '{STATEMENT_S}s'")
        if read_only:
            raw.execute("SET default_transaction_read_only = on")
        raw.commit()

    return prepare
