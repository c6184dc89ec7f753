"""Misspelt fields and parameters: refused, with the name that was meant."""

import pytest

from foretaste.serve.wire.unknown import words_for
from tests.serving import client_of, saved

RATED = {"item": 1, "rating": 5}


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with client_of(saved(tmp_path_factory.mktemp("unknown") / "films")) as client:
        yield client


@pytest.mark.parametrize(
    ("asked", "path", "words"),
    [
        ({"ratngs": [RATED]}, "ratngs", 'there is no field "ratngs"; did you mean "ratings"?'),
        ({"ratings": [RATED | {"tiem": 1}]}, "ratings.0.tiem", 'there is no field "tiem"; did you mean "item"?'),
        ({"years": {"form": 1990}}, "years.form", 'there is no field "form"; did you mean "from"?'),
        ({"years": {"first": 1990}}, "years.first", 'there is no field "first"; choose one of: from, to'),
        ({"x" * 500: 1}, "x" * 100, f'there is no field "{"x" * 60}"; choose one of: adventure, exclude'),
    ],
)
def test_a_field_of_a_body(client, asked, path, words):
    answer = client.post("/v1/recommendations", json=asked)
    assert answer.status_code == 422
    (field,) = answer.json()["error"]["fields"]
    assert field["path"] == path
    assert field["message"].startswith(words)


@pytest.mark.parametrize(
    ("path", "message", "hint"),
    [
        ("/v1/items?genres=Comedy", 'there is no parameter "genres"', 'did you mean "genre"?'),
        ("/v1/items?q=a&first=1990", 'there is no parameter "first"', "choose one of: from, genre"),
        ("/v1/models?x=1", 'there is no parameter "x"', "leave it out"),
        (f"/v1/items?{'y' * 500}=1", f'there is no parameter "{"y" * 60}"', "choose one of"),
        ("/v1/items?%3Cscript%3E=1", 'there is no parameter "<script>"', "choose one of"),
    ],
)
def test_a_parameter_of_an_address(client, path, message, hint):
    answer = client.get(path)
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["message"] == message
    assert error["hint"].startswith(hint)


def test_what_is_known_passes_and_pages_may_carry_what_they_like(client):
    assert client.get("/v1/items?q=a&from=1900&to=2020&limit=3&offset=0&genre=Comedy").status_code in {200, 422}
    assert client.get("/v1/items?limit=3").status_code == 200
    assert client.get("/healthz?probe=1").status_code == 200
    assert client.get("/v1/nothing?x=1").status_code == 404


def test_without_a_route_that_takes_a_body_nothing_is_offered():
    assert words_for(("body", "x"), None) == 'there is no field "x"'
