"""The description says what the door does, for every route there is."""

import re

import pytest

from foretaste.serve.door.access import kind_of
from foretaste.serve.wire.openapi import KEY, LINKS, METHODS
from foretaste.serve.wire.shapes import USER, USER_TOLD
from tests.serving import client_of, saved


@pytest.fixture(scope="module")
def described(tmp_path_factory):
    with client_of(saved(tmp_path_factory.mktemp("openapi") / "films")) as client:
        assert client.get("/openapi.json").json() == client.get("/openapi.json").json()
        return client.get("/openapi.json").json()


@pytest.fixture(scope="module")
def operations(described):
    return {
        (method, path): operation
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    }


def test_keys_are_told_where_they_are_asked_for(operations):
    for (method, path), operation in operations.items():
        closed = kind_of(method.upper(), path) != "open"
        assert operation.get("security", []) == ([{KEY: []}] if closed else []), (method, path)
        assert {"401", "403"} <= operation["responses"].keys() or not closed
    kinds = {kind_of(method.upper(), path) for method, path in operations}
    assert kinds == {"open", "private", "write", "admin"}


def test_every_refusal_has_the_one_shape(operations, described):
    for place, operation in operations.items():
        for status, answer in operation["responses"].items():
            if status == "default" or status.startswith(("4", "5")):
                schema = answer["content"]["application/json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/Problems"}, (place, status)
    assert "ValidationError" not in described["components"]["schemas"]
    problem = described["components"]["schemas"]["Problem"]["properties"]
    assert problem.keys() == {"code", "message", "hint", "fields", "request"}


def test_every_field_and_parameter_says_what_it_is(operations, described):
    schemas = described["components"]["schemas"]
    silent = [
        (name, field)
        for name, schema in schemas.items()
        for field, told in schema.get("properties", {}).items()
        if not told.get("description")
    ]
    assert silent == []
    assert [name for name, schema in schemas.items() if not schema.get("description")] == []
    for place, operation in operations.items():
        assert [given["name"] for given in operation.get("parameters", ()) if not given.get("description")] == [], place


def test_every_answer_has_an_example(operations, described):
    for place, operation in operations.items():
        content = operation["responses"].get("200", {}).get("content", {}).get("application/json")
        if content is not None:
            shape = content["schema"].get("$ref", "").rpartition("/")[2]
            assert "example" in content or "examples" in described["components"]["schemas"][shape], place


def test_operations_are_called_as_one_would_call_them(operations):
    names = [operation["operationId"] for operation in operations.values()]
    assert len(set(names)) == len(names)
    assert {"recommend", "predict", "similar", "put_rating", "swap"} <= set(names)
    assert all(name.replace("_", "").isalpha() for name in names)


def test_what_a_stored_user_costs_and_how_long_a_list_may_be(operations, described):
    for path in ("/v1/recommendations", "/v1/predictions"):
        told = operations["post", path]["responses"]
        assert all("user" in told[status]["description"] for status in ("401", "403"))
    assert described["components"]["schemas"]["RecommendIn"]["properties"]["k"]["maximum"] == 200
    (k,) = [given for given in operations["get", "/v1/items/{item}/similar"]["parameters"] if given["name"] == "k"]
    assert k["schema"]["maximum"] == 200


def test_every_reference_leads_somewhere(described):
    def references(value):
        if isinstance(value, dict):
            yield from ([value["$ref"]] if "$ref" in value else [])
            for inner in value.values():
                yield from references(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from references(inner)

    found = set(references(described))
    assert found
    assert {one.removeprefix("#/components/schemas/") for one in found} <= described["components"]["schemas"].keys()


def test_links_lead_to_routes_that_there_are(operations):
    by_id = {operation["operationId"]: place for place, operation in operations.items()}
    told = {
        place: {
            name: by_id[link["operationId"]]
            for name, link in operation["responses"].get("200", {}).get("links", {}).items()
        }
        for place, operation in operations.items()
    }
    expected = {
        place: {name: (method, path) for name, (method, path, _) in links.items()} for place, links in LINKS.items()
    }
    assert {place: links for place, links in told.items() if links} == expected


def test_a_user_that_is_told_as_wrong_is_wrong():
    told = re.compile(USER_TOLD["pattern"])
    for text in (
        "anna",
        "Ò",
        "ан@на",
        "a.b:c+d=e~f-_",
        "",
        "a b",
        "a/b",
        "a\n",
        "<b>",
        "a'b",
        "x" * 129,
        "%41",
        "a\\b",
    ):
        assert told.search(text) or not re.search(USER, text)
