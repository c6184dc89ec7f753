"""foretaste compare: one split, one table, the promised JSON."""

import json
from dataclasses import replace

import pytest

from foretaste import experiment, lineup, read_ratings
from foretaste.cli import compare as module
from foretaste.entries import Entry
from foretaste.lineup import FIRST

KEYS = {"model", "rmse", "rmse_low", "rmse_high", "mae", "mape", "n_hidden", "n_unpredicted", "fit_s", "peak_bytes"}


def test_json_has_the_promised_keys(say, world):
    said = say(
        "compare", world, "--no-gate", "--models", "mean,bias,biased-mf,popularity", "--seed", 4, "--json", "--quiet"
    )
    assert said.code == 0, said.err
    report = said.json()
    assert {"split", "models", "verdict"} <= set(report)
    assert [row["model"] for row in report["models"]] == ["mean", "bias", "biased_mf", "popularity"]
    assert all(set(row) >= KEYS for row in report["models"])
    assert report["models"][3]["rmse"] is None
    assert report["split"]["seed"] == 4
    assert all(row["peak_bytes"] > 10e6 for row in report["models"])


def test_the_same_seed_gives_the_same_numbers(say, world):
    first, second = (
        say("compare", world, "--no-gate", "--models", "bias,biased_mf", "--seed", 9, "--json", "-q").json()
        for _ in range(2)
    )
    for row in first["models"] + second["models"]:
        del row["fit_s"], row["peak_bytes"]
    assert first == second


def test_random_splits_hide_ratings_of_everybody(say, world):
    report = say("compare", world, "--no-gate", "--models", "mean,bias", "--split", "random", "--json", "-q").json()
    assert report["split"]["kind"] == "random"
    assert report["split"]["test_hidden"] == 90
    assert report["split"]["train_users"] == 60
    assert report["split"]["test_users"] < 60  # only those of whom something is hidden


def test_given_files_are_used_as_they_are(say, world, tmp_path):
    ratings = read_ratings(world)
    test = [row for row in range(900) if row % 9 == 0]
    for name, rows in (("train", sorted(set(range(900)) - set(test))), ("test", test)):
        lines = [f"{ratings.user[r]},{ratings.item[r]},{ratings.rating[r]}" for r in rows]
        (tmp_path / f"{name}.csv").write_text("user,item,rating\n" + "\n".join(lines) + "\n")
    options = ("--train", tmp_path / "train.csv", "--test", tmp_path / "test.csv", "--json", "-q")
    report = say("compare", "--split", "given", *options, "--no-gate", "--models", "mean,bias").json()
    assert report["split"]["kind"] == "given"
    assert report["split"]["test_hidden"] == 100
    assert all(row["n_hidden"] == 100 and row["n_unpredicted"] == 0 for row in report["models"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "no data is named"),
        (["DATA", "--train", "a"], "--train and --test go together"),
        (["DATA", "--train", "a", "--test", "b"], "both DATA and --train are named"),
        (["DATA", "--models", " , "], "--models names no model"),
        (["DATA", "--models", "bias,bias"], '"bias" stands twice among the models'),
        (["DATA", "--models", "baias"], 'did you mean "bias"?'),
        (["DATA", "--split", "given"], "the split is given without a test file"),
        (["DATA", "--split", "temporal"], '--split is "temporal", expected one of new-users, random, k-fold, time, '),
        (["DATA", "--split", "kfold"], 'hint: did you mean "k-fold"?'),
        (["DATA", "--folds", "1"], "folds is 1, expected 0 or at least 2"),
        (
            ["DATA", "--split", "time", "--folds", "5"],
            "folds is 5, and the split time divides once\nhint: folds go with",
        ),
        (
            ["DATA", "--split", "k-fold", "--folds", "1000"],
            "the data has 900 ratings, expected at least 1000 for 1000 folds",
        ),
        (["DATA", "--folds", "61"], "the data has 60 users, expected at least 61 for 61 folds"),
        (["--split", "k-fold", "--train", "DATA", "--test", "DATA"], "the train and the test file are the same"),
        (["DATA", "--split", "time", "--columns", "time="], "cannot divide by time: the ratings have no times"),
        (
            ["DATA", "--split", "k-fold", "--hide", "5"],
            "--hide says what is hidden of new people, and the split k-fold",
        ),
        (["DATA", "--models", "mean,item-autorec"], "item_autorec scores nobody but the people it was fitted on"),
        (["DATA", "--hide", "lots"], 'cannot read --hide "lots"'),
        (["DATA", "--hide", "total:5000"], "cannot hide 5000 of"),
        (["DATA", "--models", "bias", "--set", "damping_item=-1"], "damping_item is -1, expected at least 0"),
    ],
)
def test_what_cannot_be_compared_is_said_in_words(say, world, arguments, words):
    said = say("compare", *[str(world) if a == "DATA" else a for a in arguments])
    assert said.code == 2
    assert words in said.err


