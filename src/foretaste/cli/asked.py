"""Whom a bundle is asked about: its own test people where the data are those it was trained from, else everybody in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from foretaste.bundle import Bundle
from foretaste.cli import options as o
from foretaste.cli.locate import locate
from foretaste.cli.tables import print_note
from foretaste.cli.taste import warn_of_events
from foretaste.data.ratings import Ratings, counted
from foretaste.errors import ForetasteError, InputError
from foretaste.experiment import divide
from foretaste.models.params import build_params
from foretaste.recipe import DataParams, Recipe, parse_recipe
from foretaste.report.words import people
from foretaste.source import Source, load
from foretaste.split import Hide, Holdout, Split, hide

STRANGE = "see how their ids differ: foretaste doctor DATA --bundle BUNDLE"
"""What to do where a bundle knows no item of a file."""


@dataclass(frozen=True, eq=False)
class Asked:
    """People for a bundle to be asked about.

    Args:
        holdout: What they show and what is hidden.
        split: The bundle's own division of the data; None where these are others.
        seed: Of what follows: that of the bundle's recipe, or the caller's.
        outside: Ratings of items that the bundle does not know; they are not asked.
    """

    holdout: Holdout
    split: Split | None
    seed: int
    outside: int = 0

    @property
    def about(self) -> str:
        """What was asked, in words."""
        whose = "other data" if self.split is None else "its own test part"
        hidden = self.holdout.hidden
        return f"{whose}: {counted(hidden.nnz, 'hidden rating')} of {people(hidden.shape[0])}"

    def warn(self) -> None:
        """Say on stderr what was not asked, and what people of other data may have been."""
        if self.outside:
            are, they = ("is of an item", "it was") if self.outside == 1 else ("are of items", "they were")
            words = f"{counted(self.outside, 'rating')} {are} that the bundle does not know; {they} not asked"
            print_note(words)
        if self.split is None:
            print_note("people of this file may have been in training: if so, these numbers flatter the model")


def asked_of(
    bundle: Bundle, data: str, *, hidden: str | None, seed: int, columns: str | None, words: Mapping[str, str | None]
) -> Asked:
    """Return the people of some data.

    Args:
        bundle: Whose model is asked; one that knows its people by their rows takes them as the split shows them.
        data: File, folder or name.
        hidden: What is hidden of each person in other data, as `Hide.parse` reads it; None means a fifth.
        seed: Of what is hidden there.
        columns: Names of columns, as on the command line.
        words: Reading options, None where they were not given.

    Raises:
        InputError: The bundle knows none of the items, or something is to be hidden in what it was trained from.
        ForetasteError: As `Hide.parse` and the readers do.
    """
    rule = Hide() if hidden is None else Hide.parse(hidden)
    given = {name: word for name, word in words.items() if word is not None}
    where, names = locate(data), o.parse_columns(columns)
    if (own := _own(bundle, where, given, names)) is not None:
        source, recipe = own
        _check_hidden(hidden)
        split = divide(source, recipe)
        if bundle.model.known_rows:  # the bundle takes people by all their ratings of the file; here some are hidden
            bundle.model.recognise(split.full)
        return Asked(split.test, split, recipe.seed)
    source = load(where, build_params(DataParams, given), columns=names)
    warn_of_events(bundle, source.ratings.log)
    holdout, outside = _other(bundle, source.ratings, rule, seed)
    if outside == len(source.ratings):
        raise InputError(no_item(outside), hint=STRANGE)
    return Asked(holdout, None, seed, outside)


def no_item(n: int) -> str:
    """Return the words for so many ratings of items that a bundle does not know."""
    return f"of {counted(n, 'rating')} none is of an item that the bundle knows"


def _check_hidden(hidden: str | None) -> None:
    if hidden is not None:
        raise InputError(
            f"--hide {hidden} is for other data: the bundle was trained from these, and hides what its recipe says",
            hint="leave --hide out, or train another bundle with it",
        )


def _own(
    bundle: Bundle, where: Path, given: Mapping[str, str], names: Mapping[str, str] | None
) -> tuple[Source, Recipe] | None:
    """Return the data as the bundle was trained from them, or None where these are others."""
    recipe, data = bundle.about.get("recipe"), bundle.about.get("data")
    if not isinstance(recipe, Mapping) or not isinstance(data, Mapping):
        return None
    try:
        parsed = parse_recipe({k: recipe[k] for k in ("data", "split", "seed") if k in recipe})
        if parsed.split.kind == "given":
            return None
        source = load(where, build_params(DataParams, {**vars(parsed.data), **given}), columns=names)
    except ForetasteError:  # its own filters and separator do not suit this file, so it is another
        return None
    return (source, parsed) if source.ratings.fingerprint() == data.get("fingerprint") else None


def _other(bundle: Bundle, ratings: Ratings, rule: Hide, seed: int) -> tuple[Holdout, int]:
    X, outside = bundle.rows(ratings)
    time = _times(bundle, ratings) if rule.by_time and ratings.time is not None else None
    if bundle.like is not None:  # what is no like is neither shown nor asked
        time = None if time is None else time[X.data >= np.float32(bundle.like)]
        X = bundle.shown(X)
    seen, asked = hide(X, rule, seed=seed, time=time)
    return Holdout(seen, asked, ratings.user_ids), outside


def _times(bundle: Bundle, ratings: Ratings) -> np.ndarray:
    cols = bundle.catalog.columns(ratings.item_ids)[ratings.item_code]
    known = cols >= 0
    assert ratings.time is not None  # noqa: S101 (the caller has looked)
    order = np.lexsort((cols[known], ratings.user_code[known]))
    return ratings.time[known][order]
