"""A connection before there is a request: a real server, and clients that misbehave."""

import asyncio
import socket
import time

import pytest

from foretaste.serve.door import connection as module
from foretaste.serve.door.connection import HEAD_BYTES
from foretaste.serve.door.headers import FIXED
from tests.asgi import echo
from tests.listening import listening, request, talk


@pytest.fixture(scope="module")
def port():
    with listening(echo) as port:
        yield port


@pytest.fixture(autouse=True)
def still_answers(port):
    """Whatever a test did, the next request is answered."""
    yield
    assert talk(port, request("GET", "/")).status == 200


def check(said, status, words):
    assert said.status == status, said.raw
    assert words in said.error["message"]
    assert set(said.error) == {"code", "message", "hint", "fields", "request"}
    for name, value in FIXED.items():
        assert f"\r\n{name}: {value}\r\n".encode() in said.raw


def test_requests_are_answered_one_after_the_other_on_one_connection(port):
    one = request("POST", "/", body=b"first", close=False)
    said = talk(port, one + request("POST", "/", body=b"second"))
    assert said.raw.count(b"HTTP/1.1 200") == 2
    assert said.raw.index(b"first") < said.raw.index(b"second")


@pytest.mark.parametrize(
    "raw",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost 127.0.0.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nx: a\x00b\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nhost: a\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello",
        b"POST / HTTP/1.1\r\ncontent-length: -5\r\n\r\nhello",
        b"\r\n\r\n" * 3 + b"nonsense\r\n\r\n",
    ],
)
def test_what_is_no_http_is_refused_in_the_one_shape(port, raw):
    check(talk(port, raw), 400, "Invalid HTTP request received")


def test_a_body_that_is_no_chunk_ends_the_connection(port):
    head = request("POST", "/", "transfer-encoding: chunked", close=False)
    said = talk(port, head, b"zz\r\nhello\r\n")
    assert said.status in {400, None}


def test_headers_without_end_are_cut(port):
    """The last byte is the first that is too many: what comes after it would take the answer away from the client."""
    line = b"x: " + b"a" * 1_000 + b"\r\n"
    for begins, part in ((b"GET / HTTP/1.1\r\nhost: a\r\n", line), (b"GET / HTTP/1.1\r\nx: ", b"a"), (b"GET /", b"a")):
        raw = (begins + part * HEAD_BYTES)[: HEAD_BYTES + 1]
        check(talk(port, raw[:9_000], raw[9_000:-1], 0.05, raw[-1:]), 431, "headers of more than 32,768 bytes")


def test_a_large_body_beside_the_headers_is_no_header(port):
    said = talk(port, request("POST", "/", body=b"a" * 100_000))
    assert said.status == 200


def test_what_follows_the_body_is_no_header(port):
    seen = []

    async def app(scope, receive, send):
        await echo(scope, receive, send)
        seen.append([name for name, _ in scope["headers"]])

    with listening(app) as own:
        head = request("POST", "/", "transfer-encoding: chunked")
        said = talk(own, head, b"5\r\nhello\r\n0\r\nauthorization: Bearer x\r\nhost: evil\r\n\r\n")
    assert said.status == 200
    assert b"hello" in said.raw
    assert seen == [[b"host", b"transfer-encoding", b"connection"]]


def test_a_request_that_never_ends_in_all_its_frames_is_cut(port, monkeypatch):
    monkeypatch.setattr(module, "MOST_BYTES", 100_000)
    head = request("POST", "/", "transfer-encoding: chunked")
    assert talk(port, head, *[b"1;" + b"x" * 1_000 + b"\r\na\r\n"] * 400).status is None


@pytest.mark.parametrize("raw", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nhost: 127.0.0.1\r\nx"])
def test_who_says_nothing_in_time_is_sent_away(port, monkeypatch, raw):
    monkeypatch.setattr(module, "HEAD_S", 0.2)
    started = time.monotonic()
    said = talk(port, raw)
    assert time.monotonic() - started < 10
    check(said, 408, "no request within 0.2 s")


def test_dripping_does_not_help(port, monkeypatch):
    monkeypatch.setattr(module, "HEAD_S", 0.3)
    drops = [b"GET / HTTP/1.1\r\n", *[part for n in range(400) for part in (0.05, b"x: %d\r\n" % n)]]
    started = time.monotonic()
    said = talk(port, *drops)
    assert time.monotonic() - started < 15
    assert said.status in {408, None}


def test_a_slow_answer_is_not_cut_by_the_clock_for_requests(monkeypatch):
    async def slow(scope, receive, send):
        await asyncio.sleep(1.0)
        await echo(scope, receive, send)

    monkeypatch.setattr(module, "HEAD_S", 0.5)
    with listening(slow) as own:
        assert talk(own, request("GET", "/")).status == 200


def test_nonsense_after_a_request_does_not_stand_in_the_middle_of_its_answer():
    async def slow(scope, receive, send):
        await asyncio.sleep(0.2)
        await echo(scope, receive, send)

    with listening(slow) as own:
        said = talk(own, request("GET", "/", close=False) + b"nonsense\r\n\r\n")
    assert said.raw.count(b"HTTP/1.1") <= 1


def test_an_answer_that_nobody_reads_is_not_kept_for_ever(monkeypatch):
    left = []

    async def large(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(200):
            await send({"type": "http.response.body", "body": b"x" * 1_000_000, "more_body": True})
        left.append("sent")

    monkeypatch.setattr(module, "SEND_S", 0.3)
    with listening(large) as own, socket.create_connection(("127.0.0.1", own)) as held:
        held.sendall(request("GET", "/"))
        end = time.monotonic() + 20
        while not left:
            assert time.monotonic() < end
            time.sleep(0.02)


def test_one_connection_too_many_is_told_to_come_again(port, monkeypatch):
    monkeypatch.setattr(module, "MOST_CONNECTIONS", 3)
    held = [socket.create_connection(("127.0.0.1", port)) for _ in range(3)]
    try:
        for one in held:  # each is known to the server once it has answered on it
            one.sendall(request("GET", "/", close=False))
            assert one.recv(100).startswith(b"HTTP/1.1 200")
        check(talk(port), 503, "more than 3 connections")
    finally:
        for one in held:
            one.close()
    end = time.monotonic() + 10
    while talk(port, request("GET", "/")).status != 200:
        assert time.monotonic() < end


def test_no_socket_of_the_web_is_opened(port):
    said = talk(port, request("GET", "/", "upgrade: websocket", "sec-websocket-key: x", "sec-websocket-version: 13"))
    assert b"101" not in said.raw.partition(b"\r\n")[0]
