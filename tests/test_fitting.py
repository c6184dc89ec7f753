"""One line of a comparison: what is fitted on what, how it is watched, and what stays."""

import gc
import weakref
from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from foretaste.arrays import as_csr, with_values
from foretaste.entries import Entry
from foretaste.errors import InputError
from foretaste.evaluation import hidden_ndcg, hidden_rmse
from foretaste.fitting import checkpoint_path, fit_entry, measure_for
from foretaste.models import MODELS, Bias, Ease, Mean
from foretaste.order import choose_order
from foretaste.split import Hide, Holdout, hide
from foretaste.training.watch import Progress
from tests.judging import FACTORS, PAIRED, SPLIT, TRIO, VALID, Spy, dense_rmse


def test_the_chosen_model_is_fitted_again_with_the_ratings_of_validation(spy):
    fitted = fit_entry(Entry("Spy"), SPLIT)
    assert [X_ is part for (X_, _), part in zip(spy.fits, (SPLIT.train, SPLIT.full), strict=True)] == [True, True]
    assert fitted.model.mean_[0] == pytest.approx(SPLIT.full.data.mean())
    mean = SPLIT.train.data.mean()
    assert fitted.valid_rmse == pytest.approx(dense_rmse(mean, VALID.hidden))
    first, second = (watch.measure for _, watch in spy.fits)
    assert first(Mean().fit(SPLIT.train)) == pytest.approx(dense_rmse(mean, VALID.hidden))
    assert second is None  # there is nothing left to choose on
    assert [watch.checkpoint for _, watch in spy.fits] == [None, None]  # nobody asked for any
    assert spy.fits[1][1].report is None
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
    told, half_way = [], Progress(1, 2, 1, 2, 0.5, 1.0, 1.0)
    fit_entry(Entry("spy", label="mine"), SPLIT, report=lambda *words: told.append(words), checkpoint=tmp_path / "run")
    for _, watch in spy.fits:
        watch.report(half_way)
    assert told == [("mine", None), ("mine", half_way), ("mine", half_way)]
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


def test_after_the_second_fit_a_blend_is_its_members_second_fits():
    fitted = fit_entry(Entry("blend", TRIO), SPLIT)
    by_label = {part.label: part.weight for part in fitted.parts}
    for label, model in fitted.model.members_.items():
        entry = FACTORS if label == "biased_mf" else Entry(label)
        np.testing.assert_array_equal(model.score(SPLIT.full), fit_entry(entry, SPLIT).model.score(SPLIT.full))
    kept = [by_label[label] for label in fitted.model.members_]
    np.testing.assert_allclose(fitted.model.weights_, kept, atol=1e-6)


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


def test_how_a_fit_went_is_kept_epoch_by_epoch():
    curves = fit_entry(Entry("autorec", {"widths": [4], "epochs": 3}), SPLIT).curves
    assert [point["epoch"] for point in curves[0]["epochs"]] == [1, 2, 3]  # of the fit that chose, not of the second
    best = min(point["valid"] for point in curves[0]["epochs"])
    fitted = fit_entry(Entry("autorec", {"widths": [4], "epochs": 3}), SPLIT, refit=False)
    assert fitted.valid_rmse == pytest.approx(best, abs=1e-6)
    ranked = fit_entry(Entry("mult_vae", {"widths": [8], "latent": 4, "epochs": 2}), SPLIT).curves
    assert all(0 <= point["valid"] <= 1 for point in ranked[0]["epochs"])
    assert fit_entry(Entry("mean"), SPLIT).curves == ()
