"""Models are swapped, rolled back and compared over HTTP, and no request fails or gets a mixture of two."""

import gc
import itertools
import json
import threading
import time
import urllib.request
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest

from foretaste.bundle import Bundle
from foretaste.serve.deploy.loading import version_of
from tests.serve.deploy.test_deployment import SlowLoading
from tests.serve.deploy.test_loading import BAD, spoilt
from tests.serve.test_run import get, running
from tests.serving import client_of, saved

ASK = {"ratings": [{"item": 1, "rating": 5.0}, {"item": 7, "rating": 0.5}], "k": 5}
MINE = {1: 5.0, 7: 0.5}


@pytest.fixture
def models(tmp_path):
    for seed, name in enumerate(("films", "second", "third")):
        saved(tmp_path / name, seed=seed)
    return tmp_path


@pytest.fixture
def client(models):
    with client_of(models / "films") as client:
        yield client


def wanted(folder):
    """Return a list as the bundle itself gives it."""
    return [
        (line.item_id, pytest.approx(line.predicted, abs=1e-4)) for line in Bundle.load(folder).recommend(MINE, 5).items
    ]


def listed(answer):
    return [(line["item"], line["predicted"]) for line in answer["items"]]


def test_a_swap_and_a_rollback_change_who_answers(client, models):
    told = client.post("/v1/admin/swap", json={"bundle": "second"}).json()
    assert told["main"] == {"name": "second", "version": version_of(models / "second")}
    assert told["previous"]["name"] == "films"
    assert told["available"] == ["films", "second", "third"]
    answer = client.post("/v1/recommendations", json=ASK).json()
    assert answer["model"] == told["main"] | {"arm": "main"}
    assert listed(answer) == wanted(models / "second")
    assert client.post("/v1/admin/rollback").json()["main"]["name"] == "films"
    assert [line["action"] for line in client.get("/v1/admin/deployment").json()["history"]] == ["swap", "rollback"]
    assert client.get("/v1/models").json()["models"][0]["name"] == "films"


def test_a_challenger_is_set_divides_people_and_is_cleared(client):
    told = client.put("/v1/admin/challenger", json={"bundle": "second", "share": 0.5}).json()
    assert (told["challenger"]["name"], told["share"]) == ("second", 0.5)
    arms = [
        client.post("/v1/recommendations", json=ASK | {"visitor": f"person {n}"}).json()["model"]["arm"]
        for n in (*range(40), *range(40))
    ]
    assert arms[:40] == arms[40:]
    assert set(arms) == {"main", "challenger"}
    assert client.delete("/v1/admin/challenger").json()["challenger"] is None
    assert client.delete("/v1/admin/challenger").status_code == 404


def test_arms_are_counted_from_lists_to_ratings_whoever_chooses_a_model_is_not(client):
    client.put("/v1/admin/challenger", json={"bundle": "second", "share": 1.0})
    first = client.post("/v1/recommendations", json={"user": "anna"}).json()["items"][0]["item"]
    client.put(f"/v1/users/anna/ratings/{first}", json={"rating": 4.5})
    client.post("/v1/recommendations", json=ASK | {"visitor": "bob"})
    client.post("/v1/recommendations", json=ASK | {"visitor": "bob", "model": "films"})
    client.post("/v1/recommendations", json=ASK)
    told = client.get("/v1/admin/arms").json()
    assert (told["main"]["name"], told["challenger"]["name"], told["share"]) == ("films", "second", 1.0)
    main, challenger = told["arms"]
    assert (main["lists"], main["visitors"]) == (0, 0)
    assert (challenger["lists"], challenger["visitors"], challenger["ratings"], challenger["hits"]) == (2, 2, 1, 1)
    assert (challenger["mean_rating"], challenger["hits_per_list"]) == (4.5, 0.5)
    assert told["reading"] == "Too few people to say anything: 0 and 2."


