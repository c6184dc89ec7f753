"""foretaste tune: the recipe that comes out, what is promised as JSON, going on, and every refusal in words."""

import json
import os
import re
import shlex
import shutil
import signal
import tomllib

import pytest

from foretaste.arrays import digest_of
from foretaste.cli import tune as module
from foretaste.cli.options import parse_columns
from foretaste.experiment import divide
from foretaste.models import MODELS
from foretaste.recipe import read_recipe
from foretaste.source import load
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
    assert set(table) == {"seed", "split", "models"}
    assert table["models"][0]["model"] == "biased_mf"
    said = say("train", world, "--recipe", out, "--out", tmp_path / "b", "--no-gate", "--json", "-q")
    assert said.code == 0, said.err
    compared = say("compare", world, "--recipe", out, "--no-gate", "--json", "-q").json()
    assert [row["model"] for row in compared["models"]] == ["biased_mf"]


def parts(source, recipe):
    split = divide(source, recipe)
    return digest_of(split.train, split.valid.hidden), digest_of(split.test.seen, split.test.hidden)


FILTERS = "[data]\nmin_user_ratings = 3\nmin_rating = 2.0\ntop_items = 35\n"


@pytest.mark.parametrize(
    ("options", "given"),
    [
        (["--seed", 4], ""),
        (["--split", "random", "--seed", 4], ""),
        (["--split", "new-users", "--hide", "3", "--seed", 7, "--top-users", 40], FILTERS),
        (["--split", "random", "--repeats", 2, "--duplicates", "mean", "--bad-rows", "skip"], FILTERS),
        (["--split", "new-users-time", "--hide", "newest:30%"], "[split]\ntest = 0.3\nvalid = 0.4\n"),
        ([], '[split]\nkind = "random"\nseed = 5\n'),
    ],
)
def test_the_recipe_is_judged_on_the_part_that_the_search_left_out(say, world, tmp_path, monkeypatch, options, given):
    ratings, seen = tmp_path / "named ratings.csv", []
    lines = (world / "ratings.csv").read_text().splitlines()
    bad = ["nobody,nothing,no,1"] if "--bad-rows" in options else []
    ratings.write_text("\n".join(["who,what,stars,at", *lines[1:], *bad]) + "\n")
    (tmp_path / "r.toml").write_text(given)

    def spy(recipe, source, search, report):
        seen.append(parts(source, recipe))
        return tune(recipe, source, search, report=report)

    monkeypatch.setattr(module, "tune", spy)
    out, columns = tmp_path / "t.toml", "user=who,item=what,rating=stars,time=at"
    said = say(
        "tune", ratings, "--model", "bias", "-n", 1, "--recipe", tmp_path / "r.toml", "--columns", columns,
        "--out", out, "-q", *options,
    )  # fmt: skip
    assert said.code == 0, said.err
    words = shlex.split(said.out[said.out.index("foretaste train") :])
    assert words == ["foretaste", "train", str(ratings), "--recipe", str(out), "--columns", columns]
    recipe = read_recipe(out)
    seed = options[options.index("--seed") + 1] if "--seed" in options else 0
    assert recipe.seed == seed
    assert parts(load(ratings, recipe.data, columns=parse_columns(columns)), recipe) == seen[0]
    said = say("compare", *words[2:], "--json", "-q")
    assert said.json()["recipe"]["split"] == json.loads(json.dumps(vars(recipe.split)))


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


RANKING = ("--task", "ranking", "--like", 4, "--min-user-ratings", 4)


def test_of_models_that_rank_lists_are_told_and_compare_repeats_them(say, world, tmp_path):
    out, plot = tmp_path / "t.toml", tmp_path / "p.html"
    command = ("tune", world, *RANKING, "--model", "cosine_knn,popularity", "-n", 5, "--out", out, "--plot", plot)
    said = say(*command, "--json", "-q")
    assert said.code == 0, said.err
    report = said.json()
    assert report["metric"] == "ndcg@100"
    knn, popular = report["models"]
    assert 0 < knn["default_ndcg@100"] <= knn["best_ndcg@100"] < 1
    assert knn["difference"] == pytest.approx(knn["best_ndcg@100"] - knn["default_ndcg@100"], abs=1e-6)
    assert (popular["trials"], popular["difference"]) == (1, 0)
    recipe = read_recipe(out)
    assert (recipe.data.task, recipe.data.like, recipe.data.min_user_ratings) == ("ranking", 4, 4)
    compared = say("compare", world, "--recipe", out, "--json", "-q")
    assert compared.code == 0, compared.err
    rows = {row["model"]: row for row in compared.json()["models"]}
    for line in report["models"]:
        assert rows[line["model"]]["valid_ndcg"] == pytest.approx(line["best_ndcg@100"])
    assert "NDCG@100 on validation" in plot.read_text()
    words = say(*command, "--overwrite", "-q").out
    assert "NDCG@100 on validation, higher is better" in words
    assert "RMSE" not in words + out.read_text()


def test_a_recipe_of_clicks_is_searched_again_and_taken_by_train(say, world, tmp_path):
    out, again = tmp_path / "t.toml", tmp_path / "u.toml"
    command = ("tune", world, "--model", "cosine_knn", "-n", 2, "--json", "-q")
    first = say(*command, *RANKING, "--out", out).json()
    second = say(*command, "--recipe", out, "--out", again)
    assert second.code == 0, second.err
    assert second.json()["models"][0]["best_ndcg@100"] == first["models"][0]["best_ndcg@100"]
    said = say("train", world, "--recipe", out, "--out", tmp_path / "b", "--no-gate", "--json", "-q")
    assert said.code == 0, said.err


