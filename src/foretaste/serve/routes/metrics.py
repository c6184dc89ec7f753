"""GET /metrics: the numbers of the service, for Prometheus."""

from fastapi import APIRouter, Request
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST

router = APIRouter(tags=["health"])


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(request: Request) -> Response:
    """Give latencies, errors, batch sizes, and what the answers look like, in Prometheus' text format."""
    state = request.app.state
    text = state.metrics.text(state.deployment.now.loaded())
    return Response(text, media_type=CONTENT_TYPE_LATEST)
