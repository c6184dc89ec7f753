"""The corridor as one function, and the recipes in the repository."""

import os
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from foretaste.bundle import Bundle
from foretaste.data.synthetic import make_world
from foretaste.entries import Entry
from foretaste.errors import ParamsError, ResourceError
from foretaste.experiment import divide, divide_folds, references, run
from foretaste.lineup import with_gate
from foretaste.models import model_class
from foretaste.recipe import LEFT_OUT, Recipe, Reference, SplitParams, read_recipe
from foretaste.source import Source, load_folds
from foretaste.split import (
    Hide,
    split_folds,
    split_leave_last_out,
    split_leave_one_out,
    split_new_users,
    split_new_users_time,
    split_random,
    split_time,
    split_user_folds,
)
from tests.official_files import world_of_stars, write_official

RECIPES = sorted((Path(__file__).resolve().parents[1] / "recipes").glob("*.toml"))


@pytest.fixture(scope="module")
def source():
    world = make_world(60, 40, 900, seed=3)
    return Source(world.ratings, world.catalog)


def small(entry: Entry) -> Entry:
    """Shrink what costs time and keep everything else of a recipe's line."""
    if "widths" not in model_class(entry.model).Params.__dataclass_fields__:
        return entry
    widths = [4] * len(entry.settings.get("widths", [4]))
    return replace(entry, settings=entry.settings | {"widths": widths, "epochs": 1})


@pytest.mark.parametrize("path", RECIPES, ids=lambda p: p.stem)
def test_every_recipe_of_the_repository_runs_on_small_data(path, source):
    recipe = read_recipe(path)
    if recipe.split.hide.startswith("total:"):
        recipe = replace(recipe, split=replace(recipe.split, hide="total:20"))
    recipe = replace(recipe, models=tuple(map(small, recipe.models)))
    experiment = run(recipe, source)
    assert len(experiment.comparison.rows) == len(recipe.models)
    assert all(row["n_unpredicted"] == 0 for row in experiment.comparison.rows)
    for line in experiment.report()["references"]:
        assert line["ours"] is not None, line["ours_is"]


def test_the_talk_is_the_talks_protocol():
    recipe = read_recipe(RECIPES[0].parent / "talk.toml")
    assert (recipe.data.top_users, recipe.split.hide, recipe.split.test, recipe.split.valid) == (
        60_000,
        "total:2000",
        0.1,
        0.2,
    )
    widths = [e.settings["widths"] for e in recipe.models if e.model == "autorec"]
    assert widths[:2] == [[1500], [1500, 500, 1500]]
    assert {r.value for r in recipe.references} == {0.8848, 0.8750, 0.3124, 9.6625, 0.6130}


def test_the_trained_model_comes_last_and_is_what_is_bundled(source, tmp_path):
    recipe = with_gate(Recipe(), Entry("autorec", {"widths": [4], "epochs": 1}))
    experiment = run(recipe, source)
    assert [row["model"] for row in experiment.comparison.rows] == [
        "mean", "bias", "item_knn", "biased_mf", "popularity", "ease", "autorec",
    ]  # fmt: skip
    bundle = Bundle.load(experiment.bundle().save(tmp_path / "b"))
    assert bundle.model.name == "autorec"
    assert bundle.about["test"]["rmse"] == experiment.comparison.rows[-1]["rmse"]
    assert experiment.bundle("bias").model.name == "bias"


def test_the_same_seed_repeats_an_experiment(source):
    recipe = Recipe(models=(Entry("bias"), Entry("autorec", {"widths": [4], "epochs": 2}))).with_seed(5)
    first, second = (run(recipe, source) for _ in range(2))
    assert [r["rmse"] for r in first.comparison.rows] == [r["rmse"] for r in second.comparison.rows]


def test_the_report_counts_the_data(source):
    report = run(Recipe(models=(Entry("mean"),)), source).report()
    assert (report["data"]["users"], report["data"]["items"], report["data"]["ratings"]) == (60, 40, 900)
    assert report["split"]["dropped"] == 0


