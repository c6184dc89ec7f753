"""The door: what is refused, and that what passes arrives as it was sent."""

import asyncio
import json
from pathlib import Path

import pytest

from foretaste.serve.door import guard as module
from foretaste.serve.door.access import Access
from foretaste.serve.door.guard import LONGEST_HEADERS, LONGEST_URL, MOST_HEADERS, RATE_PER_S, Guard
from foretaste.serve.settings import Settings
from tests.asgi import HOST, JSON, ask, echo, scope_of

ASKED = "/v1/recommendations"


def guard_of(app=echo, **settings):
    settings = Settings(bundle=Path("films"), **settings)
    return Guard(app, settings=settings, access=Access(settings))


def post(guard, *parts, headers=(JSON,), length=None, **more):
    """Send a body in parts; its length is told only if it is given."""
    told = [(b"content-length", str(length).encode())] if length is not None else [(b"transfer-encoding", b"chunked")]
    return ask(guard, scope_of("POST", more.pop("path", ASKED), headers=[HOST, *headers, *told], **more), *parts)


def check(answer, status, words):
    assert answer.status == status, answer.body
    assert answer.headers["content-type"] == "application/json"
    assert words in answer.words
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "hint", "fields", "request"}
    assert error["code"] != "error", "every status at the door has a name"


def test_a_body_arrives_whole_whatever_pieces_it_came_in():
    body = json.dumps({"ratings": [{"item": 1, "rating": 5}], "title": "Amélie 🎬"}).encode()
    for parts in ([body], [body[:5], body[5:]], [body[n : n + 1] for n in range(len(body))], [body, b"", b""]):
        for length in (len(body), None):
            answer = post(guard_of(), *parts, length=length)
            assert answer.json() == {"body": body.decode(), "pieces": 1}
    assert ask(guard_of(), scope_of()).json() == {"body": "", "pieces": 1}
    assert post(guard_of(), b"", length=0, headers=()).json() == {"body": "", "pieces": 1}


def test_after_the_body_a_route_still_learns_that_the_client_left():
    async def app(scope, receive, send):
        assert (await receive())["body"] == b"{}"
        assert (await receive())["type"] == "http.disconnect"
        await echo(scope, receive, send)

    async def gone(scope, receive, send):
        raise AssertionError("a request whose body never came")

    async def stays(scope, receive, send):
        assert (await receive())["body"] == b"{}"
        await send({"type": "http.response.start", "status": 200, "headers": []})

    assert post(guard_of(stays), b"{}").status == 200
    assert post(guard_of(gone), b"{", None).status is None


