"""Every route as its description has it: thousands of requests that fit it, and that do not, by schemathesis."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.stateful import run_state_machine_as_test
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
    use_after_free,
)

from foretaste.serve.app import create_app
from foretaste.serve.door.headers import FIXED
from foretaste.serve.door.keys import add_key
from foretaste.serve.settings import Settings
from tests.serving import saved

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    unsupported_method,
    allow_header_conformance,
    ignored_auth,
    use_after_free,
)
"""All but one. What fits the description may still be refused where no schema can tell, such as a rating off the scale."""


EXAMPLES = 40
"""Requests of each kind to each route."""
REFUSED = ["400", "401", "403", "404", "405", "409", "413", "414", "415", "422", "431"]
"""What a request that does not fit may be answered with."""

BUSY = (
    "POST /v1/recommendations",
    "POST /v1/predictions",
    "PUT /v1/users/{user}/ratings/{item}",
    "GET /v1/users/{user}/ratings",
    "GET /v1/items",
)
"""Routes that are sent all of them, and that answer some of those that fit."""


@dataclass
class Api:
    """A service with keys, as its description has it.

    Args:
        schema: Read from the service itself.
        headers: With a key.
    """

    schema: Any
    headers: dict[str, str]


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    folder = tmp_path_factory.mktemp("schema")
    _, key = add_key(folder / "keys", today=date(2026, 1, 1))
    store = f"sqlite:///{folder / 'ratings.db'}"
    made = Settings(
        bundle=saved(folder / "films"), store=store, keys=folder / "keys", names=("testserver",), rate_per_s=0
    )
    app = create_app(made)  # its client has no address, so that it would count as somebody else's
    config = schemathesis.Config.from_dict({"checks": {"negative_data_rejection": {"expected-statuses": REFUSED}}})
    schema = schemathesis.openapi.from_asgi("/openapi.json", app, config=config)
    return Api(schema, {"Authorization": f"Bearer {key}"})


def operations(api):
    return [found.ok() for found in api.schema.get_all_operations()]


def try_many(api, operation, mode):
    """Send requests of a kind to a route, and return the statuses of the answers."""
    sent = []

    @settings(
        max_examples=EXAMPLES,
        database=None,
        derandomize=True,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case):
        if mode is GenerationMode.POSITIVE and "user" in case.path_parameters:
            case.path_parameters["user"] = "anna"  # the description allows more than is a user
        answer = case.call_and_validate(checks=list(CHECKS), headers=api.headers)
        assert all(answer.headers[name] == [value] for name, value in FIXED.items())
        sent.append(answer.status_code)

    try:
        ask()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE, "without parameters nothing can be wrong"
    return sent


@pytest.mark.slow
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.name.lower())
def test_requests_that_fit_and_that_do_not(api, mode):
    sent = {operation.label: try_many(api, operation, mode) for operation in operations(api)}
    assert len(sent) >= 16
    for label in BUSY:
        assert len(sent[label]) >= EXAMPLES, label
        assert 200 in sent[label] or mode is GenerationMode.NEGATIVE, label


@pytest.mark.slow
def test_what_follows_from_what(api):
    """Chains of requests: what one answers is what the next asks about."""
    machine = api.schema.as_state_machine()

    class Chain(machine):
        def get_call_kwargs(self, _):
            return {"headers": api.headers}

        def validate_response(self, response, case, **_):
            case.validate_response(response, checks=list(CHECKS))

    run_state_machine_as_test(
        Chain,
        settings=settings(
            max_examples=20,
            stateful_step_count=6,
            database=None,
            derandomize=True,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        ),
    )
