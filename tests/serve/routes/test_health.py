"""GET /healthz and /readyz: what they say, to strangers too."""

import threading
import time

import pytest

from foretaste.errors import StoreError
from foretaste.serve.answers import storing
from tests.serving import client_of, saved


class Away:
    """A store that is not there, or says nothing until it is let go."""

    def __init__(self, hangs=False):
        self.asked, self.goes_on = 0, threading.Event()
        if not hangs:
            self.goes_on.set()

    def ready(self):
        self.asked += 1
        assert self.goes_on.wait(20)
        raise StoreError("the store postgresql://anna:***@db.inside/r cannot be reached: no route", hint="see")

    def close(self):
        self.goes_on.set()


@pytest.fixture
def client(tmp_path):
    with client_of(saved(tmp_path / "films")) as client:
        yield client


def test_a_service_that_can_answer_says_so(client):
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json()["status"] == "ready"


def test_without_its_store_it_lives_and_is_not_ready_and_strangers_do_not_learn_where_it_is(client, caplog):
    client.app.state.store = Away()
    assert client.get("/healthz").status_code == 200
    for _ in range(3):
        away = client.get("/readyz")
        assert away.status_code == 503
        error = away.json()["error"]
        assert (error["message"], error["hint"]) == (
            "the store cannot be reached",
            "the log of the service says why",
        )
        assert "db.inside" not in away.text
    assert caplog.text.count("the store is not ready: the store postgresql://anna:***@db.inside/r") == 1


def test_a_store_that_hangs_is_told_in_time_and_asked_once(client, monkeypatch, caplog):
    monkeypatch.setattr(storing, "LOOK_S", 0.2)
    client.app.state.store = away = Away(hangs=True)
    began = time.monotonic()
    assert [client.get("/readyz").status_code for _ in range(3)] == [503] * 3
    assert time.monotonic() - began < 5
    assert away.asked == 1
    assert caplog.text.count("the store is not ready: no answer within 0.2 s") == 1
    away.goes_on.set()
