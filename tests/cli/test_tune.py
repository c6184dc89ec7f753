"""foretaste tune: the recipe that comes out, what is promised as JSON, going on, and every refusal in words."""

import json
import os
import re
import signal
import tomllib

import pytest

from foretaste.cli import tune as module
from foretaste.models import MODELS
from foretaste.recipe import read_recipe
from foretaste.tuning import Search, tune

KEYS = {
    "model",
    "default_rmse",
    "best_rmse",
    "difference",
    "difference_low",
    "difference_high",
    "beyond_noise",
    "trials",
    "seconds",
}
QUICK = ("--set", "epochs=2")


def test_the_recipe_goes_into_train_and_compare(say, world, tmp_path):
    out = tmp_path / "tuned.toml"
    said = say("tune", world, "--model", "biased_mf", *QUICK, "--trials", 4, "--out", out, "-q")
    assert said.code == 0, said.err
    assert f"recipe: {out}" in said.err
    assert f"judge on it with foretaste train {world} --recipe {out}" in said.out
    table = tomllib.loads(out.read_text())
    assert set(table) == {"models"}
    assert table["models"][0]["model"] == "biased_mf"
    said = say("train", world, "--recipe", out, "--out", tmp_path / "b", "--no-gate", "--json", "-q")
    assert said.code == 0, said.err
    assert say("compare", world, "--recipe", out, "--json", "-q").json()["models"][0]["model"] == "biased_mf"


def test_the_words_say_what_was_gained_and_what_was_chosen(say, world, tmp_path):
    out = say("tune", world, "--model", "bias,mean", "-n", 9, "--out", tmp_path / "t.toml", "-q").out
    assert "RMSE on validation" in out
    assert re.search(
        r"bias: -0\.\d{4}, 95 % [+-]0\.\d{4} to [+-]0\.\d{4}, paired over 11 people: (within the|more than) noise", out
    )
    assert re.search(r"bias: damping_item=[\d.]+, damping_user=[\d.]+", out)
    assert "mean: nothing that was tried is better than the defaults." in out
    assert "mean: it has no settings" in out


def test_json_has_the_promised_keys(say, world, tmp_path):
    out = tmp_path / "t.toml"
    said = say("tune", world, "--model", "bias", "-n", 3, "--out", out, "--json", "-q")
    report = said.json()
    assert report["recipe"] == str(out)
    assert report["split"]["kind"] == "new-users"
    (line,) = report["models"]
    assert set(line) >= KEYS
    assert [trial["number"] for trial in line["tried"]] == [0, 1, 2]
    assert line["best_rmse"] <= line["default_rmse"]


def test_the_same_seed_finds_the_same(say, world, tmp_path):
    first, second = (
        say(
            "tune", world, "--model", "bias", "-n", 5, "--seed", 4, "--out", tmp_path / f"{n}.toml", "--json", "-q"
        ).json()
        for n in (1, 2)
    )
    assert first["models"][0]["settings"] == second["models"][0]["settings"]
    assert first["seed"] == 4


def test_divisions_and_filters_are_those_of_train(say, world, tmp_path):
    options = ("--model", "bias", "-n", 1, "--json", "-q", "--top-users", 30, "--out", tmp_path / "t.toml")
    report = say("tune", world, *options, "--split", "random", "--repeats", 2).json()
    assert report["data"]["users"] == 30
    assert report["split"]["kind"] == "random"
    assert report["repeats"] == 2
    trained = say(
        "train",
        world,
        "--model",
        "bias",
        "--split",
        "random",
        "--top-users",
        30,
        "--out",
        tmp_path / "b",
        "--json",
        "-q",
    )
    row = trained.json()["models"][-1]
    one = say("tune", world, *options, "--split", "random", "--overwrite").json()["models"][0]
    assert one["default_rmse"] == pytest.approx(row["valid_rmse"])


