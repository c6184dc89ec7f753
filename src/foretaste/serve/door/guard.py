"""The door: what a request must be before any route sees it, from who sends it to what its body is made of.

Every check refuses in the one shape of errors. A body is read here, whole and within its limits, and handed on; routes find
nothing in it that strict JSON does not allow.
"""

import asyncio
import math
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from foretaste.serve.door.access import SAFE, Access
from foretaste.serve.door.origins import Names, check_origin
from foretaste.serve.door.rate import Buckets, bucket_of, is_local
from foretaste.serve.door.strict import read_json
from foretaste.serve.settings import Settings
from foretaste.serve.wire.problems import Refused, answer_problem

LONGEST_URL = 4_096
MOST_HEADERS = 100
LONGEST_HEADERS = 16_384
"""Characters of a URL, and headers and their bytes in sum."""
BODY_S = 20.0
"""Time that a body may take to arrive."""
MOST_HELD = 64_000_000
"""Bytes of bodies that are held at the same time, in one process: many slow ones must not fill the memory."""
RATE_PER_S = 20.0
"""Requests a second of a client that is not on this machine, where the settings do not say."""
PROBE, PARTS = "/healthz", "/page/"
"""What is not counted: a probe that is told to wait would have the service restarted, and a page of many small files would
come in part. Both cost next to nothing, since requests that only ask bring no body."""
BESIDE = 1_000
"""Values that a body may hold beside ratings and ids."""
READ = "foretaste.read"
"""Where in the scope of a request stands what its body says, so that it need not be read again."""
_CLOSE = {"Connection": "close"}
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")
_ONCE = frozenset({b"host", b"origin", b"authorization", b"content-type", b"content-length", b"content-encoding"})


@dataclass(frozen=True)
class Head:
    """What the headers of a request say that matters at the door.

    Args:
        named: Value by name, of the headers that may be given once.
        site: What the browser says of where the request comes from (`Sec-Fetch-Site`).
        chunked: Whether a body follows whose length is not told.
    """

    named: dict[bytes, str]
    site: str
    chunked: bool

    @staticmethod
    def of(scope: Scope) -> "Head":
        """Read the headers.

        Raises:
            Refused: There are too many, or one is given twice.
        """
        named: dict[bytes, str] = {}
        site, chunked, size = "", False, 0
        for name, value in scope["headers"]:
            size += len(name) + len(value)
            if name in _ONCE:
                if name in named:
                    raise Refused(400, f"the header {name.decode()} is given twice", "give it once")
                named[name] = value.decode("latin-1")
            elif name == b"transfer-encoding":
                chunked = True
            elif name == b"sec-fetch-site":
                site = value.decode("latin-1")
        if len(scope["headers"]) > MOST_HEADERS or size > LONGEST_HEADERS:
            raise Refused(
                431,
                f"headers of more than {LONGEST_HEADERS:,} bytes, or more than {MOST_HEADERS} of them",
                "send fewer",
            )
        return Head(named, site, chunked)


