"""GET /v1/items and /v1/items/{id}: what there is to rate, found by typing or by looking through it."""

from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from foretaste.serve.answers.filters import filtered
from foretaste.serve.catalogue.shelf import Shelf
from foretaste.serve.catalogue.variety import varied
from foretaste.serve.wire.problems import Refused
from foretaste.serve.wire.shapes import ID_LENGTH, REFUSALS, Film

router = APIRouter(tags=["items"])
LONGEST_TEXT, LONGEST_PAGE, LAST_OFFSET = 200, 200, 1_000_000
EXAMPLE: JsonValue = {
    "item": 6,
    "title": "Heat (1995)",
    "year": 1995,
    "genres": ["Action", "Crime", "Thriller"],
    "n_ratings": 102,
}

Year = Annotated[int | None, Query(ge=0, le=9999)]


class Films(BaseModel):
    """Some of the items that were found."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [EXAMPLE], "total": 1}]})

    items: list[Film]
    total: int = Field(description="How many were found; a search by text finds some hundred at most.")


class Found(Film):
    """One item."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})


@router.get("/v1/items", response_model=Films, responses=REFUSALS)
def items(  # noqa: PLR0913, PLR0917 (one for each thing that may be asked)
    request: Request,
    q: Annotated[
        str,
        Query(
            max_length=LONGEST_TEXT,
            description="Part of a title, with slips or without, a year, or id:300; empty gives the most rated first.",
            examples=["shawshenk", "heat 1995", "id:300"],
        ),
    ] = "",
    genre: Annotated[
        list[Annotated[str, Query(max_length=100)]] | None,
        Query(max_length=100, description="Only items of this genre; may be given several times for any of them."),
    ] = None,
    first: Annotated[Year, Query(alias="from", description="Only items of this year or later.")] = None,
    last: Annotated[Year, Query(alias="to", description="Only items of this year or earlier.")] = None,
    limit: Annotated[int, Query(ge=1, le=LONGEST_PAGE)] = 20,
    offset: Annotated[int, Query(ge=0, le=LAST_OFFSET)] = 0,
    spread: Annotated[
        bool, Query(description="Without q: well-known items that are unlike each other first, to begin rating with.")
    ] = False,
    model: Annotated[str | None, Query(max_length=128, description="One of /v1/models.")] = None,
) -> Response:
    """Search items as you type, or look through them, the most rated first."""
    shelf = _shelf(request, model)
    allowed, _ = filtered(shelf, genres=genre, first=first, last=last)
    if q.strip():
        cols = shelf.search(q, allowed)
    elif allowed is None:
        cols = shelf.well_known if spread else shelf.best_known
    else:
        cols = shelf.best_known[allowed[shelf.best_known]]
        cols = varied(shelf, cols) if spread else cols
    page = [shelf.film(col) for col in cols[offset : offset + limit].tolist()]
    return JSONResponse({"items": page, "total": len(cols)})


@router.get("/v1/items/{item:path}", response_model=Found, responses=REFUSALS)
def item(
    request: Request,
    item: Annotated[str, Path(max_length=ID_LENGTH, description="An id, as the data set writes it.", examples=["6"])],
    model: Annotated[str | None, Query(max_length=128, description="One of /v1/models.")] = None,
) -> Response:
    """Return one item."""
    shelf = _shelf(request, model)
    return JSONResponse(shelf.film(column_of(shelf, item)))


def column_of(shelf: Shelf, item: str) -> int:
    """Return the column of an id in an address.

    Raises:
        Refused: There is no such item; the hint names the one that is called so, if there is, and never guesses at a number.
    """
    col = shelf.catalog.column(item)
    if col is not None:
        return col
    guessed = item.strip() and not item.strip().isdigit()  # a number that is no id looks like no title either
    near: Any = shelf.search(item)[:1] if guessed else np.empty(0, np.int32)
    hint = "search with /v1/items?q=..."
    if len(near):
        hint = f'did you mean "{shelf.titles[near[0]]}", id {shelf.ids[near[0]]}?'
    raise Refused(404, f'no item has the id "{item[:100]}"', hint)


def _shelf(request: Request, model: str | None) -> Shelf:
    return request.app.state.deployment.choose(None, model)[1].shelf
