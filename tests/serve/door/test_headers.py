"""Headers of every answer, as a browser reads them."""

import pytest

from foretaste.serve.door.headers import FIXED, POLICY, Headers, with_headers
from tests.asgi import ask, echo, scope_of
from tests.serving import client_of, saved


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with client_of(saved(tmp_path_factory.mktemp("headers") / "films")) as client:
        yield client


def test_the_policy_allows_only_own_files():
    rules = {rule.split()[0]: rule.split()[1:] for rule in POLICY.split("; ")}
    assert rules["default-src"] == ["'none'"]
    allowed = {source for name, sources in rules.items() for source in sources}
    assert allowed == {"'none'", "'self'", "data:"}
    assert [name for name, sources in rules.items() if "data:" in sources] == ["img-src"]
    for name in ("base-uri", "form-action", "frame-ancestors"):  # default-src does not stand in for these
        assert rules[name] == ["'none'"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/model", 200),
        ("GET", "/healthz", 200),
        ("GET", "/openapi.json", 200),
        ("GET", "/nothing", 404),
        ("DELETE", "/v1/model", 405),
        ("POST", "/v1/recommendations", 422),
        ("OPTIONS", "/v1/recommendations", 405),
        ("PUT", "/v1/users/a%20b/ratings/1", 422),
    ],
)
def test_every_answer_has_them_and_is_not_kept(client, method, path, status):
    answer = client.request(method, path)
    assert answer.status_code == status
    assert {name: answer.headers[name] for name in FIXED} == FIXED
    assert answer.headers["cache-control"] == "no-store"
    assert "server" not in answer.headers


def test_other_sites_are_told_nothing(client):
    foreign = {"origin": "https://evil.example", "access-control-request-method": "PUT"}
    for answer in (client.options("/v1/model", headers=foreign), client.get("/v1/model", headers=foreign)):
        assert [name for name in answer.headers if name.startswith("access-control")] == []


def test_an_answer_says_itself_whether_it_is_kept_and_nothing_else():
    headers = with_headers([(b"cache-control", b"no-cache"), (b"x-frame-options", b"ALLOWALL"), (b"etag", b'"1"')])
    assert headers.count((b"cache-control", b"no-cache")) == 1
    assert (b"cache-control", b"no-store") not in headers
    assert [value for name, value in headers if name == b"x-frame-options"] == [b"DENY"]
    assert (b"etag", b'"1"') in headers


def test_what_is_no_request_passes():
    seen = []

    async def app(scope, receive, send):
        seen.append(send)

    assert ask(Headers(app), {"type": "lifespan"}).status is None
    assert len(seen) == 1
    assert ask(Headers(echo), scope_of()).headers["x-content-type-options"] == "nosniff"