class TestBody:
    def test_a_declared_size_is_refused_unread(self):
        async def receive():
            raise AssertionError("read")

        answer = post(guard_of(max_body_bytes=10), 60.0, b"x", length=11)
        check(answer, 413, "a body of 11 bytes or more, expected 10 at most")
        assert answer.headers["connection"] == "close"

    def test_an_undeclared_or_a_false_one_is_counted(self):
        for length in (None, 5):
            answer = post(guard_of(max_body_bytes=10), *[b"12345"] * 4, length=length)
            check(answer, 413, "a body of 15 bytes or more, expected 10 at most")
        assert post(guard_of(max_body_bytes=10), b'"34567', b'890"').status == 200

    def test_many_at_once_do_not_fill_the_memory(self, monkeypatch):
        monkeypatch.setattr(module, "MOST_HELD", 25)
        answers = []

        async def busy(scope, receive, send):
            if (await receive())["body"] == b'"nine...."':
                answers.append(await asyncio.to_thread(post, guard, b'"ten......"', b'"', length=12))
                answers.append(await asyncio.to_thread(post, guard, b'"seventeen......"', length=17))
            await send({"type": "http.response.start", "status": 200, "headers": []})

        guard = guard_of(busy)
        assert post(guard, b'"nine...."', length=10).status == 200
        assert answers[0].status == 400, "it fits, and is no JSON"
        check(answers[1], 503, "too many bodies arrive at once")
        assert answers[1].headers["retry-after"] == "5"
        assert guard._held == 0
        assert post(guard, b'"seventeen......"', length=17).status == 200

    def test_one_that_takes_too_long(self, monkeypatch):
        monkeypatch.setattr(module, "BODY_S", 0.05)
        answer = post(guard_of(), b"{", 5.0, b"}")
        check(answer, 408, "the body took longer than 0.05 s")
        assert answer.headers["connection"] == "close"

    @pytest.mark.parametrize("length", ["-1", "+1", "1e3", "0x10", "", "1" * 30, "1, 1"])
    def test_a_length_that_is_none(self, length):
        check(post(guard_of(), b"{}", length=length), 400, "Content-Length is not a number")

    @pytest.mark.parametrize(
        ("header", "words"),
        [
            ((), "the body is '', expected 'application/json'"),
            ([(b"content-type", b"text/plain")], "the body is 'text/plain'"),
            ([(b"content-type", b"application/x-www-form-urlencoded")], "the body is 'application/x-www"),
            ([(b"content-type", b"multipart/form-data; boundary=x")], "the body is 'multipart/form-data'"),
            ([(b"content-type", b"application/jsonx")], "the body is 'application/jsonx'"),
            ([(b"content-type", b"application/json; charset=utf-16")], "the body is 'application/json'"),
            ([JSON, (b"content-encoding", b"gzip")], "the body is compressed"),
        ],
    )
    def test_one_that_is_not_said_to_be_json(self, header, words):
        for length in (2, None):
            check(post(guard_of(), b"{}", headers=header, length=length), 415, words)

    @pytest.mark.parametrize(
        "kind", [b"application/json", b"Application/JSON ; charset=UTF-8", b'application/json;charset="utf-8"']
    )
    def test_ways_to_say_it(self, kind):
        assert post(guard_of(), b"{}", headers=[(b"content-type", kind)]).status == 200

    def test_one_that_is_not_json(self):
        check(post(guard_of(), b'{"k": NaN}'), 400, "NaN is not a number in JSON")
        check(post(guard_of(), b'["\\u0000"]'), 422, "a text holds a control character")

    def test_bodies_where_none_belong_keep_the_rules(self):
        scope = scope_of("DELETE", headers=[HOST, (b"content-length", b"3")])
        check(ask(guard_of(), scope, b"abc"), 415, "expected 'application/json'")
        unsaid = scope_of("POST", ASKED)  # neither a length nor chunks, as HTTP/2 allows
        check(ask(guard_of(), unsaid, b"abc"), 415, "expected 'application/json'")

    @pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
    def test_who_only_asks_brings_none(self, method):
        for told in ((b"content-length", b"3"), (b"transfer-encoding", b"chunked")):
            for path in ("/v1/items", "/page/main.js", "/healthz"):
                answer = ask(
                    guard_of(), scope_of(method, path, headers=[HOST, JSON, told]), 60.0, b"abc"
                )  # is not read
                check(answer, 400, f"a {method} request brings a body\nleave it out")
                assert answer.headers["connection"] == "close"
        assert ask(guard_of(), scope_of(method, headers=[HOST, (b"content-length", b"0")]), b"").status == 200

    def test_one_with_more_values_than_any_question_has(self):
        guard = guard_of(max_ratings=10, max_items=5, max_body_bytes=10_000)
        assert post(guard, json.dumps([0] * 1_039).encode()).status == 200
        check(post(guard, json.dumps([0] * 1_040).encode()), 413, "the body holds 1,041 values, expected 1,040 at most")