class Guard:
    """Refuses what must not come in.

    Args:
        app: What answers the rest.
        settings: Limits, and what the service is bound to.
        access: Who may do what.
    """

    def __init__(self, app: ASGIApp, *, settings: Settings, access: Access) -> None:
        self.app = app
        self._access, self._names, self._most = access, Names.of(settings), settings.max_body_bytes
        self._most_values = 3 * settings.max_ratings + 2 * settings.max_items + BESIDE
        rate = RATE_PER_S if settings.rate_per_s is None else settings.rate_per_s
        self._buckets = Buckets(rate, settings.burst) if rate else None
        self._all_counted = settings.rate_per_s is not None
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request, or pass it on with its body read."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        held = bytearray()
        try:
            try:
                handed = await self._handed(scope, self._check(scope), receive, held)
            except Refused as error:
                answer = answer_problem(Request(scope), error.status, error.message, error.hint, headers=error.headers)
                await answer(scope, receive, send)
                return
            if handed is not None:
                await self.app(scope, handed, send)
        finally:
            self._held -= len(held)

    def _check(self, scope: Scope) -> Head:
        """Check everything but the body."""
        self._count(scope)
        _check_url(scope)
        head = Head.of(scope)
        self._names.check(head.named.get(b"host"), scope["http_version"])
        if scope["method"] not in SAFE:
            check_origin(head.named.get(b"origin"), head.named.get(b"host"), head.site)
        self._access.check(scope, head.named.get(b"authorization"))
        return head

    def _count(self, scope: Scope) -> None:
        client = scope.get("client")
        host = client[0] if client else None
        if self._buckets is None or _is_free(scope) or (is_local(host) and not self._all_counted):
            return
        wait_s = self._buckets.wait_s(bucket_of(host or ""))
        if wait_s:
            seconds = str(math.ceil(wait_s))
            raise Refused(429, "too many requests", f"try again in {seconds} s", {"Retry-After": seconds})

    async def _handed(self, scope: Scope, head: Head, receive: Receive, held: bytearray) -> Receive | None:
        """Return what hands on the body, read and checked, or None where the client has gone; `held` gets its bytes."""
        length = head.named.get(b"content-length")
        if length is None and not head.chunked and scope["method"] in SAFE:
            return receive
        if length is not None and not re.fullmatch(r"[0-9]{1,18}", length):
            raise Refused(400, "Content-Length is not a number", None, _CLOSE)
        if scope["method"] in SAFE and (head.chunked or int(length or 0)):
            raise Refused(400, f"a {scope['method']} request brings a body", "leave it out", _CLOSE)
        if length is not None and int(length) > self._most:
            raise self._too_large(int(length))
        if head.chunked or int(length or 0):
            _check_type(head)
        try:
            async with asyncio.timeout(BODY_S):
                left = await self._read(receive, held)
        except TimeoutError:
            raise Refused(408, f"the body took longer than {BODY_S:g} s", "send it faster", _CLOSE) from None
        if left:
            return None
        body = bytes(held)
        if body:
            _check_type(head)
            scope[READ] = read_json(body, self._most_values)
        return _hand_on(body, receive)

    async def _read(self, receive: Receive, held: bytearray) -> bool:
        """Read the parts of a body, and return whether the client has left before its end."""
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return True
            part = message.get("body", b"")
            if len(held) + len(part) > self._most:
                raise self._too_large(len(held) + len(part))
            held += part
            self._held += len(part)
            if self._held > MOST_HELD:
                raise Refused(503, "too many bodies arrive at once", "try again in 5 s", {"Retry-After": "5", **_CLOSE})
            more = message.get("more_body", False)
        return False

    def _too_large(self, size: int) -> Refused:
        return Refused(
            413, f"a body of {size:,} bytes or more, expected {self._most:,} at most", "ask in several requests", _CLOSE
        )


def _is_free(scope: Scope) -> bool:
    """Tell whether a request is not counted."""
    path = scope["path"]
    return scope["method"] in SAFE and (path == PROBE or path.startswith(PARTS))


def _hand_on(body: bytes, receive: Receive) -> Callable[[], Awaitable[Message]]:
    """Return a `receive` that gives the body once, and then what the client does."""
    given = False

    async def handed() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return handed


def _check_url(scope: Scope) -> None:
    raw = scope.get("raw_path") or scope["path"].encode("utf-8", "surrogateescape")
    query = scope["query_string"]
    if len(raw) + len(query) > LONGEST_URL:
        raise Refused(414, f"the address has {len(raw) + len(query):,} characters, expected {LONGEST_URL:,} at most")
    for part, plus in ((raw, False), (query, True)):
        plain = unquote_to_bytes(part.replace(b"+", b" ") if plus else part) if b"%" in part else part
        if _CONTROL.search(plain):
            raise Refused(400, "the address holds a control character", "leave it out")
        try:
            plain.decode("utf-8")
        except UnicodeDecodeError:
            raise Refused(400, "the address is not UTF-8", "encode it as UTF-8, with % and two digits a byte") from None


def _check_type(head: Head) -> None:
    kind, _, rest = head.named.get(b"content-type", "").partition(";")
    charset = rest.strip().lower().replace('"', "")
    if kind.strip().lower() != "application/json" or charset not in {"", "charset=utf-8"}:
        raise Refused(415, f"the body is {kind.strip()[:60]!r}, expected 'application/json'", "say so in Content-Type")
    if head.named.get(b"content-encoding", "identity").strip().lower() != "identity":
        raise Refused(415, "the body is compressed", "send it as it is")
