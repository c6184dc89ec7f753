"""What every test runs under."""

import os

# Before torch and numba load: two test processes whose OpenMP teams spin against each other would crawl.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import pytest
from hypothesis import settings

from foretaste.models import MODELS
from tests.judging import Spy
from tests.postgres import emptied, running_postgres

settings.register_profile("busy machines", deadline=None)
settings.load_profile("busy machines")


@pytest.fixture
def spy(monkeypatch):
    monkeypatch.setattr(Spy, "fits", [], raising=False)
    monkeypatch.setattr(Spy, "stops", ("finished",) * 4, raising=False)
    monkeypatch.setitem(MODELS, "spy", Spy)
    return Spy


@pytest.fixture(scope="session")
def postgres():
    """The address of a server of PostgreSQL that is there for all tests of this process."""
    with running_postgres() as url:
        yield url


@pytest.fixture
def database(postgres):
    """An empty database in it."""
    return emptied(postgres)
