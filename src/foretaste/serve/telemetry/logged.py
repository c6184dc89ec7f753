"""Around every request: its id, its line in the log, and an answer in words where something unexpected happened."""

import asyncio
import logging
import re
import secrets
from time import perf_counter
from typing import Any

from fastapi import Request
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from foretaste.serve.telemetry.logs import Hashes
from foretaste.serve.wire.problems import answer_problem

REQUEST = "foretaste.request"
"""Where a request's id stands in its scope."""
USER = "foretaste.user"
"""Where a route puts the user that a body names."""
HEADER = b"x-request-id"
GONE = 499
"""Status in the log of a client that left before it was answered."""
QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked by machines every few seconds: logged only when they fail."""
_ID = re.compile(rb"[\w.-]{8,64}", re.ASCII)
_log = logging.getLogger("foretaste.serve.requests")


class Logged:
    """Gives each request an id, logs how it went, and keeps tracebacks on this side.

    Args:
        app: What answers.
        hashes: For people and clients.
    """

    def __init__(self, app: ASGIApp, hashes: Hashes | None = None) -> None:
        self.app, self._hashes = app, Hashes() if hashes is None else hashes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and watch."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope[REQUEST] = _id_of(scope)
        status, started = GONE, perf_counter()

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (HEADER, scope[REQUEST].encode())]
            await send(message)

        try:
            await self.app(scope, receive, sent)
        except Exception as error:
            begun, status = status != GONE, 500
            self._failed(scope, error)
            if begun:
                raise
            await answer_problem(Request(scope), 500, *_UNEXPECTED)(scope, receive, sent)
        except asyncio.CancelledError:  # so the server ends what goes on longer than a service that stops can wait
            if status == GONE:
                await answer_problem(Request(scope), 503, *_STOPPING, headers=_LATER)(scope, receive, sent)
        finally:
            self._line(scope, status, (perf_counter() - started) * 1e3)

    def _failed(self, scope: Scope, error: Exception) -> None:
        token = next((v.decode("latin-1") for name, v in scope["headers"] if name == b"authorization"), "")
        secret = (token.rpartition(" ")[2], _user(scope) or "")
        _log.error(
            "unexpected %s", type(error).__name__, exc_info=error,
            extra={"fields": {"request": scope[REQUEST], "route": route_of(scope)}, "secret": secret},
        )  # fmt: skip

    def _line(self, scope: Scope, status: int, ms: float) -> None:
        level = logging.ERROR if status == 500 else logging.INFO
        route = route_of(scope)
        if (route in QUIET and status < 400) or not _log.isEnabledFor(level):
            return
        fields: dict[str, Any] = {
            "request": scope[REQUEST],
            "method": scope["method"],
            "route": route,
            "status": status,
            "ms": round(ms, 2),
        }
        client, user = scope.get("client"), _user(scope)
        if client:
            fields["client"] = self._hashes(client[0])
        if user:
            fields["user"] = self._hashes(user)
        _log.log(level, "request", extra={"fields": fields})


_STOPPING = ("the service is stopping", "ask again in a moment")
_LATER = {"Retry-After": "5"}
_UNEXPECTED = (
    "something went wrong here; the request may be right",
    "tell who runs this service the id of the request; its log says more",
)


def route_of(scope: Scope) -> str:
    """Return the template of a route, such as ``/v1/users/{user}``, and never a path, which may hold a user's id.

    What was refused before any route was asked is of the route that it was for.
    """
    route = scope.get("route") or _meant(scope)
    path = getattr(route, "path_format", None) or getattr(route, "path", None)
    return str(path) if path else "none"


def _meant(scope: Scope) -> BaseRoute | None:
    routes: tuple[BaseRoute, ...] = getattr(getattr(scope.get("app"), "state", None), "routes", ())
    return next((route for route in routes if route.matches(scope)[0] is not Match.NONE), None)


def _user(scope: Scope) -> str | None:
    user = scope.get(USER) or scope.get("path_params", {}).get("user")
    return None if user is None else str(user)


def _id_of(scope: Scope) -> str:
    """Return the id that a proxy gave, where it is a plain word, or a new one."""
    for name, value in scope["headers"]:
        if name == HEADER:
            return value.decode("ascii") if _ID.fullmatch(value) else secrets.token_hex(8)
    return secrets.token_hex(8)
