"""Ratings become a file that everyone reads: CSV, TSV, the same packed with gzip, or Parquet."""

import gzip
import os
from pathlib import Path
from typing import IO, cast

import polars as pl

from foretaste.arrays import AnyArray, IntArray
from foretaste.data.ratings import Ratings
from foretaste.data.replacing import is_folder, replacing
from foretaste.errors import InputError

_SEPARATORS = {".csv": ",", ".tsv": "\t"}


def write_ratings(ratings: Ratings, path: str | os.PathLike[str]) -> Path:
    """Write ratings under the column names ``user_id``, ``item_id``, ``rating`` and ``timestamp``.

    Args:
        ratings: Any. Events of an implicit file get no rating column, ratings without times no timestamp.
        path: Ends in ``.csv``, ``.tsv``, ``.csv.gz``, ``.tsv.gz`` or ``.parquet``; a file that is there is replaced in
            one step.

    Returns:
        The path. `readers.read_ratings` gives the same table back, with two exceptions: string ids that are all canonical
        integers come back as integers, and blanks around ids are lost.

    Raises:
        InputError: The ending is another, or the file cannot be written there.
    """
    target = Path(path)
    packed = target.name.lower().endswith(".gz")
    suffix = Path(target.name.lower().removesuffix(".gz")).suffix
    if suffix not in _SEPARATORS and (packed or suffix != ".parquet"):
        raise InputError(f"cannot write {target.name}: expected .csv, .tsv, .csv.gz, .tsv.gz or .parquet")
    if not is_folder(target.parent):
        raise InputError(f"cannot write {target.name}: there is no folder {target.parent}", hint="make it first")
    frame = _frame(ratings)
    with replacing(target) as made:
        if suffix == ".parquet":
            frame.write_parquet(made)
        else:
            with made.open("wb") as raw, _packing(raw, packed=packed) as stream:
                frame.write_csv(stream, separator=_SEPARATORS[suffix])
    return target


def _frame(ratings: Ratings) -> pl.DataFrame:
    columns = {
        "user_id": _column(ratings.user_ids, ratings.user_code),
        "item_id": _column(ratings.item_ids, ratings.item_code),
    }
    if not ratings.log.implicit:
        columns["rating"] = pl.Series(ratings.rating)
    if ratings.time is not None:
        columns["timestamp"] = pl.Series(ratings.time)
    return pl.DataFrame(columns)


def _packing(raw: IO[bytes], *, packed: bool) -> IO[bytes]:
    """Pack with gzip, with no name and no time in it: equal ratings, equal bytes."""
    return cast("IO[bytes]", gzip.GzipFile("", "wb", 6, raw, mtime=0)) if packed else raw


def _column(ids: AnyArray, codes: IntArray) -> pl.Series:
    return pl.Series(ids.tolist(), dtype=pl.String if ids.dtype == object else pl.Int64).gather(pl.Series(codes))
