"""Whatever is thrown at it: a clear 4xx in the one shape, nothing stored, nothing executed, and the next one is answered."""

import json
import re
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from foretaste.bundle import Bundle
from foretaste.data.catalog import Catalog
from foretaste.serve.app import create_app
from foretaste.serve.door import guard
from foretaste.serve.door.headers import FIXED
from foretaste.serve.settings import Settings
from tests.listening import listening, request, talk
from tests.serving import bundle_of

SCRIPT = "<script>alert(1)</script>"
BIDI = "\u202egpj.exe\u2066"
LONG = "x" * 3_000
SQL = ["1' OR '1'='1", "1; DROP TABLE ratings; --", "1) UNION SELECT 1,2,3--", "'||pg_sleep(9)||'", "%' ESCAPE '"]
GOOD = {"ratings": [{"item": 1, "rating": 5}], "k": 2}


def short(value):
    """Name a case."""
    return repr(value)[:24]


def markup(folder: Path) -> Path:
    """Write a bundle whose titles and genres are markup."""
    plain = bundle_of()
    n = len(plain.catalog)
    titles = [f"{SCRIPT} \"'&</title><img src=x onerror=alert({col})> ({1990 + col % 9})" for col in range(n)]
    catalog = Catalog(plain.catalog.item_ids, tuple(titles), tuple((SCRIPT, BIDI) for _ in range(n)))
    return Bundle(plain.model, catalog, plain.order, plain.scale, plain.about, calibration=plain.calibration).save(
        folder
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture(scope="module")
def client(folder):
    app = create_app(Settings(bundle=markup(folder / "films"), store=f"sqlite:///{folder / 'ratings.db'}"))
    here = ("127.0.0.1", 50_000)
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False, client=here) as client:
        client.put("/v1/users/anna/ratings/1", json={"rating": 4})
        yield client


@pytest.fixture(scope="module")
def port(folder, client):
    """Over a real server, with the same store."""
    settings = Settings(bundle=folder / "films", store=f"sqlite:///{folder / 'ratings.db'}", max_body_bytes=10_000)
    with listening(create_app(settings)) as port:
        yield port


@pytest.fixture(autouse=True)
def unharmed(client, folder):
    """Whatever a test sent: the database holds what it held, and a list is still given."""
    yield
    with closing(sqlite3.connect(folder / "ratings.db")) as base:
        assert base.execute("SELECT user_id, item_id, rating FROM ratings").fetchall() == [("anna", "1", 4.0)]
    assert client.post("/v1/recommendations", json=GOOD).status_code == 200


def refused(answer, *statuses):
    """Check that an answer is a refusal in the one shape, and return its error."""
    assert answer.status_code in (statuses or {400, 404, 405, 413, 414, 415, 422}), answer.text[:300]
    assert answer.headers["content-type"] == "application/json"
    assert {name: answer.headers[name] for name in FIXED} == FIXED
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "hint", "fields", "request"}
    assert error["message"]
    assert len(answer.content) < 20_000, "what was sent is not sent back"
    assert not re.search(r"Traceback|File \"|sqlalchemy|psycopg|site-packages", answer.text)
    return error


WRONG = [None, True, False, "", "five", [], {}, [[]], {"item": 1}, 1e308, -1, 10**30, BIDI, SCRIPT, LONG]


@pytest.mark.parametrize(
    "name", ["ratings", "k", "years", "items", "exclude", "genres", "adventure", "level", "user", "model"]
)
def test_wrong_types_everywhere(client, name):
    """Null is the same as absent for some, and a few of these are values that may be; nothing else is let through."""
    for value in WRONG:
        check_value(client, name, value)


def check_value(client, name, value):
    """Send a value in the place of a good one."""
    answer = client.post("/v1/recommendations", json=GOOD | {name: value})
    may_be = {"ratings": [[]], "items": [[]], "exclude": [[], [[]]], "genres": [[]], "adventure": [-1], "years": [{}]}
    allowed = value is None or any(type(value) is type(one) and value == one for one in may_be.get(name, ()))
    if answer.status_code == 200:
        assert allowed, answer.text[:200]
    else:
        refused(answer)


