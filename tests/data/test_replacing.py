"""A file is replaced in one step or not at all."""

import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from foretaste.data.ratings import Ratings
from foretaste.data.replacing import is_folder, replacing
from foretaste.data.tables import write_table
from foretaste.data.writers import write_ratings
from foretaste.errors import InputError


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "parquet"])
def test_a_new_file_gets_the_rights_of_any_new_file(tmp_path: Path, ending: str) -> None:
    before = os.umask(0o027)
    try:
        path = write_ratings(Ratings.from_arrays([1], [2]), tmp_path / f"r.{ending}")
        write_table(tmp_path / "t.csv", {"a": np.array([1])})
    finally:
        os.umask(before)
    assert [p.stat().st_mode & 0o777 for p in (path, tmp_path / "t.csv")] == [0o640, 0o640]


def written(path: Path, what: str) -> None:
    if what == "ratings":
        write_ratings(Ratings.from_arrays([1], [2]), path)
    else:
        write_table(path, {"a": np.array([1])})


@pytest.mark.parametrize("what", ["ratings", "table"])
def test_what_cannot_be_written_is_said_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(InputError, match=r"cannot write folder.csv: it is a folder, expected a file") as caught:
        written(tmp_path / "folder.csv", what)
    assert caught.value.hint == "give the name of a file"
    with pytest.raises(InputError, match=r"cannot write x{60}\.\.\.: File name too long") as caught:
        written(tmp_path / f"{'x' * 300}.csv", what)
    assert caught.value.hint == "choose another name or folder, or make room"

    def refuse(self: pl.DataFrame, *args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pl.DataFrame, "write_csv", refuse)
    (tmp_path / "r.csv").write_text("old")
    with pytest.raises(InputError, match=r"cannot write r.csv: No space left on device"):
        written(tmp_path / "r.csv", what)
    assert (tmp_path / "r.csv").read_text() == "old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["folder.csv", "r.csv"]


def test_a_folder_that_takes_no_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, mode: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InputError, match=r"cannot write r.csv: Permission denied"), replacing(tmp_path / "r.csv"):
        pass


def test_a_folder_or_not(tmp_path: Path) -> None:
    assert is_folder(tmp_path)
    assert not is_folder(tmp_path / "none")
    assert not is_folder(tmp_path / ("x" * 300))
