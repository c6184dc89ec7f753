"""The blend: sums written out, weights from the right ratings, second fits, known rows, Ctrl-C, memory and what is refused."""

import os
import signal
from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from foretaste.arrays import as_csr, row_of
from foretaste.bundle import Bundle
from foretaste.data.catalog import Catalog
from foretaste.errors import BundleError, InputError, ParamsError
from foretaste.models import MODELS, Bias, BiasedMf, Blend, Mean
from foretaste.models.blend import Part, best_part
from foretaste.models.stacking import set_aside, stack
from foretaste.training.watch import Progress, Watch

RNG = np.random.default_rng(0)


def world(rows=60, items=25, seed=0):
    """Return ratings by one taste, so that factors have something to find, one row empty."""
    rng = np.random.default_rng(seed)
    liking = (
        3
        + rng.normal(0, 0.4, (rows, 1))
        + rng.normal(0, 0.4, items)
        + rng.normal(size=(rows, 1)) * rng.normal(size=items)
    )
    stored = rng.random((rows, items)) < 0.5
    stored[5] = False
    row, col = np.nonzero(stored)
    return as_csr(sparse.csr_array((np.clip(np.round(liking[row, col]), 1, 5), (row, col)), shape=(rows, items)))


X = world()
SEEN, HIDDEN = set_aside(X, 0.25, 9)
NEW = world(rows=8, seed=4)
TRIO = {"members": ("mean", "bias", "biased_mf"), "settings": ("biased_mf.latent=2", "biased_mf.epochs=6")}
CHOOSE = Watch(holdout=(SEEN, HIDDEN))


def alone():
    """Return the members of TRIO fitted by hand."""
    return [model.fit(SEEN) for model in (Mean(), Bias(), BiasedMf(latent=2, epochs=6))]


def cells(model):
    return model.predict(SEEN, row_of(HIDDEN), HIDDEN.indices)


def test_scores_are_the_weighted_sum_and_weights_are_those_of_the_holdout():
    blend = Blend(**TRIO).fit(SEEN, watch=CHOOSE)
    members = alone()
    found = stack(np.stack([cells(m) for m in members]), HIDDEN.data, penalty=1)
    np.testing.assert_allclose(blend.weights_, found, atol=1e-6)
    wanted = sum(w * m.score(NEW) for w, m in zip(found, members, strict=True))
    np.testing.assert_allclose(blend.score(NEW), wanted, atol=1e-5)
    np.testing.assert_allclose(blend.predict(NEW, [3, 0], [1, 2]), blend.score(NEW)[[3, 0], [1, 2]], atol=1e-6)


def test_a_blend_is_no_worse_on_the_holdout_than_its_best_member():
    blend = Blend(**TRIO, penalty=0).fit(SEEN, watch=CHOOSE)
    errors = [np.sqrt(np.mean(np.square(cells(m) - HIDDEN.data))) for m in [*alone(), blend]]
    assert errors[-1] <= min(errors[:-1]) + 1e-6
    assert blend.weights_.sum() == pytest.approx(1)


def test_parts_say_what_it_is_made_of():
    blend = Blend(**TRIO).fit(SEEN, watch=CHOOSE)
    parts = blend.parts
    assert [part.label for part in parts] == list(TRIO["members"])
    np.testing.assert_allclose([part.weight for part in parts], blend.weights_)
    for part, model in zip(parts, alone(), strict=True):
        assert part.rmse == pytest.approx(np.sqrt(np.mean(np.square(cells(model) - HIDDEN.data))), rel=1e-5)
    assert best_part(parts) == min(parts, key=lambda part: part.rmse).label
    assert best_part([Part("a", 1.0)]) is None
    loaded = Blend.from_arrays(blend.params, blend.arrays())
    assert [(part.label, part.rmse) for part in loaded.parts] == [(label, None) for label in TRIO["members"]]


def test_a_second_fit_keeps_the_weights_and_what_each_member_learnt_about_stopping():
    def measure(model):
        return float(np.mean(np.square(cells(model) - HIDDEN.data)))

    blend = Blend(**TRIO).fit(SEEN, watch=replace(CHOOSE, measure=measure))
    epochs = blend.members_["biased_mf"].refit_params().epochs
    again = blend.refit_params()
    kept = list(again.members)
    assert set(kept) >= {label for label, w in zip(TRIO["members"], blend.weights_, strict=True) if w}
    assert best_part(blend.parts) in kept
    second = Blend(again).fit(X)
    assert second.members_["biased_mf"].params == BiasedMf.Params(latent=2, epochs=epochs)
    by_label = dict(zip(TRIO["members"], blend.weights_, strict=True))
    np.testing.assert_allclose(second.weights_, [by_label[label] for label in kept], rtol=1e-6)
    np.testing.assert_array_equal(second.members_["biased_mf"].item_, BiasedMf(latent=2, epochs=epochs).fit(X).item_)
    assert second.refit_params() == again


