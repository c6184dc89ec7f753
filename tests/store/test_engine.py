"""Connections: what SQLite is told so that writes last, who waits for whom, and what is refused before anything opens."""

import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import contextmanager
from subprocess import PIPE

import pytest
from sqlalchemy import text

from foretaste.errors import InputError, NotFoundError, StoreError
from foretaste.store import Store, engine
from foretaste.store.address import read_address
from foretaste.store.engine import WRITES, make_engine, until


def asked(store, question):
    with store.reading() as connection:
        return connection.execute(text(question)).scalar_one()


def test_an_acknowledged_write_of_sqlite_is_on_the_disk(tmp_path):
    with Store(f"sqlite:///{tmp_path / 'r.db'}") as store:
        assert asked(store, "PRAGMA journal_mode") == "wal"
        assert asked(store, "PRAGMA synchronous") == 2  # FULL: each commit is flushed
        assert asked(store, "PRAGMA busy_timeout") == engine.WAIT_S * 1000
        assert asked(store, "PRAGMA secure_delete") == 1


def test_what_was_erased_is_not_left_in_the_file(tmp_path):
    path = tmp_path / "r.db"
    with Store(f"sqlite:///{path}") as store:
        for item in range(200):
            store.put("somebody-rare", item, 1)
        assert store.erase("somebody-rare") == 200
    raw = sqlite3.connect(path)
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()
    assert b"somebody-rare" not in path.read_bytes()


def test_a_commit_of_postgresql_is_flushed_and_a_lock_not_waited_for_for_ever(database, tmp_path):
    made = make_engine(read_address(database))
    with made.connect() as connection:
        assert connection.execute(text("SHOW synchronous_commit")).scalar_one() == "on"
        assert connection.execute(text("SHOW lock_timeout")).scalar_one() == f"{engine.WAIT_S}s"
        assert connection.execute(text("SHOW statement_timeout")).scalar_one() == f"{engine.STATEMENT_S}s"
    made.dispose()


def test_the_pool_of_postgresql_replaces_connections_that_are_gone(database):
    made = make_engine(read_address(database))
    other = make_engine(read_address(database))
    with made.connect() as connection:
        number = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    with other.connect() as connection:
        assert connection.execute(text("SELECT pg_terminate_backend(:number)"), {"number": number}).scalar_one()
    with made.connect() as connection:
        assert connection.execute(text("SELECT pg_backend_pid()")).scalar_one() != number
    made.dispose()
    other.dispose()


def test_a_writer_of_sqlite_takes_its_lock_at_once_and_readers_do_not_wait(tmp_path):
    made = make_engine(read_address(f"sqlite:///{tmp_path / 'r.db'}"))
    with made.connect().execution_options(**{WRITES: until()}) as writer, writer.begin():
        writer.execute(text("CREATE TABLE t (n INTEGER)"))
        with made.connect() as reader:
            assert reader.execute(text("SELECT count(*) FROM sqlite_master")).scalar_one() == 0
    made.dispose()


def test_many_threads_read_and_write_without_waiting_for_a_connection(store):
    def use(number):
        store.put(f"user{number}", number, 1)
        assert len(store.ratings(f"user{number}")) == 1

    threads = [threading.Thread(target=use, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [store.revision(f"user{number}") > 0 for number in range(40)] == [True] * 40


WITHOUT_RIGHTS = ["setpriv", "--bounding-set=-dac_override"] if os.geteuid() == 0 else []
"""How root is told to keep to what a folder allows."""
READ = """
import sys
from foretaste.store import Store
with Store(sys.argv[1], read_only=True) as store:
    for _ in sys.stdin:
        print(len(store.ratings("anna")), flush=True)
"""


@contextmanager
def reader_where_nothing_may_be_written(path):
    """Run a program that reads a store in a folder that it may not write to; yield how to ask it for the number of ratings."""
    path.parent.chmod(0o555)
    command = [*WITHOUT_RIGHTS, sys.executable, "-c", READ, f"sqlite:///{path}"]
    try:
        with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, text=True) as reader:

            def ask():
                reader.stdin.write("?\n")
                reader.stdin.flush()
                return reader.stdout.readline().strip()

            yield ask
            reader.stdin.close()
    finally:
        path.parent.chmod(0o755)


def test_a_closed_store_is_read_where_nothing_may_be_written(tmp_path):
    path = tmp_path / "r.db"
    with Store(f"sqlite:///{path}") as store:
        store.put("anna", 1, 2)
    with reader_where_nothing_may_be_written(path) as ask:
        assert ask() == "1"
        tmp_path.chmod(0o755)
        with Store(f"sqlite:///{path}") as store:  # somebody who may writes meanwhile
            store.put("anna", 2, 2)
            assert ask() == "2"
            store.put("anna", 3, 2)
            assert ask() == "3"
        assert ask() == "3"
        with Store(f"sqlite:///{path}") as store:
            store.put("anna", 4, 2)
        tmp_path.chmod(0o555)
        assert ask() == "4"


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(InputError, match=r"is a folder, expected a file\nhint: sqlite:///FOLDER/ratings.db"):
        Store(f"sqlite:///{tmp_path}")


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(NotFoundError, match=r"there is no folder .*nix for the store .*\nhint: make it first"):
        Store(f"sqlite:///{tmp_path / 'nix' / 'r.db'}")


def test_a_file_with_odd_letters_is_read_too(tmp_path):
    url = f"sqlite:///{tmp_path / 'a b%20ü&c.db'}"
    with Store(url) as store:
        store.put("anna", 1, 2)
    with Store(url, read_only=True) as store:
        assert len(store.ratings("anna")) == 1
    assert {path.name for path in tmp_path.iterdir()} >= {"a b%20ü&c.db"}


def test_an_unknown_option_of_postgresql_is_said():
    with pytest.raises(StoreError, match='invalid connection option "bogus"'):
        Store("postgresql://anna@127.0.0.1:1/r?bogus=1")
