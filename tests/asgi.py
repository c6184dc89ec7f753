"""A client of one request for applications that are called by hand: what arrives in which pieces is up to the test."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

HOST = (b"host", b"127.0.0.1:8000")
JSON = (b"content-type", b"application/json")


@dataclass
class Answer:
    """What came back.

    Args:
        status: None where nothing did.
        headers: By name; the last of each.
        body: All of it.
    """

    status: int | None = None
    headers: dict[str, str] | None = None
    body: bytes = b""

    def json(self) -> Any:
        """Return the body's value."""
        return json.loads(self.body)

    @property
    def words(self) -> str:
        """The error's message and hint."""
        error = self.json()["error"]
        return f"{error['message']}\n{error['hint']}"


def scope_of(method: str = "GET", path: str = "/v1/items", **more: Any) -> dict[str, Any]:
    """Return the scope of a request; a query may follow the path."""
    path, _, query = path.partition("?")
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [HOST],
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 8000),
        "scheme": "http",
    }
    return scope | more


def ask(app: Any, scope: dict[str, Any], *parts: bytes | float | None) -> Answer:
    """Send a request and return the answer.

    Args:
        app: The application.
        scope: See `scope_of`.
        parts: Of the body, in the order in which they arrive; a number is a pause in seconds, None is that the client leaves.
    """
    rest, answer = list(parts), Answer()

    async def receive() -> dict[str, Any]:
        while rest and isinstance(rest[0], float):
            await asyncio.sleep(rest.pop(0))
        if rest and rest[0] is None:
            return {"type": "http.disconnect"}
        body = rest.pop(0) if rest else b""
        return {"type": "http.request", "body": body, "more_body": bool(rest)}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            assert answer.status is None, "an answer begins once"
            answer.status = message["status"]
            answer.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            answer.body += message["body"]

    asyncio.run(app(scope, receive, send))
    return answer


async def echo(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer with what arrived: the body, in how many pieces, and what comes after it."""
    parts, more = [], True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    told = {"body": b"".join(parts).decode(), "pieces": len(parts)}
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps(told).encode()})