def test_a_member_of_no_weight_is_left_out_of_the_second_fit():
    blend = Blend(members=["mean", "bias"], penalty=0).fit(SEEN, watch=CHOOSE)
    assert blend.weights_.tolist() == [0, 1]
    assert Blend(blend.refit_params()).unfitted().keys() == {"bias"}
    assert Blend(blend.refit_params()).fit(X).score(NEW) == pytest.approx(Bias().fit(X).score(NEW))


def test_settings_of_members_that_stay_are_kept_however_they_are_written():
    words = ["biased-mf.latent = 2", "biased_mf.epochs=2", "bias.epochs=3"]
    blend = Blend(members=["bias", "biased-mf"], settings=words, weights=[0, 1]).fit(SEEN)
    again = blend.refit_params()
    assert (again.members, again.settings) == (("biased_mf",), tuple(words[:2]))
    assert Blend(again).unfitted()["biased_mf"].params == BiasedMf.Params(latent=2, epochs=2)


def test_the_best_member_is_fitted_again_though_it_has_no_weight():
    blend = Blend(members=["mean", "bias"], weights=[1, 0]).fit(SEEN, watch=CHOOSE)
    assert best_part(blend.parts) == "bias"
    assert blend.refit_params().members == ("mean", "bias")


def test_given_weights_are_taken_and_nothing_is_chosen():
    mean, bias = Mean().fit(X).score(NEW), Bias().fit(X).score(NEW)
    blend = Blend(members=["mean", "bias"], weights=[0.25, 0.75]).fit(X)
    np.testing.assert_allclose(blend.score(NEW), 0.25 * mean + 0.75 * bias, atol=1e-5)
    assert [part.rmse for part in blend.parts] == [None, None]


def test_without_a_holdout_a_share_is_set_aside_and_members_are_fitted_on_all_in_the_end():
    blend = Blend(**TRIO, share=0.25, seed=9).fit(X)
    trio = [Mean(), Bias(), BiasedMf(latent=2, epochs=6, seed=9)]

    def measure(model):
        return float(np.mean(np.square(cells(model) - HIDDEN.data)))

    predicted = np.stack([cells(model.fit(SEEN, watch=measure)) for model in trio])
    np.testing.assert_allclose(blend.weights_, stack(predicted, HIDDEN.data, penalty=1), atol=1e-6)
    second = BiasedMf(trio[2].refit_params()).fit(X)
    np.testing.assert_array_equal(blend.members_["biased_mf"].item_, second.item_)
    assert (blend.n_items_, blend.stopped_) == (X.shape[1], "finished")


def test_a_measure_of_the_callers_own_stops_the_members_of_a_plain_fit():
    calls = []
    Blend(**TRIO).fit(X, watch=lambda model: calls.append(model.name) or 1.0)
    assert set(calls) == {"biased_mf"}
    assert len(calls) == BiasedMf.Params().patience + 1


def test_where_nobody_has_two_ratings_weights_are_equal():
    single = as_csr(sparse.csr_array(([4.0, 2.0, 5.0], ([0, 1, 2], [0, 1, 1]))))
    blend = Blend(members=["mean", "bias"]).fit(single)
    assert blend.weights_.tolist() == [0.5, 0.5]
    assert [part.rmse for part in blend.parts] == [None, None]


def test_fits_that_are_known_are_taken_and_not_made_again(monkeypatch):
    bias = Bias().fit(SEEN)
    monkeypatch.setattr(Bias, "fit", lambda *_, **__: pytest.fail("fitted again"))
    watch = replace(CHOOSE, known=lambda model: bias if model.name == "bias" else None)
    blend = Blend(members=["mean", "bias"]).fit(SEEN, watch=watch)
    assert blend.members_["bias"] is bias
    with pytest.raises(pytest.fail.Exception):  # a plain fit divides X, so nothing is known of its parts
        Blend(members=["mean", "bias"]).fit(SEEN, watch=replace(watch, holdout=None))


def test_progress_says_which_member_it_is():
    told: list[Progress] = []
    Blend(members=["biased_mf", "bias", "biased_mf"], settings=["biased_mf.epochs=2", "biased_mf#2.epochs=3"]).fit(
        SEEN, watch=replace(CHOOSE, report=told.append)
    )
    assert [step.part for step in told] == ["biased_mf"] * 2 + ["biased_mf#2"] * 3


# Known rows


KNOWN = {"members": ("bias", "item_ridge"), "settings": ("item_ridge.latent=2", "item_ridge.epochs=3")}


