"""Columns become a file."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from foretaste.data.tables import check_table_path, write_table
from foretaste.errors import InputError

COLUMNS = {
    "user_id": np.array(["ann", "bób, jr"], dtype=object),
    "rank": np.array([1, 2], dtype=np.int32),
    "score": np.array([0.5, -1.25], dtype=np.float32),
}
READ = {
    "csv": pl.read_csv,
    "tsv": lambda p: pl.read_csv(p, separator="\t"),
    "parquet": pl.read_parquet,
    "jsonl": pl.read_ndjson,
}


@pytest.mark.parametrize("ending", READ)
def test_what_is_written_reads_back(tmp_path, ending):
    path = tmp_path / f"t.{ending}"
    for _ in range(2):  # the second replaces the first
        write_table(path, COLUMNS)
    assert READ[ending](path).rows() == [("ann", 1, 0.5), ("bób, jr", 2, -1.25)]
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_other_endings_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"cannot write t\.xlsx, expected a name that ends in \.csv, \.tsv"):
        write_table(tmp_path / "t.xlsx", COLUMNS)


def test_a_missing_folder_is_said_so():
    with pytest.raises(InputError, match="there is no folder nowhere"):
        check_table_path(Path("nowhere") / "t.csv")
