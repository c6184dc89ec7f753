import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foretaste.data.ratings import Ratings
from foretaste.data.readers import ReadOptions, read_ratings
from foretaste.data.writers import write_ratings
from foretaste.errors import InputError

ENDINGS = [".csv", ".tsv", ".csv.gz", ".tsv.gz", ".parquet"]


def three() -> Ratings:
    return Ratings.from_arrays([2, 1, 2], ["b", "a,c", "a,c"], [4.5, -1, 0], [30, 10, 20])


def test_the_text_is_plain(tmp_path: Path) -> None:
    path = write_ratings(three(), tmp_path / "r.csv")
    assert path.read_text() == 'user_id,item_id,rating,timestamp\n2,b,4.5,30\n1,"a,c",-1.0,10\n2,"a,c",0.0,20\n'
    write_ratings(three(), tmp_path / "r.tsv")
    assert (tmp_path / "r.tsv").read_text().splitlines()[2] == "1\ta,c\t-1.0\t10"
    write_ratings(three(), tmp_path / "r.csv.gz")
    assert gzip.decompress((tmp_path / "r.csv.gz").read_bytes()) == path.read_bytes()


def test_events_have_no_rating_column(tmp_path: Path) -> None:
    path = write_ratings(Ratings.from_arrays([1], [2]), tmp_path / "r.csv")
    assert path.read_text() == "user_id,item_id\n1,2\n"
    assert read_ratings(path).log.implicit


@pytest.mark.parametrize("ending", ENDINGS)
def test_equal_ratings_give_equal_bytes_and_replace_what_is_there(tmp_path: Path, ending: str) -> None:
    path = write_ratings(three(), tmp_path / f"r{ending}")
    first = path.read_bytes()
    path.write_bytes(b"old")
    assert write_ratings(three(), str(path)).read_bytes() == first
    assert [found.name for found in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("name", ["r.xlsx", "r.json", "r", "r.parquet.gz", "r.csv.zip"])
def test_other_endings_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=rf"cannot write {name}: expected .csv, .tsv, .csv.gz, .tsv.gz or .parquet"):
        write_ratings(three(), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot write r.csv: there is no folder .*none") as caught:
        write_ratings(three(), tmp_path / "none" / "r.csv")
    assert caught.value.hint == "make it first"


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\x85\u2028\u2029"), max_size=6).map(
    lambda word: f"w{word}".strip()
)
IDS = st.one_of(st.just(st.integers(-(2**63), 2**63 - 1)), st.just(WORDS))


@given(
    st.data(),
    IDS,
    IDS,
    st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1, max_size=8),
    st.booleans(),
    st.sampled_from(ENDINGS),
)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_written_is_read_back(  # type: ignore[no-untyped-def]
    tmp_path: Path, data, users, items, rating: list[float], timed: bool, ending: str
) -> None:
    n = len(rating)
    columns = [data.draw(st.lists(ids, min_size=n, max_size=n)) for ids in (users, items)]
    time = data.draw(st.lists(st.integers(-(10**10), 10**11), min_size=n, max_size=n)) if timed else None
    ratings = Ratings.from_arrays(*columns, rating, time)
    back = read_ratings(write_ratings(ratings, tmp_path / f"r{ending}"), ReadOptions(duplicates="keep"))
    assert back.user.tolist() == ratings.user.tolist()
    assert back.item.tolist() == ratings.item.tolist()
    assert np.array_equal(back.rating, ratings.rating)
    assert (back.time is None) == (time is None)
    assert back.time is None or back.time.tolist() == time
    assert back.fingerprint() == ratings.fingerprint()
