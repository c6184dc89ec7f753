"""foretaste protocols, and --protocol of compare and train."""

import json

import pytest

from foretaste.bundle import Bundle
from foretaste.protocols import protocol_names, read_protocol
from tests.official_files import world_of_stars, write_official


def test_they_are_listed_with_source_and_differences(say):
    said = say("protocols")
    assert said.code == 0
    for name in protocol_names():
        recipe = read_protocol(name)
        for text in (f"{name}: {recipe.title}", recipe.protocol.source, *recipe.protocol.differences):
            assert text in said.out
    assert 'split: kind = "new-users", test = 0.073165, valid = 0.078941, hide = "20%"' in said.out
    assert "fit: refit = false" in said.out
    assert said.out.rstrip().endswith("use one: foretaste compare DATA --protocol NAME")


def test_they_are_listed_as_json(say):
    every = say("protocols", "--json").json()
    assert [told["name"] for told in every] == protocol_names()
    assert set(every[0]) == {"title", "name", "source", "differences", "metrics", "seed", "settings"}
    assert every[-1]["settings"]["split"]["hide"] == "total:2000"


def test_compare_judges_by_a_protocol_and_tells_it(say, world):
    options = (
        "--protocol",
        "leave-last-out",
        "--min-user-ratings",
        5,
        "--models",
        "popularity,ease",
        "--no-gate",
        "-q",
    )
    report = say("compare", world, *options, "--json").json()
    assert (report["split"]["kind"], report["protocol"]["name"]) == ("leave-last-out", "leave-last-out")
    assert report["protocol"]["changed"] == ["data.min_user_ratings is 5, in the protocol 20."]
    out = say("compare", world, *options).out
    assert "Protocol leave-last-out: X. He, L. Liao, H. Zhang" in out
    assert "  changed: data.min_user_ratings is 5, in the protocol 20." in out
    row = report["models"][0]
    assert f"hit@20: popularity {row['hit@20']:.4f} ({row['hit@20_low']:.4f} to {row['hit@20_high']:.4f}), ease" in out


def test_an_option_overrules_a_protocol_and_that_is_told(say, world):
    report = say(
        "compare", world, "--protocol", "ninety-ten", "--seed", 4, "--models", "bias", "--no-gate", "--json", "-q"
    ).json()
    assert (report["split"]["test"], report["split"]["seed"], report["protocol"]["changed"]) == (0.1, 4, [])
    said = say(
        "compare", world, "--protocol", "ninety-ten", "--no-refit", "--models", "bias", "--no-gate", "--json", "-q"
    )
    assert said.json()["protocol"]["changed"] == ["refit is False, in the protocol True."]


def test_train_judges_its_bundle_by_a_protocol(say, world, tmp_path):
    options = ("--protocol", "ninety-ten", "--model", "bias", "--no-gate", "-q")
    said = say("train", world, "--out", tmp_path / "b", *options)
    assert said.code == 0, said.err
    assert Bundle.load(tmp_path / "b").about["recipe"]["protocol"]["name"] == "ninety-ten"
    assert json.loads((tmp_path / "b" / "report.json").read_text())["protocol"]["changed"] == []
    again = say("evaluate", tmp_path / "b", world, "--json").json()
    assert again["evaluated_on"].startswith("its own test part")


def test_a_protocol_of_files_makes_no_model(say, world, tmp_path):
    said = say("train", world, "--out", tmp_path / "b", "--protocol", "official-folds", "--model", "bias")
    assert said.code == 2
    assert "foretaste compare --split official-folds judges models; this command makes one" in said.err


@pytest.mark.parametrize("command", ["compare", "train", "tune"])
def test_a_recipe_and_a_protocol_are_one_too_many_and_an_unknown_one_is_named(say, world, tmp_path, command):
    (tmp_path / "r.toml").write_text("")
    both = say(command, world, "--recipe", tmp_path / "r.toml", "--protocol", "talk")
    words = "--recipe and --protocol both say how the data are divided\nhint: leave one out; models of a recipe"
    assert (both.code, words in both.err) == (2, True)
    other = say(command, world, "--protocol", "tlak")
    assert (other.code, other.err) == (2, 'error: there is no protocol "tlak"\nhint: did you mean "talk"?\n')


def test_official_folds_are_judged_from_the_command_line(say, tmp_path):
    folder = write_official(tmp_path / "set", world_of_stars())
    options = ("--models", "mean,bias", "--no-gate", "-q")
    report = say("compare", folder, "--split", "official-folds", *options, "--json").json()
    assert (report["split"]["test_hidden"], len(report["folds"])) == (900, 5)
    two = say("compare", folder, "--protocol", "official-folds", "--pairs", "ua, ub", *options, "--json").json()
    asked = sum(len((folder / f"{name}.test").read_text().splitlines()) for name in ("ua", "ub"))
    assert (two["split"]["test_hidden"], [fold["split"]["pair"] for fold in two["folds"]]) == (asked, ["ua", "ub"])
    assert two["protocol"]["changed"] == ["split.pairs is ua, ub, in the protocol none."]
    assert "In each of 5 folds about" in say("compare", folder, "--split", "official-folds", *options).out
    files = ("--train", folder / "u1.base", "--test", folder / "u1.test")
    one = say("compare", folder, "--split", "official-folds", "--pairs", "u1", *options, "--json").json()
    alone = say("compare", *files, "--split", "given", *options, "--json").json()
    assert one["models"][1]["rmse"] == pytest.approx(alone["models"][1]["rmse"], rel=1e-9)
    said = say("compare", folder / "u.data", "--split", "official-folds", *options)
    assert "is no folder, expected one with pairs of files: u1.base and u1.test" in said.err
    said = say("compare", folder, "--pairs", "ua", *options)
    assert "pairs are ua, and the split new-users reads none" in said.err


@pytest.mark.parametrize("kind", ["leave-last-out", "leave-one-out"])
def test_one_rating_of_everybody_is_left_out(say, world, kind):
    said = say("compare", world, "--split", kind, "--models", "mean,bias", "--no-gate", "--json", "-q")
    assert said.json()["split"]["kind"] == kind
    assert said.json()["split"]["test_hidden"] == said.json()["split"]["test_users"]


def test_rules_of_what_is_shown_are_words_of_the_command_line(say, world):
    options = ("--models", "mean,bias", "--no-gate", "--json", "-q")
    report = say("compare", world, "--hide", "given:3", *options).json()
    assert report["split"]["hide"] == "given:3"
    assert report["split"]["test_seen"] == 3 * report["split"]["test_users"]
    assert say("compare", world, "--hide", "all-but:2", *options).json()["split"]["hide"] == "2"
    assert say("compare", world, "--hide", "first:3", *options).json()["split"]["hide"] == "first:3"


def test_one_file_cannot_train_and_test(say, world):
    file = world / "ratings.csv"
    said = say("compare", "--train", file, "--test", file, "--models", "bias")
    assert (said.code, "the train and the test file are the same" in said.err) == (2, True)
