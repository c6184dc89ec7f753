"""Columns become a file: lists and predictions for many people, as CSV, TSV, Parquet or JSON lines."""

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import polars as pl

from foretaste.arrays import AnyArray
from foretaste.data.replacing import is_folder, replacing
from foretaste.errors import InputError

ENDINGS = (".csv", ".tsv", ".parquet", ".jsonl")
LINES = 1_000_000
"""Lines written at once."""


def check_table_path(path: Path) -> None:
    """Refuse a name whose ending says no format that can be written.

    Raises:
        InputError: The ending is none of `ENDINGS`, or the folder does not exist.
    """
    if path.suffix.lower() not in ENDINGS:
        words = f"cannot write {path.name}, expected a name that ends in {', '.join(ENDINGS)}"
        raise InputError(words, hint=f"for example {path.name.partition('.')[0] or 'table'}.csv")
    if not is_folder(path.resolve().parent):
        raise InputError(f"cannot write {path}: there is no folder {path.parent}", hint="make it first")


def write_table(path: Path, columns: Mapping[str, AnyArray]) -> None:
    """Write parallel columns, replacing the file.

    Args:
        path: Ends in one of `ENDINGS`.
        columns: Name to values, equally long; text columns are object arrays of str.

    Raises:
        InputError: As `check_table_path`, or the file cannot be written there.
    """
    write_pieces(path, [columns])


def write_pieces(path: Path, pieces: Iterable[Mapping[str, AnyArray]]) -> None:
    """Write a table that comes in pieces, holding a million lines of it at most, and replace the file when it is whole.

    Parquet has no file that can be added to: its pieces wait in a temporary folder beside it, where they take about the room
    of the file.

    Args:
        path: Ends in one of `ENDINGS`.
        pieces: Each as for `write_table`, at least one, all with the same columns. Whatever it raises ends the writing: the
            file stays as it was and nothing else is left.

    Raises:
        InputError: As `check_table_path`, or the file cannot be written there.
    """
    check_table_path(path)
    ending = path.suffix.lower()
    with replacing(path) as made:
        if ending == ".parquet":
            _write_parquet(made, pieces)
            return
        with made.open("wb") as stream:
            for number, frame in enumerate(_frames(pieces)):
                if ending == ".jsonl":
                    frame.write_ndjson(stream)
                else:
                    separator = "," if ending == ".csv" else "\t"
                    frame.write_csv(stream, separator=separator, include_header=number == 0)


def _write_parquet(made: Path, pieces: Iterable[Mapping[str, AnyArray]]) -> None:
    with tempfile.TemporaryDirectory(prefix=".", suffix=".part", dir=made.parent) as folder:
        paths = []
        for number, frame in enumerate(_frames(pieces)):
            paths.append(Path(folder) / f"{number}.parquet")
            frame.write_parquet(paths[-1], compression="lz4", statistics=False)
        pl.scan_parquet(paths, glob=False).sink_parquet(made)


def _frames(pieces: Iterable[Mapping[str, AnyArray]]) -> Iterator[pl.DataFrame]:
    """Join small pieces to frames of about `LINES` lines."""
    held: list[pl.DataFrame] = []
    for piece in pieces:
        held.append(pl.DataFrame({name: _column(values) for name, values in piece.items()}))
        if sum(map(len, held)) >= LINES:
            yield pl.concat(held)
            held = []
    if held:
        yield pl.concat(held)


def _column(values: AnyArray) -> pl.Series:
    return pl.Series(values.tolist(), dtype=pl.String) if values.dtype == object else pl.Series(values)
