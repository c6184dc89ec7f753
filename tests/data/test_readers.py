import csv
import gzip
import logging
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from foretaste.data import cache, readers
from foretaste.data.ratings import Ratings
from foretaste.data.readers import ReadOptions, find_items, first_bad_rows, read_data, read_ratings
from foretaste.data.writers import write_ratings
from foretaste.errors import DataError, ForetasteError, InputError, NotFoundError

Put = Callable[[str, str | bytes], Path]
ROWS = [(1, 31, 2.5, 1260759144), (1, 1029, 3.0, 1260759179), (7, 31, 3.0, 851868750), (15, 1, 2.0, 997938310)]


def rows(ratings: Ratings) -> list[tuple[object, ...]]:
    columns = [ratings.user, ratings.item, ratings.rating]
    return list(
        zip(
            *[column.tolist() for column in columns], [] if ratings.time is None else ratings.time.tolist(), strict=True
        )
    )


def text(separator: str, header: str = "") -> str:
    return header + "".join(separator.join(map(str, row)) + "\n" for row in ROWS)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("ratings.csv", text(",", "userId,movieId,rating,timestamp\n")),
        ("r.tsv", text("\t", "user_id\titem_id\trating\ttimestamp\n")),
        ("ratings.dat", text("::")),
        ("r.txt", text("|")),
        ("r.csv", text(";", "User;Item;Score;Date\n")),
        ("u.data", text("\t")),
        ("r.data", text("   ")),
        ("crlf.csv", text(",", "userId,movieId,rating,timestamp\n").replace("\n", "\r\n")),
        ("bom.csv", "\ufeff" + text(",", "userId,movieId,rating,timestamp\n")),
        ("r.csv.gz", gzip.compress(text(",", "userId,movieId,rating,timestamp\n").encode(), mtime=0)),
        ("ratings.dat.gz", gzip.compress(text("::").encode(), mtime=0)),
    ],
)
def test_every_format_gives_the_same_table(put: Put, name: str, content: str | bytes) -> None:
    ratings = read_ratings(put(name, content))
    assert rows(ratings) == ROWS
    assert ratings.user_ids.dtype == np.int64
    assert (ratings.log.source, ratings.log.rows_read, ratings.log.implicit) == (name, 4, False)


def test_parquet_gives_the_same_table(put: Put, tmp_path: Path) -> None:
    path = write_ratings(read_ratings(put("u.data", text("\t"))), tmp_path / "r.parquet")
    assert rows(read_ratings(path)) == ROWS


def test_a_file_shaped_like_movielens_agrees_with_a_plain_loop(put: Put) -> None:
    rng = np.random.default_rng(5)
    lines = ["userId,movieId,rating,timestamp"]
    pairs = sorted({(int(u), int(i)) for u, i in rng.integers(1, 200, (3000, 2))})
    lines += [f"{u},{i},{rng.integers(1, 11) / 2},{rng.integers(8e8, 15e8)}" for u, i in pairs]
    path = put("ratings.csv", "\n".join(lines) + "\n")
    with path.open(newline="") as stream:
        loop = [
            (int(row["userId"]), int(row["movieId"]), float(row["rating"]), int(row["timestamp"]))
            for row in csv.DictReader(stream)
        ]
    assert rows(read_ratings(path)) == loop


def test_one_user_and_zero_and_negative_scales(put: Put) -> None:
    ratings = read_ratings(put("jester.csv", "user,joke,rating\n1,1,-9.5\n1,2,0\n1,3,10\n"))
    assert (ratings.n_users, ratings.scale) == (1, (-9.5, 10.0))
    assert ratings.rating.tolist() == [-9.5, 0.0, 10.0]


def test_ids_stay_what_they_are_to_the_last_row(put: Put) -> None:
    many = "".join(f"{n},{n}\n" for n in range(50_000))
    ratings = read_ratings(put("r.csv", f"user,item\n{many}007,x9\n"))
    assert ratings.user_ids.dtype == object
    assert ratings.user[-1] == "007"
    assert read_ratings(put("s.csv", f"user,item\n{many}")).user_ids.dtype == np.int64