def test_whoever_names_a_user_as_visitor_does_not_touch_what_is_counted_of_that_user(client):
    client.put("/v1/admin/challenger", json={"bundle": "second", "share": 1.0})

    def counts(**body):
        client.post("/v1/recommendations", json=body)
        challenger = client.get("/v1/admin/arms").json()["arms"][1]
        return tuple(challenger[name] for name in ("visitors", "lists", "ratings"))

    assert counts(user="anna") == (1, 1, 0)
    assert counts(visitor="anna", ratings=[]) == (2, 2, 0)
    assert counts(visitor="anna", ratings=[{"item": 3, "rating": 0.5}]) == (2, 3, 1)  # the visitor's own
    assert counts(visitor="bob") == (3, 4, 1)
    client.put("/v1/users/bob/ratings/3", json={"rating": 0.5})  # bob the user has seen no list
    assert counts(user="anna", visitor="anna") == (3, 5, 1)
    client.put("/v1/users/anna/ratings/3", json={"rating": 4})
    assert counts(user="anna", visitor="") == (3, 6, 2)


def test_without_a_challenger_there_is_no_test(client):
    told = client.get("/v1/admin/arms").json()
    assert (told["challenger"], told["arms"], told["reading"]) == (
        None, [], "No test is under way: there is no challenger.",
    )  # fmt: skip


def test_counts_survive_a_restart(models):
    with client_of(models / "films") as client:
        client.put("/v1/admin/challenger", json={"bundle": "second", "share": 1.0})
        client.post("/v1/recommendations", json=ASK | {"visitor": "anna"})
    with client_of(models / "films") as client:
        client.post("/v1/recommendations", json=ASK | {"visitor": "anna"})
        challenger = client.get("/v1/admin/arms").json()["arms"][1]
    assert (challenger["lists"], challenger["visitors"]) == (2, 1)


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_bundle_is_refused_in_words_while_the_old_one_answers(client, models, kind):
    spoilt(models / "bad", kind)
    refused = client.post("/v1/admin/swap", json={"bundle": "bad"})
    assert refused.status_code == (404 if kind == "foreign" else 422)
    assert "bad" in refused.json()["error"]["message"]
    assert str(models) not in refused.text
    assert listed(client.post("/v1/recommendations", json=ASK).json()) == wanted(models / "films")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"bundle": "nix"}, 404),
        ({"bundle": "../films"}, 422),
        ({"bundle": "/etc/passwd"}, 422),
        ({"bundle": "..\\films"}, 422),
        ({"bundle": ""}, 422),
        ({"bundle": "x" * 129}, 422),
        ({"bundle": 5}, 422),
        ({"bundle": None}, 422),
        ({"folder": "second"}, 422),
        ({"bundle": "second", "share": 0.5}, 422),
        ({}, 422),
    ],
)
def test_what_is_no_name_of_a_bundle_is_refused(client, body, status):
    refused = client.post("/v1/admin/swap", json=body)
    assert (refused.status_code, refused.json()["error"]["code"]) == (status, "input" if status == 422 else "not-found")
    assert client.get("/v1/admin/deployment").json()["history"] == []


@pytest.mark.parametrize("share", [-0.1, 1.1, "0.5", None, True])
def test_a_share_is_a_number_from_0_to_1(client, share):
    refused = client.put("/v1/admin/challenger", json={"bundle": "second", "share": share})
    assert (refused.status_code, refused.json()["error"]["fields"][0]["path"]) == (422, "share")


def test_one_change_at_a_time_and_lists_do_not_wait_for_it(client, monkeypatch):
    loading = SlowLoading(monkeypatch)
    with ThreadPoolExecutor(1) as other:
        first = other.submit(client.post, "/v1/admin/swap", json={"bundle": "second"})
        assert loading.begun.wait(20)
        second = client.post("/v1/admin/swap", json={"bundle": "third"})
        assert (second.status_code, second.json()["error"]["code"]) == (409, "conflict")
        assert client.post("/v1/recommendations", json=ASK).json()["model"]["name"] == "films"
        loading.goes_on.set()
        assert first.result(20).json()["main"]["name"] == "second"


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_a_service_that_only_reads_changes_nothing(models, method):
    with client_of(models / "films", read_only=True) as client:
        path = "/v1/admin/swap" if method == "post" else "/v1/admin/challenger"
        body = {} if method == "delete" else {"json": {"bundle": "second"}}
        refused = getattr(client, method)(path, **body)
        assert (refused.status_code, "read-only" in refused.json()["error"]["message"]) == (403, True)