def test_seeds_stand_in_the_report_where_they_were_asked_for(source):
    recipe = Recipe(models=(Entry("bias"), small(Entry("autorec"))), seed=2, seeds=2)
    report = run(recipe, source).report()
    assert (report["seeds"]["seeds"], report["recipe"]["seeds"]) == ([2, 3], 2)
    assert report["seeds"]["models"]["bias"]["values"] == [report["models"][0]["rmse"]]
    assert "seeds" not in run(replace(recipe, seeds=1), source).report()


def test_a_test_file_and_the_kind_of_split_must_agree(source):
    with pytest.raises(ParamsError, match="the split is given without a test file"):
        divide(source, Recipe(split=SplitParams(kind="given")))
    with pytest.raises(ParamsError, match="the split is new-users with a test file"):
        divide(replace(source, test=source.ratings), Recipe())


def test_wrong_settings_are_refused_before_anything_is_fitted(source):
    with pytest.raises(ParamsError, match=r"dropout is 2, expected 0 to 0\.99"):
        run(
            Recipe(models=(Entry("bias"), Entry("autorec", {"dropout": 2.0}))),
            source,
            report=lambda *_: pytest.fail("fitted"),
        )


def test_references_stand_beside_our_number_or_nothing():
    recipe = Recipe(
        references=(Reference("x", "RMSE", 0.8, "bias.rmse", "n"), Reference("y", "RMSE", 0.8, "gone.rmse", "n"))
    )
    lines = references(recipe, [{"model": "bias", "rmse": 0.9, "class": "bias"}])
    assert [line["ours"] for line in lines] == [0.9, None]
    assert lines[0]["ours_is"] == "rmse of bias"
    squared = replace(recipe, references=(Reference("x", "MSE", 0.8, "bias.rmse", "n", square=True),))
    line = references(squared, [{"model": "bias", "rmse": 0.9}])[0]
    assert (line["ours"], line["ours_is"]) == (pytest.approx(0.81), "rmse squared of bias")
    strangers = replace(recipe, references=(Reference("x", "RMSE", 0.8, "bias.rmse", "n", split="random"),))
    words = (
        "Not comparable: it is about people in training (weak generalisation), ours about people whom training never saw "
        "(strong generalisation). n"
    )
    assert references(strangers, [{"model": "bias", "rmse": 0.9}])[0]["note"] == words
    named = replace(recipe, references=(Reference("z", "name", 0.8, "bias.class", "n"),))
    assert references(named, [{"model": "bias", "class": "bias"}])[0]["ours"] is None  # not a number


def test_each_kind_of_split_is_what_its_function_makes(source):
    data = (source.ratings, source.catalog)
    kinds = {
        "new-users": split_new_users(*data, test=0.2, valid=0.3, rule=Hide.parse("newest:3"), seed=6),
        "random": split_random(*data, test=0.2, valid=0.3, seed=6),
        "time": split_time(*data, test=0.2, valid=0.3),
        "new-users-time": split_new_users_time(*data, test=0.2, valid=0.3, rule=Hide.parse("newest:3"), seed=6),
    }
    asked = {kind: SplitParams(kind, 0.2, 0.3, "newest:3", 6) for kind in kinds}
    kinds |= {
        "leave-last-out": split_leave_last_out(*data, seed=6),
        "leave-one-out": split_leave_one_out(*data, seed=6),
    }
    asked |= {kind: SplitParams(kind, seed=6) for kind in LEFT_OUT}
    for kind, expected in kinds.items():
        split = divide(source, Recipe(split=asked[kind]))
        assert split.describe() == expected.describe()
        np.testing.assert_array_equal(split.test.hidden.toarray(), expected.test.hidden.toarray())


