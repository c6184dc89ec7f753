"""Who may do what: each route by each kind of service, worked out by hand."""

from datetime import date
from pathlib import Path

import pytest

from foretaste.serve.door.access import Access, kind_of
from foretaste.serve.door.keys import add_key
from foretaste.serve.settings import Settings
from foretaste.serve.wire.problems import Refused
from tests.asgi import scope_of
from tests.serving import client_of, saved

OPEN = [
    ("GET", "/"),
    ("GET", "/page/main.js"),
    ("GET", "/v1/items"),
    ("HEAD", "/v1/items/1"),
    ("POST", "/v1/recommendations"),
    ("POST", "/v1/predictions"),
    ("OPTIONS", "/v1/recommendations"),
    ("GET", "/v1/usersx"),
    ("GET", "/metrics"),
]
PRIVATE = [("GET", "/v1/users/anna/ratings"), ("GET", "/v1/users"), ("HEAD", "/v1/users/anna")]
WRITE = [
    ("PUT", "/v1/users/anna/ratings/1"),
    ("DELETE", "/v1/users/anna"),
    ("POST", "/v1/users"),
    ("POST", "/v1/items"),
    ("PUT", "/v1/recommendations"),
    ("POST", "/v1/recommendations/"),
    ("POST", "/something/new"),
    ("PATCH", "/"),
    ("BREW", "/v1/items"),
]
ADMIN = [("POST", "/v1/admin/swap"), ("GET", "/v1/admin/arms"), ("OPTIONS", "/v1/admin"), ("DELETE", "/v1/admin/x")]


@pytest.mark.parametrize(("kind", "routes"), [("open", OPEN), ("private", PRIVATE), ("write", WRITE), ("admin", ADMIN)])
def test_what_a_request_does(kind, routes):
    assert {route: kind_of(*route) for route in routes} == dict.fromkeys(routes, kind)


def access_of(**settings):
    return Access(Settings(bundle=Path("films"), **settings))


def outcome(access, method, path, authorization=None, **scope):
    """Return 200, or the status of the refusal."""
    try:
        access.check(scope_of(method, path, **scope), authorization)
    except Refused as refused:
        return refused.status
    return 200


def outcomes(access, authorization=None, **scope):
    """Return what happens to open, private, write and admin."""
    out = []
    for routes in (OPEN, PRIVATE, WRITE, ADMIN):
        (status,) = {outcome(access, *route, authorization, **scope) for route in routes}
        out.append(status)
    return out


def test_on_loopback_without_keys_everything_is_open_to_this_machine():
    access = access_of()
    assert outcomes(access) == [200, 200, 200, 200]
    assert outcomes(access, client=None) == [200, 200, 200, 200]
    forwarded = ("203.0.113.9", 0)  # a proxy on this machine says that it speaks for somebody else
    assert outcomes(access, client=forwarded) == [200, 403, 403, 403]


def test_with_keys_what_changes_or_reveals_needs_one(tmp_path):
    path = tmp_path / "keys"
    _, text = add_key(path, today=date(2026, 1, 1))
    for host in ("127.0.0.1", "0.0.0.0"):
        access = access_of(keys=path, host=host)
        assert outcomes(access) == [200, 401, 401, 401]
        assert outcomes(access, "Bearer wrong") == [200, 401, 401, 401]
        assert outcomes(access, f"Bearer {text}") == [200, 200, 200, 200]
        assert outcomes(access, f"bearer  {text} ") == [200, 200, 200, 200]
        assert outcomes(access, f"Basic {text}") == [200, 401, 401, 401]
        assert outcomes(access, text) == [200, 401, 401, 401]


def test_read_only_writes_for_nobody_and_tells_of_people_with_a_key(tmp_path):
    path = tmp_path / "keys"
    _, text = add_key(path, today=date(2026, 1, 1))
    assert outcomes(access_of(keys=path, read_only=True), f"Bearer {text}") == [200, 200, 403, 403]
    assert outcomes(access_of(keys=path, read_only=True)) == [200, 401, 403, 403]
    assert outcomes(access_of(read_only=True)) == [200, 200, 403, 403]
    assert outcomes(access_of(read_only=True, host="0.0.0.0")) == [200, 403, 403, 403]


@pytest.mark.parametrize(
    ("authorization", "words", "challenge"),
    [
        (None, "this needs a key", 'Bearer realm="foretaste"'),
        ("Bearer", "this needs a key", 'Bearer realm="foretaste"'),
        ("Basic YTpi", "the key is not sent as Bearer", 'Bearer realm="foretaste"'),
        ("Bearer wrong", "the key is not known", 'Bearer realm="foretaste", error="invalid_token"'),
    ],
)
def test_a_refusal_says_what_is_asked_for(tmp_path, authorization, words, challenge):
    add_key(tmp_path / "keys", today=date(2026, 1, 1))
    with pytest.raises(Refused) as refused:
        access_of(keys=tmp_path / "keys").check(scope_of("DELETE", "/v1/users/anna"), authorization)
    assert (refused.value.message, refused.value.headers) == (words, {"WWW-Authenticate": challenge})
    assert refused.value.hint
    assert "wrong" not in refused.value.message


def test_words_for_what_no_key_helps():
    with pytest.raises(Refused, match="this service is read-only"):
        access_of(read_only=True).check(scope_of("DELETE", "/v1/users/anna"), None)
    with pytest.raises(Refused, match="this needs a key, and the service has none"):
        access_of(read_only=True, host="0.0.0.0").check(scope_of("GET", "/v1/users/anna/ratings"), None)


def test_a_mounted_application_keeps_its_rules():
    access = access_of(read_only=True)
    assert outcome(access, "POST", "/films/v1/admin/swap", root_path="/films") == 403
    assert outcome(access, "POST", "/films/v1/predictions", root_path="/films") == 200


def test_a_stored_user_in_a_body_is_looked_up_with_a_key_only(tmp_path):
    _, text = add_key(tmp_path / "keys", today=date(2026, 1, 1))
    key = {"authorization": f"Bearer {text}"}
    with client_of(saved(tmp_path / "films"), keys=tmp_path / "keys") as client:
        assert client.put("/v1/users/anna/ratings/1", json={"rating": 5}, headers=key).status_code == 200
        for path, more in (("/v1/recommendations", {"explain": True}), ("/v1/predictions", {"items": [2]})):
            refused = client.post(path, json={"user": "anna"} | more)
            assert refused.status_code == 401
            assert refused.headers["www-authenticate"].startswith("Bearer")
            assert client.post(path, json={"user": "anna"} | more, headers=key).status_code == 200
            assert client.post(path, json={"ratings": []} | more).status_code == 200
        assert client.get("/v1/users/anna/ratings").status_code == 401
        assert client.get("/v1/users/anna/ratings", headers=key).json()["ratings"][0]["item"] == 1


def test_every_route_that_is_described_as_closed_is(tmp_path):
    add_key(tmp_path / "keys", today=date(2026, 1, 1))
    with client_of(saved(tmp_path / "films"), keys=tmp_path / "keys") as client:
        closed = 0
        for path, operations in client.get("/openapi.json").json()["paths"].items():
            for method, operation in operations.items():
                answer = client.request(method, path.format(user="anna", item="1"))
                assert (answer.status_code == 401) is ("security" in operation), (method, path)
                closed += answer.status_code == 401
        assert closed >= 10