def test_the_same_command_goes_on_where_it_stopped(say, world, tmp_path):
    study, out = tmp_path / "s.study", tmp_path / "t.toml"
    command = ("tune", world, "--model", "bias", "--study", study, "--out", out, "--json")
    first = say(*command, "-n", 3).json()["models"][0]
    said = say(*command, "-n", 6)  # the recipe of the same search is replaced without being asked
    assert said.code == 0, said.err
    assert said.json()["models"][0]["tried"][:3] == first["tried"]
    assert said.json()["models"][0]["trials"] == 6
    assert f"# Kept in: {study}" in out.read_text()
    said = say(*command, "-n", 6, "--seed", 3)
    assert said.code == 2
    assert "keeps a search with another division" in said.err
    said = say("tune", world, "--model", "bias", "--out", out)
    assert f"{out} is there already" in said.err


def test_settings_may_come_from_a_recipe_and_are_fixed(say, world, tmp_path):
    recipe = tmp_path / "r.toml"
    recipe.write_text(
        '[split]\nkind = "random"\n[[models]]\nmodel = "bias"\ndamping_item = 2.0\n[[models]]\nmodel = "mean"\n'
    )
    report = say("tune", world, "--recipe", recipe, "-n", 2, "--out", tmp_path / "t.toml", "--json", "-q").json()
    assert report["split"]["kind"] == "random"
    assert [line["model"] for line in report["models"]] == ["bias", "mean"]
    assert report["models"][0]["settings"]["damping_item"] == 2
    assert set(report["models"][0]["tried"][1]["settings"]) == {"damping_user"}


def test_the_whole_family_is_named_by_one_word(say, world, tmp_path, monkeypatch):
    searched = []

    def quick(recipe, source, search, report):
        searched.extend(entry.model for entry in recipe.models)
        return tune(module.replace(recipe, models=recipe.models[:2]), source, Search(trials=1), report=report)

    monkeypatch.setattr(module, "tune", quick)
    said = say("tune", world, "--model", "all-rating", "--out", tmp_path / "t.toml", "-q")
    assert said.code == 0, said.err
    assert {"mean", "bias", "biased_mf", "autorec"} <= set(searched)
    assert "left out: the split new-users judges people whom training never saw" in said.err
    assert [entry.model for entry in read_recipe(tmp_path / "t.toml").models] == ["mean", "bias"]


def test_without_a_name_the_model_that_plain_train_tries_is_searched(say, world, tmp_path, monkeypatch):
    searched = []

    def quick(recipe, source, search, report):
        searched.append((recipe.models, search))
        return tune(module.replace(recipe, models=(module.Entry("mean"),)), source, Search(trials=1), report=report)

    monkeypatch.setattr(module, "tune", quick)
    said = say("tune", world, "--out", tmp_path / "t.toml", "-q")
    assert said.code == 0, said.err
    assert searched == [((module.DEFAULT,), Search())]
    assert not MODELS[module.DEFAULT.model].known_rows
    assert MODELS[module.DEFAULT.model].space


