"""What stands behind the table: made from what was judged, of the right models, and nothing that would be empty."""

import numpy as np
import pytest

from foretaste.comparison import compare
from foretaste.data.synthetic import make_world
from foretaste.details import FoldAnswers, answers_on, curves_of, details_of
from foretaste.entries import Entry
from foretaste.experiment import run
from foretaste.fitting import fit_all
from foretaste.folds import compare_folds
from foretaste.newcomers import newcomers_of
from foretaste.recipe import Recipe, SplitParams
from foretaste.source import Source
from foretaste.split import split_given, split_new_users, split_random, split_user_folds

WORLD = make_world(300, 60, 6000, seed=4)
DATA = (WORLD.ratings, WORLD.catalog)
LINES = [Entry("bias"), Entry("popularity"), Entry("biased_mf", {"latent": 2, "epochs": 3})]


@pytest.fixture(scope="module")
def judged():
    split = split_new_users(*DATA, test=0.4)
    return split, compare(split, LINES)


def test_every_part_of_new_people_is_there(judged):
    split, comparison = judged
    told = details_of(split, comparison.fitted, comparison.results, genres=WORLD.catalog.genres)
    assert set(told) == {"curves", "slices", "scatter", "calibration", "newcomers", "newcomer_lists"}
    assert {cut["by"] for cut in told["slices"]} >= {"popularity", "genre", "rating"}
    assert told["scatter"]["model"] == min(comparison.rows, key=lambda row: row["valid_rmse"] or np.inf)["model"]
    assert sum(map(sum, told["scatter"]["counts"])) == split.test.hidden.nnz
    assert told["calibration"]["model"] == told["scatter"]["model"]
    assert told["calibration"]["n"] == split.test.hidden.nnz
    assert [curve["model"] for curve in told["curves"]] == ["biased_mf"]


def test_what_was_named_is_looked_at_and_not_a_baseline_that_is_better():
    split = split_new_users(*DATA, test=0.4)
    comparison = compare(split, [Entry("biased_mf", LINES[2].settings, gate=True), Entry("mean")])
    told = details_of(split, comparison.fitted, comparison.results)
    assert told["calibration"]["model"] == told["scatter"]["model"] == "mean"
    gate = compare(split, [Entry("bias", gate=True), Entry("mean", gate=True)])
    assert details_of(split, gate.fitted, gate.results)["scatter"]["model"] == "bias"


def test_slices_are_of_the_errors_of_the_table(judged):
    split, comparison = judged
    told = details_of(split, comparison.fitted, comparison.results)
    cut = next(cut for cut in told["slices"] if cut["metric"] == "rmse")
    squared = sum(group["n"] * group["models"]["bias"]["value"] ** 2 for group in cut["bins"])
    assert np.sqrt(squared / split.test.hidden.nnz) == pytest.approx(comparison.rows[0]["rmse"])


def test_known_people_have_no_curve_of_newcomers():
    split = split_random(*DATA)
    comparison = compare(split, LINES[:2])
    told = details_of(split, comparison.fitted, comparison.results)
    assert not {"newcomers", "newcomer_lists", "curves"} & set(told)
    assert any(cut["by"] == "activity" for cut in told["slices"])


def files(n_new):
    """The world as a train, a test and a seen file in which `n_new` of 120 test people are in no train file."""
    ratings, ids = WORLD.ratings, WORLD.ratings.user_ids
    asked = np.isin(ratings.user, ids[:120])
    turn = np.arange(len(ratings)) % 8
    new = asked & np.isin(ratings.user, ids[:n_new])
    parts = (~asked | (~new & (turn < 6)), asked & (turn == 7), asked & (new | (turn == 6)) & (turn < 7))
    train, test, seen = (ratings.select(np.flatnonzero(part)) for part in parts)
    return split_given(train, test, WORLD.catalog, seen=seen)


@pytest.mark.parametrize("n_new", [0, 59])
def test_people_of_the_train_file_who_show_a_little_more_are_no_newcomers(n_new):
    split = files(n_new)
    comparison = compare(split, LINES[:2])
    told = details_of(split, comparison.fitted, comparison.results)
    assert not {"newcomers", "newcomer_lists"} & set(told)
    assert {cut["by"] for cut in told["slices"]} >= {"activity"}
    assert split.describe()["dropped"] == 0


def test_of_people_most_of_whom_are_new_the_others_are_in_no_curve():
    split = files(70)
    comparison = compare(split, LINES[:2])
    told = details_of(split, comparison.fitted, comparison.results)
    asked = np.isin(split.test.user_ids, WORLD.ratings.user_ids[:70])
    assert split.newcomers.user_ids.tolist() == split.test.user_ids[asked].tolist()
    assert told["newcomers"] == newcomers_of(comparison.fitted, split.newcomers, scale=split.scale)["newcomers"]
    assert 30 <= told["newcomers"]["people"] <= 70
    assert {cut["by"] for cut in told["slices"]} >= {"given"}


def test_evidence_is_of_what_the_models_learnt_from(judged):
    split, comparison = judged
    after = answers_on(split, comparison.fitted, comparison.results).cells.known
    fitted = fit_all(split, LINES, refit=False)
    before = answers_on(split, fitted, comparison.results).cells.known
    assert (before < after).any()
    np.testing.assert_array_equal(after, np.diff(split.full.tocsc().indptr)[split.test.hidden.indices])


def test_a_blend_has_a_curve_for_each_member_with_epochs(judged):
    split, _ = judged
    settings = {"members": ["bias", "autorec", "biased_mf"], "settings": ["autorec.epochs=2", "autorec.widths=[4]"]}
    curves = curves_of(fit_all(split, [Entry("blend", settings, "mix")], refit=False))
    assert [curve["model"] for curve in curves] == ["mix: autorec", "mix: biased_mf"]
    ranked = curves_of(fit_all(split, [Entry("mult_vae", {"widths": [4], "latent": 2, "epochs": 2})], refit=False))
    assert [(curve["metric"], len(curve["epochs"])) for curve in ranked] == [("ndcg@100", 2)]


def test_folds_are_told_apart_together():
    splits = list(split_user_folds(*DATA, folds=3))
    kept = FoldAnswers()
    comparison = compare_folds(splits, LINES[:2], observe=kept.keep)
    told = kept.details()
    assert set(told) == {"slices", "scatter", "calibration", "newcomers", "newcomer_lists"}
    assert told["calibration"]["n"] == sum(map(sum, told["scatter"]["counts"])) == comparison.split["test_hidden"]
    assert told["newcomers"]["people"] >= 150  # half of all 300 people or more, each asked in one fold
    cut = next(cut for cut in told["slices"] if cut["metric"] == "rmse")
    squared = sum(group["n"] * group["models"]["bias"]["value"] ** 2 for group in cut["bins"])
    assert np.sqrt(squared / comparison.split["test_hidden"]) == pytest.approx(comparison.rows[0]["rmse"])
    assert FoldAnswers().details() == {}


@pytest.mark.parametrize("folds", [0, 2])
def test_an_experiment_looks_behind_its_table_where_asked(folds):
    recipe = Recipe(models=tuple(LINES[:2]), split=SplitParams(folds=folds))
    source = Source(*DATA)
    report = run(recipe, source, details=True).report()
    assert report["slices"]
    assert "slices" not in run(recipe, source).report()
    assert report["made"]["fingerprint"] == WORLD.ratings.fingerprint()
