"""Around every request: ids, lines, and answers in words when something unexpected happens."""

import asyncio
import json
import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from foretaste.serve.app import create_app
from foretaste.serve.door.headers import FIXED
from foretaste.serve.settings import Settings
from foretaste.serve.telemetry.logged import Logged
from foretaste.serve.telemetry.logs import JsonLines
from tests.asgi import HOST, ask, echo, scope_of
from tests.listening import listening, request, talk
from tests.serving import client_of, saved

LOGGER = "foretaste.serve.requests"


@pytest.fixture
def lines(caplog):
    """Return what was logged, as the lines that would be written."""
    caplog.set_level(logging.INFO, "foretaste.serve")
    return lambda: [JsonLines().format(r) for r in caplog.records if r.name.startswith("foretaste.serve")]


@pytest.fixture
def facts(lines):
    return lambda: [json.loads(line) for line in lines()]


async def broken(scope, receive, send):
    raise RuntimeError("nobody expected this of anna")


async def broken_halfway(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    raise RuntimeError("too late")


def test_each_request_has_an_id_in_its_answer_and_its_line(facts):
    answers = [ask(Logged(echo), scope_of()) for _ in range(3)]
    ids = [answer.headers["x-request-id"] for answer in answers]
    assert len(set(ids)) == 3
    assert [line["request"] for line in facts()] == ids
    assert facts()[0].keys() == {"time", "level", "event", "request", "method", "route", "status", "ms", "client"}


@pytest.mark.parametrize(
    ("given", "kept"), [(b"trace-1234.5_6", True), (b"short", False), (b"a" * 65, False), (b"a b c d e f g", False)]
)
def test_the_id_of_a_proxy_is_kept_where_it_is_a_word(given, kept):
    answer = ask(Logged(echo), scope_of(headers=[HOST, (b"x-request-id", given)]))
    assert (answer.headers["x-request-id"] == given.decode()) is kept


def test_what_nobody_expected_is_an_answer_in_words_and_a_traceback_in_the_log(facts, lines):
    answer = ask(Logged(broken), scope_of(path_params={"user": "anna"}))
    assert answer.status == 500
    assert answer.headers["content-type"] == "application/json"
    error = answer.json()["error"]
    assert error["code"] == "internal"
    assert error["request"] == answer.headers["x-request-id"]
    assert "RuntimeError" not in answer.body.decode()
    assert "Traceback" not in answer.body.decode()
    failed, line = facts()
    assert failed["event"] == "unexpected RuntimeError"
    assert "nobody expected this of ***" in failed["traceback"]
    assert failed["request"] == line["request"] == error["request"]
    assert (line["status"], line["level"]) == (500, "error")
    assert not any("anna" in text for text in lines())


def test_an_answer_that_broke_off_is_not_answered_again(facts):
    with pytest.raises(RuntimeError, match="too late"):
        ask(Logged(broken_halfway), scope_of())
    assert [line.get("status") for line in facts()] == [None, 500]


def ended(*says):
    """Return an application whose server ends it while it goes on, after a part of its answer."""

    async def app(scope, receive, send):
        for message in says:
            await send(message)
        asyncio.get_running_loop().call_soon(asyncio.current_task().cancel)
        await asyncio.sleep(60)

    return app


def test_a_request_that_the_service_does_not_wait_for_is_told_that_it_stops(facts):
    answer = ask(Logged(ended()), scope_of())
    assert answer.status == 503
    assert answer.words == "the service is stopping\nask again in a moment"
    assert answer.headers["retry-after"] == "5"
    assert [(line["event"], line["status"]) for line in facts()] == [("request", 503)]
    begun = ask(Logged(ended({"type": "http.response.start", "status": 200, "headers": []})), scope_of())
    assert (begun.status, begun.body) == (200, b"")


def test_a_service_that_stops_says_so_whoever_waits(tmp_path, lines, monkeypatch):
    monkeypatch.setattr("foretaste.serve.run.GRACE_S", 1)
    app = create_app(Settings(bundle=saved(tmp_path / "films"), store=f"sqlite:///{tmp_path / 'ratings.db'}"))
    begun = threading.Event()

    async def endless(*_):
        begun.set()
        await asyncio.sleep(3600)

    monkeypatch.setattr(app.state.scorer, "score", endless)
    asked = request("POST", "/v1/recommendations", "content-type: application/json", body=b"{}")
    with ThreadPoolExecutor(3) as pool:
        with listening(app) as port:
            waiting = [pool.submit(talk, port, asked) for _ in range(3)]
            assert begun.wait(20)
        said = [one.result() for one in waiting]
    assert {one.status for one in said} == {503}
    assert {one.error["message"] for one in said} == {"the service is stopping"}
    assert "Traceback" not in "\n".join(lines())


def test_an_unexpected_answer_has_the_headers_of_all_others(tmp_path, monkeypatch):
    with client_of(saved(tmp_path / "films")) as client:
        monkeypatch.setattr(client.app.state.scorer, "score", None)
        answer = client.post("/v1/recommendations", json={})
    assert answer.status_code == 500
    assert {name: answer.headers[name] for name in FIXED} == FIXED


def test_a_client_that_left_is_told_apart(facts):
    async def silent(scope, receive, send):
        await receive()

    assert ask(Logged(silent), scope_of()).status is None
    assert facts()[0]["status"] == 499


def test_probes_are_logged_only_when_they_fail(tmp_path, facts):
    with client_of(saved(tmp_path / "films")) as client:
        assert [client.get(path).status_code for path in ("/healthz", "/readyz")] == [200, 200]
        assert facts() == []
        assert client.post("/healthz", content=b"").status_code == 405
        assert [line["route"] for line in facts()] == ["/healthz"]


def test_routes_are_templates_and_people_are_hashes(tmp_path, facts, lines):
    with client_of(saved(tmp_path / "films")) as client:
        client.put("/v1/users/anna-planted/ratings/1", json={"rating": 4.5})
        client.get("/v1/users/anna-planted/ratings")
        client.post("/v1/recommendations", json={"user": "anna-planted"})
        client.get("/v1/users/bert-planted/ratings")
        client.get("/anna-planted/nothing")
    told = [(line["method"], line["route"], line["status"]) for line in facts()]
    assert told == [
        ("PUT", "/v1/users/{user}/ratings/{item}", 200),
        ("GET", "/v1/users/{user}/ratings", 200),
        ("POST", "/v1/recommendations", 200),
        ("GET", "/v1/users/{user}/ratings", 200),
        ("GET", "none", 404),
    ]
    users = [line.get("user") for line in facts()]
    assert users[0] == users[1] == users[2] != users[3]
    assert users[4] is None
    assert "planted" not in "\n".join(lines())


def test_what_the_door_refuses_is_logged_with_the_route_it_was_for(tmp_path, facts, lines):
    with client_of(saved(tmp_path / "films"), read_only=True) as client:
        client.put("/v1/users/anna-planted/ratings/1", json={"rating": 4.5})
        client.post("/v1/recommendations", content=b"{", headers={"content-type": "application/json"})
        client.get("/v1/items/1/similar", headers={"host": "elsewhere.example"})
        client.get("/anna-planted/nothing", headers={"host": "elsewhere.example"})
    assert [(line["route"], line["status"]) for line in facts()] == [
        ("/v1/users/{user}/ratings/{item}", 403),
        ("/v1/recommendations", 400),
        ("/v1/items/{item}/similar", 421),
        ("none", 421),
    ]
    assert "planted" not in "\n".join(lines())


def test_no_planted_secret_is_in_any_line(tmp_path, lines, monkeypatch):
    planted = {"authorization": "Bearer planted-key", "cookie": "session=planted-cookie"}
    with client_of(saved(tmp_path / "films")) as client:
        store = client.app.state.store
        client.put("/v1/users/planted-user/ratings/1", json={"rating": 4.4321}, headers=planted)
        client.put("/v1/users/planted-user/ratings/1?token=planted-query", json={"rating": "4.4321"}, headers=planted)
        client.post(
            "/v1/recommendations", json={"ratings": [{"item": "planted-item", "rating": 4.4321}]}, headers=planted
        )
        client.post("/v1/recommendations", content=b'{"user": "planted-user", 4.4321', headers=planted)

        def broken(user):
            raise RuntimeError(
                f"(psycopg) failed for {user} at postgresql://u:planted-pw@h/d\n[parameters: ({user!r}, 4.4321)]"
            )

        monkeypatch.setattr(store, "ratings", broken)
        assert client.get("/v1/users/planted-user/ratings", headers=planted).status_code == 500
        answer = client.post("/v1/recommendations", json={"user": "planted-user"}, headers=planted)
        assert answer.status_code == 500
        assert "planted" not in answer.text
    text = "\n".join(lines())
    assert text.count("unexpected RuntimeError") == 2
    assert "planted" not in text
    assert "4.4321" not in text


def test_what_is_no_request_passes(facts):
    async def app(scope, receive, send):
        assert scope == {"type": "lifespan"}

    assert ask(Logged(app), {"type": "lifespan"}).status is None
    assert facts() == []
