"""foretaste recommend: from a bundle alone, for one person or a file of them."""

import csv
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from foretaste import Bundle, read_ratings


def test_by_id_and_by_title(say, bundle):
    loaded = Bundle.load(bundle)
    title = loaded.catalog.title(5)
    by_title = say("recommend", bundle, "--rate", f"{title}=5", "--rate", "3=1", "-k", 4, "--json").json()
    item_id = int(loaded.catalog.item_ids[5])
    by_id = say("recommend", bundle, "-r", f"{item_id}=5", "-r", "3=1", "-k", 4, "--json").json()
    assert by_title == by_id
    assert len(by_id["items"]) == 4
    assert not {item_id, 3} & {item["item_id"] for item in by_id["items"]}


def test_the_table_names_items(say, bundle):
    said = say("recommend", bundle, "--rate", "3=5", "-k", 2)
    assert said.code == 0
    assert "predicted" in said.out
    assert "rated by" in said.out


def test_a_user_of_a_file_gets_what_their_ratings_typed_in_would_get(say, bundle, world):
    ratings = read_ratings(world)
    mine = ratings.user == 7
    typed = [f"--rate={i}={r}" for i, r in zip(ratings.item[mine], ratings.rating[mine], strict=True)]
    assert say("recommend", bundle, *typed, "--json").json() == (
        say("recommend", bundle, "--data", world, "--user", 7, "--json").json()
    )


@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl"])
def test_everyone_in_a_file_gets_a_list(say, bundle, world, tmp_path, ending):
    out = tmp_path / f"lists.{ending}"
    said = say("recommend", bundle, "--data", world, "--out", out, "-k", 3)
    assert said.code == 0, said.err
    frame = {"csv": pl.read_csv, "parquet": pl.read_parquet, "jsonl": pl.read_ndjson}[ending](out)
    assert frame.height == 60 * 3
    seen = set(zip(*(column.tolist() for column in (read_ratings(world).user, read_ratings(world).item)), strict=True))
    assert not seen & set(frame.select("user_id", "item_id").rows())
    one = say("recommend", bundle, "--data", world, "--user", 9, "-k", 3, "--json").json()["items"]
    assert frame.filter(pl.col("user_id") == 9)["item_id"].to_list() == [item["item_id"] for item in one]


def test_string_ids_and_unknown_items_pass_through(say, bundle, tmp_path):
    path = tmp_path / "people.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("user", "item", "rating"), ("ann", 3, 5), ("bob", 999, 4), ("bob", 4, 2)])
    said = say("recommend", bundle, "--data", path, "--out", tmp_path / "o.csv", "-k", 1)
    assert "1 rating of unknown items ignored" in said.err
    assert pl.read_csv(tmp_path / "o.csv")["user_id"].to_list() == ["ann", "bob"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["--rate", "3=99"],
            "expected 0.5 to 5\nhint: give it on the scale of the data that the bundle was trained from",
        ),
        (["--rate", "3=nan"], "is nan, expected 0.5 to 5\nhint: give it on the scale"),
        (["--rate", "No Such Film=3"], 'no item is called "No Such Film"'),
        (["--rate", "3=4", "--rate", "3=5"], '"3" is rated twice'),
        ([], "nobody is named"),
        (["--rate", "3=4", "--user", "1"], "--rate and --data are both given"),
        (["--out", "x.csv"], "--out writes lists for everyone in --data"),
        (["--data", "WORLD", "--out", "x.xlsx"], "cannot write x.xlsx, expected a name that ends in .csv"),
        (["--data", "WORLD", "--out", "nowhere/x.csv"], "there is no folder nowhere"),
        (["--data", "WORLD", "--user", "nobody"], "the data have no user nobody"),
    ],
)
def test_what_cannot_be_answered_is_said_in_words(say, bundle, world, arguments, words):
    said = say("recommend", bundle, *[str(world) if a == "WORLD" else a for a in arguments])
    assert said.code == 2
    assert words in said.err


READING = [
    ("columns.csv", "who,what,stars,extra\nann,3,5,x\nann,4,2,y\n", ["--columns", "user=who,item=what,rating=stars"]),
    ("tilde.csv", "user~item~rating\nann~3~5\nann~4~2\n", ["--separator", "~"]),
    ("bad.csv", "user,item,rating\nann,3,5\nann,5,abc\nann,4,2\n", ["--bad-rows", "skip"]),
    ("twice.csv", "user,item,rating\nann,3,5\nann,4,4\nann,4,2\n", ["--duplicates", "last"]),
]