def test_seeds_tell_how_far_a_model_moves_apart_from_people(say, world):
    fast = ("--models", "bias,autorec", "--set", "epochs=1", "--set", "widths=[4]", "--no-gate")
    report = say("compare", world, *fast, "--seeds", 2, "--json").json()
    assert (report["seeds"]["seeds"], report["recipe"]["seeds"]) == ([0, 1], 2)
    assert report["seeds"]["models"]["autorec"]["sd_seeds"] > 0
    assert "seeds" not in say("compare", world, *fast, "--json").json()
    said = say("compare", world, "--models", "bias", "--folds", 3, "--seeds", 2)
    assert said.code == 2
    assert "hint: seeds are of one split" in said.err


def test_the_report_is_written_where_asked(say, world, tmp_path):
    said = say("compare", world, "--no-gate", "--models", "mean,bias", "--report", tmp_path / "out", "-q")
    assert (tmp_path / "out" / "report.html").is_file()
    assert (tmp_path / "out" / "report.json").is_file()
    verdict = json.loads((tmp_path / "out" / "report.json").read_text())["verdict"]
    assert verdict in said.out


def test_page_csv_and_markdown_are_written_where_asked(say, world, tmp_path):
    page, table, words = (tmp_path / name for name in ("x.html", "x.csv", "x.md"))
    options = ("--models", "mean,bias", "--no-gate", "--all-metrics", "-q")
    said = say("compare", world, *options, "--report", page, "--csv", table, "--markdown", words)
    assert said.code == 0, said.err
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert len(table.read_text(encoding="utf-8").splitlines()) == 3
    assert "| bias |" in words.read_text(encoding="utf-8")
    assert "Every metric" in said.out
    assert f"<code>foretaste compare {world} --models mean,bias --no-gate" in page.read_text(encoding="utf-8")
    said = say("compare", world, *options, "--csv", "-")
    assert said.out.startswith("model,class,")
    assert "Accuracy" not in said.out


def test_places_are_looked_at_before_the_work(say, world, tmp_path):
    (tmp_path / "x.html").mkdir()
    assert "it is a folder" in say("compare", world, "--report", tmp_path / "x.html").err
    assert "both print on stdout" in say("compare", world, "--json", "--markdown", "-").err


def test_ctrl_c_is_told_and_exits_130(say, world, monkeypatch, tmp_path):
    """What was fitted by then is judged and shown."""

    def interrupted(*arguments, **named):
        done = experiment.run(*arguments, **named)
        return replace(done, comparison=replace(done.comparison, interrupted=True))

    monkeypatch.setattr(module, "run", interrupted)
    said = say("compare", world, "--no-gate", "--models", "mean", "-q", "--report", tmp_path / "x.html")
    assert said.code == 130
    assert "<b>Stopped early:</b>" in (tmp_path / "x.html").read_text(encoding="utf-8")
    assert "Accuracy on hidden ratings" in said.out
    assert "stopped early by Ctrl-C: the table holds what was fitted until then" in said.err


def test_the_table_shows_intervals_differences_and_reconstruction(say, world):
    out = say("compare", world, "--no-gate", "--models", "mean,bias", "-q").out
    assert "difference: RMSE of bias minus this model's" in out
    assert "reconstruction, not accuracy" in out
    assert "none dropped" in out


@pytest.mark.parametrize(
    ("options", "kind", "asked"), [(("--split", "k-fold"), "k-fold", 900), (("--split", "random", "--folds", 5), "k-fold", 900),
                                   (("--folds", 5), "new-users", None)],
)  # fmt: skip
def test_folds_judge_everything_once(say, world, options, kind, asked):
    said = say("compare", world, *options, "--no-gate", "--models", "mean,bias", "--json")
    report = said.json()
    assert (report["split"]["kind"], report["split"]["folds"], len(report["folds"])) == (kind, 5, 5)
    assert [row["model"] for row in report["models"]] == ["mean", "bias"]
    assert all(
        set(row) >= {*KEYS, "rmse_warm", "n_hidden_cold", "rmse_fold_mean", "rmse_fold_sd"} for row in report["models"]
    )
    hidden = report["models"][0]["n_hidden"]
    assert hidden == sum(fold["models"][0]["n_hidden"] for fold in report["folds"]) == (asked or hidden)
    assert report["split"]["test_users"] == 60
    assert "bias, fold 5 of 5: fitting" in said.err