def test_wrong_ratings_and_ids_in_a_rating(client):
    for value in WRONG:
        refused(client.put("/v1/users/anna/ratings/1", json={"rating": value}), 422, 400)
        refused(client.put("/v1/users/anna/ratings/1", json=value), 422)
    for rating in [{"item": 1, "rating": value} for value in WRONG] + [{"item": value, "rating": 5} for value in WRONG]:
        answer = client.post("/v1/predictions", json={"ratings": [rating], "items": [1]})
        if answer.status_code == 200:  # an id that is a text or a number may be unknown; that is no error
            assert answer.json()["ignored"] == [rating["item"]]
        else:
            refused(answer)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"{", 400),
        (b"null", 422),
        (b"[]", 422),
        (b'"x"', 422),
        (b'{"rating": 4}{"rating": 5}', 400),
        (b'{"rating": NaN}', 400),
        (b'{"rating": Infinity}', 400),
        (b'{"rating": -Infinity}', 400),
        (b'{"rating": 1e999}', 400),
        (b'{"rating": 1e308}', 422),
        (b'{"rating": ' + b"9" * 5_000 + b"}", 400),
        (b'{"rating": 0x10}', 400),
        (b'{"rating": 4, "rating": 5}', 400),
        (b'{"rating": "\\ud800"}', 422),
        (b'{"rating": 4, "\\u0000": 1}', 422),
        (b'{"rating": 4, "__proto__": {}}', 422),
        (b'{"rating": 4, "user": "bert"}', 422),
        (b"[" * 5_000, 400),
        (b'{"a":' * 5_000, 400),
        (b"[" * 100_000, 413),
        (b'{"a":' * 50_000, 413),
        (b'{"ratings": [' + b"0," * 300_000 + b"0]}", 413),
        (b"{" + b",".join(b'"a%d": 1' % n for n in range(60)) + b"}", 400),
        (b"\xff\xfe{\x00}\x00", 400),
        (b"\xef\xbb\xbf{}", 400),
        (b'{"rating": 4} // comment', 400),
    ],
    ids=short,
)
def test_bodies(client, body, status):
    for method, path in (("PUT", "/v1/users/anna/ratings/1"), ("POST", "/v1/recommendations")):
        answer = client.request(method, path, content=body, headers={"content-type": "application/json"})
        if method == "PUT" or status in {400, 413}:
            refused(answer, status)
        else:
            refused(answer, 422)


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/html", ""]
)
def test_what_a_form_could_send(client, kind):
    answer = client.put("/v1/users/anna/ratings/1", content=b'{"rating": 1}', headers={"content-type": kind})
    refused(answer, 415)


@pytest.mark.parametrize(
    "user", [*SQL, SCRIPT, BIDI, LONG, "a b", "..", "../../etc/passwd", "\u200b", "a\n", "é\u0301 ", "%"], ids=short
)
def test_ids_of_users_that_are_none(client, user):
    path = f"/v1/users/{quote(user, safe='')}"
    for answer in (
        client.put(f"{path}/ratings/1", json={"rating": 5}),
        client.get(f"{path}/ratings"),
        client.delete(path),
        client.delete(f"{path}/ratings/1"),
    ):
        if answer.status_code in {200, 204}:
            assert re.fullmatch(r"[\w.@:+=~-]{1,128}", user), "only what is an id"
        else:
            refused(answer)
    refused(client.post("/v1/recommendations", json={"user": user + " "}), 422)


@pytest.mark.parametrize(
    "item",
    [*SQL, SCRIPT, BIDI, LONG, "1/../../x", "1 ", "+1", "1.0", "1e0", "٣", "-0", "0x1", str(2**70)],
    ids=short,
)
def test_ids_of_items_that_are_none(client, item):
    name = quote(item, safe="")
    refused(client.get(f"/v1/items/{name}"), 404, 422)
    refused(client.get(f"/v1/items/{name}/similar"), 404, 422)
    refused(client.put(f"/v1/users/anna/ratings/{name}", json={"rating": 1}), 404, 422)
    refused(client.delete(f"/v1/users/anna/ratings/{name}"), 404, 422)
    answer = client.post("/v1/predictions", json={"items": [item]})
    assert answer.status_code == 422 if len(item) > 512 else answer.json()["ignored"] == [item]


