"""What every test runs under."""

import os

# Before torch and numba load: two test processes whose OpenMP teams spin against each other would crawl.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import pytest
from hypothesis import settings

from foretaste.models import MODELS
from tests.judging import Spy

settings.register_profile("busy machines", deadline=None)
settings.load_profile("busy machines")


@pytest.fixture
def spy(monkeypatch):
    monkeypatch.setattr(Spy, "fits", [], raising=False)
    monkeypatch.setattr(Spy, "stops", ("finished",) * 4, raising=False)
    monkeypatch.setitem(MODELS, "spy", Spy)
    return Spy
