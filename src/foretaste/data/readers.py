"""The one door in: a file or a MovieLens folder becomes Ratings, and a Catalog of its items.

What is read: CSV and TSV, ``::`` (MovieLens 1M and 10M), ``|``, ``;`` and any other single separator, runs of blanks, all
of these packed with gzip, lists of items per user, Parquet, and the folders that GroupLens ships. Separator, header and
columns are found from the file; `ReadOptions` overrules.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from foretaste.data import cache
from foretaste.data.adjacency import find_lists, read_lists
from foretaste.data.catalog import Catalog
from foretaste.data.coding import Table
from foretaste.data.columns import warn_without_rating
from foretaste.data.exact import first_bad, read_exact
from foretaste.data.fast import read_fast
from foretaste.data.filters import Policy, drop_duplicates
from foretaste.data.items import read_catalog
from foretaste.data.layout import look
from foretaste.data.opening import is_file, place_kind, source_kind
from foretaste.data.parquet import read_parquet
from foretaste.data.ratings import Ratings
from foretaste.errors import DataError, InputError, nearest

BadRows = Literal["error", "skip"]
AnyPath: TypeAlias = str | PathLike[str]
_FOLDERS = (
    ("u.data", "u.item"),
    ("ratings.dat", "movies.dat"),
    ("ratings.csv", "movies.csv"),
    ("ratings.csv.gz", "movies.csv"),
    ("ratings.parquet", "movies.csv"),
)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ReadOptions:
    """How to read a file of ratings; the defaults suit most files.

    Args:
        columns: Names of the columns ``user``, ``item``, ``rating`` and ``time``, where the usual names do not find
            them; in a file without a header, their numbers from 1. ``{"time": ""}`` says that there is no such column.
        separator: What stands between fields; None finds out. ``"tab"`` and ``"space"`` (runs of blanks) are understood, and
            ``"lists"``: every line is a user and the items of that user, see `adjacency`.
        bad_rows: ``error`` stops at the first bad row and names it; ``skip`` leaves bad rows out and counts them.
        duplicates: Which rating of a repeated (user, item) pair stays, see `filters.drop_duplicates`.
        cache: Keep what was read of a file over 10 MB in the cache folder, and read it from there the next time.
    """

    columns: Mapping[str, str] | None = None
    separator: str | None = None
    bad_rows: BadRows = "error"
    duplicates: Policy = "last"
    cache: bool = True

    def __post_init__(self) -> None:
        for name, value, known in (
            ("bad_rows", self.bad_rows, get_args(BadRows)),
            ("duplicates", self.duplicates, get_args(Policy)),
        ):
            if value not in known:
                raise InputError(f'{name} is "{value}", which is not known', hint=nearest(value, known))

    def key(self) -> str:
        """Return the options that decide what is read, as text."""
        columns = dict(sorted((self.columns or {}).items()))
        return json.dumps([columns, self.separator, self.bad_rows, self.duplicates])


_DEFAULT = ReadOptions()


def read_ratings(path: AnyPath, options: ReadOptions = _DEFAULT) -> Ratings:
    """Read a file of ratings, or the ratings of a MovieLens folder.

    Ids stay what they are: int64 when every id of the column is a canonical integer, else str ("007" makes a column of
    strings); every row decides, whatever the size of the file. Without a rating column, rows are events of value 1.
    Times are Unix seconds, whole or not (each one beyond 1e11 counts as milliseconds, beyond 1e14 as microseconds, beyond
    1e17 as nanoseconds), or dates as eight digits where all are (20240531), or ISO dates and datetimes, taken as UTC where
    they name no zone. A quoted field may hold line ends unless a line in it would be a row by itself, see `quotes`. A bad
    row is one with too few or too many fields, a blank id, a rating that is not a finite number, or a time that is none of
    these. A pipe cannot be read. A file of lists (see `adjacency`) has a row for each item of a user, of value 1.

    Args:
        path: A file, or a folder with ``ratings.csv``, ``ratings.dat`` or ``u.data``.
        options: What to overrule.

    Returns:
        The ratings in the order of the file; `log` counts bad rows and repeated pairs.

    Raises:
        NotFoundError: There is no such file.
        DataError: The file is not a table of ratings, or a row is bad; the text names the line.
        InputError: An option is unknown.
    """
    return _read(find_ratings(path), options)


def read_data(path: AnyPath, options: ReadOptions = _DEFAULT) -> tuple[Ratings, Catalog]:
    """Read ratings together with the catalogue of all items in them.

    Args:
        path: As for `read_ratings`. A file of a MovieLens folder, also a fold such as ``u1.base``, is read with the
            films file beside it.
        options: What to overrule.

    Returns:
        The ratings, and a catalogue that holds every item of the file in sorted order of ids, with titles (the year
        stays in them) and genres where there is a films file.

    Raises:
        NotFoundError: There is no such file.
        DataError: The ratings or the films cannot be read.
        InputError: An option is unknown.
    """
    ratings_path, items_path = _locate(Path(path))
    ratings = _read(ratings_path, options)
    if items_path is None:
        return ratings, Catalog(ratings.item_ids)
    return ratings, read_catalog(ratings.item_ids, items_path)


def find_ratings(path: AnyPath) -> Path:
    """Return the file of ratings that a file or folder stands for.

    Raises:
        DataError: A folder holds none.
    """
    return _locate(Path(path))[0]


def find_items(path: AnyPath) -> Path | None:
    """Return the films file that `read_data` would read with a file or folder, or None.

    Raises:
        DataError: As `find_ratings`.
    """
    return _locate(Path(path))[1]


def first_bad_rows(path: AnyPath, options: ReadOptions = _DEFAULT, *, most: int = 3) -> tuple[str, ...]:
    """Return what is wrong with the first bad rows of a file, with their lines; of lists and Parquet with the first only.

    Args:
        path: As for `read_ratings`.
        options: How to read it; which rows are bad does not depend on what becomes of them.
        most: How many at most.

    Raises:
        DataError: The file is no table of ratings.
    """
    found = find_ratings(path)
    text = source_kind(found) == "text"
    if text and find_lists(found, separator=options.separator, columns=options.columns) is None:
        return first_bad(look(found, columns=options.columns, separator=options.separator), most)
    try:
        _read(found, replace(options, bad_rows="error", duplicates="keep", cache=False))
    except DataError as error:
        return (error.message.removeprefix(f"{shown_name(found)} "),)
    return ()


def shown_name(path: Path) -> str:
    """Return the name of a file as messages and logs have it; names need not be text."""
    return path.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _locate(path: Path) -> tuple[Path, Path | None]:
    """The file of ratings and, where there is one, the file of films."""
    if place_kind(path) == "folder":
        for ratings_name, items_name in _FOLDERS:
            if is_file(path / ratings_name):
                return path / ratings_name, _beside(path, items_name)
        raise DataError(
            f"folder {path} holds no ratings: expected u.data, ratings.dat, ratings.csv or ratings.parquet in it",
            hint="give the file itself, whatever it is called",
        )
    if path.suffix in (".base", ".test"):  # the folds of the 100K set: u1.base, ua.test
        return path, _beside(path.parent, "u.item")
    return path, next((_beside(path.parent, items) for ratings, items in _FOLDERS if ratings == path.name), None)


def _beside(folder: Path, name: str) -> Path | None:
    return folder / name if is_file(folder / name) else None


def _read(path: Path, options: ReadOptions) -> Ratings:
    kind = source_kind(path)
    source = shown_name(path)
    entry = cache.entry_for(path, options.key()) if options.cache else None
    if entry is not None and (kept := cache.load(entry)) is not None:
        return replace(kept, log=replace(kept.log, source=source))
    skip_bad = options.bad_rows == "skip"
    table = (
        read_parquet(path, columns=options.columns, skip_bad=skip_bad) if kind == "parquet" else _text(path, options)
    )
    if not len(table.user[1]):
        raise DataError(f"{source}: all {table.rows_bad} rows are bad, so no ratings are left")
    ratings = drop_duplicates(table.to_ratings(source), options.duplicates)
    if table.rows_bad:
        _log.warning("%s: %d bad rows left out", source, table.rows_bad)
    if entry is not None:
        cache.store(entry, ratings)
    return ratings


def _text(path: Path, options: ReadOptions) -> Table:
    skip_bad = options.bad_rows == "skip"
    ids = find_lists(path, separator=options.separator, columns=options.columns)
    if ids is not None:
        _log.info("%s is read as lists: in every line a user and the items of that user", path.name)
        return read_lists(path, ids, skip_bad=skip_bad)
    layout = look(path, columns=options.columns, separator=options.separator)
    warn_without_rating(layout.names, layout.columns, options.columns, source=path.name)
    table = read_fast(layout, skip_bad=skip_bad)
    if table is None:
        _log.info("%s needs the exact reader", path.name)
        table = read_exact(layout, skip_bad=skip_bad)
    return table
