"""Many models on one split: what is fitted on what, what is measured, and what the verdict says of it."""

import gc
import json
import os
import signal
import weakref
from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from foretaste.arrays import as_csr, with_values
from foretaste.comparison import checkpoint_path, compare, fit_entry, judge, measure_for
from foretaste.data.synthetic import make_world
from foretaste.entries import Entry, check_entries
from foretaste.errors import InputError, ParamsError
from foretaste.evaluation import evaluate, hidden_ndcg, hidden_rmse
from foretaste.models import MODELS, Bias, BiasedMf, Ease, Mean
from foretaste.order import choose_order
from foretaste.split import Hide, Holdout, hide, split_random
from foretaste.verdict import rmse_difference
from tests.judging import NEEDED, SPLIT, TEST, VALID, line


def dense_rmse(value, hidden):
    return np.sqrt(np.mean((hidden.data.astype(float) - value) ** 2))


class Spy(Mean):
    """Keeps what it was fitted with; `stops` says how each fit ends. Has a seed among its settings."""

    Params = BiasedMf.Params
    name = "spy"
    resumes = True

    def fit(self, X_, *, watch=None):
        super().fit(X_)
        self.stopped_ = self.stops[len(self.fits)]
        self.fits.append((X_, watch))
        return self


@pytest.fixture
def spy(monkeypatch):
    monkeypatch.setattr(Spy, "fits", [], raising=False)
    monkeypatch.setattr(Spy, "stops", ("finished",) * 4, raising=False)
    monkeypatch.setitem(MODELS, "spy", Spy)
    return Spy


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


def test_the_chosen_model_is_fitted_again_with_the_ratings_of_validation(spy):
    fitted = fit_entry(Entry("Spy"), SPLIT)
    assert [X_ is part for (X_, _), part in zip(spy.fits, (SPLIT.train, SPLIT.full), strict=True)] == [True, True]
    assert fitted.model.mean_[0] == pytest.approx(SPLIT.full.data.mean())
    mean = SPLIT.train.data.mean()
    assert fitted.valid_rmse == pytest.approx(dense_rmse(mean, VALID.hidden))
    first, second = (watch.measure for _, watch in spy.fits)
    assert first(Mean().fit(SPLIT.train)) == pytest.approx(dense_rmse(mean, VALID.hidden))
    assert second is None  # there is nothing left to choose on
    assert [(watch.report, watch.checkpoint) for _, watch in spy.fits] == [(None, None)] * 2  # nobody asked for them
    assert (fitted.label, fitted.stopped) == ("spy", "finished")
    assert fitted.fit_s > 0
    assert fitted.peak_bytes > 1_000_000


def test_without_a_refit_the_model_of_the_training_part_is_kept(spy):
    fitted = fit_entry(Entry("spy", label="mine"), SPLIT, refit=False)
    assert (len(spy.fits), fitted.label) == (1, "mine")
    assert fitted.model.mean_[0] == pytest.approx(SPLIT.train.data.mean())
    np.testing.assert_array_equal(fitted.order.count, (SPLIT.train.toarray() > 0).sum(0))


def test_a_second_fit_that_was_interrupted_leaves_the_first_one(spy):
    spy.stops = ("finished", "interrupted")
    fitted = fit_entry(Entry("spy"), SPLIT)
    assert (len(spy.fits), fitted.refitted) == (2, False)
    assert fitted.model.mean_[0] == pytest.approx(SPLIT.train.data.mean())
    np.testing.assert_array_equal(fitted.order.count, (SPLIT.train.toarray() > 0).sum(0))


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


def test_the_second_fit_runs_as_long_as_the_first_was_best(monkeypatch):
    class Paced(Bias):
        def refit_params(self):
            self._check_fitted()
            return replace(self.params, epochs=7)

    monkeypatch.setitem(MODELS, "bias", Paced)
    model = fit_entry(Entry("bias", {"epochs": 9, "damping_item": 1.0}), SPLIT).model
    assert model.params == Bias.Params(damping_item=1.0, epochs=7)
    np.testing.assert_array_equal(model.item_effect_, Bias(damping_item=1.0, epochs=7).fit(SPLIT.full).item_effect_)


