"""Columns become a file."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from foretaste.data.tables import check_table_path, write_pieces, write_table
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
    with pytest.raises(InputError, match=r"cannot write t\.xlsx, expected a name that ends in \.csv, \.tsv") as caught:
        write_table(tmp_path / "t.xlsx", COLUMNS)
    assert caught.value.hint == "for example t.csv"


def test_a_missing_folder_is_said_so():
    with pytest.raises(InputError, match="there is no folder nowhere\nhint: make it first"):
        check_table_path(Path("nowhere") / "t.csv")


@pytest.mark.parametrize("ending", READ)
@pytest.mark.parametrize("at_once", [1, 3, 100])
def test_pieces_make_the_file_that_the_whole_makes(tmp_path, monkeypatch, ending, at_once):
    monkeypatch.setattr("foretaste.data.tables.LINES", at_once)
    whole, path = tmp_path / f"whole.{ending}", tmp_path / f"[x]*.{ending}"  # brackets are no pattern
    cuts = [slice(0, 0), slice(0, 2), slice(0, 1), slice(0, 0), slice(1, 2)]
    write_pieces(path, ({name: values[cut] for name, values in COLUMNS.items()} for cut in cuts))
    write_table(whole, {name: np.concatenate([values[cut] for cut in cuts]) for name, values in COLUMNS.items()})
    found = (
        pl.read_parquet(path, glob=False)
        if ending == "parquet"
        else {**READ, "tsv": lambda b: pl.read_csv(b, separator="\t")}[ending](path.read_bytes())
    )
    assert found.rows() == [("ann", 1, 0.5), ("bób, jr", 2, -1.25)] * 2
    assert found.equals(READ[ending](whole))
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([path.name, whole.name])


@pytest.mark.parametrize("ending", READ)
def test_a_table_without_lines_keeps_its_columns(tmp_path, ending):
    write_pieces(tmp_path / f"t.{ending}", [{name: values[:0] for name, values in COLUMNS.items()}] * 2)
    if ending != "jsonl":  # lines are all that it has
        assert READ[ending](tmp_path / f"t.{ending}").columns == list(COLUMNS)


@pytest.mark.parametrize("ending", READ)
@pytest.mark.parametrize("error", [InputError("a rating is 99"), KeyboardInterrupt()])
def test_an_error_among_the_pieces_leaves_the_file_as_it_was(tmp_path, monkeypatch, ending, error):
    monkeypatch.setattr("foretaste.data.tables.LINES", 1)
    path = tmp_path / f"t.{ending}"
    path.write_text("as it was")

    def pieces():
        yield COLUMNS
        yield COLUMNS
        raise error

    with pytest.raises(type(error)):
        write_pieces(path, pieces())
    assert path.read_text() == "as it was"
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