class TestHead:
    def test_an_address_that_is_too_long(self):
        long = "/v1/items?q=" + "a" * (LONGEST_URL - len("/v1/items") - 2)
        assert ask(guard_of(), scope_of(path=long)).status == 200
        check(ask(guard_of(), scope_of(path=long + "b")), 414, "the address has 4,097 characters, expected 4,096")

    @pytest.mark.parametrize("text", ["%00", "a%0d%0aSet-Cookie:x", "%1b[31m", "%7f"])
    def test_control_characters(self, text):
        for scope in (scope_of(path=f"/v1/items/{text}"), scope_of(path=f"/v1/items?q={text}")):
            check(ask(guard_of(), scope), 400, "the address holds a control character")
        check(ask(guard_of(), scope_of(path="/a\x00", raw_path=None)), 400, "control character")

    @pytest.mark.parametrize("text", ["%ff", "%c3%28", "%ed%a0%80", "%c0%ae%c0%ae"])
    def test_what_is_not_utf_8(self, text):
        for scope in (scope_of(path=f"/v1/items/{text}"), scope_of(path=f"/v1/items?q={text}")):
            check(ask(guard_of(), scope), 400, "the address is not UTF-8")

    def test_what_is(self):
        for text in ("Am%C3%A9lie", "a+b", "%F0%9F%8E%AC", "100%", "%zz"):
            assert ask(guard_of(), scope_of(path=f"/v1/items?q={text}")).status == 200

    def test_too_many_or_too_large_headers(self):
        fits = [HOST, *[(b"x", b"")] * (MOST_HEADERS - 1)]
        assert ask(guard_of(), scope_of(headers=fits)).status == 200
        check(ask(guard_of(), scope_of(headers=[*fits, (b"x", b"")])), 431, "more than 100 of them")
        large = [HOST, (b"x", b"a" * LONGEST_HEADERS)]
        check(ask(guard_of(), scope_of(headers=large)), 431, "headers of more than 16,384 bytes")

    @pytest.mark.parametrize("name", [b"host", b"authorization", b"content-type", b"content-length", b"origin"])
    def test_a_header_that_is_given_twice(self, name):
        twice = [(name, b"a"), (name, b"b")] if name != b"host" else [HOST, HOST]
        answer = ask(guard_of(), scope_of("POST", ASKED, headers=[HOST, *twice][-3:]), b"")
        check(answer, 400, f"the header {name.decode()} is given twice")

    def test_a_host_that_is_not_ours(self):
        check(ask(guard_of(), scope_of(headers=[(b"host", b"evil.example")])), 421, "does not answer to 'evil.example'")
        check(ask(guard_of(), scope_of(headers=[])), 400, "the Host header is ''")

    def test_another_sites_page_may_look_but_not_send(self):
        foreign = [HOST, (b"origin", b"https://evil.example")]
        assert ask(guard_of(), scope_of(headers=foreign)).status == 200
        for method in ("POST", "PUT", "DELETE"):
            check(ask(guard_of(), scope_of(method, headers=foreign)), 403, "a page of another site sends this")
        check(ask(guard_of(), scope_of("PUT", headers=[HOST, (b"sec-fetch-site", b"cross-site")])), 403, "another site")

    def test_a_key_that_is_missing_is_told_before_the_body_is_read(self):
        guard = guard_of(read_only=True)
        check(post(guard, b"not json", path="/v1/users/a/x"), 403, "this service is read-only")


class TestRate:
    AWAY = ("192.0.2.1", 1)

    def statuses(self, guard, n, **scope):
        return [ask(guard, scope_of(**scope)).status for _ in range(n)]

    def test_by_itself_only_others_are_counted(self):
        guard = guard_of(host="0.0.0.0", read_only=True, burst=3)
        assert self.statuses(guard, 5, client=self.AWAY) == [200] * 3 + [429] * 2
        assert self.statuses(guard, 5, client=("192.0.2.2", 1)) == [200] * 3 + [429] * 2
        assert self.statuses(guard, 5) == self.statuses(guard, 5, client=None) == [200] * 5

    def test_a_refusal_says_when(self):
        guard = guard_of(rate_per_s=0.1, burst=1)
        assert self.statuses(guard, 1) == [200]
        answer = ask(guard, scope_of())
        check(answer, 429, "too many requests\ntry again in 10 s")
        assert answer.headers["retry-after"] == "10"

    def test_a_rate_that_is_told_counts_for_all_and_zero_for_none(self):
        assert self.statuses(guard_of(rate_per_s=RATE_PER_S, burst=2), 3) == [200, 200, 429]
        assert self.statuses(guard_of(rate_per_s=0.01, burst=2), 3, client=None) == [200, 200, 429]
        free = guard_of(rate_per_s=0, burst=1, host="0.0.0.0", read_only=True)
        assert self.statuses(free, 5, client=self.AWAY) == [200] * 5

    @pytest.mark.parametrize("path", ["/healthz", "/page/0123456789abcdef/js/main.js"])
    def test_probes_and_parts_of_the_page_are_not_counted(self, path):
        guard = guard_of(rate_per_s=0.01, burst=1)
        assert self.statuses(guard, 5, path=path) == [200] * 5
        assert self.statuses(guard, 3, path=path, method="HEAD") == [200] * 3

    @pytest.mark.parametrize(
        ("method", "path"), [("POST", "/page/x"), ("PUT", "/healthz"), ("GET", "/healthz/x"), ("GET", "/healthzx")]
    )
    def test_nothing_else_at_these_addresses_is_free(self, method, path):
        guard = guard_of(rate_per_s=0.01, burst=1)
        assert 200 not in self.statuses(guard, 2, path=path, method=method)[1:]


def test_what_is_no_request():
    seen = []

    async def app(scope, receive, send):
        seen.append(scope["type"])

    ask(guard_of(app), {"type": "lifespan"})
    assert seen == ["lifespan"]
    sent = []

    async def send(message):
        sent.append(message)

    asyncio.run(guard_of(app)({"type": "websocket"}, None, send))
    assert sent == [{"type": "websocket.close", "code": 1008}]