def test_the_table_of_folds_is_printed_and_is_in_the_report(say, world, tmp_path):
    said = say(
        "compare",
        world,
        "--split",
        "k-fold",
        "--folds",
        3,
        "--no-gate",
        "--models",
        "mean,bias",
        "--report",
        tmp_path / "o",
        "-q",
    )
    assert "In each of 3 folds about 59 users train with" in said.out
    assert "over all folds 900 of 60 to judge on" in said.out
    assert "RMSE by fold" in said.out
    page = (tmp_path / "o" / "report.html").read_text()
    assert "RMSE by fold" in page
    assert len(json.loads((tmp_path / "o" / "report.json").read_text())["folds"]) == 3


@pytest.mark.parametrize("kind", ["time", "new-users-time"])
def test_a_cut_in_time_is_named(say, world, kind):
    report = say("compare", world, "--no-gate", "--models", "mean,bias", "--split", kind, "--json", "-q").json()
    assert report["split"]["kind"] == kind
    assert report["split"]["valid_from"] < report["split"]["test_from"]
    assert report["recipe"]["split"]["kind"] == kind
    out = say("compare", world, "--no-gate", "--models", "mean,bias", "--split", kind, "-q").out
    assert f"The cut is at {report['split']['test_from']}; " in out


@pytest.fixture
def family(monkeypatch):
    """Three kinds of models, quick to fit."""
    monkeypatch.setattr(lineup, "MODELS", {
        name: kind for name, kind in lineup.MODELS.items() if name in {"popularity", "biased_mf", "item_autorec", *FIRST}
    })  # fmt: skip


def test_the_whole_family_is_one_word(say, world, family):
    words = "popularity,all-rating,biased-mf"
    said = say(
        "compare", world, "--no-gate", "--models", words, "--set", "epochs=1", "--split", "random", "--json", "-q"
    )
    names = [row["model"] for row in said.json()["models"]]
    assert names == ["popularity", "mean", "bias", "item_autorec", "biased_mf"]  # nothing twice
    assert said.err == ""


def test_models_that_cannot_score_new_people_are_left_out_and_named(say, world, family):
    said = say("compare", world, "--no-gate", "--models", "all-rating", "--json", "-q")
    assert [row["model"] for row in said.json()["models"]] == ["mean", "bias", "biased_mf"]
    words = (
        "item_autorec left out: the split new-users judges people whom training never saw, and these score only those"
    )
    assert words in said.err


LISTS = {f"{name}{end}" for name in ("ndcg@100", "ndcg@20", "recall@20", "recall@50") for end in ("", "_low", "_high")}


def test_likes_become_clicks_and_lists_are_judged(say, world):
    options = (
        "--task",
        "ranking",
        "--like",
        4,
        "--min-user-ratings",
        2,
        "--no-gate",
        "--models",
        "popularity,ease",
        "-q",
    )
    said = say("compare", world, *options, "--json")
    assert said.code == 0, said.err
    report = said.json()
    ratings = read_ratings(world)
    assert report["data"]["ratings"] <= (ratings.rating >= 4).sum() < len(ratings)
    assert report["data"]["steps"][0] == "ratings of at least 4 count as likes"
    assert all(set(row) >= KEYS | LISTS for row in report["models"])
    assert all(
        row["rmse"] is None and row["ndcg@100_low"] <= row["ndcg@100"] <= row["ndcg@100_high"]
        for row in report["models"]
    )
    assert "NDCG@100" in report["verdict"]
    out = say("compare", world, *options).out
    assert "recall@50" in out
    assert "RMSE" not in out
    words = "biased_mf predicts ratings, and with --task ranking there are none, only clicks"
    assert words in say("compare", world, "--task", "ranking", "--no-gate", "--models", "biased-mf").err
    assert (
        "like = 4 says which ratings count as clicks, and the task is not ranking"
        in say("compare", world, "--like", 4).err
    )


def test_a_file_of_clicks_gets_models_that_rank_by_itself(say, world, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "CLICK_DEFAULT", Entry("elsa", {"latent": 4, "epochs": 1}))
    ratings = read_ratings(world)
    lines = [f"{u},{i}" for u, i in zip(ratings.user, ratings.item, strict=True)]
    (tmp_path / "clicks.csv").write_text("user,item\n" + "\n".join(lines) + "\n")
    names = [row["model"] for row in say("compare", tmp_path / "clicks.csv", "--json", "-q").json()["models"]]
    assert names == ["popularity", "cosine_knn", "ials", "ease", "elsa"]


