"""/v1/users: a person's ratings are kept, shown, taken away one by one, or erased with everything about them."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from foretaste.serve.deploy.served import Served
from foretaste.serve.wire.problems import Refused
from foretaste.serve.wire.shapes import ID_LENGTH, REFUSALS, USER, USER_TOLD, In, Number
from foretaste.store import Store, Stored

router = APIRouter(tags=["users"])
User = Annotated[
    str,
    Path(
        pattern=USER,
        description="An opaque id, such as a number or a hash: letters and digits of any script and _ . @ : + = ~ -",
        examples=["anna"],
        json_schema_extra={**USER_TOLD},
    ),
]
Item = Annotated[
    str, Path(max_length=ID_LENGTH, description="An item's id, as the data set writes it.", examples=["1"])
]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Rate(In):
    """A rating is given."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"rating": 4.5}]})

    rating: Number = Field(description="On the scale of the data, see /v1/model.")


class Kept(BaseModel):
    """A rating that is on the disk."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"item": 1, "rating": 4.5, "revision": 17, "updated_at": "2026-11-26T10:00:00.000001Z"}]
        }
    )

    item: int | str
    rating: float
    revision: int = Field(description="Number of the write in the whole store: the highest about an item has won.")
    updated_at: datetime


class Rated(BaseModel):
    """One rating of a user."""

    item: int | str
    title: str | None = Field(description="Null where the model does not know the item.")
    rating: float
    updated_at: datetime
    known: bool = Field(description="Whether the model knows the item; what it does not know changes no list.")


class UserRatings(BaseModel):
    """Everything that a user has rated, the latest first."""

    user: str
    ratings: list[Rated]


class Erased(BaseModel):
    """What was erased."""

    erased: int = Field(description="Ratings that were there.")


@router.put("/v1/users/{user}/ratings/{item:path}", response_model=Kept, responses=REFUSALS)
async def put_rating(request: Request, user: User, item: Item, asked: Rate) -> Response:
    """Keep a rating in the place of the one before. It is on the disk when this answers, and counts in the next list."""
    store, served = store_of(request), served_now(request)
    col = served.bundle.catalog.column(item)
    if col is None:
        raise Refused(404, f"the model knows no item {item[:60]!r}", "GET /v1/items?q=... finds items by their titles")
    item_id = served.item_id(col)
    served.bundle.row({item_id: asked.rating})  # refuses what is not on the scale, in its own words
    stored = await request.app.state.storing.write(store.put, user, item_id, asked.rating)
    request.app.state.tally.rated(user, item_id, stored.rating)
    return JSONResponse(
        {"item": item_id, "rating": stored.rating, "revision": stored.revision, "updated_at": moment(stored)}
    )


@router.delete("/v1/users/{user}/ratings/{item:path}", status_code=204, response_class=Response, responses=REFUSALS)
async def delete_rating(request: Request, user: User, item: Item) -> Response:
    """Take a rating away."""
    store, served = store_of(request), served_now(request)
    col = served.bundle.catalog.column(item)
    names = (
        [item] if col is None else [item, str(served.item_id(col))]
    )  # as it was stored, by whatever model, comes first
    if not await request.app.state.storing.write(
        lambda: any(store.delete(user, name) for name in dict.fromkeys(names))
    ):
        raise Refused(404, f"{user} has not rated item {item[:60]!r}")
    return Response(status_code=204)


@router.get("/v1/users/{user}/ratings", response_model=UserRatings, responses=REFUSALS)
async def list_ratings(request: Request, user: User) -> Response:
    """Return what a user has rated, the latest first; an unknown user has rated nothing."""
    store, served = store_of(request), served_now(request)

    def listed() -> Response:
        return JSONResponse({"user": user, "ratings": [_rated(served, one) for one in store.ratings(user)]})

    answer: Response = await request.app.state.storing.read(listed)
    return answer


@router.delete("/v1/users/{user}", response_model=Erased, responses=REFUSALS)
async def erase_user(request: Request, user: User) -> Response:
    """Erase everything that is kept of a user."""
    return JSONResponse({"erased": await request.app.state.storing.write(store_of(request).erase, user)})


def store_of(request: Request) -> Store:
    """Return the store.

    Raises:
        Refused: There is none: the service only reads, and nobody has written yet.
    """
    store: Store | None = request.app.state.store
    if store is None:
        raise Refused(404, "there is no store of ratings here", "send the ratings in each request")
    return store


def served_now(request: Request) -> Served:
    """Return the main model, which says what items there are and on what scale they are rated."""
    served: Served = request.app.state.deployment.main
    return served


def moment(stored: Stored) -> str:
    """Return when a rating was given, ISO 8601 in UTC with microseconds."""
    when = _EPOCH + timedelta(microseconds=stored.updated_at)
    return when.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _rated(served: Served, stored: Stored) -> dict[str, Any]:
    catalog = served.bundle.catalog
    col = catalog.column(stored.item)
    item = stored.item if col is None else served.item_id(col)
    return {
        "item": item if str(item) == stored.item else stored.item,  # an import may have brought 01 beside 1
        "title": None if col is None else catalog.title(col),
        "rating": stored.rating,
        "updated_at": moment(stored),
        "known": col is not None,
    }
