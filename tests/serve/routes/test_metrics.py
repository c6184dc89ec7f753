"""GET /metrics over HTTP: Prometheus can read it, and asking is a request like any other."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.serving import client_of, saved


@pytest.fixture
def client(tmp_path):
    with client_of(saved(tmp_path / "films")) as client:
        yield client


def test_it_is_text_that_prometheus_reads(client):
    answer = client.get("/metrics")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; version=1.0.0; charset=utf-8")
    names = {family.name for family in text_string_to_metric_families(answer.text)}
    assert {"foretaste_request_seconds", "foretaste_responses", "foretaste_model_info", "foretaste_batch_rows"} <= names
    assert all(name.startswith("foretaste_") for name in names)


def test_asking_is_counted_too(client):
    for _ in range(2):
        answer = client.get("/metrics")
    assert 'foretaste_responses_total{method="GET",route="/metrics",status="200"} 1.0' in answer.text


def test_nothing_can_be_written_there(client):
    assert client.post("/metrics").status_code in {401, 403, 405}
