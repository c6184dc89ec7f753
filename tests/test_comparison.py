"""Many models on one split: what is fitted on what, what is measured, and what the verdict says of it."""

import json
import os
import signal
from dataclasses import replace

import numpy as np
import pytest

from foretaste.comparison import compare, judge
from foretaste.data.synthetic import make_world
from foretaste.entries import Entry, check_entries
from foretaste.errors import ParamsError
from foretaste.evaluation import evaluate
from foretaste.fitting import fit_entry
from foretaste.metrics.beyond import Popularity
from foretaste.models import Bias, BiasedMf
from foretaste.split import split_random
from foretaste.verdict import rmse_difference
from tests.judging import FACTORS, NEEDED, PAIRED, SPLIT, TEST, TRIO, Spy, dense_rmse, line


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ([], "no model is named\nhint: for example --models mean,bias,biased_mf,autorec"),
        ([Entry("biased-mf"), Entry("mean"), Entry("Biased_MF")],
         '"biased_mf" stands twice among the models\nhint: give each its own label in a recipe'),
        ([Entry("mean"), Entry("bias", {}, "mean")],
         '"mean" stands twice among the models\nhint: give each its own label in a recipe'),
        ([Entry("autorek")], 'there is no model "autorek"\nhint: did you mean "autorec"?'),
        ([Entry("autorek", {}, "mine")], 'there is no model "autorek"\nhint: did you mean "autorec"?'),
        ([Entry("autorec", {"dropuot": 0.1})], 'AutoRec has no setting "dropuot"\nhint: did you mean "dropout"?'),
        ([Entry("bias", {"seed": 1})],
         'Bias has no setting "seed"\nhint: choose one of: damping_item, damping_user, epochs'),
        ([Entry("autorec", {"dropout": 2.0})], "dropout is 2, expected 0 to 0.99"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused_before_anything_is_fitted(entries, words, spy):
    with pytest.raises(ParamsError) as caught:
        check_entries(entries)
    assert str(caught.value) == words
    ahead = [Entry("spy")] if entries else []
    with pytest.raises(ParamsError):
        compare(SPLIT, [*ahead, *entries], report=lambda *_: pytest.fail("begun"))
    assert spy.fits == []


def test_a_seed_below_zero_is_refused_before_anything_is_fitted():
    with pytest.raises(ParamsError, match="seed is -1, expected at least 0"):
        compare(SPLIT, [Entry("mean")], seed=-1, report=lambda *_: pytest.fail("begun"))


@pytest.mark.parametrize("after", [1, 2])
def test_ctrl_c_keeps_what_is_fitted_and_judges_it(spy, monkeypatch, after):
    """It comes while the first model is fitted, once or for the second time: nothing more is fitted, nothing is lost."""
    fit = Spy.fit

    def interrupted(self, X_, *, watch=None):
        fit(self, X_, watch=watch)
        if len(spy.fits) == after:
            os.kill(os.getpid(), signal.SIGINT)
        return self

    monkeypatch.setattr(Spy, "fit", interrupted)
    comparison = compare(SPLIT, [Entry("spy"), Entry("mean")])
    assert [row["model"] for row in comparison.rows] == ["spy"]
    assert (len(spy.fits), comparison.fitted[0].stopped) == (after, "interrupted")
    assert comparison.fitted[0].refitted == (after == 2)
    assert comparison.rows[0]["rmse"] > 0
    assert comparison.split["test_hidden"] == TEST.hidden.nnz


def test_the_test_part_is_opened_after_everything_is_fitted(spy):
    events = []

    class Door:
        def __getattr__(self, name):
            events.append(len(spy.fits))
            return getattr(TEST, name)

    split = replace(SPLIT, test=Door())
    fit_entry(Entry("spy"), split)
    assert events == []
    compare(split, [Entry("mean"), Entry("bias"), Entry("spy")])
    assert set(events) == {4}


def test_a_comparison_is_written_as_plain_numbers():
    entries = [Entry("popularity"), Entry("mean"), Entry("mean", label="mean again")]
    comparison = compare(SPLIT, entries, seed=5)
    written = json.loads(json.dumps(comparison.to_json(), allow_nan=False))
    told = {"verdict": comparison.verdict, "significance": comparison.significance}
    assert written == {"split": SPLIT.describe(), "models": comparison.rows, **told}
    assert [(row["model"], row["class"]) for row in written["models"]] == [
        ("popularity", "popularity"), ("mean", "mean"), ("mean again", "mean"),
    ]  # fmt: skip
    assert all(set(row) >= NEEDED for row in written["models"])
    mean = written["models"][1]
    assert mean["rmse"] == pytest.approx(dense_rmse(SPLIT.full.data.mean(), TEST.hidden), abs=1e-6)
    assert (mean["n_hidden"], mean["n_unpredicted"]) == (TEST.hidden.nnz, 0)
    for fitted, row in zip(comparison.fitted, comparison.rows, strict=True):
        beside = {"bias": Bias().fit(SPLIT.full), "popularity": Popularity.of(SPLIT.full)}
        alone = evaluate(fitted.model, TEST, scale=SPLIT.scale, order=fitted.order, seed=5, **beside).summary()
        assert row | alone == row
        assert row["fit_s"] == round(fitted.fit_s, 3)
        assert (row["peak_bytes"], row["valid_rmse"]) == (fitted.peak_bytes, fitted.valid_rmse)
        assert row["order_half"] == (None if fitted.order is None else fitted.order.half)


def test_a_comparison_hands_on_seed_refit_and_progress(spy):
    told = []
    comparison = compare(SPLIT, [Entry("spy")], seed=4, refit=False, report=lambda *words: told.append(words))
    assert comparison.fitted[0].model.params.seed == 4
    assert (len(spy.fits), told) == (1, [("spy", None)])


def test_the_same_seed_gives_the_same_comparison():
    def run(seed):
        rows = compare(SPLIT, [Entry("mean"), Entry("bias")], seed=seed).rows
        return [{k: v for k, v in row.items() if k not in {"fit_s", "peak_bytes"}} for row in rows]

    assert run(0) == run(0) != run(1)


def test_predictions_that_are_missing_are_counted_and_still_plain_numbers():
    comparison = judge(SPLIT, [line("gaps", [np.nan] + [0.5] * 9), line("bias", 1)])
    assert comparison.rows[0]["n_unpredicted"] == np.diff(TEST.hidden.indptr)[0] > 0
    json.dumps(comparison.to_json(), allow_nan=False)


def test_a_blend_is_weighed_on_validation_and_reported_beside_its_best_member():
    row = compare(SPLIT, [Entry("blend", TRIO)]).rows[0]
    alone = [fit_entry(e, SPLIT) for e in (Entry("mean"), Entry("bias"), FACTORS)]
    assert [part["model"] for part in row["members"]] == TRIO["members"]
    assert [part["valid_rmse"] for part in row["members"]] == pytest.approx([f.valid_rmse for f in alone])
    assert sum(part["weight"] for part in row["members"]) == pytest.approx(1)
    best = min(alone, key=lambda f: f.valid_rmse)
    assert row["best_member"] == best.label
    fitted = fit_entry(Entry("blend", TRIO), SPLIT)
    results = [evaluate(f.model, TEST, scale=SPLIT.scale) for f in (fitted, best)]
    found = [row[f"member_difference{end}"] for end in ("", "_low", "_high")]
    assert found == pytest.approx(rmse_difference(*results), abs=1e-7)
    assert "members" not in compare(SPLIT, [Entry("bias")]).rows[0]


def test_members_that_stand_above_a_blend_are_not_fitted_again(monkeypatch):
    fits, fit = [], BiasedMf.fit

    def counted(self, X_, *, watch=None):
        fits.append(X_)
        return fit(self, X_, watch=watch)

    alone = compare(SPLIT, [Entry("blend", TRIO)])
    monkeypatch.setattr(BiasedMf, "fit", counted)
    beside = compare(SPLIT, [FACTORS, Entry("blend", TRIO)])
    assert [X_ is part for X_, part in zip(fits, (SPLIT.train, SPLIT.full), strict=True)] == [True, True]
    line, blend = beside.fitted
    assert blend.model.members_["biased_mf"] is line.model
    assert blend.fit_s > 0.5 * line.fit_s  # the members' time is the blend's time too
    for name in ("rmse", "valid_rmse", "members", "member_difference"):
        assert beside.rows[1][name] == alone.rows[0][name], name
    compare(SPLIT, [Entry("blend", TRIO), FACTORS])  # below it, it is too late
    assert len(fits) == 6


def test_a_blend_of_known_people_is_refused_where_others_are_asked_about():
    entry = Entry("blend", {"members": ["bias", "item_ridge"]})
    with pytest.raises(
        ParamsError, match="blend scores nobody but the people it was fitted on, and the split new-users"
    ):
        compare(SPLIT, [entry], report=lambda *_: pytest.fail("begun"))
    check_entries([entry], kind="random")


def test_a_ctrl_c_between_two_members_judges_those_that_are_fitted(monkeypatch):
    fit, fits = Bias.fit, []

    def interrupted(self, X_, *, watch=None):
        fits.append(self)
        if len(fits) == 1:  # the other is what R2 is told against
            os.kill(os.getpid(), signal.SIGINT)
        return fit(self, X_, watch=watch)

    monkeypatch.setattr(Bias, "fit", interrupted)
    comparison = compare(SPLIT, [Entry("blend", TRIO), Entry("mean")])
    assert len(fits) == 2
    assert (len(comparison.rows), comparison.fitted[0].stopped) == (1, "interrupted")
    assert list(comparison.fitted[0].model.members_) == ["mean", "bias"]
    assert comparison.rows[0]["best_member"] in {"mean", "bias"}
    assert comparison.interrupted


def test_a_blend_that_knows_people_is_judged_by_what_was_learnt_of_them_without_a_second_fit():
    split = split_random(*_world(), test=0.2, seed=1)
    settings = {"members": ["item_ridge", "bias"], "settings": ["item_ridge.latent=2", "item_ridge.epochs=3"]}
    for refit in (True, False):
        row = compare(split, [Entry("blend", settings)], refit=refit).rows[0]
        assert (row["n_unpredicted"], row["reconstruction_rmse"]) == (0, None)
        assert 0 < row["rmse"] < 2


def _world():
    world = make_world(60, 40, 900, seed=3)
    return world.ratings, world.catalog


def test_a_pair_takes_the_rater_that_stands_above_it(monkeypatch):
    fits, fit = [], Bias.fit
    monkeypatch.setattr(Bias, "fit", lambda self, *args, **words: fits.append(self) or fit(self, *args, **words))
    first = compare(SPLIT, [Entry("bias"), PAIRED])
    assert len(fits) == 2  # once to choose, once with validation
    alone = compare(SPLIT, [PAIRED])
    row, same = first.rows[1], alone.rows[0]
    for name in ("rmse", "ndcg@100", "ranker_ndcg@100", "rater_ndcg@100", "rater_difference_low"):
        assert row[name] == pytest.approx(same[name])
    assert row["rmse"] == first.rows[0]["rmse"]
    assert row["rater_ndcg@100"] == first.rows[0]["ndcg@100"]