@pytest.mark.parametrize(
    ("kind", "folded"), [("k-fold", split_folds), ("random", split_folds), ("new-users", split_user_folds)]
)
def test_each_kind_of_folds_is_what_its_function_makes(source, kind, folded):
    recipe = Recipe(split=SplitParams(kind=kind, folds=3, valid=0.3, seed=6))
    expected = folded(source.ratings, source.catalog, folds=3, valid=0.3, seed=6)
    for split, same in zip(divide_folds(source, recipe), expected, strict=True):
        assert split.describe() == same.describe()
    words = (
        "the split is in 3 folds, expected one\nhint: foretaste compare judges over folds; without them: --split random"
    )
    with pytest.raises(ParamsError, match=words):
        divide(source, recipe)


def test_official_folds_are_judged_over_all_their_files(tmp_path):
    """What is pooled is the sum over five test files, here worked anew from each file by the mean of its train file."""
    folder = write_official(tmp_path / "set", world_of_stars())
    official = load_folds(folder)
    experiment = run(Recipe(models=(Entry("mean"),), split=SplitParams("official-folds", seed=2)), official)
    report = experiment.report()
    assert (report["split"]["kind"], report["split"]["folds"], report["split"]["test_hidden"]) == (
        "official-folds",
        5,
        900,
    )
    assert [fold["split"]["pair"] for fold in report["folds"]] == ["u1", "u2", "u3", "u4", "u5"]
    assert "pair" not in report["split"]
    squared = [((test.rating - np.clip(train.rating.mean(), 1, 5)) ** 2).sum() for _, train, test in official.pairs]
    assert report["models"][0]["rmse"] == pytest.approx(np.sqrt(sum(squared) / 900), rel=1e-5)
    assert report["split"]["dropped"] == 0


def test_pairs_of_files_and_the_kind_of_split_must_agree(source, tmp_path):
    hint = "hint: use --split official-folds together with a folder of such pairs"
    with pytest.raises(ParamsError, match=f"the split is official-folds without pairs of train and test files\n{hint}"):
        divide_folds(source, Recipe(split=SplitParams("official-folds")))
    official = load_folds(write_official(tmp_path / "set", world_of_stars()))
    with pytest.raises(ParamsError, match=f"the split is k-fold with pairs of train and test files\n{hint}"):
        divide_folds(official, Recipe(split=SplitParams("k-fold")))
    with pytest.raises(ParamsError, match=f"the split is new-users with pairs of train and test files\n{hint}"):
        divide(official, Recipe())


def test_folds_are_run_and_reported_but_leave_no_model(source):
    recipe = Recipe(models=(Entry("mean"), Entry("bias")), split=SplitParams("k-fold", folds=3), subject="mean")
    told = []
    experiment = run(recipe, source, report=lambda label, _: told.append(label))
    assert told[-1] == "bias, fold 3 of 3"
    report = experiment.report()
    assert (len(report["folds"]), report["data"]["scale"]) == (3, [0.5, 5.0])
    assert report["verdict"].startswith("mean loses to bias")
    assert report["recipe"]["split"]["folds"] == 3
    assert experiment.split is None
    with pytest.raises(ParamsError, match="a comparison over folds keeps no model to bundle\nhint: run it once more"):
        experiment.bundle()
    with pytest.raises(ParamsError, match="a comparison over folds keeps no checkpoints\nhint: leave checkpoint out"):
        run(recipe, source, checkpoint="here")


def test_a_fold_that_does_not_fit_into_memory_is_refused(source, monkeypatch):
    monkeypatch.setattr("foretaste.memory.total_memory", lambda: 1000)
    with pytest.raises(ResourceError):
        run(
            Recipe(models=(Entry("bias"),), split=SplitParams("k-fold")),
            source,
            report=lambda *_: pytest.fail("fitted"),
        )


def test_ctrl_c_while_settings_are_searched_fits_nothing(source):
    """Some models would have been searched and others not."""

    def search(split, entries):
        os.kill(os.getpid(), signal.SIGINT)
        return entries

    with pytest.raises(KeyboardInterrupt):
        run(Recipe(models=(Entry("mean"),)), source, prepare=search)
