"""Errors as the client sees them: one shape, the library's own words, and never a stack trace.

{"error": {"code": "input", "message": "...", "hint": "..." or null, "fields": [{"path", "message"}], "request": "id"}}
"""

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from foretaste.errors import ForetasteError, NotFoundError, ResourceError, StoreError
from foretaste.serve.wire.wording import sentence, told

CODES = {400: "input", 401: "key", 403: "forbidden", 404: "not-found", 405: "method", 408: "too-slow", 409: "conflict",
         413: "too-large", 414: "too-long", 431: "too-large",
         415: "media-type", 421: "host", 422: "input", 429: "too-many", 500: "internal", 503: "unavailable"}  # fmt: skip
"""What a status is called where nothing more exact is known."""


class Refused(Exception):  # noqa: N818 (it is said as a sentence: the request was refused)
    """A request that is not answered, in words.

    Args:
        status: HTTP status, 4xx or 503.
        message: What is wrong, with the value.
        hint: What to do.
        headers: Of the answer.
    """

    def __init__(
        self, status: int, message: str, hint: str | None = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.hint, self.headers = status, message, hint, headers


def problem(
    status: int,
    message: str,
    hint: str | None = None,
    *,
    fields: Sequence[dict[str, str]] = (),
    request_id: str | None = None,
) -> dict[str, Any]:
    """Return the body of an error."""
    return {
        "error": {
            "code": CODES.get(status, "error"),
            "message": message,
            "hint": hint,
            "fields": list(fields),
            "request": request_id,
        }
    }


def answer_problem(
    request: Request,
    status: int,
    message: str,
    hint: str | None = None,
    *,
    fields: Sequence[dict[str, str]] = (),
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """Return the response of an error, with the request's id where it has one."""
    body = problem(status, message, hint, fields=fields, request_id=request.scope.get("foretaste.request"))
    return JSONResponse(body, status, headers=headers)


def status_of(error: ForetasteError) -> int:
    """Return the status that an error of the library becomes: what was asked for is wrong, is not there, or is too much."""
    if isinstance(error, NotFoundError):
        return 404
    return 503 if isinstance(error, ResourceError | StoreError) else 422


def add_handlers(app: FastAPI) -> None:
    """Make every error of an application come out in the one shape."""
    app.add_exception_handler(ForetasteError, _of_library)
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(HTTPException, _of_framework)


async def _of_library(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ForetasteError)  # noqa: S101 (registered for nothing else)
    return answer_problem(request, status_of(error), error.message, error.hint)


async def _refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refused)  # noqa: S101
    return answer_problem(request, error.status, error.message, error.hint, headers=error.headers)


async def _not_valid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    fields = told(error.errors(), request.scope.get("route"))
    return answer_problem(request, 422, sentence(fields[0]), "see /openapi.json for what is expected", fields=fields)


async def _of_framework(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101
    words = {404: f"there is nothing at {request.url.path[:200]}", 405: f"{request.method} is not for this address"}
    message = words.get(error.status_code, str(error.detail))
    return answer_problem(request, error.status_code, message, headers=dict(error.headers or {}))