def test_a_blend_knows_rows_if_a_member_does():
    assert [Blend(**s).known_rows for s in (KNOWN, TRIO)] == [True, False]
    assert [Blend(**s).autoencoder for s in (KNOWN, TRIO)] == [True, False]
    assert (Blend.known_rows, Blend.autoencoder) == (False, False)
    blend = Blend(**KNOWN, weights=(0.5, 0.5)).fit(SEEN)
    with pytest.raises(InputError, match="is nobody that this item_ridge was fitted on"):
        blend.score(NEW)
    by_row = blend.members_["item_ridge"].score(SEEN)
    blend.recognise(X)
    np.testing.assert_allclose(blend.score(X), (by_row + Bias().fit(SEEN).score(X)) / 2, atol=1e-5)  # each as if alone


def test_a_measure_of_the_callers_own_asks_members_about_people_by_their_whole_rows():
    """Members are fitted on a part, and the measure knows nothing of it; weights are then chosen on what was set aside."""
    rows, cols, asked = row_of(X)[::3], X.indices[::3], []

    def measure(model):
        asked.append((model.name, float(np.mean(np.square(model.predict(X, rows, cols) - X.data[::3])))))
        return float(len(asked))  # the first epoch is best

    blend = Blend(**KNOWN, share=0.25, seed=9).fit(X, watch=measure)
    assert [name for name, _ in asked] == ["item_ridge"] * 3
    errors, hand = [], MODELS["item_ridge"](latent=2, epochs=3, seed=9)

    def by_hand(model):
        model.recognise(X)
        errors.append(float(np.mean(np.square(model.predict(X, rows, cols) - X.data[::3]))))
        return float(len(errors))

    hand.fit(SEEN, watch=by_hand).recognise(SEEN)
    assert [error for _, error in asked] == errors
    found = stack(np.stack([cells(Bias().fit(SEEN)), cells(hand)]), HIDDEN.data, penalty=1)
    np.testing.assert_allclose(blend.weights_, found, atol=1e-6)
    assert blend.members_["item_ridge"].params == hand.refit_params()
    assert hand.refit_params().stop_after == 1


def test_people_of_short_rows_are_not_taken_for_each_other_while_weights_are_chosen(monkeypatch):
    """What one has left of their ratings is all that another has: a row of the part is asked about as that of the part."""
    told, rng = [], np.random.default_rng(0)
    whole = as_csr(sparse.csr_array(np.where(rng.random((60, 4)) < 0.7, rng.integers(4, 6, (60, 4)), 0)))
    monkeypatch.setattr(
        MODELS["item_ridge"], "_predict",
        lambda self, seen, rows, _: told.append((seen.toarray(), self._places(seen))) or np.zeros(len(rows), np.float32),
    )  # fmt: skip
    Blend(members=["item_ridge", "bias"], settings=KNOWN["settings"], share=0.5).fit(
        whole, watch=lambda model: float(model.score(whole).mean())
    )
    seen, places = told[-1]
    known = places >= 0
    assert (seen != whole.toarray()).any()
    np.testing.assert_array_equal(seen[places[known]], seen[known])


def test_only_members_of_some_weight_make_it_an_autoencoder():
    for weights, is_one in (((1.0, 0.0), False), ((0.5, 0.5), True)):
        blend = Blend(**KNOWN, weights=weights)
        assert blend.autoencoder  # before a fit, for all that is known
        assert blend.fit(X).autoencoder == is_one
        assert Blend.from_arrays(blend.params, blend.arrays()).autoencoder == is_one


def test_a_plain_fit_knows_the_rows_it_was_given_and_so_does_what_was_saved(tmp_path):
    blend = Blend(**KNOWN).fit(X)
    catalog = Catalog(np.arange(X.shape[1]))
    loaded = Bundle.load(Bundle(blend, catalog, None, (1.0, 5.0)).save(tmp_path / "b")).model
    assert loaded.known_rows
    np.testing.assert_array_equal(loaded.score(X), blend.score(X))


# Ctrl-C


def interrupt_at(monkeypatch, kind, call, *, half=False):
    """Ask to stop during a fit of some class, the call-th one."""
    fit, calls = kind.fit, []

    def stopping(self, X_, *, watch=None):
        out = fit(self, X_, watch=watch)
        calls.append(X_.nnz)
        if len(calls) == call:
            os.kill(os.getpid(), signal.SIGINT)
            if half:
                self.stopped_ = "interrupted"
        return out

    monkeypatch.setattr(kind, "fit", stopping)


def test_after_ctrl_c_those_that_are_fitted_are_blended(monkeypatch, tmp_path):
    interrupt_at(monkeypatch, Bias, 1)
    blend = Blend(members=["mean", "bias", "biased_mf"]).fit(SEEN, watch=CHOOSE)
    assert (list(blend.members_), blend.stopped_) == (["mean", "bias"], "interrupted")
    assert blend.weights_[2] == 0
    assert blend.weights_[:2].sum() == pytest.approx(1)
    again = Blend.from_arrays(blend.params, blend.arrays())
    np.testing.assert_array_equal(again.score(NEW), blend.score(NEW))
    assert set(blend.refit_params().members) <= {"mean", "bias"}