def test_the_order_is_chosen_on_validation_and_counts_the_full_part():
    order = fit_entry(Entry("mean"), SPLIT).order
    chosen = choose_order(Mean().fit(SPLIT.train), SPLIT.train, VALID.seen, VALID.hidden, scale=SPLIT.scale)
    assert order.half == pytest.approx(chosen.half * SPLIT.full.nnz / SPLIT.train.nnz)
    assert order.prior == pytest.approx(SPLIT.full.data.mean() - 2 * SPLIT.full.data.std())
    np.testing.assert_array_equal(order.count, (SPLIT.full.toarray() > 0).sum(0))
    assert order.count.dtype == np.float32
    assert (order.count != chosen.count).any()


def test_a_ranking_model_chooses_by_its_lists(spy, monkeypatch):
    monkeypatch.setattr(Spy, "task", "ranking")
    fitted = fit_entry(Entry("spy"), SPLIT, refit=False)
    assert (fitted.order, fitted.valid_rmse) == (None, None)
    (watch,) = [watch for _, watch in spy.fits]
    assert watch.measure(fitted.model) == -fitted.valid_ndcg == -hidden_ndcg(fitted.model, VALID, scale=SPLIT.scale)
    assert 0 < fitted.valid_ndcg < 1


def test_progress_carries_the_label_and_each_fit_its_own_checkpoint(spy, tmp_path):
    told = []
    fit_entry(Entry("spy", label="mine"), SPLIT, report=lambda *words: told.append(words), checkpoint=tmp_path / "run")
    for _, watch in spy.fits:
        watch.report("half way")
    assert told == [("mine", None), ("mine", "half way"), ("mine", "half way")]
    paths = [watch.checkpoint for _, watch in spy.fits]
    assert paths == [tmp_path / f"run.mine.{part}.safetensors" for part in ("choose", "refit")]
    assert (
        len({watch.key for _, watch in spy.fits}) == 2
    )  # the first depends on what validation hides, the second does not


def test_a_model_that_cannot_go_on_is_given_no_checkpoint(spy, monkeypatch, tmp_path):
    monkeypatch.setattr(spy, "resumes", False)
    fit_entry(Entry("spy"), SPLIT, checkpoint=tmp_path / "run")
    assert [watch.checkpoint for _, watch in spy.fits] == [None] * 2


def test_files_of_a_checkpoint_are_named_after_their_line(tmp_path):
    names = {
        checkpoint_path(tmp_path / base, label, "choose").name for base in ("a.1", "a.2") for label in ("x/y", "z")
    }
    assert names == {f"a.{n}.{label}.choose.safetensors" for n in "12" for label in ("x-y", "z")}


def test_what_validation_hides_decides_whether_a_checkpoint_fits(tmp_path):
    entry = Entry("autorec", {"widths": [4], "epochs": 2})
    fit_entry(entry, SPLIT, checkpoint=tmp_path / "run")
    other = replace(SPLIT, valid=Holdout(*hide(VALID.whole(), Hide("per-user", 1), seed=9), np.arange(10)))
    with pytest.raises(InputError, match="the checkpoint belongs to a run with other data or settings"):
        fit_entry(entry, other, checkpoint=tmp_path / "run")


def test_validation_that_hides_nothing_is_refused_and_not_averaged():
    nothing = Holdout(VALID.whole(), as_csr(sparse.csr_array(VALID.seen.shape)), VALID.user_ids)
    with pytest.raises(InputError, match="nothing is hidden"):
        fit_entry(Entry("mean"), replace(SPLIT, valid=nothing))


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
    assert written == {"split": SPLIT.describe(), "models": comparison.rows, "verdict": comparison.verdict}
    assert [(row["model"], row["class"]) for row in written["models"]] == [
        ("popularity", "popularity"), ("mean", "mean"), ("mean again", "mean"),
    ]  # fmt: skip
    assert all(set(row) >= NEEDED for row in written["models"])
    mean = written["models"][1]
    assert mean["rmse"] == pytest.approx(dense_rmse(SPLIT.full.data.mean(), TEST.hidden), abs=1e-6)
    assert (mean["n_hidden"], mean["n_unpredicted"]) == (TEST.hidden.nnz, 0)
    for fitted, row in zip(comparison.fitted, comparison.rows, strict=True):
        alone = evaluate(fitted.model, TEST, scale=SPLIT.scale, order=fitted.order, seed=5).summary()
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


