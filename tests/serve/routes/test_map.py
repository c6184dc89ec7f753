"""GET /v1/map, through the application."""

import pytest

from foretaste.serve.meaning.taste_map import TASTE
from foretaste.serve.routes.map import Map
from tests.serving import client_of, saved


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with client_of(saved(tmp_path_factory.mktemp("map") / "films")) as client:
        yield client


def test_the_best_known_items_have_their_places(client):
    answer = client.get("/v1/map")
    assert answer.status_code == 200, answer.text
    told = Map.model_validate(answer.json(), strict=True, extra="forbid")
    assert told.items[:5] == [film["item"] for film in client.get("/v1/items?limit=5").json()["items"]]
    assert len(told.items) == 60
    assert min(told.x) == min(told.y) == 0
    assert max(told.x) == max(told.y) == 1
    assert told.by == TASTE
    assert answer.headers["content-type"] == "application/json"


def test_it_is_the_same_each_time_and_made_once(client):
    assert client.get("/v1/map").content == client.get("/v1/map").content
    assert len(client.app.state.maps._made) == 1


def test_a_model_that_is_not_there_has_none(client):
    assert client.get("/v1/map?model=other").status_code in {404, 422}
