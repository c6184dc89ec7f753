"""Tables come to be and are brought up to date, once, whoever asks; what is not ours is left alone."""

import sqlite3
import subprocess
import sys
import threading

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from foretaste.errors import StoreError
from foretaste.store import Store
from foretaste.store.address import read_address
from foretaste.store.engine import WRITES, make_engine
from foretaste.store.schema import VERSION_TABLE, VERSIONS, prepare, upgrade

TABLES = {"ratings", "users", "items", "states", "counts", VERSION_TABLE}


@pytest.fixture
def engine(url):
    engine = make_engine(read_address(url))
    yield engine
    engine.dispose()


def tables(engine):
    with engine.connect() as connection:
        return set(inspect(connection).get_table_names())


def version(engine):
    with engine.connect() as connection:
        return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar_one()


def write(engine, *lines):
    with engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
        for line in lines:
            connection.execute(text(line))


def test_the_versions_are_those_of_the_migrations():
    config = Config()
    config.set_main_option("script_location", "foretaste.store:migrations")
    scripts = ScriptDirectory.from_config(config)
    assert tuple(reversed([one.revision for one in scripts.walk_revisions()])) == VERSIONS
    assert scripts.get_heads() == [VERSIONS[-1]]


def test_from_nothing_to_the_newest(engine, url, kind):
    prepare(engine, read_address(url))
    assert tables(engine) == TABLES | ({"revisions"} if kind == "sqlite" else set())
    assert version(engine) == VERSIONS[-1]


def test_from_the_first_version_to_the_newest_with_all_that_was_kept(engine, url):
    with engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
        upgrade(connection, VERSIONS[0])
    assert "states" not in tables(engine)
    write(
        engine,
        "INSERT INTO ratings VALUES ('anna', '1', 4.5, 1700000000000000, 1)",
        "INSERT INTO users VALUES ('anna', 1)",
    )
    with pytest.raises(
        StoreError, match=r"older foretaste \(version 0001\), and is open for reading only\nhint: open it"
    ):
        Store(url, read_only=True)
    with Store(url) as store:
        assert [(one.item, one.rating, one.revision) for one in store.ratings("anna")] == [("1", 4.5, 1)]
        store.replace_state("a", None, {})
    assert version(engine) == VERSIONS[-1]


def test_a_store_without_tables_is_not_read(engine, url, kind):
    tables(engine)  # makes the file
    with pytest.raises(StoreError, match="has no tables yet, and is open for reading only"):
        Store(url, read_only=True)
    assert tables(engine) == set()


def test_a_newer_store_is_refused_and_left_as_it_is(engine, url):
    prepare(engine, read_address(url))
    write(engine, f"UPDATE {VERSION_TABLE} SET version_num = '0999'")
    with pytest.raises(
        StoreError, match=r"version 0999, newer than this foretaste knows \(0002\)\nhint: use the foretaste"
    ):
        Store(url)
    assert version(engine) == "0999"


def test_tables_of_something_else_are_left_alone(engine, url):
    write(engine, "CREATE TABLE shoes (size INTEGER)")
    with pytest.raises(StoreError, match="has tables of something else, such as shoes\nhint: give foretaste"):
        Store(url)
    assert tables(engine) == {"shoes"}


def test_a_file_that_is_no_database(tmp_path):
    path = tmp_path / "r.db"
    path.write_text("userId,movieId,rating\n" * 100)
    with pytest.raises(StoreError, match="is no SQLite database\nhint: give foretaste a file or a database of its own"):
        Store(f"sqlite:///{path}")
    assert path.read_text().startswith("userId")


def test_a_step_that_fails_leaves_nothing_half_done(engine, url, monkeypatch):
    import sqlalchemy as sa  # noqa: PLC0415

    prepare_failing = sa.Column
    made = []

    def column(name, *rest, **options):
        made.append(name)
        if name == "n":  # in the last table of the last step
            raise RuntimeError("the power is out")
        return prepare_failing(name, *rest, **options)

    monkeypatch.setattr(sa, "Column", column)
    with pytest.raises(RuntimeError, match="the power is out"):
        prepare(engine, read_address(url))
    assert "n" in made
    monkeypatch.undo()
    assert tables(engine) == set()
    prepare(engine, read_address(url))
    assert version(engine) == VERSIONS[-1]


def test_many_may_open_a_new_store_at_once(url):
    errors = []

    def open_it():
        try:
            Store(url).close()
        except Exception as error:  # noqa: BLE001 (whatever it is, it is one too many)
            errors.append(error)

    code = f"from foretaste.store import Store; Store({url!r}).close()"
    others = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) for _ in range(2)]
    threads = [threading.Thread(target=open_it) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for other in others:
        assert other.wait(60) == 0, other.stderr.read()
        other.stderr.close()
    assert errors == []


def test_opening_what_is_there_loads_no_migrations(url):
    Store(url).close()
    code = f"import sys; from foretaste.store import Store; Store({url!r}).close(); assert 'alembic' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_rows_of_sqlite_lie_in_the_order_of_users(tmp_path):
    Store(f"sqlite:///{tmp_path / 'r.db'}").close()
    with sqlite3.connect(tmp_path / "r.db") as raw:
        (made,) = raw.execute("SELECT sql FROM sqlite_master WHERE name = 'ratings'").fetchone()
    raw.close()
    assert "WITHOUT ROWID" in made
    assert "PRIMARY KEY (user_id, item_id)" in made