TRIO = {"members": ["mean", "bias", "biased_mf"], "settings": ["biased_mf.latent=2", "biased_mf.implicit=false"]}
FACTORS = Entry("biased_mf", {"latent": 2, "implicit": False})


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


def test_after_the_second_fit_a_blend_is_its_members_second_fits():
    fitted = fit_entry(Entry("blend", TRIO), SPLIT)
    by_label = {part.label: part.weight for part in fitted.parts}
    for label, model in fitted.model.members_.items():
        entry = FACTORS if label == "biased_mf" else Entry(label)
        np.testing.assert_array_equal(model.score(SPLIT.full), fit_entry(entry, SPLIT).model.score(SPLIT.full))
    kept = [by_label[label] for label in fitted.model.members_]
    np.testing.assert_allclose(fitted.model.weights_, kept, atol=1e-6)


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
    fit = Bias.fit

    def interrupted(self, X_, *, watch=None):
        os.kill(os.getpid(), signal.SIGINT)
        return fit(self, X_, watch=watch)

    monkeypatch.setattr(Bias, "fit", interrupted)
    comparison = compare(SPLIT, [Entry("blend", TRIO), Entry("mean")])
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


PAIRED = Entry("two_heads", {"ranker": "ease", "rater": "bias", "settings": ("ranker.l2=5",)})


def test_the_order_of_a_pair_is_its_raters_and_grows_with_it():
    line = fit_entry(PAIRED, SPLIT, refit=False)
    rater = Bias().fit(SPLIT.train)
    wanted = choose_order(rater, SPLIT.train, VALID.seen, VALID.hidden, scale=SPLIT.scale)
    assert (line.order.half, line.order.prior) == (wanted.half, wanted.prior)
    assert line.valid_rmse == pytest.approx(hidden_rmse(rater, VALID))
    assert line.valid_ndcg == pytest.approx(hidden_ndcg(line.model, VALID, scale=SPLIT.scale))
    again = fit_entry(PAIRED, SPLIT)
    assert again.order.half == pytest.approx(wanted.grown(SPLIT.full).half)
    assert again.model.params.stars == line.model.stars_[0]
    assert again.valid_ndcg == line.valid_ndcg


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


def test_models_that_rank_are_watched_by_their_lists():
    model = Ease(l2=5).fit(SPLIT.train)
    assert measure_for(model, SPLIT)(model) == -hidden_ndcg(model, VALID, scale=SPLIT.scale)
    rater = Bias().fit(SPLIT.train)
    assert measure_for(rater, SPLIT)(rater) == hidden_rmse(rater, VALID)


def test_where_nobody_in_validation_likes_anything_there_is_nothing_to_choose_lists_by(spy, monkeypatch):
    """A measure of nan would keep the first epoch."""
    monkeypatch.setattr(Spy, "task", "ranking")
    low = Holdout(VALID.seen, with_values(VALID.hidden, np.ones_like(VALID.hidden.data)), VALID.user_ids)
    fitted = fit_entry(Entry("spy"), replace(SPLIT, valid=low), refit=False)
    assert spy.fits[0][1].measure is None
    assert fitted.valid_ndcg is None


@pytest.mark.parametrize("at_once", [False, True])
def test_a_model_that_is_solved_at_once_is_gone_before_the_second_fit(spy, monkeypatch, at_once):
    monkeypatch.setattr(Spy, "at_once", at_once)
    alive, learn = [], Spy._fit

    def watched(self, X, watch):
        alive.append([other() is not None for other in born])
        born.append(weakref.ref(self))
        learn(self, X, watch)

    born = []
    monkeypatch.setattr(Spy, "_fit", watched)
    monkeypatch.setattr(Spy, "fits", FewFits())
    fit_entry(Entry("spy"), SPLIT)
    gc.collect()
    assert alive == [[], [not at_once]]


class FewFits(list):
    """Forgets models at once, so that nothing but the comparison holds them."""

    def append(self, _):
        super().append(None)
