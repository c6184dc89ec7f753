"""The tables of a store are brought up to date by the migrations in this package; what is no store of ours is left alone.

The version is looked up first, so that alembic loads only where there is something to do.
"""

from sqlalchemy import Connection, Engine, inspect, text

from foretaste.errors import StoreError
from foretaste.store.address import Address
from foretaste.store.engine import WRITES, until
from foretaste.store.troubles import OWN

VERSIONS = ("0001", "0002")
"""What the migrations lead to, oldest first; the last is what this foretaste reads and writes."""
VERSION_TABLE = "foretaste_version"
_LOCK = 8_362_770_018_101_415_287
"""PostgreSQL's lock while tables are made: any number that nobody else takes."""


def prepare(engine: Engine, address: Address, *, read_only: bool = False) -> None:
    """Bring the tables to the newest version; several processes may do so at once.

    Raises:
        StoreError: A newer foretaste has made them, something else has, or they are old and only to be read.
    """
    with engine.connect() as connection:
        found = _version(connection, address)
    if found == VERSIONS[-1]:
        return
    if read_only:
        what = "has no tables yet" if found is None else f"has tables of an older foretaste (version {found})"
        hint = "open it once for writing: foretaste data import or foretaste serve do"
        raise StoreError(f"the store {address.shown} {what}, and is open for reading only", hint=hint)
    with engine.connect().execution_options(**{WRITES: until()}) as connection, connection.begin():
        if address.kind == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        upgrade(connection)


def upgrade(connection: Connection, version: str = "head") -> None:
    """Run the migrations up to a version inside the transaction of a connection."""
    from alembic import command  # noqa: PLC0415 (loads slowly, and is seldom needed)
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "foretaste.store:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, version)


def _version(connection: Connection, address: Address) -> str | None:
    """Return the version of the tables, None where there are none at all."""
    tables = inspect(connection).get_table_names()
    if VERSION_TABLE not in tables:
        if tables:
            raise StoreError(f"the store {address.shown} has tables of something else, such as {min(tables)}", hint=OWN)
        return None
    found = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608 (a constant)
    if found is not None and found not in VERSIONS:
        raise StoreError(
            f"the store {address.shown} has tables of version {found}, newer than this foretaste knows ({VERSIONS[-1]})",
            hint="use the foretaste that made it, or a newer one",
        )
    return None if found is None else str(found)
