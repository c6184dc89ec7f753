"""A real server on a free port for one test, and a client that sends bytes as they are."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn

from foretaste.serve.run import options

DEADLINE_S = 20


@contextmanager
def listening(app: Any) -> Iterator[int]:
    """Run an application as `foretaste serve` does, and yield its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, **options()))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            end = time.monotonic() + DEADLINE_S
            while not server.started:
                assert thread.is_alive()
                assert time.monotonic() < end
                time.sleep(0.01)
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(DEADLINE_S)
        assert not thread.is_alive()


@dataclass
class Said:
    """What a server said before it closed or stopped: the status of its first answer, and all bytes."""

    status: int | None
    raw: bytes

    @property
    def error(self) -> Any:
        """The error of the first answer."""
        return json.loads(self.raw.partition(b"\r\n\r\n")[2])["error"]


def talk(port: int, *parts: bytes | float, until_closed: bool = True) -> Said:
    """Send bytes as they are, and return what comes back until the server closes.

    Args:
        port: Of the server.
        parts: Bytes, and pauses in seconds between them.
        until_closed: Wait for the server to close; else end when one answer has begun.
    """
    raw = b""
    with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S) as connection:
        try:
            for part in parts:
                if isinstance(part, float):
                    time.sleep(part)
                else:
                    connection.sendall(part)
            while (until_closed or b"\r\n" not in raw) and (read := connection.recv(65_536)):
                raw += read
        except (ConnectionResetError, BrokenPipeError):
            pass
    status = int(raw.split(b" ", 2)[1]) if raw.startswith(b"HTTP/1.1 ") else None
    return Said(status, raw)


def request(method: str, path: str, *headers: str, body: bytes = b"", close: bool = True) -> bytes:
    """Return the bytes of a request, with a length if there is a body."""
    lines = [f"{method} {path} HTTP/1.1", "host: 127.0.0.1", *headers]
    lines += [f"content-length: {len(body)}"] if body else []
    lines += ["connection: close"] if close else []
    return "\r\n".join([*lines, "", ""]).encode() + body
