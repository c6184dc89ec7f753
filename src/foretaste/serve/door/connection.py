"""One connection, before there is a request: uvicorn's protocol, with bounds where it has none.

Its reader takes headers of any length for any time, and answers what is no HTTP with plain text. Here a connection has seconds
to say what it wants, and a bounded number of bytes to say it in. There are only so many of them, and refusals have one shape.
"""

import json
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from foretaste.serve.door.headers import FIXED
from foretaste.serve.wire.problems import problem

if TYPE_CHECKING:
    from asyncio import TimerHandle

MOST_CONNECTIONS = 800
"""At once, in one process: under the 1,024 open files that many systems allow."""
HEAD_S = 10.0
"""Time from the first byte of a request, or from the start of a connection, to the end of its headers."""
HEAD_BYTES = 32_768
"""Bytes up to there. What counts as too much in a request that has arrived is up to `Guard`, which answers more politely."""
SEND_S = 30.0
"""Time that a client may leave its answer unread."""
MOST_BYTES = 64_000_000
"""Bytes of a request in all, with the frames of its chunks and what may follow them; the last resort behind `Guard`'s limit."""
_REASONS = {
    400: "Bad Request",
    408: "Request Timeout",
    431: "Request Header Fields Too Large",
    503: "Service Unavailable",
}


class Connection(HttpToolsProtocol):
    """A connection with bounds."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._heading = True
        self._bytes = 0
        self._timer: TimerHandle | None = None
        self._unread: TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Take a connection, or send it away if there are too many."""
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            self._refuse(503, f"more than {MOST_CONNECTIONS} connections", "try again")
            return
        self._start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._stop_timer()
        if self._unread is not None:
            self._unread.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, within the bounds."""
        if self.transport.is_closing():
            return
        super().data_received(data)
        self._bytes += len(data)
        if self._heading and self._bytes > HEAD_BYTES:
            self._refuse(431, f"headers of more than {HEAD_BYTES:,} bytes", "send fewer")
        elif self._bytes > MOST_BYTES:
            self.transport.close()

    def pause_writing(self) -> None:
        """Wait for a client that does not read, but not for ever."""
        super().pause_writing()
        self._unread = self.loop.call_later(SEND_S, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on."""
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None
        super().resume_writing()

    def on_message_begin(self) -> None:
        """Start counting for a request."""
        super().on_message_begin()
        self._heading, self._bytes = True, 0
        self._start_timer()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; what comes after the body is dropped, since everything was decided by then."""
        if self._heading:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Hand the request on."""
        self._heading = False
        self._stop_timer()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP."""
        self._refuse(400, msg.rstrip("."), None)

    def _refuse(self, status: int, message: str, hint: str | None) -> None:
        if self.transport.is_closing():
            return
        self._stop_timer()
        busy = self.cycle is not None and not self.cycle.response_complete
        if not busy:  # else a refusal would stand in the middle of an answer
            body = json.dumps(problem(status, message, hint)).encode()
            lines = [f"HTTP/1.1 {status} {_REASONS[status]}", *(f"{name}: {value}" for name, value in FIXED.items())]
            lines += ["content-type: application/json", f"content-length: {len(body)}", "connection: close", "", ""]
            self.transport.write("\r\n".join(lines).encode() + body)
        self.transport.close()

    def _start_timer(self) -> None:
        self._stop_timer()
        self._timer = self.loop.call_later(HEAD_S, self._late)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _late(self) -> None:
        self._refuse(408, f"no request within {HEAD_S:g} s", None)