@pytest.mark.parametrize("name", ["plot.svg", "plot.html"])
def test_a_picture_is_drawn(say, world, tmp_path, name):
    out = tmp_path / name
    said = say("tune", world, "--model", "bias", "-n", 4, "--out", tmp_path / "t.toml", "--plot", out, "-q")
    assert said.code == 0, said.err
    assert f"plot: {out}" in said.err
    assert "<svg" in out.read_text()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--trials", "3", "--budget", "1m"], "trials and budget are both given"),
        (["--budget", "soon"], 'cannot read the time "soon", expected a number with s, m or h'),
        (["--trials", "0"], "trials is 0, expected 1"),
        (["--jobs", "0"], "jobs is 0, expected 1"),
        (["--repeats", "0"], "repeats is 0, expected 1"),
        (["--split", "time", "--repeats", "2"], "--split time has one division to choose on, not 2"),
        (["--split", "k-fold"], '--split is "k-fold", expected one of'),
        (["--split", "newusers"], 'did you mean "new-users"?'),
        (["--model", ","], "--model names no model"),
        (["--model", "baias"], 'did you mean "bias"?'),
        (["--model", "popularity"], "popularity predicts no ratings, so there is no RMSE to choose by"),
        (["--model", "bias,mean", "--set", "epochs=2"], "--set fixes a setting of one model, and 2 are to be searched"),
        (["--set", "epoch=2"], 'did you mean "epochs"?'),
        (["--hide", "lots"], 'cannot read --hide "lots"'),
        (["--plot", "plot.png"], '--plot is "plot.png", expected a name that ends in .html or .svg'),
        (["--plot", "there/is/a.file/plot.svg"], "is not a folder"),
        (["--study", "there"], "there: it is a folder"),
        (["--study", "there/is/a.file"], "is not the study of a search"),
        (["--out", "there/is/a.file"], "is there already\nhint: --overwrite replaces it, another name keeps it"),
        (["--out", "there"], "it is a folder"),
    ],
)
def test_what_cannot_be_searched_is_said_in_words(say, world, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there" / "is").mkdir(parents=True)
    (tmp_path / "there" / "is" / "a.file").write_text("mine\n")
    given = [] if "--model" in arguments else ["--model", "bias"]
    said = say("tune", world, *given, *arguments)
    assert said.code == 2
    assert words in said.err
    assert (tmp_path / "there" / "is" / "a.file").read_text() == "mine\n"
    assert not (tmp_path / "tuned.toml").exists()


def test_a_file_that_is_there_is_replaced_only_when_asked(say, world, tmp_path):
    out = tmp_path / "t.toml"
    out.write_text("mine\n")
    assert say("tune", world, "--model", "mean", "--out", out, "--study", tmp_path / "s").code == 2
    assert say("tune", world, "--model", "mean", "--out", out, "--overwrite", "-q").code == 0
    assert "mine" not in out.read_text()


@pytest.mark.parametrize("kept", [True, False])
def test_ctrl_c_writes_what_was_found_and_says_so(say, world, tmp_path, monkeypatch, kept):
    def press(self, standing):
        if standing.trials == 2 and standing.step is not None:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(module.SearchProgress, "__call__", press)
    study = ("--study", tmp_path / "s") if kept else ()
    said = say("tune", world, "--model", "biased_mf", *QUICK, "-n", 50, "--out", tmp_path / "t.toml", "--json", *study)
    assert said.code == 130
    words = (
        f"every finished trial is in {tmp_path / 's'}, the same command goes on"
        if kept
        else "the recipe holds the best"
    )
    assert f"stopped early by Ctrl-C: {words}" in said.err
    assert said.json()["interrupted"]
    assert said.json()["models"][0]["trials"] == 2
    assert (tmp_path / "t.toml").is_file()


def test_ctrl_c_before_anything_was_found_writes_nothing(say, world, tmp_path, monkeypatch):
    presses = iter([signal.SIGINT])
    press = lambda *_: [os.kill(os.getpid(), signal_) for signal_ in presses]  # noqa: E731
    monkeypatch.setattr(module.SearchProgress, "__call__", press)
    said = say("tune", world, "--model", "biased_mf", "--out", tmp_path / "t.toml", "--json")
    assert said.code == 130
    assert "stopped early by Ctrl-C: no trial had come to its end" in said.err
    assert said.json()["recipe"] is None
    assert not (tmp_path / "t.toml").exists()


@pytest.mark.slow
def test_processes_side_by_side_from_the_command_line(shell, world, tmp_path):
    said = shell(f"foretaste tune {world} --model biased_mf --set epochs=2 -n 6 --jobs 2 --study s --json")
    assert said.code == 0, said.err
    report = json.loads(said.out)
    assert report["models"][0]["trials"] == 6
    assert "biased_mf: trial 1  validation RMSE" in said.err
    assert (tmp_path / "tuned.toml").is_file()