@pytest.mark.parametrize(("name", "text", "options"), READING)
def test_data_are_read_as_the_options_say(say, bundle, tmp_path, name, text, options):
    (tmp_path / name).write_text(text)
    said = say("recommend", bundle, "--data", tmp_path / name, "--user", "ann", *options, "--json")
    assert said.code == 0, said.err
    assert said.json() == say("recommend", bundle, "--rate", "3=5", "--rate", "4=2", "--json").json()


def test_events_are_told_to_be_no_ratings(say, bundle, tmp_path):
    (tmp_path / "events.csv").write_text("user,item\n1,2\n1,3\n")
    said = say("recommend", bundle, "--data", tmp_path / "events.csv", "--out", tmp_path / "o.csv", "-k", 1)
    assert said.code == 0
    assert "events.csv has no rating column: every row counts as a rating of 1" in said.err


def test_a_guess_is_told(say, bundle):
    title = Bundle.load(bundle).catalog.title(5)
    said = say("recommend", bundle, "--rate", f"{title.lower()}=5", "--json")
    assert said.err == f'"{title.lower()}" is {title}\n'


def test_the_lists_are_not_written_over_a_folder(say, bundle, world, tmp_path):
    (tmp_path / "dir.csv").mkdir()
    said = say("recommend", bundle, "--data", world, "--out", tmp_path / "dir.csv")
    assert said.code == 2
    assert "dir.csv: it is a folder\nhint: give the name of a file" in said.err
    assert [p.name for p in tmp_path.iterdir()] == ["dir.csv"]


def test_a_list_longer_than_the_catalogue_ends_with_it(say, bundle, world, tmp_path):
    assert say("recommend", bundle, "--data", world, "--out", tmp_path / "o.csv", "-k", 1000).code == 0
    assert pl.read_csv(tmp_path / "o.csv").height == 60 * 40 - 900


def test_a_missing_bundle_says_how_to_make_one(say, tmp_path):
    said = say("recommend", tmp_path / "absent", "--rate", "1=2")
    assert said.code == 2
    assert "there is no bundle at" in said.err
    assert "foretaste train" in said.err


@pytest.fixture
def people(world, tmp_path):
    """The world's ratings as Parquet, users mixed, some items unknown, some pairs twice."""
    ratings = read_ratings(world)
    frame = pl.DataFrame({"user": ratings.user, "item": ratings.item, "rating": ratings.rating})
    more = frame.sample(90, seed=1).with_columns(pl.lit(9999).alias("item") + pl.int_range(90))
    again = frame.sample(40, seed=2).with_columns(rating=pl.lit(1.0, dtype=pl.Float32))
    path = tmp_path / "people.parquet"
    pl.concat([frame, more, again]).sample(fraction=1, shuffle=True, seed=3).write_parquet(path, row_group_size=100)
    return path


def in_parts(monkeypatch, rows=80):
    monkeypatch.setattr("foretaste.data.parts.ROWS", rows)
    monkeypatch.setattr("foretaste.data.tables.LINES", 50)


@pytest.mark.parametrize("ending", ["csv", "tsv", "parquet", "jsonl"])
@pytest.mark.parametrize("ordered", [False, True])
def test_lists_made_in_parts_are_those_made_at_once(say, bundle, people, tmp_path, monkeypatch, ending, ordered):
    if ordered:
        pl.read_parquet(people).sort("user", maintain_order=True).write_parquet(people, row_group_size=100)
    whole, pieces = tmp_path / f"whole.{ending}", tmp_path / f"pieces.{ending}"
    monkeypatch.setattr("foretaste.bundle.ROWS", 1)  # the last bit of a product depends on the rows beside it
    first = say("recommend", bundle, "--data", people, "--out", whole, "-k", 7)
    in_parts(monkeypatch)
    second = say("recommend", bundle, "--data", people, "--out", pieces, "-k", 7)
    assert (first.code, second.code) == (0, 0)
    assert "60 people, 420 lines" in first.err
    assert "(90 ratings of unknown items ignored)" in first.err
    assert second.err == first.err.replace("whole", "pieces")
    if ending == "parquet":
        assert pl.read_parquet(pieces).equals(pl.read_parquet(whole))
    else:
        assert pieces.read_bytes() == whole.read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir() if p.name != "cache") == sorted(
        ["people.parquet", whole.name, pieces.name]
    )