def test_a_ctrl_c_that_comes_when_all_is_done_takes_nothing_away(monkeypatch):
    interrupt_at(monkeypatch, Bias, 1)
    blend = Blend(members=["mean", "bias"]).fit(SEEN, watch=CHOOSE)
    assert (list(blend.members_), blend.stopped_) == (["mean", "bias"], "finished")


def test_given_weights_are_shared_out_among_those_that_are_fitted(monkeypatch):
    interrupt_at(monkeypatch, Bias, 1)
    blend = Blend(members=["mean", "bias", "biased_mf"], weights=(0.3, 0.1, 0.6)).fit(SEEN)
    np.testing.assert_allclose(blend.weights_, [0.75, 0.25, 0], atol=1e-6)
    assert blend.stopped_ == "interrupted"


def test_members_without_a_weight_of_their_own_get_equal_ones_after_ctrl_c(monkeypatch):
    interrupt_at(monkeypatch, Bias, 1)
    blend = Blend(members=["bias", "mean"], weights=[0, 1]).fit(SEEN)
    assert blend.weights_.tolist() == [1, 0]


@pytest.mark.parametrize("half", [True, False])
def test_a_second_fit_that_is_stopped_leaves_the_first_ones(monkeypatch, half):
    """Mean is fitted twice, then Bias for the second time is stopped in the middle, or everything after it."""
    interrupt_at(monkeypatch, Bias, 2, half=half)
    blend = Blend(members=["mean", "bias", "mean"], penalty=1e9, share=0.25, seed=9).fit(X)
    assert blend.stopped_ == "interrupted"
    assert blend.members_["mean#2"].mean_[0] == pytest.approx(SEEN.data.mean())
    assert blend.members_["mean"].mean_[0] == pytest.approx(X.data.mean())
    learnt = Bias().fit(SEEN if half else X).item_effect_
    np.testing.assert_array_equal(blend.members_["bias"].item_effect_, learnt)
    assert np.isfinite(blend.score(X)).all()


# Memory


def test_the_forecast_is_the_dearest_fit_beside_all_that_is_kept():
    names = ("bias", "biased_mf", "autorec")
    settings = ("biased_mf.latent=4", "autorec.widths=[64]")
    parts = [model.forecast(X) for model in (Bias(), MODELS["biased_mf"](latent=4), MODELS["autorec"](widths=[64]))]
    fixed = Blend(members=names, settings=settings, weights=(0.2, 0.3, 0.5)).forecast(X)
    assert fixed.parameters == sum(part.parameters for part in parts) + 4 * 3
    assert fixed.new == max(part.new for part in parts) + sum(p.parameters for p in parts[:2]) + 12
    chosen = Blend(members=names, settings=settings).forecast(X)
    assert chosen.kept == fixed.kept + parts[2].parameters  # its second fit stands beside the first
    assert chosen.new > fixed.new + chosen.ratings  # and the ratings are divided


# What is refused


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"members": ()}, 'members names no model\nhint: for example members=["two_sided_ridge", "biased_mf"]'),
        ({"penalty": -1.0}, "penalty is -1, expected at least 0"),
        ({"share": 1.0}, "share is 1, expected a share between 0 and 1"),
        ({"seed": -1}, "seed is -1, expected"),
        ({"members": ["bias"], "weights": [0.5, 0.5]}, "weights are 2, expected 1: one for each member"),
        ({"members": ["bias", "mean"], "weights": [-0.5, 1.5]}, "weights is -0.5, expected 0 to 1"),
        ({"members": ["bias", "mean"], "weights": [0.5, 0.4]},
         'weights add up to 0.9, expected 1\nhint: or give none: they are chosen'),
        ({"members": ["bias", "blend"]}, "blend is made of other models and cannot be a member\nhint: members can be: "),
    ],
)  # fmt: skip
def test_wrong_settings_are_refused_when_it_is_built(settings, words):
    with pytest.raises(ParamsError) as caught:
        Blend(**settings)
    assert str(caught.value).startswith(words)


def test_a_saved_blend_that_lacks_a_member_of_some_weight_is_refused():
    blend = Blend(**TRIO, weights=(0.2, 0.3, 0.5)).fit(X)
    arrays = {k: v for k, v in blend.arrays().items() if not k.startswith("mean.")}
    with pytest.raises(BundleError, match="the arrays of blend are incomplete: there is nothing of mean"):
        Blend.from_arrays(blend.params, arrays)
