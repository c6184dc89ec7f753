"""The words of the description are of fields that there are, and its examples are answers that there could be."""

import pytest
from pydantic import TypeAdapter

from foretaste.serve.deploy.served import Served
from foretaste.serve.routes import ROUTERS
from foretaste.serve.routes.model import described
from foretaste.serve.wire.glossary import EXAMPLES, FIELDS, OWN, explain_fields, explain_operation
from tests.serving import bundle_of, client_of, saved

ROUTES = {route.name: route for router in ROUTERS for route in router.routes}


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_an_answer_of_its_route(name):
    shape = ROUTES[name].response_model
    if getattr(shape, "model_fields", None):
        TypeAdapter(shape).validate_python(EXAMPLES[name], extra="forbid")


def test_what_is_said_of_a_model_is_said_of_every_one():
    told = described(Served(bundle_of(), "films", "0" * 12)) | {"arm": "main"}
    assert EXAMPLES["model"].keys() <= told.keys()


def test_all_words_are_of_fields_that_there_are(tmp_path):
    with client_of(saved(tmp_path / "films")) as client:
        made = client.get("/openapi.json").json()
    fields = {
        (name, field)
        for name, schema in made["components"]["schemas"].items()
        for field in schema.get("properties", {})
    }
    given = {
        one["name"]
        for methods in made["paths"].values()
        for way in methods.values()
        for one in way.get("parameters", ())
    }
    assert OWN.keys() <= fields
    assert FIELDS.keys() <= {field for _, field in fields} | given


def test_words_that_a_field_has_are_kept():
    schemas = {"Line": {"properties": {"low": {"description": "own"}, "high": {}, "strange": {}}}, "Plain": {}}
    explain_fields(schemas)
    assert schemas["Line"]["properties"] == {
        "low": {"description": "own"},
        "high": {"description": FIELDS["high"]},
        "strange": {},
    }
    operation = {"operationId": "live", "responses": {"200": {"content": {"application/json": {"example": 1}}}}}
    explain_operation(operation)
    assert operation["responses"]["200"]["content"]["application/json"]["example"] == 1
