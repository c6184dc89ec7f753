"""Whose recommendations: ratings typed on the command line, or one user of a data file."""

from collections.abc import Mapping, Sequence

from foretaste.bundle import Bundle
from foretaste.cli.locate import locate
from foretaste.cli.options import parse_rates
from foretaste.data.catalog import ItemId
from foretaste.data.ratings import Ratings
from foretaste.data.readers import ReadOptions, read_ratings
from foretaste.errors import InputError


def typed_ratings(bundle: Bundle, rates: Sequence[str] | None) -> dict[ItemId, float]:
    """Return ratings by item id for ``--rate`` options; titles are looked up in the bundle.

    Raises:
        InputError: A title is unknown or fits several items, or an item is rated twice.
    """
    out: dict[ItemId, float] = {}
    for text, rating in parse_rates(rates):
        item_id = bundle.catalog.item_ids[[bundle.catalog.find(text)]].tolist()[0]
        if item_id in out:
            raise InputError(f'"{text}" is rated twice', hint="give each item one rating")
        out[item_id] = rating
    return out


def read_people(path: str, columns: Mapping[str, str] | None) -> Ratings:
    """Return the ratings of a data file, folder or public data set."""
    return read_ratings(locate(path), ReadOptions(columns=columns))


def ratings_of(ratings: Ratings, user: str) -> dict[ItemId, float]:
    """Return one user's ratings by item id.

    Raises:
        InputError: The data have no such user.
    """
    by_text = {str(user_id): code for code, user_id in enumerate(ratings.user_ids.tolist())}
    if user not in by_text:
        first, last = ratings.user_ids[:1].tolist()[0], ratings.user_ids[-1:].tolist()[0]
        raise InputError(f"the data have no user {user}", hint=f"their ids go from {first} to {last}")
    mine = ratings.user_code == by_text[user]
    return dict(zip(ratings.item[mine].tolist(), ratings.rating[mine].tolist(), strict=True))
