"""GET /v1/items/{id}/similar: what goes with an item."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from foretaste.serve.answers.answering import DIGITS
from foretaste.serve.meaning.similar import VECTORS
from foretaste.serve.routes.items import EXAMPLE, column_of
from foretaste.serve.wire.problems import Refused
from foretaste.serve.wire.shapes import ID_LENGTH, REFUSALS, Film

router = APIRouter(tags=["items"])


class Near(Film):
    """An item beside another."""

    similarity: float = Field(description="Higher is more; see `by`. To be compared within one model only.")


class Similar(BaseModel):
    """An item and what goes with it, the most similar first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"item": EXAMPLE, "items": [], "by": VECTORS}]},
    )

    item: Film
    items: list[Near]
    by: str = Field(description="How similarity is measured, in words.")


@router.get("/v1/items/{item:path}/similar", response_model=Similar, responses=REFUSALS)
def similar(
    request: Request,
    item: Annotated[str, Path(max_length=ID_LENGTH, description="An id, as the data set writes it.", examples=["6"])],
    k: Annotated[int, Query(ge=1, description="How many.")] = 10,
    model: Annotated[str | None, Query(max_length=128, description="One of /v1/models.")] = None,
) -> Response:
    """Return the items that are liked by the same people."""
    most = request.app.state.settings.max_k
    if k > most:
        raise Refused(422, f"k is {k:,}, expected {most:,} at most")
    served = request.app.state.deployment.choose(None, model)[1]
    col = column_of(served.shelf, item)
    found, film = served.neighbours.similar(col, k), served.shelf.film
    pairs = zip(found.cols.tolist(), found.values.tolist(), strict=True)
    items = [{**film(other), "similarity": round(value, DIGITS)} for other, value in pairs]
    return JSONResponse({"item": film(col), "items": items, "by": found.by})
