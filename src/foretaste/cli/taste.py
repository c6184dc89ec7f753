"""Whose recommendations: ratings typed on the command line, or people of a data file."""

from collections.abc import Sequence
from typing import Protocol

import typer

from foretaste.bundle import Bundle
from foretaste.cli.locate import locate
from foretaste.cli.options import parse_rates
from foretaste.data.catalog import ItemId
from foretaste.data.ratings import Ratings
from foretaste.data.readers import ReadOptions, read_ratings
from foretaste.errors import InputError


def typed_ratings(bundle: Bundle, rates: Sequence[str] | None) -> dict[ItemId, float]:
    """Return ratings by item id for ``--rate`` options; titles are looked up in the bundle, and a guess is told.

    Raises:
        InputError: A title is unknown or fits several items, or an item is rated twice.
    """
    out: dict[ItemId, float] = {}
    for text, rating in parse_rates(rates):
        col = bundle.catalog.find(text)
        item_id, title = bundle.catalog.item_ids[[col]].tolist()[0], bundle.catalog.title(col)
        if item_id in out:
            raise InputError(f'"{text}" is rated twice', hint="give each item one rating")
        if text not in {str(item_id), title}:
            typer.echo(f'"{text}" is {title}', err=True)
        out[item_id] = rating
    return out


def read_people(bundle: Bundle, path: str, options: ReadOptions) -> Ratings:
    """Return the ratings of a data file, folder or public data set."""
    ratings = read_ratings(locate(path), options)
    warn_of_events(bundle, ratings.log)
    return ratings


class Read(Protocol):
    """What is known of a file that was read, or is read in parts."""

    @property
    def source(self) -> str:
        """Its name."""

    @property
    def implicit(self) -> bool:
        """Whether it has no ratings."""


def warn_of_events(bundle: Bundle, read: Read) -> None:
    """Say that a file without ratings does not fit a model of ratings; it is read as all ones."""
    low, high = bundle.scale
    if read.implicit and bundle.model.task == "rating" and low < high:
        typer.echo(
            f"{read.source} has no rating column: every row counts as a rating of 1 on a scale of {low:g} to "
            f"{high:g}\nhint: name the column with --columns rating=NAME",
            err=True,
        )


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
