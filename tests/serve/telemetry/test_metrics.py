"""Metrics: what was asked and answered is what Prometheus reads, in one process and added up over several."""

import json
import os
import subprocess
import sys

import pytest
from prometheus_client.parser import text_string_to_metric_families

from foretaste.serve.telemetry import metrics as module
from foretaste.serve.telemetry.metrics import FOLDER, Metrics
from tests.serving import client_of, saved


def read(client) -> dict[tuple[str, ...], float]:
    """Return what /metrics says, by name and the values of its labels, these in the order of their names."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    return numbers(answer.text)


def numbers(text: str) -> dict[tuple[str, ...], float]:
    return {
        (sample.name.removeprefix("foretaste_"), *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
def client(tmp_path):
    with client_of(saved(tmp_path / "films")) as client:
        yield client


def ask(client, *items, path="/v1/recommendations", **more):
    return client.post(path, json={"ratings": [{"item": item, "rating": 4} for item in items], **more})


def test_requests_are_counted_by_template_and_status(client):
    for item in (1, 2, 3):
        assert ask(client, item).status_code == 200
    assert ask(client, 1, k=0).status_code == 422
    assert client.get("/v1/users/anna/ratings").status_code == 200
    assert client.get("/no/such/place").status_code == 404
    seen = read(client)
    assert seen["responses_total", "POST", "/v1/recommendations", "200"] == 3
    assert seen["responses_total", "POST", "/v1/recommendations", "422"] == 1
    assert seen["responses_total", "GET", "none", "404"] == 1
    assert seen["request_seconds_count", "POST", "/v1/recommendations"] == 4
    assert seen["request_seconds_bucket", "+Inf", "POST", "/v1/recommendations"] == 4
    assert 0 < seen["request_seconds_sum", "POST", "/v1/recommendations"] < 60
    assert seen["responses_total", "GET", "/v1/users/{user}/ratings", "200"] == 1
    assert not any("anna" in label for name in seen for label in name)  # no person is named


def test_what_a_client_makes_up_makes_no_new_number(client):
    for method in ("BREW", "PROPFIND"):
        client.request(method, "/v1/recommendations")
    assert {name[1] for name in read(client) if name[0] == "responses_total"} <= {"other", "GET"}


def test_what_is_refused_at_the_door_is_counted(tmp_path):
    with client_of(saved(tmp_path / "films"), max_body_bytes=1000) as client:
        assert ask(client, *range(100)).status_code == 413
        seen = read(client)
    assert sum(value for name, value in seen.items() if name[0] == "responses_total" and name[-1] == "413") == 1


def test_requests_under_way(client):
    assert read(client)["requests_in_flight",] == 1  # this one
    assert read(client)["requests_in_flight",] == 1


def test_batches_cache_and_what_is_behind_lists(client):
    for _ in range(3):
        ask(client, 1, 2)
    ask(client, 1, 2, 999_999, "no such")
    ask(client, 1, items=[2, 888_888], path="/v1/predictions")
    seen = read(client)
    assert seen["batch_rows_count",] == seen["batch_rows_bucket", "1.0"] == 2
    assert (seen["score_cache_total", "yes"], seen["score_cache_total", "no"]) == (3, 2)
    assert seen["ignored_ids_total",] == 3
    assert (seen["request_ratings_count",], seen["request_ratings_sum",]) == (4, 8)


def test_lists_and_predictions_are_looked_at(client, monkeypatch):
    monkeypatch.setattr("foretaste.serve.telemetry.drift.ROWS", 2)
    for items in ((1,), (1, 2), (1, 2, 3), (4,)):
        ask(client, *items)
    seen = read(client)
    assert 0 < seen["list_distinct_share", "main"] <= 1
    assert 0 < seen["list_genre_distance", "main"] <= 1
    low, high = 0.5, 5
    assert low <= seen["prediction_mean", "main", "first"] <= high
    assert low <= seen["prediction_mean", "main", "last"] <= high
    assert seen["prediction_spread", "main", "first"] > 0
    expected = seen["prediction_mean", "main", "last"] - seen["prediction_mean", "main", "first"]
    assert seen["prediction_drift", "main"] == pytest.approx(expected / seen["prediction_spread", "main", "first"])


def test_which_model_answers(tmp_path):
    first, second = saved(tmp_path / "films"), saved(tmp_path / "newer", "popularity")
    with client_of(first) as client:
        deployment = client.app.state.deployment
        old = deployment.main.version
        ask(client, 1)
        assert read(client)["model_info", "main", "autorec", "films", old] == 1
        deployment.swap(second.name)
        ask(client, 1)
        seen = read(client)
        assert seen["model_info", "main", "autorec", "films", old] == 0
        assert seen["model_info", "main", "popularity", "newer", deployment.main.version] == 1
        deployment.set_challenger("films", 0.5)
        assert read(client)["model_info", "challenger", "autorec", "films", old] == 1
        deployment.clear_challenger()
        assert read(client)["model_info", "challenger", "autorec", "films", old] == 0


def test_a_model_that_is_swapped_in_begins_anew(tmp_path, monkeypatch):
    monkeypatch.setattr("foretaste.serve.telemetry.drift.ROWS", 1)
    first, second = saved(tmp_path / "films"), saved(tmp_path / "newer", seed=1)
    with client_of(first) as client:
        ask(client, 1)
        client.app.state.deployment.swap(second.name)
        ask(client, 2)
        seen = read(client)
    assert seen["prediction_drift", "main"] == 0
    assert seen["prediction_mean", "main", "first"] == seen["prediction_mean", "main", "last"]


def test_two_applications_do_not_count_each_others_requests(tmp_path):
    folder = saved(tmp_path / "films")
    with client_of(folder) as one, client_of(folder) as other:
        ask(one, 1)
        assert ("responses_total", "POST", "/v1/recommendations", "200") in read(one)
        assert ("responses_total", "POST", "/v1/recommendations", "200") not in read(other)


CHILD = """
import json, sys
from foretaste.serve.telemetry.metrics import Metrics
metrics = Metrics()
for _ in range(int(sys.argv[1])):
    metrics.answered({"method": "GET", "path": "/"}, 200, 0.003)