def test_what_is_outside_the_scale_is_said_before_a_list_is_made(say, bundle, people, tmp_path, monkeypatch):
    frame = pl.read_parquet(people)
    row, rating = pl.int_range(pl.len()), pl.col("rating")
    frame.with_columns(rating=pl.when(row == 500).then(99).when(row == 700).then(77).otherwise(rating)).write_parquet(
        people
    )
    arguments = ["recommend", bundle, "--data", people, "--out", tmp_path / "o.csv"]
    whole = say(*arguments)
    in_parts(monkeypatch)
    monkeypatch.setattr(Bundle, "rank_many", None)
    pieces = say(*arguments)
    assert (whole.code, whole.err) == (pieces.code, pieces.err) == (2, whole.err)
    assert "a rating of the file is 99, expected 0.5 to 5" in whole.err
    assert not (tmp_path / "o.csv").exists()


def test_a_rating_that_a_later_one_replaces_does_not_count(say, bundle, tmp_path, monkeypatch):
    frame = pl.DataFrame({"user": [1, 2, 3, 1], "item": [3, 4, 5, 3], "rating": [99.0, 4.0, 4.0, 5.0]})
    frame.write_parquet(tmp_path / "p.parquet")
    in_parts(monkeypatch, rows=2)
    said = say("recommend", bundle, "--data", tmp_path / "p.parquet", "--out", tmp_path / "o.csv", "-k", 1)
    assert said.code == 0, said.err
    assert pl.read_csv(tmp_path / "o.csv")["user_id"].to_list() == [1, 2, 3]


def test_stopped_half_way_nothing_is_left(say, bundle, people, tmp_path, monkeypatch):
    in_parts(monkeypatch)
    rank_rows, left = Bundle.rank_rows, iter(range(5))

    def interrupted(self, X, k):
        if next(left, None) is None:
            raise KeyboardInterrupt
        return rank_rows(self, X, k)

    monkeypatch.setattr(Bundle, "rank_rows", interrupted)
    said = say("recommend", bundle, "--data", people, "--out", tmp_path / "o.parquet")
    assert said.code == 130
    assert [p.name for p in tmp_path.iterdir() if p.name != "cache"] == ["people.parquet"]


def test_events_are_told_of_in_parts_too(say, bundle, tmp_path, monkeypatch):
    in_parts(monkeypatch, rows=2)
    pl.DataFrame({"user": np.arange(5), "item": np.arange(5)}).write_parquet(tmp_path / "e.parquet")
    said = say("recommend", bundle, "--data", tmp_path / "e.parquet", "--out", tmp_path / "o.csv", "-k", 1)
    assert said.code == 0, said.err
    assert said.err.count("e.parquet has no rating column: every row counts as a rating of 1") == 1


def test_a_file_without_rows_is_refused(say, bundle, tmp_path):
    pl.DataFrame({"user": pl.Series([], dtype=pl.Int64), "item": pl.Series([], dtype=pl.Int64)}).write_parquet(
        tmp_path / "e.parquet"
    )
    said = say("recommend", bundle, "--data", tmp_path / "e.parquet", "--out", tmp_path / "o.csv")
    assert said.code == 2
    assert "e.parquet has columns but no ratings" in said.err
    assert not (tmp_path / "o.csv").exists()


# What is sure.


def test_sure_sorts_by_the_lower_end_and_shows_the_interval(say, bundle):
    rated = ("--rate", "3=5", "--rate", "9=1")
    usual = say("recommend", bundle, *rated, "-k", 38, "--json").json()
    told = say("recommend", bundle, *rated, "-k", 38, "--sure", "--json").json()
    assert (usual["level"], told["level"]) == (None, 0.8)
    assert all((item["low"], item["high"]) == (None, None) for item in usual["items"])
    lows = [item["low"] for item in told["items"]]
    assert lows == sorted(lows, reverse=True)
    assert all(item["low"] <= item["predicted"] <= item["high"] for item in told["items"])
    assert {item["item_id"] for item in told["items"]} == {item["item_id"] for item in usual["items"]}
    expected = Bundle.load(bundle).recommend({3: 5.0, 9: 1.0}, 38, sure=True)
    assert [item["item_id"] for item in told["items"]] == [line.item_id for line in expected.items]


