"""The same tests on both databases: `url` is a new store in SQLite, then one in PostgreSQL."""

import pytest

from foretaste.store import Store


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
