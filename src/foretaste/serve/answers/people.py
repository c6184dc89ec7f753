"""Whose taste counts in a request: the ratings that it brings, or those that the store keeps of a user."""

from collections.abc import Mapping

import anyio.to_thread
from fastapi import Request

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
        Refused: There are too many ratings, or no store to look into.
    """
    if person.user is not None:
        if person.ratings is not None:
            raise InputError("ratings and a user are both given", hint="choose whose ratings count")
        check_person(request)
        request.scope[USER] = person.user
        store = request.app.state.store
        if store is None:
            raise Refused(404, "there is no store of ratings here", "send the ratings in the request")
        stored = await anyio.to_thread.run_sync(store.ratings, person.user)
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


def check_length(ids: list[ItemId] | None, most: int, what: str) -> None:
    """Refuse a list of ids that is too long.

    Raises:
        Refused: It is.
    """
    if ids is not None and len(ids) > most:
        raise Refused(413, f"{len(ids):,} ids in {what}, expected {most:,} at most", "ask in several requests")