def test_events_count_as_one(put: Put) -> None:
    ratings = read_ratings(put("events.csv", "user,item\nann,1\nbob,1\n"))
    assert ratings.log.implicit
    assert ratings.rating.tolist() == [1.0, 1.0]
    assert ratings.time is None
    dropped = read_ratings(put("r.csv", "user,item,rating\n1,2,5\n"), ReadOptions(columns={"rating": ""}))
    assert dropped.log.implicit


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("train.csv", "uid,sid\n0,12\n0,7\n1,12\n"),
        ("u.inter", "user_id:token\titem_id:token\n0\t12\n0\t7\n1\t12\n"),
        ("t.inter", "user_id:token\titem_id:token\ttimestamp:float\n0\t12\t978300760\n0\t7\t978300761\n1\t12\t9.8e8\n"),
        ("pairs.txt", "0 12\n0 7\n1 12\n"),
        ("pairs.csv", "0,12\n0,7\n1,12\n"),
        ("pairs.dat", "0::12\n0::7\n1::12\n"),
        ("times.csv", "0,12,978300760\n0,7,978300761\n1,12,978300762\n"),
        ("times.txt", "0 12 978300760\n0 7 978300761\n1 12 978300762\n"),
    ],
)
def test_clicks_are_clicks_in_every_form(put: Put, caplog: pytest.LogCaptureFixture, name: str, content: str) -> None:
    ratings = read_ratings(put(name, content))
    assert list(zip(ratings.user.tolist(), ratings.item.tolist(), strict=True)) == [(0, 12), (0, 7), (1, 12)]
    assert (ratings.rating.tolist(), ratings.log.implicit, ratings.log.form) == ([1, 1, 1], True, "table")
    assert (ratings.time is None) == (name not in {"t.inter", "times.csv", "times.txt"})
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_columns_and_separator_can_be_named(put: Put) -> None:
    path = put("r.csv", "who~what~much\n1~2~5\n")
    ratings = read_ratings(path, ReadOptions(columns={"user": "who", "item": "what", "rating": "much"}, separator="~"))
    assert (ratings.user.tolist(), ratings.item.tolist(), ratings.rating.tolist()) == ([1], [2], [5.0])


def test_bad_rows(put: Put, caplog: pytest.LogCaptureFixture) -> None:
    path = put("ratings.csv", "userId,movieId,rating\n1,2,3\n1,3,abc\n1,4\n")
    with pytest.raises(DataError) as caught:
        read_ratings(path)
    assert str(caught.value) == (
        'ratings.csv line 3: rating is "abc", expected a number\n'
        "hint: name the rating column with --columns rating=stars, or leave bad rows out with --bad-rows skip"
    )
    with caplog.at_level(logging.WARNING, "foretaste"):
        ratings = read_ratings(path, ReadOptions(bad_rows="skip"))
    assert (ratings.log.rows_read, ratings.log.rows_bad, len(ratings)) == (3, 2, 1)
    assert caplog.messages == ["ratings.csv: 2 bad rows left out"]
    with pytest.raises(DataError, match=r"r.csv: all 1 rows are bad, so no ratings are left"):
        read_ratings(put("r.csv", "user,item,rating\n1,2,x\n"), ReadOptions(bad_rows="skip"))


def test_the_first_bad_rows_of_every_kind_of_file(put: Put, tmp_path: Path) -> None:
    path = put("r.csv", "user,item,stars\na,x,4\na,y,no\nb,y,nan\n")
    assert first_bad_rows(path) == (
        'line 3: rating (column "stars") is "no", expected a number',
        'line 4: rating (column "stars") is "nan", expected a finite number',
    )
    assert first_bad_rows(path, most=1) == first_bad_rows(path)[:1]
    assert first_bad_rows(put("good.csv", "user,item,rating\na,x,4\n")) == ()
    pl.DataFrame({"user": ["a", None], "item": ["x", "y"], "rating": [4.0, 5.0]}).write_parquet(tmp_path / "r.parquet")
    (only,) = first_bad_rows(tmp_path / "r.parquet")
    assert "row 2" in only
    lists = put(
        "lists.txt", "".join(f"{user} {' '.join(map(str, range(user)))}\n" for user in range(2, 12)) + "99 1 2 x\n"
    )
    (only,) = first_bad_rows(lists)
    assert "line 11" in only


def test_the_films_file_of_a_folder(put: Put, tmp_path: Path) -> None:
    put("ratings.csv", "userId,movieId,rating\n1,2,3\n")
    assert find_items(tmp_path) is None
    films = put("movies.csv", "movieId,title,genres\n2,Heat,\n")
    assert find_items(tmp_path) == find_items(tmp_path / "ratings.csv") == films


