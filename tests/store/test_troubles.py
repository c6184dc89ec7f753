"""What databases complain about, said in words: full, busy, damaged, gone, closed to us; never with a password."""

import sqlite3
import threading
import time

import psycopg
import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from foretaste.errors import StoreError
from foretaste.store import Store, engine
from foretaste.store.address import read_address
from foretaste.store.troubles import BUSY, in_words, told
from tests.postgres import PASSWORD, running_postgres

FILE = read_address("sqlite:///r.db")
SERVER = read_address("postgresql://anna:hush%20hush@host/r")


@pytest.mark.parametrize(
    ("name", "words", "hint"),
    [
        ("SQLITE_FULL", "has no room: the disk is full, and nothing was stored", "make room"),
        ("SQLITE_BUSY_SNAPSHOT", "is busy, and nothing was stored", "try again"),
        ("SQLITE_LOCKED", "is busy, and nothing was stored", "try again"),
        ("SQLITE_NOTADB", "is no SQLite database", "of its own"),
        ("SQLITE_CORRUPT", "is damaged", "latest copy"),
        ("SQLITE_READONLY_DBMOVED", "cannot be written", "who may write"),
        ("SQLITE_CANTOPEN", "cannot be opened", "who may write"),
        ("SQLITE_PERM", "cannot be opened", "who may write"),
        ("SQLITE_IOERR_WRITE", "the disk reports an error", "sound"),
    ],
)
def test_what_sqlite_says(name, words, hint):
    cause = sqlite3.OperationalError("words of a program")
    cause.sqlite_errorname = name
    error = told(DBAPIError("INSERT", {}, cause), FILE)
    assert error.message.startswith("the store sqlite:///r.db ")
    assert words in error.message
    assert hint in error.hint
    assert "words of a program" not in error.message


@pytest.mark.parametrize(
    ("kind", "words", "hint"),
    [
        ("DiskFull", "its disk is full, and nothing was stored", "make room"),
        ("TooManyConnections", "at its limits", "more connections"),
        ("LockNotAvailable", "is busy, and nothing was stored", "try again"),
        ("QueryCanceled", "took too long", "try again"),
        ("DeadlockDetected", "is busy", "try again"),
        ("InvalidPassword", "does not let us in", "PGPASSWORD"),
        ("InvalidCatalogName", "there is no such database", "createdb NAME"),
        ("InsufficientPrivilege", "does not let this user read and write", "rights"),
        ("ReadOnlySqlTransaction", "may only be read", "takes writes"),
        ("ConnectionFailure", "cannot be reached", "runs"),
        ("AdminShutdown", "going down or starting", "runs"),
    ],
)
def test_what_postgresql_says(kind, words, hint):
    error = told(DBAPIError("INSERT", {}, getattr(psycopg.errors, kind)("hush hush")), SERVER)
    assert error.message.startswith("the store postgresql://anna:***@host/r ")
    assert words in error.message
    assert hint in error.hint
    assert "hush" not in str(error)


def test_words_that_are_not_known_are_passed_on_without_the_password():
    error = told(DBAPIError("INSERT", {}, psycopg.Error("near hush hush and hush%20hush\nmore")), SERVER)
    assert error.message == "the store postgresql://anna:***@host/r refuses: near *** and ***"
    assert "refuses: no such table: x" in told(sqlite3.OperationalError("no such table: x"), FILE).message


def test_no_connection_left_is_busy():
    assert "is busy, and nothing was stored" in told(PoolTimeout("QueuePool limit"), SERVER).message


def test_what_is_not_of_the_database_is_not_touched():
    with pytest.raises(ZeroDivisionError), in_words(FILE):
        raise ZeroDivisionError


def test_a_full_disk_takes_nothing_back(tmp_path):
    with Store(f"sqlite:///{tmp_path / 'r.db'}") as store:
        store.close()
        event.listen(store._engine, "connect", lambda raw, _: raw.execute("PRAGMA max_page_count = 30"))
        kept = []
        writes = (store.put("anna", f"item {item} {'x' * 200}", 1) for item in range(10_000))
        with pytest.raises(StoreError, match="has no room: the disk is full, and nothing was stored\nhint: make room"):
            kept.extend(writes)
        assert len(kept) > 20
        assert {one.item for one in store.ratings("anna")} == {one.item for one in kept}
        assert store.delete("anna", kept[0].item)


