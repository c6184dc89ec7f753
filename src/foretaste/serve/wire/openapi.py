"""The API's description: what FastAPI knows, and what only the door does: who needs a key, and the shape of every refusal."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from foretaste.serve.door.access import kind_of
from foretaste.serve.wire.glossary import explain_fields, explain_operation
from foretaste.serve.wire.shapes import Problems

KEY = "key"
_REFUSED = {"application/json": {"schema": {"$ref": "#/components/schemas/Problems"}}}
_CLOSED = {
    "401": {"description": "A key is needed.", "content": _REFUSED},
    "403": {"description": "Not allowed here, with any key.", "content": _REFUSED},
}
_OF_A_USER = {
    "401": {"description": "Only with `user`: a key is needed.", "content": _REFUSED},
    "403": {"description": "Only with `user`: not allowed here, with any key.", "content": _REFUSED},
}
_ANY = {"description": "Refused, in words.", "content": _REFUSED}
_USER, _ITEM = "$request.path.user", "$request.path.item"
_FIRST = "$response.body#/items/0/item"
LINKS = {
    ("get", "/v1/items"): {
        "TheItem": ("get", "/v1/items/{item}", {"item": _FIRST}),
        "ItsLike": ("get", "/v1/items/{item}/similar", {"item": _FIRST}),
    },
    ("put", "/v1/users/{user}/ratings/{item}"): {
        "AllRatings": ("get", "/v1/users/{user}/ratings", {"user": _USER}),
        "TakeAway": ("delete", "/v1/users/{user}/ratings/{item}", {"user": _USER, "item": _ITEM}),
        "Erase": ("delete", "/v1/users/{user}", {"user": _USER}),
    },
}
"""What can be asked with an answer: by route, the name of a link, where it leads and with what."""
METHODS = frozenset({"get", "put", "post", "delete", "patch", "head", "options"})


def describe(app: FastAPI) -> None:
    """Let an application describe itself so."""

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            app.openapi_schema = bounded(with_door(made), app.state.settings.max_k)
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]  # FastAPI's documented way


def with_door(made: dict[str, Any]) -> dict[str, Any]:
    """Add to a description who may do what, and the shape of every refusal."""
    parts = made.setdefault("components", {})
    schemas = parts.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    told = Problems.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= told.pop("$defs") | {"Problems": told}
    parts["securitySchemes"] = {
        KEY: {"type": "http", "scheme": "bearer", "description": "Needed where the service was given a file of keys."}
    }
    for path, operations in made["paths"].items():
        for method, operation in operations.items():
            if method in METHODS:
                _complete(operation, closed=kind_of(method.upper(), path) != "open")
                if "PredictIn" in str(operation) or "RecommendIn" in str(operation):
                    operation["responses"] |= _OF_A_USER
                explain_operation(operation)
    explain_fields(schemas)
    _link(made["paths"])
    return made


def bounded(made: dict[str, Any], max_k: int) -> dict[str, Any]:
    """Add to a description how long a list may be here."""
    made["components"]["schemas"]["RecommendIn"]["properties"]["k"]["maximum"] = max_k
    for given in made["paths"]["/v1/items/{item}/similar"]["get"]["parameters"]:
        if given["name"] == "k":
            given["schema"]["maximum"] = max_k
    return made


def _link(paths: dict[str, Any]) -> None:
    for (method, path), links in LINKS.items():
        answer = paths.get(path, {}).get(method, {}).get("responses", {}).get("200")
        for name, (next_method, next_path, given) in links.items():
            leads = paths.get(next_path, {}).get(next_method)
            if answer is not None and leads is not None:
                told = {"operationId": leads["operationId"], "parameters": given}
                answer.setdefault("links", {})[name] = told


def _complete(operation: dict[str, Any], *, closed: bool) -> None:
    responses = operation["responses"]
    responses["default"] = _ANY
    if "HTTPValidationError" in str(responses.get("422")):
        responses["422"] = _ANY
    if closed:
        operation["security"] = [{KEY: []}]
        responses |= _CLOSED