def test_repeated_pairs_keep_the_last_by_time(put: Put) -> None:
    path = put("r.csv", "user,item,rating,time\n1,2,5,200\n1,2,3,100\n2,2,1,50\n")
    ratings = read_ratings(path)
    assert rows(ratings) == [(1, 2, 5.0, 200), (2, 2, 1.0, 50)]
    assert (ratings.log.duplicates, ratings.log.duplicate_policy) == (1, "last")
    assert rows(read_ratings(path, ReadOptions(duplicates="mean")))[0] == (1, 2, 4.0, 200)
    with pytest.raises(DataError, match=r"r.csv: user 1 rated item 2 more than once \(3, then 5\); 1 row too many"):
        read_ratings(path, ReadOptions(duplicates="error"))


def test_unknown_options_offer_the_nearest() -> None:
    with pytest.raises(InputError, match=r'bad_rows is "skp", which is not known') as caught:
        ReadOptions(bad_rows="skp")  # type: ignore[arg-type]
    assert caught.value.hint == 'did you mean "skip"?'
    with pytest.raises(InputError, match=r'duplicates is "avg", which is not known'):
        ReadOptions(duplicates="avg")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ratings_name", "ratings_text", "items_name", "items_text"),
    [
        ("ratings.csv", text(",", "userId,movieId,rating,timestamp\n"), "movies.csv",
         "movieId,title,genres\n31,Dangerous Minds (1995),Drama\n1029,Dumbo (1941),Animation|Drama\n"),
        ("ratings.dat", text("::"), "movies.dat", "31::Dangerous Minds (1995)::Drama\n1029::Dumbo (1941)::Animation|Drama\n"),
        ("u.data", text("\t"), "u.item",
         "31|Dangerous Minds (1995)|||" + "|0" * 8 + "|1" + "|0" * 10 + "\n"
         "1029|Dumbo (1941)|||" + "|0" * 3 + "|1" + "|0" * 4 + "|1" + "|0" * 10 + "\n"),
    ],
)  # fmt: skip
def test_movielens_folders(put: Put, ratings_name: str, ratings_text: str, items_name: str, items_text: str) -> None:
    path = put(f"ml/{ratings_name}", ratings_text)
    put(f"ml/{items_name}", items_text)
    for place in (path.parent, path):
        ratings, catalog = read_data(place)
        assert rows(ratings) == ROWS
        assert catalog.item_ids.tolist() == [1, 31, 1029]
        assert catalog.titles == ("", "Dangerous Minds (1995)", "Dumbo (1941)")
    assert rows(read_ratings(str(path.parent))) == ROWS
    assert catalog.genres == ((), ("Drama",), ("Animation", "Drama"))


def test_a_plain_file_has_a_catalogue_of_ids(put: Put) -> None:
    ratings, catalog = read_data(put("mine.csv", "user,item\n1,b\n1,a\n"))
    assert catalog.item_ids.tolist() == ["a", "b"]
    assert (catalog.titles, catalog.genres) == (None, None)
    assert ratings.n_items == len(catalog)
    assert read_data(put("alone/ratings.csv", "user,item\n1,b\n").parent)[1].titles is None


def test_a_folder_without_ratings(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"folder .* holds no ratings: expected u.data, ratings.dat, ratings.csv or"):
        read_data(tmp_path)
    with pytest.raises(NotFoundError, match=r"there is no file"):
        read_data(tmp_path / "none")


@pytest.mark.parametrize("name", ["u1.base", "ua.test"])
def test_a_fold_of_the_100k_set_has_its_titles(put: Put, name: str) -> None:
    put("ml/u.item", "31|Dangerous Minds (1995)|||" + "|0" * 19 + "\n")
    _, catalog = read_data(put(f"ml/{name}", text("\t")))
    assert catalog.titles == ("", "Dangerous Minds (1995)", "")


def test_a_file_without_a_rating_column_says_so(put: Put, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = put("r.csv", "user,item,liked,note\n1,2,5,x\n")
    assert read_ratings(path).log.implicit
    pl.DataFrame({"user": [1], "item": [2], "liked": [3]}).write_parquet(tmp_path / "r.parquet")
    read_ratings(tmp_path / "r.parquet")
    hint = "(hint: name it with --columns rating=NAME, or say that there is none with --columns rating=)"
    assert caplog.messages == [
        f"r.csv has no rating column among liked, note; every row counts as 1 {hint}",
        f"r.parquet has no rating column among liked; every row counts as 1 {hint}",
    ]
    caplog.clear()
    read_ratings(path, ReadOptions(columns={"rating": ""}))
    read_ratings(put("s.csv", "user,item,time\n1,2,5\n"))
    assert caplog.messages == []


def test_a_file_name_may_be_any_bytes(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"\xffd.csv")
    path.write_text("user,item\n1,2\n")
    ratings = read_ratings(path)
    assert (len(ratings), ratings.log.source) == (1, "\ufffdd.csv")
    parquet = tmp_path / os.fsdecode(b"\xffd[1].parquet")
    parquet.write_bytes(write_ratings(ratings, tmp_path / "r.parquet").read_bytes())
    assert len(read_ratings(parquet)) == 1


def test_a_pipe_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match="is a pipe or a device"):
        read_data(tmp_path / "pipe")
    with pytest.raises(DataError, match="cannot be looked at: File name too long"):
        read_data(tmp_path / ("x" * 300))


