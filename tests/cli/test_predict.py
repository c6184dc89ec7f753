"""foretaste predict: chosen items, from a bundle alone."""

from dataclasses import replace

import polars as pl
import pytest

from foretaste import Bundle


def test_predictions_are_those_of_the_bundle(say, bundle):
    lines = say("predict", bundle, "--rate", "3=5", "--item", "4", "--item", "5", "--json").json()
    expected = Bundle.load(bundle).predict({3: 5.0}, [4, 5])
    assert {line["item_id"]: line["predicted"] for line in lines} == expected
    assert "predicted" in say("predict", bundle, "--rate", "3=5", "--item", "4").out


def test_a_user_of_a_file(say, bundle, world):
    lines = say("predict", bundle, "--data", world, "--user", 7, "--item", "4", "--json").json()
    assert 0.5 <= lines[0]["predicted"] <= 5


def test_pairs_of_a_file(say, bundle, world, tmp_path):
    (tmp_path / "pairs.csv").write_text("user,item\n7,4\n7,5\n999,4\n8,999\n")
    said = say("predict", bundle, "--data", world, "--pairs", tmp_path / "pairs.csv", "--out", tmp_path / "p.csv")
    assert said.code == 0, said.err
    assert "2 predictions" in said.err
    assert "2 pairs with an unknown user or item left out" in said.err
    one = say("predict", bundle, "--data", world, "--user", 7, "--item", "4", "--json").json()[0]["predicted"]
    assert pl.read_csv(tmp_path / "p.csv")["predicted"][0] == pytest.approx(one, abs=1e-5)


def asked(say, bundle, data, pairs, out, *options):
    said = say("predict", bundle, "--data", data, "--pairs", pairs, "--out", out, *options)
    assert said.code == 0, said.err
    return said.err, pl.read_csv(out)


def test_pairs_that_stand_twice_are_told(say, bundle, world, tmp_path):
    (tmp_path / "pairs.csv").write_text("user,item\n7,4\n7,5\n7,4\n")
    told, frame = asked(say, bundle, world, tmp_path / "pairs.csv", tmp_path / "p.csv")
    assert "2 predictions" in told
    assert "(1 repeated pair predicted once)" in told
    assert frame.height == 2


def test_one_word_among_the_users_does_not_make_all_unknown(say, bundle, world, tmp_path):
    (tmp_path / "pairs.csv").write_text("user,item\n7,4\nann,5\n8,4\n")
    told, frame = asked(say, bundle, world, tmp_path / "pairs.csv", tmp_path / "p.csv")
    assert "2 predictions" in told
    assert "(1 pair with an unknown user or item left out)" in told
    assert frame["user_id"].to_list() == [7, 8]


@pytest.mark.parametrize("header", ["who,what,note", "user,item,rating"])
def test_columns_are_those_of_ratings_and_pairs_where_both_have_them(say, bundle, tmp_path, header):
    (tmp_path / "r.csv").write_text("what,who,stars\n3,ann,5\n4,ann,2\n")
    (tmp_path / "pairs.csv").write_text(f"{header}\nann,4,abc\n")
    names = ("--columns", "user=who,item=what,rating=stars")
    _, frame = asked(say, bundle, tmp_path / "r.csv", tmp_path / "pairs.csv", tmp_path / "p.csv", *names)
    assert frame.select("user_id", "item_id").rows() == [("ann", 4)]


def test_pairs_in_columns_of_other_names_are_refused_with_what_was_asked_for(say, bundle, tmp_path):
    (tmp_path / "r.csv").write_text("what,who,stars\n3,ann,5\n")
    (tmp_path / "pairs.csv").write_text("x1,x2\nann,4\n")
    files = ("--data", tmp_path / "r.csv", "--pairs", tmp_path / "pairs.csv", "--out", tmp_path / "p.csv")
    said = say("predict", bundle, *files, "--columns", "user=who,item=what,rating=stars")
    assert said.code == 2
    assert 'pairs.csv has no column "who"' in said.err


