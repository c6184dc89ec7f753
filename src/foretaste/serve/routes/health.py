"""GET /healthz and /readyz: whether the process lives, and whether it can answer."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

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
    if state.store is not None and not await state.storing.answers(state.store.ready):
        return answer_problem(request, 503, "the store cannot be reached", "the log of the service says why")
    return JSONResponse({"status": "ready", "model": state.deployment.main.ref("main")})