@pytest.mark.parametrize(
    "query",
    [
        "q=" + "a" * 201,
        "limit=-1",
        "limit=0",
        "limit=1e9",
        "limit=99999999999999999999",
        "offset=-1",
        "from=NaN",
        "from=99999",
        "genre=" + "x" * 101,
        "model=../../etc/passwd",
        "q=%00",
        "q=%ff",
        "unknown=1",
    ],
    ids=short,
)
def test_parameters(client, query):
    refused(client.get(f"/v1/items?{query}"), 400, 404, 422)


@pytest.mark.parametrize(
    "text",
    [*SQL, SCRIPT, BIDI, "(((((", "[a-z]*+", "\\", "*", "id:", "id:x", "🎬" * 40, "\u0301" * 100, "a" * 200],
    ids=short,
)
def test_texts_to_search_for_are_texts(client, text):
    answer = client.get("/v1/items", params={"q": text})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"


def test_markup_in_titles_stays_data(client):
    film = client.get("/v1/items/1").json()
    assert film["title"].startswith(SCRIPT)
    for answer in (
        client.get("/v1/items"),
        client.get("/v1/model"),
        client.post("/v1/recommendations", json=GOOD),
        client.get("/v1/users/anna/ratings"),
        client.get("/v1/items/none-such"),
    ):
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "'unsafe" not in answer.headers["content-security-policy"]
        json.loads(answer.content)


PATHS = [
    "/page/../../../etc/passwd",
    "/page/..%2f..%2f..%2fetc/passwd",
    "/page/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/page/..%5c..%5cwindows%5cwin.ini",
    "/page//etc/passwd",
    "/page/%2fetc%2fpasswd",
    "/page/....//....//etc/passwd",
    "/page/__init__.py",
    "/page/../app.py",
    "/page/",
    "/page",
    "/page/index.html%00.js",
    "/page/%c0%ae%c0%ae/app.py",
    "/.git/config",
    "/foretaste.db",
    "//evil.example/%2e%2e",
    "/v1/../v1/model",
    "/v1//model",
    "/V1/model",
    "/v1/model/",
    "/docs",
    "/openapi.json/../x",
]


def test_paths(port):
    """Sent as they are: a client tidies such paths before it asks."""
    for path in PATHS:
        said = talk(port, request("GET", path))
        assert said.status in {400, 404}, (path, said.raw)
        assert set(said.error) == {"code", "message", "hint", "fields", "request"}
        assert b"root:" not in said.raw
        assert b"location:" not in said.raw.lower()


@pytest.mark.parametrize(
    "method", ["TRACE", "TRACK", "CONNECT", "PATCH", "PUT", "DELETE", "PROPFIND", "OPTIONS", "HEAD"]
)
def test_methods(client, method):
    answer = client.request(method, "/v1/recommendations")
    assert answer.status_code in {405, 400, 422}
    assert method == "HEAD" or refused(answer)
    assert SCRIPT not in answer.text
    override = {"x-http-method-override": "DELETE", "x-method-override": "DELETE"}
    assert client.get("/v1/users/anna/ratings", headers=override).status_code == 200


def test_headers_are_not_taken_for_more_than_they_are(client):
    tricks = {
        "x-forwarded-host": "evil.example",
        "x-original-url": "/v1/admin/arms",
        "x-rewrite-url": "/v1/admin/arms",
        "forwarded": "for=1;host=evil.example",
        "x-request-id": "abc\tdef ghijk",
    }
    answer = client.get("/v1/model", headers=tricks)
    assert answer.status_code == 200
    assert "evil" not in answer.text + str(answer.headers)
    assert answer.headers["x-request-id"] != tricks["x-request-id"]