metrics.in_flight.inc()
metrics.distinct.labels("main").set(0.5)
print(json.dumps(metrics.text([]).decode()))
"""


def test_several_processes_are_added_up(tmp_path):
    environment = {**os.environ, FOLDER: str(tmp_path)}
    texts = []
    for times in ("3", "4"):
        done = subprocess.run(
            [sys.executable, "-c", CHILD, times], env=environment, check=True, capture_output=True, text=True
        )
        texts.append(numbers(json.loads(done.stdout)))
    assert [seen["responses_total", "GET", "none", "200"] for seen in texts] == [3, 7]
    assert texts[1]["request_seconds_bucket", "0.005", "GET", "none"] == 7
    assert texts[1]["request_seconds_bucket", "0.002", "GET", "none"] == 0
    assert texts[1]["list_distinct_share", "main"] == 0.5
    assert [seen["requests_in_flight",] for seen in texts] == [1, 1]  # the first is gone, with what it had under way


@pytest.mark.parametrize("answer", [PermissionError(1, "not yours"), ProcessLookupError(3, "none")])
def test_a_number_of_a_worker_that_somebody_else_has_by_now_is_no_worker(tmp_path, monkeypatch, answer):
    environment = {**os.environ, FOLDER: str(tmp_path)}
    subprocess.run([sys.executable, "-c", CHILD, "3"], env=environment, check=True, capture_output=True)

    def taken(process, signal):
        raise answer

    monkeypatch.setattr(os, "kill", taken)
    monkeypatch.setenv(FOLDER, str(tmp_path))
    seen = numbers(Metrics().text([]).decode())
    assert seen["responses_total", "GET", "none", "200"] == 3
    assert seen.get(("requests_in_flight",), 0) == 0


def test_two_workers_that_tidy_at_the_same_moment_both_answer(tmp_path, monkeypatch):
    def faster(process, folder):
        raise FileNotFoundError(2, "gone")

    (tmp_path / f"gauge_livesum_{2**22 + 1}.db").touch()  # no system numbers its processes so high
    monkeypatch.setattr(module, "mark_process_dead", faster)
    monkeypatch.setattr(module, "MultiProcessCollector", lambda *_: None)
    monkeypatch.setenv(FOLDER, str(tmp_path))
    assert Metrics().text([]) == b""


def test_counting_costs_next_to_nothing_of_memory():
    metrics = Metrics()
    for n in range(3000):
        metrics.answered({"method": "GET", "path": f"/{n}"}, 404, 0.001)
    assert len(metrics.text([]).splitlines()) < 100
