"""Columns become a file: lists and predictions for many people, as CSV, TSV, Parquet or JSON lines."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from foretaste.arrays import AnyArray
from foretaste.data.replacing import is_folder, replacing
from foretaste.errors import InputError

ENDINGS = (".csv", ".tsv", ".parquet", ".jsonl")


def check_table_path(path: Path) -> None:
    """Refuse a name whose ending says no format that can be written.

    Raises:
        InputError: The ending is none of `ENDINGS`, or the folder does not exist.
    """
    if path.suffix.lower() not in ENDINGS:
        raise InputError(f"cannot write {path.name}, expected a name that ends in {', '.join(ENDINGS)}")
    if not is_folder(path.resolve().parent):
        raise InputError(f"cannot write {path}: there is no folder {path.parent}")


def write_table(path: Path, columns: Mapping[str, AnyArray]) -> None:
    """Write parallel columns, replacing the file.

    Args:
        path: Ends in one of `ENDINGS`.
        columns: Name to values, equally long; text columns are object arrays of str.

    Raises:
        InputError: As `check_table_path`, or the file cannot be written there.
    """
    check_table_path(path)
    frame = pl.DataFrame({k: v.tolist() if v.dtype == object else v for k, v in columns.items()})
    ending = path.suffix.lower()
    with replacing(path) as made:
        if ending == ".parquet":
            frame.write_parquet(made)
        elif ending == ".jsonl":
            frame.write_ndjson(made)
        else:
            frame.write_csv(made, separator="," if ending == ".csv" else "\t")