@pytest.mark.parametrize(
    "name",
    ["../films", "..", ".", "/etc", "films/../films", "a\x00b", SCRIPT, LONG, "films/manifest.json", ""],
    ids=short,
)
def test_bundles_are_named_and_not_addressed(client, name):
    for answer in (
        client.post("/v1/admin/swap", json={"bundle": name}),
        client.put("/v1/admin/challenger", json={"bundle": name, "share": 0.5}),
        client.post("/v1/recommendations", json=GOOD | {"model": name}),
        client.get("/v1/model", params={"name": name}),
    ):
        refused(answer, 400, 404, 409, 422)
    assert client.get("/v1/model").json()["name"] == "films"


class TestOverTheWire:
    PUT = ("PUT", "/v1/users/anna/ratings/1", "content-type: application/json")

    def test_a_huge_body_that_is_declared_is_refused_before_it_is_sent(self, port):
        head = request(*self.PUT, "content-length: 10000000000", "expect: 100-continue", close=False)
        said = talk(port, head)
        assert said.status == 413
        assert b"100 Continue" not in said.raw
        assert b"connection: close" in said.raw

    def test_a_huge_body_in_chunks_is_cut(self, port):
        chunk = b"2710\r\n" + b" " * 10_000 + b"\r\n"
        said = talk(port, request(*self.PUT, "transfer-encoding: chunked", close=False), *[chunk] * 50)
        assert said.status in {413, None}  # the answer may be lost on a client that goes on sending

    def test_chunks_that_are_a_fine_body(self, port):
        parts = b"".join(b"1\r\n" + bytes([byte]) + b"\r\n" for byte in b'{"rating": 9}')
        said = talk(port, request(*self.PUT, "transfer-encoding: chunked"), parts + b"0\r\n\r\n")
        assert said.status == 422, "it reached its route"

    def test_a_body_that_stops_holds_nobody_up(self, port, monkeypatch):
        monkeypatch.setattr(guard, "BODY_S", 1.0)
        held = [
            threading.Thread(target=talk, args=(port, request(*self.PUT, "content-length: 9", close=False) + b"{"))
            for _ in range(20)
        ]
        for thread in held:
            thread.start()
        assert talk(port, request("GET", "/v1/model")).status == 200
        for thread in held:
            thread.join(10)
            assert not thread.is_alive()

    def test_two_requests_in_one_are_two(self, port):
        body = b"0\r\n\r\nGET /v1/admin/arms HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"
        head = request(*self.PUT, "transfer-encoding: chunked", f"content-length: {len(body)}", close=False)
        said = talk(port, head + body)
        assert said.status == 400
        assert said.raw.count(b"HTTP/1.1") == 1

    def test_a_line_in_a_header_is_no_header(self, port):
        said = talk(
            port, request("GET", "/v1/items?q=a%0d%0aset-cookie:%20x", "x-request-id: aaaaaaaa%0d%0aset-cookie: x")
        )
        assert said.status == 400
        assert b"\r\nset-cookie" not in said.raw.lower()

    def test_another_name_is_not_answered(self, port):
        said = talk(port, b"GET /v1/model HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n")
        assert said.status == 421
        said = talk(port, b"GET http://evil.example/v1/model HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n")
        assert b"evil" not in said.raw

    def test_what_a_proxy_forwards_for_others_may_not_write_without_keys(self, port):
        said = talk(port, request(*self.PUT, "x-forwarded-for: 203.0.113.9", body=b'{"rating": 5}'))
        assert said.status == 403
        assert "needs a key" in said.error["message"]
        for client in ("203.0.113.9, 127.0.0.1", "203.0.113.9:4711", "unknown", "_hidden", "[2001:db8::1]:443", '"'):
            said = talk(port, request("GET", "/v1/users/anna/ratings", f"x-forwarded-for: {client}"))
            assert said.status == 403, client
        assert talk(port, request("GET", "/v1/model", "x-forwarded-for: 203.0.113.9")).status == 200
