"""The data of an experiment: files or a public set are read, filtered as the recipe says, and given one catalogue."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any, cast

import numpy as np

from foretaste.arrays import AnyArray
from foretaste.data.catalog import Catalog
from foretaste.data.filters import as_clicks, min_counts, min_rating, top_items, top_users
from foretaste.data.movielens import resolve_data
from foretaste.data.pairs import find_pairs
from foretaste.data.ratings import Ratings
from foretaste.data.readers import ReadOptions, read_data
from foretaste.errors import DataError, ParamsError
from foretaste.recipe import DataParams
from foretaste.split.given import joint_catalog
from foretaste.store.address import is_address

_log = logging.getLogger(__name__)
COLUMNS = ("user", "item", "rating")


@dataclass(frozen=True, eq=False)
class Source:
    """The data of an experiment.

    Args:
        ratings: After the recipe's filters; the train file's where the split is given, and all of the first pair of files where
            there are several.
        catalog: Every item of the whole file (of all files); where ratings were turned into clicks, of those.
        test: The test file's ratings where the split is given.
        seen: What people of the test file show beside what the train file has of them.
        pairs: Name, train and test file of each official fold.
        name: What the report calls the data.
        like: The rating from which one counted as a click, where ratings were turned into clicks; None where they were not.
        rated: Lowest and highest rating of the file before they were; None where they were not.
    """

    ratings: Ratings
    catalog: Catalog
    test: Ratings | None = None
    seen: Ratings | None = None
    pairs: tuple[tuple[str, Ratings, Ratings], ...] = ()
    name: str = "memory"
    like: float | None = None
    rated: tuple[float, float] | None = None

    @property
    def clicks(self) -> bool:
        """Whether all ratings are equal: there is nothing to predict about them, and lists are all there is."""
        low, high = self.scale
        return low == high

    @property
    def scale(self) -> tuple[float, float]:
        """Lowest and highest rating, of all files where there are several."""
        files = (self.ratings, self.test, self.seen, *(table for _, *two in self.pairs for table in two))
        scales = [table.scale for table in files if table is not None]
        return min(low for low, _ in scales), max(high for _, high in scales)

    def describe(self) -> dict[str, Any]:
        """Return name and counts."""
        counts = {"users": self.ratings.n_users, "items": len(self.catalog), "ratings": len(self.ratings)}
        return {"source": self.name, **counts}


APART = 8
"""Times that one scale is wider than another, from which two files mean different things by a rating."""
MANY = 100_000
"""Ratings that are looked at to count values."""


def load(
    source: str | Path,
    params: DataParams | None = None,
    *,
    columns: Mapping[str, str] | None = None,
    test: str | Path | None = None,
    seen: str | Path | None = None,
) -> Source:
    """Read ratings by path, by the name of a public data set, which is fetched once, or from a store, and filter them.

    Args:
        source: File, folder or name; or the address of a store, such as ``sqlite:///ratings.db``; the train file where `test`
            is given.
        params: Filters and reading options.
        columns: Names of the user, item, rating and time columns.
        test: The caller's own test file.
        seen: What people of the test file have shown, where training does not know them.

    Raises:
        ForetasteError: As the readers and filters do.
    """
    params = params or DataParams()
    options = ReadOptions(
        columns, params.separator or None, cast("Any", params.bad_rows), cast("Any", params.duplicates)
    )
    ratings, catalog, name = _opened(source, options)
    whole = ratings
    low, high = ratings.scale
    rated = (low, high) if params.task == "ranking" and not ratings.log.implicit and low < high else None
    ratings = _filtered(ratings, params)
    _check_rated(ratings, params)
    if params.task == "ranking":  # nobody can be shown to like what nobody clicked
        catalog = catalog.only(ratings.item_ids)
    like = None if rated is None else max(end for end in (low, params.min_rating, params.like) if end is not None)
    made = Source(ratings, catalog, name=name, like=like, rated=rated)
    if test is None:
        if seen is not None:
            raise ParamsError("what test people have seen is named, and no test file", hint="name it too: --test FILE")
        return made
    _refuse_stores({"test": test, "seen": seen})
    _refuse_same({"train": None if is_address(str(source)) else source, "test": test, "seen": seen})
    if ratings.log.form == "lists":  # a short file of lists looks like a table
        options = replace(options, separator="lists")
    asked, other = _beside(test, options, params, whole)
    catalog, name = joint_catalog(catalog, other), f"{made.name} and {Path(test).name}"
    if seen is None:
        return replace(made, catalog=catalog, test=asked, name=name)
    shown, other = _beside(seen, options, params, whole)
    name = f"{made.name}, {Path(test).name} and {Path(seen).name}"
    return replace(made, catalog=joint_catalog(catalog, other), test=asked, seen=shown, name=name)


def _opened(source: str | Path, options: ReadOptions) -> tuple[Ratings, Catalog, str]:
    """Return ratings, catalogue and name of a file, a public set or a store."""
    if not is_address(str(source)):
        return *read_data(resolve_data(source, fetch_missing=True), options), Path(source).name
    if options.columns is not None or options.separator is not None:
        raise ParamsError("columns and separators are of files, and the data is a store", hint="leave them out")
    from foretaste.store import Store  # noqa: PLC0415 (optional)
    from foretaste.store.bulk import read_store  # noqa: PLC0415

    with Store(str(source), read_only=True) as store:
        return *read_store(store), store.address.label


def load_folds(
    folder: str | Path,
    params: DataParams | None = None,
    *,
    columns: Mapping[str, str] | None = None,
    pairs: Sequence[str] = (),
) -> Source:
    """Read the train and test files of official folds; train files are filtered as `load` does.

    What folds of one division would not do is logged as a warning and noted in the steps: a pair that holds other ratings than
    the first, and ratings that several files test.

    Args:
        folder: With pairs such as ``u1.base`` and ``u1.test``, or the name of a public set that has some.
        params: Filters and reading options.
        columns: Names of the user, item, rating and time columns.
        pairs: Which; see `find_pairs`.

    Raises:
        ForetasteError: As the readers and filters do.
    """
    place = resolve_data(folder, fetch_missing=True)
    found = find_pairs(place, pairs)
    each = [load(pair.train, params, columns=columns, test=pair.test) for pair in found]
    first = each[0]
    files = tuple((pair.name, one.ratings, cast("Ratings", one.test)) for pair, one in zip(found, each, strict=True))
    whole = _joined(*files[0][1:])
    odd = _oddities(files)
    for text in odd:
        _log.warning("%s: %s", place.name, text)
    whole = replace(whole, log=replace(whole.log, steps=(*whole.log.steps, *odd)))
    catalog = joint_catalog(first.catalog, *(one.catalog for one in each[1:]))
    name = f"{place.name}: {', '.join(pair.name for pair in found)}"
    return Source(whole, catalog, pairs=files, name=name, like=first.like, rated=first.rated)


def _oddities(files: Sequence[tuple[str, Ratings, Ratings]]) -> tuple[str, ...]:
    """Say what is not as in folds of one division; nothing where every pair divides the same ratings and tests its own."""
    users = np.unique(np.concatenate([table.user_ids for _, *two in files for table in two]))
    items = np.unique(np.concatenate([table.item_ids for _, *two in files for table in two]))

    def cells(table: Ratings) -> AnyArray:
        row, col = np.searchsorted(users, table.user_ids), np.searchsorted(items, table.item_ids)
        return row[table.user_code] * len(items) + col[table.item_code]

    wholes = [np.sort(np.concatenate([cells(train), cells(test)])) for _, train, test in files]
    others = [name for (name, *_), whole in zip(files, wholes, strict=True) if not np.array_equal(whole, wholes[0])]
    tested, times = np.unique(np.concatenate([cells(test) for *_, test in files]), return_counts=True)
    out = (
        (f"{', '.join(others)} hold other ratings than {files[0][0]}: models learn from different data",)
        if others
        else ()
    )
    again = int((times > 1).sum())
    return (
        (*out, f"{again:,} of {len(tested):,} ratings are in several test files and count several times")
        if again
        else out
    )


def _joined(train: Ratings, test: Ratings) -> Ratings:
    """Return all ratings of a pair of files, and what was read of both."""
    times = None if train.time is None or test.time is None else np.concatenate([train.time, test.time])
    user, item, rating = (np.concatenate([getattr(part, name) for part in (train, test)]) for name in COLUMNS)
    both = Ratings.from_arrays(user, item, rating, times)
    counts = {
        name: getattr(train.log, name) + getattr(test.log, name) for name in ("rows_read", "rows_bad", "duplicates")
    }
    return replace(both, log=replace(train.log, **counts))


def _check_alike(train: Ratings, other: Ratings, file: str | Path) -> None:
    """Refuse a file beside the train file whose ratings mean something else.

    Raises:
        DataError: One of them has no ratings, or they are on scales of their own.
    """
    if train.log.implicit != other.log.implicit:
        without, rated = ("it", "the train file") if other.log.implicit else ("the train file", "it")
        raise DataError(
            f"{file}: {without} has no ratings, and {rated} has",
            hint="name the column: --columns rating=NAME; or judge lists: --task ranking",
        )
    (low, high), (least, most) = train.scale, other.scale
    outside = float(np.mean((other.rating < low) | (other.rating > high)))
    widths = sorted((high - low, most - least))
    several = min(len(np.unique(table.rating[:MANY])) for table in (train, other)) >= 3
    if outside > 0.5 or (several and widths[1] > APART * widths[0]):
        raise DataError(
            f"{file}: its ratings go from {least:g} to {most:g}, and those of the train file from {low:g} to {high:g}",
            hint="bring both to one scale first; foretaste doctor TRAIN --test TEST looks for more",
        )


def _check_rated(ratings: Ratings, params: DataParams) -> None:
    low, high = ratings.scale
    if params.task == "rating" and low == high:
        raise DataError(
            f"all ratings are {low:g}, so there is nothing to predict about them",
            hint="--task ranking makes lists of clicks",
        )


def _refuse_stores(files: Mapping[str, str | Path | None]) -> None:
    for name, file in files.items():
        if file is not None and is_address(str(file)):
            raise ParamsError(
                f"the {name} data is a store, expected a file", hint="foretaste data export FILE --store URL makes one"
            )


def _refuse_same(files: Mapping[str, str | Path | None]) -> None:
    """Refuse one file for two things: a model would be asked for what it was shown."""
    places = [(name, resolve_data(file)) for name, file in files.items() if file is not None]
    for (first, one), (second, other) in combinations(places, 2):
        if one.samefile(other):
            raise ParamsError(
                f"the {first} and the {second} file are the same: {one}",
                hint="nobody is judged by what a model was shown; divide one file: --split random",
            )


def _beside(file: str | Path, options: ReadOptions, params: DataParams, train: Ratings) -> tuple[Ratings, Catalog]:
    """Read a file that comes beside the train file; nothing is filtered from it but what is no like."""
    ratings, catalog = read_data(resolve_data(file, fetch_missing=True), options)
    if params.task != "ranking":
        _check_alike(train, ratings, file)
        return ratings, catalog
    try:
        ratings = as_clicks(ratings, params.like)
    except DataError as error:
        raise DataError(f"{file}: {error.message}", hint=error.hint) from error
    return ratings, catalog.only(ratings.item_ids)


def _filtered(ratings: Ratings, params: DataParams) -> Ratings:
    if params.min_rating is not None:
        ratings = min_rating(ratings, params.min_rating)
    if params.task == "ranking":
        ratings = as_clicks(ratings, params.like)
    if params.top_users:
        ratings = top_users(ratings, params.top_users)
    if params.top_items:
        ratings = top_items(ratings, params.top_items)
    if params.min_user_ratings > 1 or params.min_item_ratings > 1:
        ratings = min_counts(ratings, per_user=params.min_user_ratings, per_item=params.min_item_ratings)
    return ratings
