"""What alembic runs is in the package, and writes nothing but our tables."""

from importlib.resources import files

from sqlalchemy import create_engine, inspect

from foretaste.store.schema import VERSION_TABLE, VERSIONS, upgrade


def test_every_step_is_a_file_of_the_package():
    names = {path.name for path in (files("foretaste.store") / "migrations" / "versions").iterdir()}
    assert all(any(name.startswith(f"v{version}_") for name in names) for version in VERSIONS)
    assert (files("foretaste.store") / "migrations" / "env.py").is_file()


def test_steps_run_on_the_connection_that_is_handed_in():
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        upgrade(connection, VERSIONS[0])
        assert VERSION_TABLE in inspect(connection).get_table_names()
    engine.dispose()