def test_a_level_shows_intervals_and_leaves_the_order_alone(say, bundle):
    usual = say("recommend", bundle, "--rate", "3=5", "--json").json()["items"]
    told = say("recommend", bundle, "--rate", "3=5", "--level", "0.6", "--json").json()
    assert told["level"] == 0.6
    assert [item | {"low": None, "high": None} for item in told["items"]] == usual


def test_the_table_has_a_column_of_intervals_and_says_what_they_are(say, bundle):
    plain = say("recommend", bundle, "--rate", "3=5", "-k", 2)
    sure = say("recommend", bundle, "--rate", "3=5", "-k", 2, "--sure")
    between = say("recommend", bundle, "--rate", "3=5", "-k", 2, "--level", "0.65")
    assert "%" not in plain.out
    assert "80 %" in sure.out
    assert "65 %" in between.out
    note = "of ratings that people give, about so many lie in their interval."
    assert sure.out.endswith(f"Sorted by the lower end of the interval. 80 %: {note}\n")
    assert between.out.endswith(f"\n65 %: {note}\n")
    first = Bundle.load(bundle).recommend({3: 5.0}, 1, sure=True).items[0]
    assert f"{first.low:.2f} to {first.high:.2f}" in sure.out


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_lists_for_everyone_have_intervals_too(say, bundle, world, tmp_path, ending):
    out = tmp_path / f"lists.{ending}"
    said = say("recommend", bundle, "--data", world, "--out", out, "-k", 3, "--sure", "--level", "0.7")
    assert said.code == 0, said.err
    frame = (pl.read_csv if ending == "csv" else pl.read_parquet)(out)
    assert frame.columns == ["user_id", "rank", "item_id", "predicted", "low", "high", "score"]
    one = say("recommend", bundle, "--data", world, "--user", 9, "-k", 3, "--sure", "--level", "0.7", "--json").json()
    rows = frame.filter(pl.col("user_id") == 9)
    assert rows["item_id"].to_list() == [item["item_id"] for item in one["items"]]
    for name in ("low", "high", "predicted"):
        assert rows[name].to_list() == pytest.approx([item[name] for item in one["items"]], abs=1e-4)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--level", "0.2"], "level is 0.2, expected 0.5 to 0.99\nhint: for example 0.8 for 80 %"),
        (["--level", "0.99"], "an interval of 99 % takes 99 ratings to calibrate on, there were "),
    ],
)
def test_a_level_that_is_not_to_be_had_is_said_before_anything_is_read(say, bundle, tmp_path, options, words):
    for asked in (["--rate", "3=5"], ["--data", tmp_path / "absent.csv", "--out", tmp_path / "o.csv"]):
        said = say("recommend", bundle, *asked, *options)
        assert said.code == 2
        assert words in said.err


def test_without_a_calibration_sure_says_what_to_do(say, bundle, tmp_path):
    older = replace(Bundle.load(bundle), calibration=None).save(tmp_path / "older")
    said = say("recommend", older, "--rate", "3=5", "--sure")
    assert said.code == 2
    assert "the bundle has no calibration, so there are no intervals\nhint: train it again" in said.err
    assert say("recommend", older, "--rate", "3=5").code == 0


def test_lists_for_a_file_of_strange_items_come_with_a_warning(say, bundle, tmp_path):
    (tmp_path / "far.csv").write_text("user,item,rating\nann,x1,3\nann,x2,3\n")
    said = say(
        "recommend", bundle, "--data", tmp_path / "far.csv", "--out", tmp_path / "lists.csv", "-k", "3", "--quiet"
    )
    assert said.code == 0, said.err
    assert "1 person, 3 lines: " in said.err
    assert "(2 ratings of unknown items ignored)" in said.err
    assert (
        "warning: of 2 ratings none is of an item that the bundle knows: everybody gets the list of somebody"
        in said.err
    )
