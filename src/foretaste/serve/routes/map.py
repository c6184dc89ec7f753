"""GET /v1/map: the taste map of a model."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from foretaste.serve.meaning.taste_map import TASTE
from foretaste.serve.wire.shapes import REFUSALS

router = APIRouter(tags=["model"])


class Map(BaseModel):
    """Items in the plane, the best known first; all lists are of one length."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [356],
                    "x": [0.31],
                    "y": [0.64],
                    "genre": ["War"],
                    "n_ratings": [329],
                    "titles": ["Forrest Gump (1994)"],
                    "by": TASTE,
                }
            ]
        }
    )

    items: list[int | str]
    x: list[float] = Field(description="0 to 1.")
    y: list[float] = Field(description="0 to 1.")
    genre: list[str | None] = Field(description="One of each item's genres, for a colour.")
    n_ratings: list[int | None]
    titles: list[str]
    by: str = Field(description="What lies beside what, in words.")


@router.get("/v1/map", response_model=Map, responses=REFUSALS)
async def taste_map(
    request: Request,
    model: Annotated[str | None, Query(max_length=128, description="One of /v1/models.")] = None,
) -> Response:
    """Return the best-known items in two dimensions; made soon after a model has begun to answer, which takes some seconds."""
    state = request.app.state
    body = await state.maps.of(state.deployment.choose(None, model)[1])
    return Response(body, media_type="application/json")