def test_no_request_fails_while_models_are_swapped_and_none_gets_a_mixture(client, models):
    lists = {version_of(models / name): wanted(models / name) for name in ("films", "second", "third")}
    done, answers = threading.Event(), []

    def ask():
        while not done.is_set():
            answers.append(client.post("/v1/recommendations", json=ASK))

    with ThreadPoolExecutor(4) as people:
        asking = [people.submit(ask) for _ in range(4)]
        for name in itertools.islice(itertools.cycle(("second", "third", "films")), 10):
            assert client.post("/v1/admin/swap", json={"bundle": name}).status_code == 200
            seen = len(answers)
            deadline = time.monotonic() + 20
            while len(answers) < seen + 8 and time.monotonic() < deadline:
                time.sleep(0.001)
        done.set()
        for one in asking:
            one.result(20)
    assert {answer.status_code for answer in answers} == {200}
    told = [answer.json() for answer in answers]
    assert {one["model"]["version"] for one in told} == set(lists)
    assert all(listed(one) == lists[one["model"]["version"]] for one in told)


def test_what_is_swapped_out_is_freed_whatever_was_asked_of_it(client):
    names = ("films", "second")
    first = client.app.state.deployment.main
    asked = [
        ("post", "/v1/recommendations", ASK | {"explain": True, "intervals": True, "adventure": 0.5}),
        ("post", "/v1/predictions", {"ratings": ASK["ratings"], "items": [2, 3]}),
        ("get", "/v1/items?q=a", None),
        ("get", "/v1/items/1/similar", None),
        ("get", "/v1/map", None),
        ("get", "/v1/model", None),
    ]
    for method, path, body in asked:
        assert client.request(method, path, json=body).status_code == 200
    held = [weakref.ref(first), weakref.ref(first.bundle), weakref.ref(first.bundle.model), weakref.ref(first.shelf)]
    del first
    for name in names[::-1]:
        client.post("/v1/admin/swap", json={"bundle": name})
        client.post("/v1/recommendations", json=ASK)
    gc.collect()
    assert [ref() for ref in held] == [None] * 4


def ask(where, method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(where + path, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def names(where, n):
    """Return who answers over so many new connections, which reach all workers."""
    return {get(where, "v1/model")["name"] for _ in range(n)}


def until(condition, deadline_s=30):
    """Wait until something holds."""
    end = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"


@pytest.mark.slow
def test_all_worker_processes_follow_a_swap_and_a_restart_remembers_it(models):
    with running(models / "films", "--workers", 2) as (where, _):
        get(where, "readyz")
        ask(where, "POST", "v1/admin/swap", {"bundle": "second"})
        until(lambda: names(where, 40) == {"second"})
    with running(models / "films") as (where, _):
        assert get(where, "v1/model")["name"] == "second"
        assert ask(where, "POST", "v1/admin/rollback")["main"]["name"] == "films"


@pytest.mark.slow
def test_processes_on_one_store_follow_each_other(models):
    with running(models / "films") as (one, _), running(models / "films") as (other, _):
        get(one, "readyz"), get(other, "readyz")
        ask(one, "PUT", "v1/admin/challenger", {"bundle": "third", "share": 0.25})
        until(lambda: len(get(other, "v1/models")["models"]) == 2)
        ask(other, "POST", "v1/admin/swap", {"bundle": "second"})
        until(lambda: get(one, "v1/model")["name"] == "second")
        assert get(one, "v1/models") == get(other, "v1/models")
