"""The application as a whole: it starts, answers, and says what it can do."""

import pytest

from tests.serving import client_of, saved


@pytest.fixture
def client(tmp_path):
    with client_of(saved(tmp_path / "films")) as client:
        yield client


def test_a_list_for_anybody(client):
    answer = client.post("/v1/recommendations", json={"ratings": [{"item": 1, "rating": 5}], "k": 3})
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["items"]) == 3


def test_every_route_is_described(client):
    paths = client.get("/openapi.json").json()["paths"]
    assert {"/v1/recommendations", "/v1/predictions", "/v1/model", "/healthz", "/readyz"} <= paths.keys()
    assert all("summary" in operation for methods in paths.values() for operation in methods.values())


def test_nothing_is_shown_that_needs_the_internet(client):
    assert client.get("/docs").status_code == client.get("/redoc").status_code == 404
