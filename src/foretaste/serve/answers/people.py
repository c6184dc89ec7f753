"""Whose taste counts in a request: the ratings that it brings, or those that the store keeps of a user."""

from collections.abc import Mapping

from fastapi import Request

from foretaste.arrays import Csr
from foretaste.bundle import Bundle
from foretaste.data.catalog import ItemId
from foretaste.errors import InputError
from foretaste.serve.door.access import check_person
from foretaste.serve.telemetry.logged import USER
from foretaste.serve.wire.problems import Refused
from foretaste.serve.wire.shapes import PersonIn


async def ratings_of(request: Request, person: PersonIn) -> Mapping[ItemId, float]:
    """Return the rating by item id.

    Raises:
        InputError: Ratings and a user are both given, or an item is rated twice.
        Refused: There are too many ratings, no store to look into, or too many who do.
    """
    if person.user is not None:
        if person.ratings is not None:
            raise InputError("ratings and a user are both given", hint="choose whose ratings count")
        check_person(request)
        request.scope[USER] = person.user
        store = request.app.state.store
        if store is None:
            raise Refused(404, "there is no store of ratings here", "send the ratings in the request")
        stored = await request.app.state.storing.read(store.ratings, person.user)
        return {one.item: one.rating for one in stored}
    given = person.ratings or []
    most = request.app.state.settings.max_ratings
    if len(given) > most:
        raise Refused(413, f"{len(given):,} ratings, expected {most:,} at most", "send the newest ones")
    ratings: dict[ItemId, float] = {}
    for one in given:
        if one.item in ratings:
            raise InputError(f"item {one.item!r} is given twice", hint="give each item one rating")
        ratings[one.item] = one.rating
    return ratings


def row_of(bundle: Bundle, person: PersonIn, ratings: Mapping[ItemId, float]) -> tuple[Csr, list[ItemId]]:
    """Return somebody's row (1, items) for a model, and the ids that do not count.

    Args:
        bundle: Of the model.
        person: What was asked.
        ratings: Of `ratings_of`. What a request brings must do; of what the store keeps of a user, who may not know of it, that
            counts which the model can read: on its scale, and of one item under two ids the latest.

    Raises:
        InputError: A rating of the request is outside the scale, or an item is given twice.
    """
    try:
        return bundle.row(ratings)
    except InputError:
        if person.user is None:
            raise
    usable: dict[ItemId, float] = {}
    left: list[ItemId] = []
    cols = set()
    for item, rating in ratings.items():
        col = bundle.catalog.column(item)
        if col is None or (col not in cols and _reads(bundle, rating)):
            usable[item] = rating
            cols.add(col)
        else:
            left.append(item)
    row, ignored = bundle.row(usable)
    return row, [*ignored, *left]


def _reads(bundle: Bundle, rating: float) -> bool:
    try:
        bundle.check_scale((rating, rating))
    except InputError:
        return False
    return True


def check_length(ids: list[ItemId] | None, most: int, what: str) -> None:
    """Refuse a list of ids that is too long.

    Raises:
        Refused: It is.
    """
    if ids is not None and len(ids) > most:
        raise Refused(413, f"{len(ids):,} ids in {what}, expected {most:,} at most", "ask in several requests")