def test_all_that_rank_are_named_by_one_word_and_of_clicks_one_is_searched_by_itself(say, world, tmp_path, monkeypatch):
    searched = []

    def quick(recipe, source, search, report):
        searched.append([entry.model for entry in recipe.models])
        return tune(
            module.replace(recipe, models=(module.Entry("popularity"),)), source, Search(trials=1), report=report
        )

    monkeypatch.setattr(module, "tune", quick)
    for options in (["--model", "all-ranking"], []):
        said = say("tune", world, *RANKING, *options, "--out", tmp_path / "t.toml", "--overwrite", "-q")
        assert said.code == 0, said.err
    family, alone = searched
    assert set(family) == {name for name, kind in MODELS.items() if kind.task == "ranking"}
    assert alone == [module.CLICK_DEFAULT.model] == ["edlae"]


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
        (["--model", "bias,ials"], "bias is chosen by RMSE and ials by NDCG@100, and one search has one measure"),
        (["--task", "ranking"], "bias predicts ratings, and with --task ranking there are none, only clicks"),
        (["--task", "lists"], 'task is "lists", expected one of'),
        (["--like", "4"], "like = 4 says which ratings count as clicks, and the task is not ranking"),
        (["--model", "ials", "--task", "ranking", "--like", "9"], "no rating"),
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


@pytest.mark.parametrize("overwrite", [(), ("--overwrite",)])
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--study", "./tuned.toml"], "--out and --study are the same file"),
        (["--out", "a.svg", "--plot", "there/../a.svg"], "--out and --plot are the same file"),
        (["--study", "a.svg", "--plot", "a.svg"], "--study and --plot are the same file"),
        (["--out", "films/ratings.csv"], "--out and DATA are the same file"),
        (["--out", "linked.csv"], "--out and DATA are the same file"),
        (["--out", "twin.csv"], "--out and DATA are the same file"),
        (["--study", "films/ratings.csv"], "--study and DATA are the same file"),
        (["--plot", "ratings.svg"], "--plot and DATA are the same file"),
    ],
)
def test_no_file_is_written_over_another(say, world, tmp_path, monkeypatch, arguments, words, overwrite):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").mkdir()
    shutil.copytree(world, tmp_path / "films")
    ratings = tmp_path / "films" / "ratings.csv"
    (tmp_path / "linked.csv").symlink_to(ratings)
    (tmp_path / "twin.csv").hardlink_to(ratings)
    (tmp_path / "ratings.svg").symlink_to(ratings)
    before = ratings.read_bytes()
    said = say("tune", "films", "--model", "bias", "-n", 1, *arguments, *overwrite)
    assert said.code == 2
    there = "is there already\nhint: --overwrite replaces it"  # that comes first where nothing is to be replaced
    assert re.search(rf"{words}: .*\nhint: give each its own name", said.err) or (not overwrite and there in said.err)
    assert ratings.read_bytes() == before
    assert not (tmp_path / "tuned.toml").exists()


def test_going_on_does_not_excuse_a_plot_that_is_there(say, world, tmp_path):
    study, out, plot = tmp_path / "s", tmp_path / "t.toml", tmp_path / "p.svg"
    command = ("tune", world, "--model", "bias", "-n", 1, "--study", study, "--out", out, "-q")
    assert say(*command).code == 0
    plot.write_text("mine\n")
    said = say(*command, "--plot", plot)
    assert said.code == 2
    assert f"{plot} is there already" in said.err
    assert plot.read_text() == "mine\n"
    assert say(*command, "--plot", plot, "--overwrite").code == 0


@pytest.mark.parametrize("damage", ['"spent_s":"long"', '"spent_s":[]'])
def test_a_damaged_study_is_said_in_words(say, world, tmp_path, damage):
    study = tmp_path / "s"
    command = ("tune", world, "--model", "bias", "-n", 1, "--study", study, "--out", tmp_path / "t.toml", "-q")
    assert say(*command).code == 0
    text, found = re.subn(r'"spent_s": ?[\d.]+', damage, study.read_text())
    assert found
    study.write_text(text)
    said = say(*command)
    assert said.code == 2
    assert f"{study} is damaged: what it keeps of bias cannot be read" in said.err


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


@pytest.mark.parametrize("more", [("--json",), ("--plot", "p.html", "--study", "s")])
def test_ctrl_c_before_anything_was_found_writes_no_recipe(say, world, tmp_path, monkeypatch, more):
    monkeypatch.chdir(tmp_path)
    presses = iter([signal.SIGINT])
    press = lambda *_: [os.kill(os.getpid(), signal_) for signal_ in presses]  # noqa: E731
    monkeypatch.setattr(module.SearchProgress, "__call__", press)
    said = say("tune", world, "--model", "biased_mf", "--out", tmp_path / "t.toml", *more)
    assert said.code == 130
    if "--json" in more:
        assert "stopped early by Ctrl-C: no trial had come to its end" in said.err
        assert said.json()["recipe"] is None
    else:
        assert "the same command with --overwrite, for the plot, goes on" in said.err
        assert "biased_mf: no trial came to its end" in said.out
        assert "--recipe" not in said.out
    assert not (tmp_path / "t.toml").exists()


@pytest.mark.slow
def test_processes_side_by_side_from_the_command_line(shell, world, tmp_path):
    said = shell(f"foretaste tune {world} --model biased_mf --set epochs=2 -n 6 --jobs 2 --study s --json")
    assert said.code == 0, said.err
    report = json.loads(said.out)
    assert report["models"][0]["trials"] == 6
    assert "biased_mf: trial 1  validation RMSE" in said.err
    assert (tmp_path / "tuned.toml").is_file()
