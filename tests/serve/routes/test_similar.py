"""GET /v1/items/{id}/similar, through the application."""

import pytest

from foretaste.serve.deploy.served import Served
from foretaste.serve.meaning.similar import VECTORS, WEIGHTS
from foretaste.serve.routes.similar import Similar
from tests.serving import bundle_of, client_of, saved


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with client_of(saved(tmp_path_factory.mktemp("similar") / "films"), max_k=30) as client:
        yield client


def ask(client, item=5, **params):
    answer = client.get(f"/v1/items/{item}/similar", params=params)
    assert answer.status_code == 200, answer.text
    Similar.model_validate(answer.json(), strict=True, extra="forbid")
    return answer.json()


def test_it_is_what_the_model_says(client):
    served = Served(bundle_of(), "films", "0" * 12)
    answer = ask(client)
    assert answer["item"] == served.shelf.film(4)
    assert answer["by"] == VECTORS
    found = served.neighbours.similar(4, 10)
    assert [film["item"] for film in answer["items"]] == [served.item_id(col) for col in found.cols.tolist()]
    assert [film["similarity"] for film in answer["items"]] == pytest.approx(found.values.tolist(), abs=1e-5)
    assert 5 not in [film["item"] for film in answer["items"]]


def test_as_many_as_are_asked_for_and_no_more_than_a_request_may(client):
    assert ask(client, k=3)["items"] == ask(client)["items"][:3]
    refused = client.get("/v1/items/5/similar?k=31")
    assert refused.status_code == 422
    assert refused.json()["error"]["message"] == "k is 31, expected 30 at most"
    assert client.get("/v1/items/5/similar?k=0").status_code == 422


def test_an_item_that_is_not_there_is_not_found(client):
    refused = client.get("/v1/items/9999/similar")
    assert refused.status_code == 404
    assert refused.json()["error"]["message"] == 'no item has the id "9999"'


def test_an_item_by_itself_is_still_there(client):
    assert client.get("/v1/items/5").json()["item"] == 5


def test_another_kind_of_model_measures_otherwise(tmp_path):
    with client_of(saved(tmp_path / "weights", "ease")) as client:
        assert ask(client)["by"] == WEIGHTS
        assert len(ask(client)["items"]) == 10
