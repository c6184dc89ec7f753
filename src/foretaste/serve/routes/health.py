"""GET /healthz and /readyz: whether the process lives, and whether it can answer."""

from typing import Any

import anyio.to_thread
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from foretaste.errors import ForetasteError
from foretaste.serve.wire.problems import answer_problem
from foretaste.serve.wire.shapes import REFUSALS

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def live() -> dict[str, str]:
    """Say that the process answers."""
    return {"status": "ok"}


@router.get("/readyz", responses={503: REFUSALS[503]})
async def ready(request: Request) -> Any:
    """Say whether a model is loaded and the store can be reached."""
    state = request.app.state
    if state.store is not None:
        try:
            await anyio.to_thread.run_sync(state.store.ready)
        except ForetasteError as error:
            return answer_problem(request, 503, error.message, error.hint)
    return JSONResponse({"status": "ready", "model": state.deployment.main.ref("main")})
