"""The short way to a handler: everything that is asked is answered as FastAPI itself would answer it."""

import json

import pytest
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from foretaste.serve.door import guard
from foretaste.serve.wire.direct import Direct, answer_json
from foretaste.serve.wire.problems import add_handlers
from foretaste.serve.wire.shapes import PredictIn
from foretaste.serve.wire.unknown import check_query
from tests.serving import client_of, saved


def application(route_class: type[APIRoute]) -> FastAPI:
    router = APIRouter(route_class=route_class)

    @router.post("/v1/asked")
    async def asked(request: Request, asked: PredictIn) -> Response:
        return JSONResponse({"asked": asked.model_dump(mode="json"), "method": request.method})

    app = FastAPI(dependencies=[Depends(check_query)])
    add_handlers(app)
    app.include_router(router)
    return app


class Read:
    """A door that has read every body."""

    def __init__(self, app, value):
        self.app, self.value = app, value

    async def __call__(self, scope, receive, send):
        if scope["type"] == "http":
            scope[guard.READ] = self.value
        await self.app(scope, receive, send)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"items": [1, "a"], "ratings": [{"item": 1, "rating": 4.5}], "visitor": None}, 200),
        ({"items": [True]}, 422),
        ({"itms": [1]}, 422),
        ({"items": [1], "level": 2}, 422),
        ([1, 2], 422),
        ("text", 422),
        (None, 422),
    ],
)
@pytest.mark.parametrize("query", ["", "?k=1"])
def test_an_answer_is_what_fastapi_answers(body, status, query):
    usual = TestClient(application(APIRoute)).post(f"/v1/asked{query}", json=body)
    short = TestClient(Read(application(Direct), body)).post(f"/v1/asked{query}", json=body)
    assert short.status_code == usual.status_code == (422 if query else status)
    assert short.json() == usual.json()


def test_what_the_door_has_not_read_is_read_here():
    client = TestClient(application(Direct))
    assert client.post("/v1/asked", json={"items": [1]}).json()["asked"]["items"] == [1]
    assert client.post("/v1/asked").status_code == 422


def test_the_description_is_the_same():
    assert application(Direct).openapi() == application(APIRoute).openapi()


def test_a_body_is_read_once(tmp_path, monkeypatch):
    with client_of(saved(tmp_path / "films")) as client:
        monkeypatch.setattr(Request, "json", None)  # what FastAPI reads bodies by
        assert client.post("/v1/recommendations", json={"ratings": [{"item": 1, "rating": 5}]}).status_code == 200
        assert client.post("/v1/predictions", json={"items": [1]}).status_code == 200


def test_an_answer_is_json_in_utf_8():
    content = {
        "items": [{"title": "Amélie “1”\n", "predicted": 4.312345, "tiny": 1e-6, "low": None}],
        "n": 10**12,
        "yes": True,
    }
    answer = answer_json(content)
    assert answer.headers["content-type"] == "application/json"
    assert json.loads(bytes(answer.body).decode()) == content
    assert json.loads(bytes(answer_json({"no number": float("nan")}).body)) == {"no number": None}
