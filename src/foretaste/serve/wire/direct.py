"""Routes that are asked most: what the door has read of a body is checked once and handed to the handler.

FastAPI reads the body a second time and finds out for each request anew what a handler wants; that takes longer than checking
what is in it. Whatever does not fit goes FastAPI's way, so that what is refused is refused in the same words, and the
description of the API is made from the same signature.
"""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from foretaste.serve.door.guard import READ
from foretaste.serve.wire.unknown import check_query

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Direct(APIRoute):
    """A route whose handler takes the request and a body, as ``async def (request, asked)``, and returns a response.

    Of what an application asks of all its routes, only `check_query` is asked of this one.
    """

    def get_route_handler(self) -> Handler:
        """Return what answers a request."""
        usual, endpoint = super().get_route_handler(), self.endpoint
        body: Any = self.body_field
        shape = TypeAdapter[Any](body.field_info.annotation)

        async def handled(request: Request) -> Response:
            if READ not in request.scope:  # no body, or nobody at the door
                return await usual(request)
            await check_query(request)
            try:
                asked = shape.validate_python(request.scope[READ])
            except ValidationError:
                return await usual(request)
            answer: Response = await endpoint(request, asked)
            return answer

        return handled


def answer_json(content: dict[str, Any]) -> Response:
    """Return an answer of plain values, written several times as fast as by `JSONResponse`."""
    return Response(to_json(content, inf_nan_mode="null"), media_type="application/json")