@pytest.fixture
def large(put: Put, cache_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(cache, "CACHED_FROM_BYTES", 0)
    return put("r.csv", "user,item,rating\nann,2,3\nbob,2,x\nann,2,4\n")


def test_a_large_file_is_read_once(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = ReadOptions(bad_rows="skip")
    first = read_ratings(large, options)
    monkeypatch.setattr(readers, "look", None)  # nobody looks into the file again
    second = read_ratings(large, options)
    assert second.log == first.log
    assert (second.log.rows_bad, second.log.duplicates) == (1, 1)
    assert second.fingerprint() == first.fingerprint()
    with pytest.raises(TypeError):
        read_ratings(large, ReadOptions(bad_rows="skip", cache=False))
    with pytest.raises(TypeError):
        read_ratings(large, ReadOptions(bad_rows="skip", duplicates="first"))


def test_a_changed_file_is_read_again(large: Path) -> None:
    options = ReadOptions(bad_rows="skip")
    assert len(read_ratings(large, options)) == 1
    large.write_text("user,item,rating\nann,2,3\nbob,2,4\n")
    assert len(read_ratings(large, options)) == 2
    os.utime(large, ns=(1, 1))
    assert len(read_ratings(large, options)) == 2


def test_a_damaged_cache_is_rebuilt_in_silence(large: Path, cache_folder: Path) -> None:
    options = ReadOptions(bad_rows="skip")
    first = read_ratings(large, options)
    for path in cache_folder.rglob("*.parquet"):
        path.write_bytes(b"PAR1")
    assert read_ratings(large, options).fingerprint() == first.fingerprint()
    assert all(path.stat().st_size > 4 for path in cache_folder.rglob("*.parquet"))


HOPELESS = {
    "a.csv": b"",
    "b.csv": b"user,item,rating\n",
    "c.csv": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "d.csv": "user,item\n1,2\n".encode("utf-16"),
    "e.csv": b"1," * 10_000_000,
    "f.csv.gz": b"user,item\n1,2\n",
    "g.csv.gz": gzip.compress(b"user,item\n1,2\n" * 50, mtime=0)[:-9],
    "h.csv": b"word\nword\n",
    "i.xlsx": b"PK",
    "j.json": b"[]",
    "k.zip": b"PK\x03\x04",
    "l.parquet": b"PAR1 and then nothing",
    "m.csv": b"user,item\n1,2\ncaf\xe9,2\n",
    "n.csv": b"user,item\n1,2\n" + b"x," * 3_000_000 + b"\n",
    "o.csv": b'user,item\n1,"2\n' + b"3,4\n" * 100_000,
    "p.csv": random.Random(4).randbytes(1000).replace(b"\0", b"\1"),
    "q.csv": b"\0" * 100_000,
}


@pytest.mark.parametrize("name", HOPELESS)
@pytest.mark.parametrize("bad_rows", ["error", "skip"])
def test_what_is_no_table_ends_in_one_sentence(put: Put, name: str, bad_rows: str) -> None:
    options = ReadOptions(bad_rows=bad_rows)  # type: ignore[arg-type]
    if (name, bad_rows) == ("m.csv", "skip"):
        assert read_ratings(put(name, HOPELESS[name]), options).log.rows_bad == 1
        return
    with pytest.raises(ForetasteError) as caught:
        read_ratings(put(name, HOPELESS[name]), options)
    assert name in caught.value.message
    assert "\n" not in caught.value.message
    assert len(caught.value.message) < 200


def test_reading_loads_neither_torch_nor_numba(put: Put) -> None:
    path = put("r.csv", "user,item\n1,2\n")
    code = (
        "import sys; from foretaste.data.readers import read_data; read_data(sys.argv[1]); "
        "print({'torch', 'numba', 'pandas'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
