"""Errors as the client sees them: one shape, the library's own words, no trace."""

import pytest
from fastapi import FastAPI, HTTPException
from starlette.testclient import TestClient

from foretaste.errors import BundleError, InputError, NotFoundError, ResourceError
from foretaste.serve.wire.problems import CODES, Refused, add_handlers, problem
from foretaste.serve.wire.shapes import Problems, RecommendIn


def answer_to(error: Exception):
    app = FastAPI()
    add_handlers(app)

    @app.get("/")
    async def fail() -> None:
        raise error

    @app.post("/list")
    async def take(asked: RecommendIn) -> int:
        return asked.k

    return TestClient(app)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (InputError("k is -1", hint="give more"), 422, "input"),
        (BundleError("damaged"), 422, "input"),
        (NotFoundError("no such thing"), 404, "not-found"),
        (ResourceError("too big"), 503, "unavailable"),
    ],
)
def test_an_error_of_the_library_keeps_its_words(error, status, code):
    answer = answer_to(error).get("/")
    assert answer.status_code == status
    assert answer.json() == problem(status, error.message, error.hint)
    assert answer.json()["error"]["code"] == code


def test_a_refusal_has_its_status_and_headers():
    answer = answer_to(Refused(429, "too many", "wait", {"Retry-After": "3"})).get("/")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "3")
    assert answer.json()["error"] == {
        "code": "too-many",
        "message": "too many",
        "hint": "wait",
        "fields": [],
        "request": None,
    }


def test_what_the_framework_refuses_has_the_same_shape():
    client = answer_to(HTTPException(418, "I am a teapot"))
    assert client.get("/").json()["error"]["message"] == "I am a teapot"
    assert client.get("/nowhere").json()["error"]["message"] == "there is nothing at /nowhere"
    wrong = client.delete("/")
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (405, "method")
    assert wrong.json()["error"]["message"] == "DELETE is not for this address"
    assert wrong.headers["allow"] == "GET"


def test_a_wrong_field_is_named_by_where_it_stands():
    client = answer_to(ValueError())
    answer = client.post("/list", json={"ratings": [{"item": 1, "rating": "5"}], "kk": 3})
    error = answer.json()["error"]
    assert answer.status_code == 422
    assert [field["path"] for field in error["fields"]] == ["ratings.0.rating", "kk"]
    assert error["message"] == 'ratings.0.rating is "5", expected a number'
    Problems.model_validate(answer.json())


def test_the_body_that_is_no_json_is_refused_in_words():
    answer = answer_to(ValueError()).post("/list", content=b"{", headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert "JSON" in answer.json()["error"]["message"]


def test_every_status_that_is_used_has_a_name():
    assert {400, 401, 403, 404, 405, 408, 409, 413, 414, 415, 421, 422, 429, 431, 500, 503} == set(CODES)