def test_data_are_read_as_the_options_say(say, bundle, tmp_path):
    (tmp_path / "r.csv").write_text("user~item~rating\nann~3~5\nann~4~2\nann~4~1\nann~5~abc\n")
    options = ("--separator", "~", "--bad-rows", "skip", "--duplicates", "first")
    said = say("predict", bundle, "--data", tmp_path / "r.csv", "--user", "ann", "--item", 6, "--json", *options)
    assert said.code == 0, said.err
    assert said.json() == say("predict", bundle, "--rate", "3=5", "--rate", "4=2", "--item", 6, "--json").json()


def test_predictions_are_not_written_over_a_folder(say, bundle, world, tmp_path):
    (tmp_path / "dir.csv").mkdir()
    files = ("--data", world, "--pairs", world / "ratings.csv", "--out", tmp_path / "dir.csv")
    said = say("predict", bundle, *files)
    assert (said.code, "it is a folder" in said.err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--rate", "3=5"], "no item is named"),
        (["--item", "3"], "whose ratings count is not clear"),
        (["--rate", "3=5", "--item", "zzzz"], 'no item is called "zzzz"'),
        (["--pairs", "x.csv"], "--pairs goes with --data and --out alone"),
        (["--rate", "3=5", "--item", "3", "--out", "x.csv"], "--out is given without --pairs\nhint: without --out"),
        (["--rate", "3=5", "--item", "3", "--user", "7"], "--rate and --user are both given\nhint: choose whose"),
        (["--rate", "3=5", "--item", "3", "--data", "F"], "--rate and --data are both given"),
        (["--item", "3", "--data", "F"], "whose ratings count is not clear\nhint: give --rate, or --data with --user"),
    ],
)
def test_what_cannot_be_answered_is_said_in_words(say, bundle, arguments, words):
    said = say("predict", bundle, *arguments)
    assert said.code == 2
    assert words in said.err


# Intervals.


def test_a_prediction_comes_with_its_interval(say, bundle):
    (line,) = say("predict", bundle, "--rate", "3=5", "--item", "4", "--json").json()
    (wide,) = say("predict", bundle, "--rate", "3=5", "--item", "4", "--level", "0.9", "--json").json()
    found = Bundle.load(bundle).predict_intervals({3: 5.0}, [4], 0.9)[4]
    assert (wide["predicted"], wide["low"], wide["high"], wide["level"]) == (*found, 0.9)
    assert line["level"] == 0.8
    assert wide["low"] <= line["low"] <= line["predicted"] <= line["high"] <= wide["high"]
    said = say("predict", bundle, "--rate", "3=5", "--item", "4")
    assert f"{line['low']:.2f} to {line['high']:.2f}" in said.out
    assert "80 %: of ratings that people give, about so many lie in their interval." in said.out


def test_pairs_of_a_file_come_with_intervals(say, bundle, world, tmp_path):
    (tmp_path / "pairs.csv").write_text("user,item\n7,4\n8,5\n")
    _, frame = asked(say, bundle, world, tmp_path / "pairs.csv", tmp_path / "p.csv", "--level", "0.6")
    assert frame.columns == ["user_id", "item_id", "predicted", "low", "high"]
    options = ("--data", world, "--user", 8, "--item", "5", "--level", "0.6", "--json")
    (one,) = say("predict", bundle, *options).json()
    assert frame.rows()[1][2:] == pytest.approx([one["predicted"], one["low"], one["high"]], abs=1e-4)


def test_a_bundle_without_a_calibration_predicts_without_intervals(say, bundle, world, tmp_path):
    older = replace(Bundle.load(bundle), calibration=None).save(tmp_path / "older")
    (line,) = say("predict", older, "--rate", "3=5", "--item", "4", "--json").json()
    assert set(line) == {"item_id", "title", "predicted"}
    assert "80 %" not in say("predict", older, "--rate", "3=5", "--item", "4").out
    (tmp_path / "pairs.csv").write_text("user,item\n7,4\n")
    _, frame = asked(say, older, world, tmp_path / "pairs.csv", tmp_path / "p.csv")
    assert frame.columns == ["user_id", "item_id", "predicted"]
    said = say("predict", older, "--rate", "3=5", "--item", "4", "--level", "0.8")
    assert said.code == 2
    assert "the bundle has no calibration, so there are no intervals" in said.err
    wrong = say("predict", bundle, "--rate", "3=5", "--item", "4", "--level", "8")
    assert (wrong.code, "level is 8, expected 0.5 to 0.99" in wrong.err) == (2, True)
