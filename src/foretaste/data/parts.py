"""A file of ratings of a million people, some people at a time: memory follows the part, not the file.

A large Parquet file is looked at once (`survey`). If its users stand in order, parts are cut from it between two users. If not,
its rows are first dealt out to files in a temporary folder, each for a range of users. Either way users come in the order of
their ids, each one whole and once, and what is read is what `readers.read_ratings` reads. Everything else (text, small files,
what needs all rows at once) is read whole by that and is one part.
"""

import logging
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import polars as pl

from foretaste.arrays import AnyArray, IntArray
from foretaste.data.coding import Table, code_integers, code_text
from foretaste.data.filters import drop_duplicates
from foretaste.data.opening import source_kind
from foretaste.data.parquet import ParquetRows
from foretaste.data.ratings import Ratings
from foretaste.data.readers import ReadOptions, find_ratings, read_ratings, shown_name
from foretaste.data.survey import Survey, survey
from foretaste.errors import DataError

ROWS = 2_000_000
"""Ratings held at once, but for somebody who has more; files with no more are read whole."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Parts:
    """A file of ratings in parts.

    Args:
        n_ratings: Rows that are read, repeated pairs included.
        scale: Lowest and highest rating of these rows.
        implicit: Whether the file has no ratings, so that every row counts as 1.
        source: Name of the file.
        tables: Reads the parts, from the first each time it is called; users ascend within a part and from part to part.
    """

    n_ratings: int
    scale: tuple[float, float]
    implicit: bool
    source: str
    tables: Callable[[], Iterator[Ratings]]


@contextmanager
def reading_in_parts(path: str | PathLike[str], options: ReadOptions, *, spill: Path) -> Iterator[Parts]:
    """Open a file of ratings, or a folder, to be read in parts.

    Args:
        path: As for `readers.read_ratings`.
        options: How to read. Where repeated pairs are refused, all rows are read at once.
        spill: An existing folder; a temporary one is made in it when users do not stand in order.

    Raises:
        NotFoundError: As `readers.read_ratings`.
        DataError: As `readers.read_ratings`; a bad row is met before the first part is given.
        InputError: As `readers.read_ratings`.
    """
    found = _large(find_ratings(path), options)
    if found is None:
        ratings = read_ratings(path, options)
        log = ratings.log
        yield Parts(len(ratings), ratings.scale, log.implicit, log.source, lambda: iter([ratings]))
        return
    about = (found.total - found.bad, found.scale, "rating" not in found.rows.names, shown_name(found.rows.path))
    if found.ordered:
        yield Parts(*about, lambda: _tables(found, options, _between_users(found)))
        return
    with tempfile.TemporaryDirectory(prefix=".", suffix=".part", dir=spill) as folder:
        piles = _deal(found, Path(folder))
        yield Parts(*about, lambda: _tables(found, options, _gather(piles)))


def _large(path: Path, options: ReadOptions) -> Survey | None:
    """Return a file, looked at, that is worth reading in parts; None for any other."""
    if source_kind(path) != "parquet" or options.duplicates == "error":
        return None
    rows = ParquetRows.of(path, options.columns)
    if rows.count() <= ROWS:
        return None
    found = survey(rows, ROWS, skip_bad=options.bad_rows == "skip")
    if found.mixed_times:
        return None
    rows.warn_without_rating(options.columns)
    if found.bad == found.total:
        raise DataError(f"{shown_name(path)}: all {found.bad} rows are bad, so no ratings are left")
    if found.bad:
        _log.warning("%s: %d bad rows left out", shown_name(path), found.bad)
    return found


def _between_users(found: Survey) -> Iterator[pl.DataFrame]:
    """Yield stretches of a file whose users stand in order, each cut where a user begins."""
    held: pl.DataFrame | None = None
    for frame in found.frames(ROWS):
        held = frame if held is None else pl.concat([held, frame])
        start = held["user"].search_sorted(held["user"][-1], side="left") if len(held) else 0
        if start:
            yield held[:start]
            held = held[start:]
    if held is not None and len(held):
        yield held


def _deal(found: Survey, folder: Path) -> list[list[Path]]:
    """Write the rows of each range of users to files of its own, and return these in the order of users and rows."""
    cuts = found.cuts(ROWS)
    piles: list[list[Path]] = [[] for _ in range(len(cuts) + 1)]
    for number, frame in enumerate(found.frames(ROWS)):
        place = cuts.search_sorted(frame["user"], side="right").rename("pile")
        dealt = frame.with_columns(place).partition_by("pile", as_dict=True, include_key=False)
        for (pile,), rows in dealt.items():
            path = folder / f"{pile}-{number}"
            rows.write_ipc(path, compression="lz4")
            piles[pile].append(path)
    return [pile for pile in piles if pile]


def _gather(piles: list[list[Path]]) -> Iterator[pl.DataFrame]:
    for pile in piles:
        yield pl.concat([pl.read_ipc(path.read_bytes()) for path in pile])  # a path would be taken for a pattern


def _tables(found: Survey, options: ReadOptions, frames: Iterator[pl.DataFrame]) -> Iterator[Ratings]:
    for frame in frames:
        rating, time = (frame[name].to_numpy() if name in frame.columns else None for name in ("rating", "time"))
        table = Table(_coded(frame["user"]), _coded(frame["item"]), rating, time)
        yield drop_duplicates(table.to_ratings(shown_name(found.rows.path)), options.duplicates)


def _coded(ids: pl.Series) -> tuple[AnyArray, IntArray]:
    return code_integers(ids.to_numpy()) if ids.dtype == pl.Int64 else code_text(ids)