def test_many_writers_wait_together_and_not_one_after_the_other(tmp_path, monkeypatch):
    monkeypatch.setattr(engine, "WAIT_S", 1)
    path = tmp_path / "r.db"
    with Store(f"sqlite:///{path}") as store:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        said, began = [], time.monotonic()

        def write(n):
            try:
                store.put(f"user{n}", 1, 1)
            except StoreError as error:
                said.append((error.message.rpartition(" is ")[2], error.hint, time.monotonic() - began))

        team = [threading.Thread(target=write, args=(n,)) for n in range(6)]
        for thread in team:
            thread.start()
        for thread in team:
            thread.join(20)
        assert {(words, hint) for words, hint, _ in said} == {("busy, and nothing was stored", BUSY)}
        assert len(said) == 6
        assert max(took for *_, took in said) < 2.5  # one after the other it would be 6
        other.execute("ROLLBACK")
        assert store.put("anna", 1, 1).rating == 1
        assert raw_timeout(store) == 1000
        other.close()


def raw_timeout(store):
    with store.reading() as connection:
        return connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one()


def test_who_says_so_waits_less(store):
    """A second connection holds what is asked for; SQLite has one lock for all, PostgreSQL one for each row."""
    store.add_counts("arms", {"main": 1})
    began = time.monotonic()
    with Store(store.address.url) as other, other.writing() as connection:
        connection.execute(text("UPDATE counts SET n = n + 1"))
        with pytest.raises(StoreError, match=r"is busy, and nothing was stored|no answer within 0.3 s"):
            store.add_counts("arms", {"main": 1}, wait_s=0.3)
    assert time.monotonic() - began < 10
    store.add_counts("arms", {"main": 5}, wait_s=5)
    assert store.counts("arms") == {"main": 7}


def test_another_writer_is_waited_for_but_not_for_ever(tmp_path, monkeypatch):
    monkeypatch.setattr(engine, "WAIT_S", 0.3)
    path = tmp_path / "r.db"
    with Store(f"sqlite:///{path}") as store:
        other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="is busy, and nothing was stored\nhint: another program"):
            store.put("anna", 1, 1)
        assert store.ratings("anna") == []
        threading.Timer(0.1, lambda: other.execute("ROLLBACK")).start()
        assert store.put("anna", 1, 2).rating == 2
        other.close()


def test_a_damaged_file(tmp_path):
    path = tmp_path / "r.db"
    with Store(f"sqlite:///{path}") as store:
        for item in range(300):
            store.put("anna", item, 1)
    raw = bytearray(path.read_bytes())
    raw[4096:] = b"\x99" * (len(raw) - 4096)
    path.write_bytes(raw)
    with (
        pytest.raises(StoreError, match="is damaged\nhint: bring back the latest copy"),
        Store(f"sqlite:///{path}") as s,
    ):
        s.ratings("anna")


def test_a_lock_in_postgresql_is_not_waited_for_for_ever(database, monkeypatch):
    monkeypatch.setattr(engine, "WAIT_S", 1)
    with Store(database) as store, psycopg.connect(database) as other:
        store.put("anna", 1, 1)
        other.execute("UPDATE users SET revision = revision")
        with pytest.raises(StoreError, match="is busy, and nothing was stored"):
            store.put("anna", 1, 2)
        other.rollback()
        assert store.put("anna", 1, 3).rating == 3


def test_connections_that_were_cut_are_replaced(database):
    with Store(database) as store, psycopg.connect(database, autocommit=True) as other:
        store.put("anna", 1, 1)
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        assert store.put("anna", 1, 2).rating == 2


def test_who_is_not_let_in_is_told_why_and_the_password_is_not(database):
    wrong = database.replace("s3cret", "wr0ng")
    with pytest.raises(StoreError, match="does not let us in: password authentication failed") as caught:
        Store(wrong)
    assert "wr0ng" not in str(caught.value)
    with pytest.raises(StoreError, match=r'does not let us in: database "nope" does not exist\nhint: .*createdb NAME'):
        Store(database.replace("/postgres", "/nope"))


def test_nobody_at_that_address():
    with pytest.raises(StoreError, match=r"cannot be reached: .*refused\nhint: see whether it runs") as caught:
        Store("postgresql://anna:hush@127.0.0.1:1/r")
    assert "hush" not in str(caught.value)


@pytest.mark.slow
def test_a_server_that_went_away_is_said_and_nothing_hangs():
    with running_postgres() as url:
        store = Store(url)
        store.put("anna", 1, 1)
    with pytest.raises(StoreError, match="cannot be reached") as caught:
        store.put("anna", 1, 2)
    assert PASSWORD not in str(caught.value)
    with pytest.raises(StoreError, match="cannot be reached"):
        store.ready()
    store.close()
