"""The same tests on both databases: `url` is a new store in SQLite, then one in PostgreSQL."""

import pytest

from foretaste.store import Store
from tests.postgres import emptied, running_postgres


@pytest.fixture(scope="session")
def server():
    with running_postgres() as url:
        yield url


@pytest.fixture
def database(server):
    """An empty database of PostgreSQL."""
    return emptied(server)


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request):
    return request.param


@pytest.fixture
def url(kind, tmp_path, request):
    if kind == "sqlite":
        return f"sqlite:///{tmp_path / 'ratings.db'}"
    return request.getfixturevalue("database")


@pytest.fixture
def store(url):
    with Store(url) as store:
        yield store