def test_official_files_of_implicit_sets_come_as_lists_and_with_what_new_people_show(say, world, tmp_path):
    """Train and test as one line a user; then people whom training never saw, as two-column files."""
    ratings = read_ratings(world)
    held = [row for row in range(900) if row % 9 == 0]
    for name, rows in (("train", sorted(set(range(900)) - set(held))), ("test", held)):
        by_user = {}
        for row in rows:
            by_user.setdefault(int(ratings.user[row]), []).append(str(ratings.item[row]))
        lines = [" ".join([str(user), *items]) for user, items in sorted(by_user.items())]
        (tmp_path / f"{name}.txt").write_text("\n".join(lines) + "\n")
        for part in ("old", "new"):
            chosen = [r for r in rows if (ratings.user[r] % 3 == 0) == (part == "new")]
            words = [f"{ratings.user[r]},{ratings.item[r]}" for r in chosen]
            (tmp_path / f"{name}_{part}.csv").write_text("uid,sid\n" + "\n".join(words) + "\n")
    options = ("--task", "ranking", "--split", "given", "--no-gate", "--models", "popularity,ease", "--json", "-q")
    lists = say("compare", "--train", tmp_path / "train.txt", "--test", tmp_path / "test.txt", *options).json()
    assert (lists["split"]["test_hidden"], lists["split"]["kind"], lists["data"]["source"]) == (
        100,
        "given",
        "train.txt and test.txt",
    )
    files = (
        "--train",
        tmp_path / "train_old.csv",
        "--test",
        tmp_path / "test_new.csv",
        "--seen",
        tmp_path / "train_new.csv",
    )
    new = say("compare", *files, *options).json()
    assert (new["split"]["kind"], new["split"]["test_users_unseen"]) == ("given-new-users", 0)
    assert new["data"]["source"] == "train_old.csv, test_new.csv and train_new.csv"
    assert all(row["ndcg@100"] > 0 for row in new["models"])
    words = "what test people have seen is named, and no test file\nhint: name it too: --test FILE"
    assert words in say("compare", tmp_path / "train.txt", "--seen", tmp_path / "test.txt").err


def test_the_baselines_stand_beside_what_is_named(say, world):
    report = say("compare", world, "--models", "bias,autorec", "--set", "epochs=1", "--json", "-q").json()
    assert [row["model"] for row in report["models"]] == [
        "mean", "item_knn", "biased_mf", "popularity", "ease", "bias", "autorec",
    ]  # fmt: skip
    assert report["verdict"].startswith("autorec ")
    assert [line["gate"] for line in report["recipe"]["models"][:5]] == [True] * 5


def test_an_autoencoder_among_the_baselines_is_a_rival(say, world):
    """EASE is both; a verdict about `elsa` sets it against EASE too."""
    options = ("--task", "ranking", "--models", "elsa", "--set", "epochs=1", "--set", "latent=4")
    report = say("compare", world, *options, "--json", "-q").json()
    assert [row["model"] for row in report["models"]] == ["popularity", "cosine_knn", "ials", "ease", "elsa"]
    assert report["verdict"].startswith("elsa ")
    assert all("ndcg@100_difference" in row for row in report["models"][:4])


def test_baselines_that_are_too_large_are_left_out_and_named(say, world, monkeypatch):
    monkeypatch.setattr(lineup, "MANY_ITEMS", 2)
    said = say("compare", world, "--models", "bias", "--json", "-q")
    assert "ease" not in [row["model"] for row in said.json()["models"]]
    assert "left out of the baselines for their size (40 items): ease; name them to have them" in said.err


def test_every_model_is_searched_as_much(say, world):
    words = ("compare", world, "--no-gate", "--models", "mean,bias,popularity", "--json")
    plain, said = say(*words, "-q").json(), say(*words, "--trials", 9)
    found = {row["model"]: row["settings"] for row in said.json()["models"]}
    assert found["bias"] != plain["models"][1]["settings"]
    assert found["mean"] == plain["models"][0]["settings"]
    assert "bias, search" in said.err
    folds = say(*words, "--trials", 9, "--folds", 2, "-q").json()["folds"]
    assert folds[0]["models"][1]["settings"] != folds[1]["models"][1]["settings"]  # searched in each fold anew
