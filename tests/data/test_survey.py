"""One pass tells what kind the ids are, whether users ascend, how ratings go and where parts begin."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from foretaste.data.parquet import ParquetRows
from foretaste.data.survey import Survey, survey
from foretaste.errors import DataError


def look(folder: Path, size: int = 2, *, skip_bad: bool = True, **columns: Any) -> Survey:
    pl.DataFrame(columns).write_parquet(folder / "r.parquet")
    return survey(ParquetRows.of(folder / "r.parquet"), size, skip_bad=skip_bad)


@pytest.mark.parametrize(
    ("user", "whole", "ordered"),
    [
        ([1, 1, 2, 10], True, True),
        ([1, 3, 2, 10], True, False),
        ([1, 3, 2, 1], True, False),
        (["1", "2", "10", "11"], True, True),
        (["1", "10", "2", "3"], True, False),
        (["1", "10", "2", "b"], False, True),
        (["a", "b", "c", "10"], False, False),
        ([" 2", "3 ", "4", "5"], True, True),
        (["2", "03", "4", "5"], False, False),
        (["9", "99999999999999999999", "99999999999999999999", "a"], False, True),
    ],
)
def test_kind_and_order_of_users(tmp_path, user, whole, ordered):
    found = look(tmp_path, user=user, item=["x", "1", "2", "3"])
    assert ("user" in found.whole, found.ordered) == (whole, ordered)
    assert "item" not in found.whole
    users = pl.concat(frame["user"] for frame in found.frames(3))
    assert users.dtype == (pl.Int64 if whole else pl.String)
    assert users.is_sorted() == ordered


def test_counts_and_scale(tmp_path):
    found = look(tmp_path, user=[1, None, 3, 4, 5], item=[1, 2, 3, 4, 5], rating=[2.0, 9.0, None, 3.5, 0.5])
    assert (found.total, found.bad, found.scale) == (5, 2, (0.5, 3.5))
    assert [frame.height for frame in found.frames(2)] == [1, 1, 1]
    with pytest.raises(DataError, match=r"r.parquet row 3: rating is missing"):
        look(tmp_path, skip_bad=False, user=[1, 2, 3], item=[1, 2, 3], rating=[2.0, 9.0, None])


def test_nothing_but_bad_rows(tmp_path):
    found = look(tmp_path, user=pl.Series([None, None], dtype=pl.Int64), item=[1, 2], rating=[1.0, 2.0])
    assert (found.bad, found.ordered, len(found.users)) == (2, True, 0)


@pytest.mark.parametrize(
    ("time", "mixed"), [([20_240_101, 20_240_102], False), ([20_240_101, 5], True), ([5, 20_249_999], False)]
)
def test_times_that_may_be_dates(tmp_path, time, mixed):
    assert look(tmp_path, user=[1, 2], item=[1, 2], time=time).mixed_times == mixed


def test_cuts_divide_the_sampled_rows(tmp_path, monkeypatch):
    monkeypatch.setattr("foretaste.data.survey.SAMPLED", 1)
    found = look(tmp_path, 5, user=[5, 1, 4, 2, 3, 3, 3, 3], item=list(range(8)))
    assert found.cuts(2).to_list() == [3, 4]
    assert found.cuts(8).to_list() == []
