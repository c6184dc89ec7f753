"""foretaste data: synth, describe, convert, fetch."""

import json

from foretaste import read_data, read_ratings


def test_synth_writes_a_folder_that_reads_back_with_its_truth(world):
    ratings, catalog = read_data(world)
    assert len(ratings) == 900
    assert catalog.titles is not None
    assert all(catalog.titles)
    assert catalog.genres is not None
    assert 0.4 < json.loads((world / "truth.json").read_text())["floor_rmse"] < 1.0


def test_synth_does_not_overwrite(say, world):
    said = say("data", "synth", world)
    assert said.code == 2
    assert "exists already and is not an empty folder" in said.err


def test_synth_can_speak_json(say, tmp_path):
    said = say("data", "synth", tmp_path / "w", "--users", 20, "--items", 15, "--ratings", 100, "--json")
    assert said.json()["ratings"] == 100


def test_the_truth_tells_what_is_in_the_file(say, tmp_path):
    """Five ratings cannot be of ten users and a hundred items."""
    said = say("data", "synth", tmp_path / "w", "--users", 10, "--items", 100, "--ratings", 5)
    assert said.code == 0, said.err
    truth, ratings = json.loads((tmp_path / "w" / "truth.json").read_text()), read_ratings(tmp_path / "w")
    assert (truth["users"], truth["items"], truth["ratings"]) == (ratings.n_users, ratings.n_items, len(ratings))
    assert truth["users"] <= 5


def test_places_that_cannot_be_written_are_refused_in_words(say, world, tmp_path):
    (tmp_path / "file").write_text("x")
    (tmp_path / "dir.csv").mkdir()
    said = say("data", "synth", tmp_path / "file" / "w")
    assert (said.code, "file is not a folder" in said.err) == (2, True)
    said = say("data", "convert", world, tmp_path / "dir.csv")
    assert (said.code, "dir.csv: it is a folder" in said.err) == (2, True)
    said = say("data", "convert", world, tmp_path / ("n" * 252 + ".csv"))
    assert (said.code, "file name too long" in said.err) == (2, True)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["dir.csv", "file"]


def test_titles_are_printed_as_they_are(say, tmp_path):
    rows = [("[/b] Closing (2001)", 1), ("[rec] (2007)", 2), (":smile:", 3)]
    films = "".join(f"{item},{title},Drama\n" for title, item in rows)
    (tmp_path / "movies.csv").write_text("movieId,title,genres\n" + films)
    (tmp_path / "ratings.csv").write_text("userId,movieId,rating\n1,1,3\n1,2,4\n1,3,5\n")
    said = say("data", "describe", tmp_path)
    assert said.code == 0
    assert all(title in said.out for title, _ in rows)
    (tmp_path / "[bold].csv").write_text("user,item,rating\n1,1,3\n")
    assert "source: [bold].csv" in say("data", "describe", tmp_path / "[bold].csv").out


def test_an_impossible_world_is_refused(say, tmp_path):
    said = say("data", "synth", tmp_path / "w", "--users", 2, "--items", 2, "--ratings", 5)
    assert said.code == 2
    assert not (tmp_path / "w").exists()


def test_describe_counts(say, world):
    facts = say("data", "describe", world, "--json").json()
    assert (facts["users"], facts["items"], facts["ratings"]) == (60, 40, 900)
    assert "60 users x 40 items" in say("data", "describe", world).out


def test_a_description_is_words_and_no_brackets_of_a_program(say, world, tmp_path):
    facts = say("data", "describe", world, "--json").json()
    lines = say("data", "describe", world).out.splitlines()[1:]
    assert not any(mark in "".join(lines) for mark in "[]{}")
    told = dict(line.strip().split(": ", 1) for line in lines)
    assert list(told) == [name.replace("_", " ") for name in facts]
    assert (told["scale"], told["implicit"], told["steps"]) == ("0.5 to 5", "no", "none")
    assert told["values"].startswith(f"{facts['values']['0.5']} x 0.5; ")
    assert told["most rated"].startswith(f"{facts['most_rated'][0][1]} x {facts['most_rated'][0][0]}; ")
    (tmp_path / "clicks.csv").write_text("user,item\n1,1\n1,2\n")
    out = say("data", "describe", tmp_path / "clicks.csv").out
    assert all(words in out for words in ("implicit: yes", "dates: none", "per user: 2 to 2, quartiles 2, 2, 2"))


def test_convert_keeps_every_rating(say, world, tmp_path):
    for name in ("r.parquet", "r.tsv", "r.csv.gz"):
        said = say("data", "convert", world, tmp_path / name)
        assert said.code == 0, said.err
        assert "900 ratings" in said.err
        assert read_ratings(tmp_path / name).rating.sum() == read_ratings(world).rating.sum()


def test_bad_rows_stop_with_line_and_value_or_are_counted(say, tmp_path):
    path = tmp_path / "r.csv"
    path.write_text("userId,movieId,rating\n1,2,3\n1,3,abc\n2,2,4\n")
    said = say("data", "describe", path)
    assert said.code == 2
    assert 'r.csv line 3: rating is "abc"' in said.err
    said = say("data", "describe", path, "--bad-rows", "skip", "--json")
    assert said.json()["ratings"] == 2


def test_fetch_finds_a_set_in_foretaste_data(say, world, tmp_path, monkeypatch):
    (tmp_path / "sets").mkdir()
    (tmp_path / "sets" / "ml-latest-small").symlink_to(world)
    monkeypatch.setenv("FORETASTE_DATA", str(tmp_path / "sets"))
    said = say("data", "fetch", "ml-latest-small")
    assert said.code == 0
    assert said.out.strip().endswith("ml-latest-small")


def test_fetch_offers_the_nearest_name(say):
    said = say("data", "fetch", "ml-latest-smal")
    assert said.code == 2
    assert 'did you mean "ml-latest-small"?' in said.err
