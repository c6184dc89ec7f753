"""Many models on one split: what is fitted on what, what is measured, and what the verdict says of it."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import sparse

from foretaste.arrays import as_csr, row_of
from foretaste.comparison import Entry, Fitted, check_entries, compare, fit_entry, judge, rmse_difference
from foretaste.errors import InputError, ParamsError
from foretaste.evaluation import Evaluation, evaluate, predict_hidden
from foretaste.metrics.ratings import RatingErrors
from foretaste.models import MODELS, Bias, BiasedMf, Mean, Popularity
from foretaste.order import choose_order
from foretaste.split import Hide, Holdout, Split, hide
from foretaste.statistics import resample

RNG = np.random.default_rng(0)
X = as_csr(sparse.csr_array(RNG.integers(1, 6, (60, 20)) * (RNG.random((60, 20)) < 0.5)))
TEST, VALID = (Holdout(*hide(X[a : a + 10], Hide("fraction", 0.3), seed=a), np.arange(10)) for a in (0, 10))
SPLIT = Split(train=X[20:], valid=VALID, test=TEST, full=X[10:], kind="new-users", scale=(1.0, 5.0))
TRUTH = TEST.whole().toarray()
NEEDED = {"model", "rmse", "rmse_low", "rmse_high", "mae", "mape", "n_hidden", "n_unpredicted", "fit_s", "peak_bytes"}


class Oracle(Mean):
    """Knows every rating of the test part, and is wrong by a known amount for each person."""

    name = "oracle"
    wrong = np.zeros(10, np.float32)

    def predict(self, _X, rows, cols):
        return TRUTH[rows, cols] + self.wrong[rows]


class Encoder(Oracle):
    """Counts as an autoencoder."""

    name = "encoder"
    autoencoder = True


def line(label, wrong, kind=Oracle, valid_rmse=None):
    model = kind().fit(X)
    model.wrong = np.broadcast_to(np.asarray(wrong, np.float32), 10)
    return Fitted(label, model, None, 0.12345, 1000, valid_rmse=valid_rmse)


def verdict(*lines):
    return judge(SPLIT, lines).verdict


def by_hand(n, squared):
    n, squared = np.array(n, float), np.array(squared, float)
    return Evaluation(RatingErrors(n, squared, squared, squared, n), np.array([]), None, int(n.sum()), 0, 0)


def dense_rmse(value, hidden):
    return np.sqrt(np.mean((hidden.data.astype(float) - value) ** 2))


class Spy(Mean):
    """Keeps what it was fitted with; `stops` says how each fit ends. Has a seed among its settings."""

    Params = BiasedMf.Params
    name = "spy"

    def fit(self, X_, *, watch=None):
        self.history_ = SimpleNamespace(stopped=self.stops[len(self.fits)])
        self.fits.append((X_, watch))
        return super().fit(X_)


@pytest.fixture
def spy(monkeypatch):
    monkeypatch.setattr(Spy, "fits", [], raising=False)
    monkeypatch.setattr(Spy, "stops", ("finished",) * 4, raising=False)
    monkeypatch.setitem(MODELS, "spy", Spy)
    return Spy


def test_the_seed_fills_in_where_the_settings_name_none():
    settings = {"epochs": 3}
    entry = Entry("AutoRec", settings)
    assert (entry.build(7).params.seed, entry.build(7).params.epochs) == (7, 3)
    assert Entry("biased-mf", {"seed": 3}).build(7).params.seed == 3
    assert Entry("mean").build(7).name == "mean"
    assert settings == {"epochs": 3}


def test_the_difference_of_two_users_is_what_one_finds_by_hand():
    # sqrt(12 / 4) - sqrt(4 / 4); a sample holds only the first user (0 - 2), both, or only the second (2 - 0)
    found = rmse_difference(by_hand([1, 3], [0, 12]), by_hand([1, 3], [4, 0]))
    assert found == pytest.approx((np.sqrt(3) - 1, -2, 2))
    # a sample of nobody who was asked has no RMSE and is left out
    assert rmse_difference(by_hand([4, 0], [4, 0]), by_hand([4, 0], [16, 0])) == pytest.approx((-1, -1, -1))


def test_the_interval_is_that_of_drawing_users_with_all_their_ratings():
    models = [Mean().fit(SPLIT.full), Bias().fit(SPLIT.full)]
    errors = [(predict_hidden(m, TEST).astype(float) - TEST.hidden.data) ** 2 for m in models]
    changes = []
    for weights in np.concatenate(list(resample(10, seed=3))):
        times = weights.astype(int)[row_of(TEST.hidden)]
        changes.append(np.subtract(*(np.sqrt(np.repeat(e, times).mean()) for e in errors)))
    wanted = (np.subtract(*(np.sqrt(e.mean()) for e in errors)), *np.quantile(changes, [0.025, 0.975]))
    first, second = (evaluate(m, TEST, scale=SPLIT.scale) for m in models)
    assert rmse_difference(first, second, seed=3) == pytest.approx(wanted, abs=1e-12)
    value, low, high = wanted
    assert rmse_difference(second, first, seed=3) == pytest.approx((-value, -high, -low), abs=1e-12)
    assert rmse_difference(second, first, seed=4) != rmse_difference(second, first, seed=3)


def test_who_is_better_for_every_user_is_better_beyond_the_noise():
    hard = np.linspace(0.25, 2.5, 10)
    comparison = judge(SPLIT, [line("better", hard - 0.125), line("worse", hard)])
    better, worse = comparison.rows
    assert worse["rmse_low"] < better["rmse"] < worse["rmse"] < better["rmse_high"]  # unpaired, nothing could be said
    assert worse["difference_low"] < worse["difference"] < worse["difference_high"] < 0
    assert comparison.verdict.startswith("better wins against worse, the best of the others: RMSE ")


def test_a_ranking_model_has_no_rmse_to_compare():
    rating, ranking = (evaluate(m().fit(X), TEST, scale=SPLIT.scale) for m in (Mean, Popularity))
    for pair in ((rating, ranking), (ranking, rating)):
        with pytest.raises(ParamsError) as caught:
            rmse_difference(*pair)
        assert str(caught.value) == "a ranking model has no RMSE to compare"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (0.5, "deep wins against bias, the best of the others: RMSE 0.5000 against 1.0000, difference -0.5000, 95 % "
              "-0.5000 to -0.5000."),
        (1.5, "deep loses to bias: RMSE 1.5000 against 1.0000, difference +0.5000, 95 % +0.5000 to +0.5000."),
        (1.0, "deep ties with bias, the best of the others: RMSE 1.0000 against 1.0000, difference +0.0000, 95 % "
              "+0.0000 to +0.0000, which is within the noise."),
    ],
)  # fmt: skip
def test_the_verdict_on_an_autoencoder_names_the_best_of_the_others(wrong, words):
    assert verdict(line("mean", 2), line("deep", wrong, Encoder), line("bias", 1)) == words


@pytest.mark.parametrize("wrong", [[0.5, 1.5], [1.5, 0.5]])
def test_an_interval_that_holds_zero_is_a_tie_whoever_is_ahead(wrong):
    both = np.repeat([wrong, wrong[::-1]], [4, 6], axis=0).T  # ahead for four people, behind for six
    comparison = judge(SPLIT, [line("a", both[0], Encoder), line("b", both[1])], seed=4)
    value, low, high = (comparison.rows[1][f"difference{part}"] for part in ("", "_low", "_high"))
    results = [evaluate(fitted.model, TEST, scale=SPLIT.scale) for fitted in comparison.fitted]
    assert (value, low, high) == rmse_difference(*results, seed=4)
    assert low < 0 < high
    assert (value < 0) == (wrong[0] > wrong[1])
    assert comparison.verdict.startswith("a ties with b, the best of the others: RMSE ")
    assert comparison.verdict.endswith(f", 95 % {low:+.4f} to {high:+.4f}, which is within the noise.")


def test_of_several_autoencoders_the_best_on_validation_is_judged_and_the_others_are_no_rivals():
    lines = [
        line("lucky", 0.25, Encoder, valid_rmse=0.9), line("chosen", 0.75, Encoder, valid_rmse=0.8),
        line("unwatched", 0.25, Encoder), line("mean", 2), line("bias", 1),
    ]  # fmt: skip
    comparison = judge(SPLIT, lines)
    assert comparison.verdict.startswith("chosen wins against bias, the best of the others: RMSE 0.7500 against 1.0000")
    assert [row.get("difference") for row in comparison.rows] == pytest.approx([0.5, None, 0.5, -1.25, -0.25])
    assert verdict(*lines[:2]) == "chosen has RMSE 0.7500; there is nothing to compare it with."


def test_an_autoencoder_that_broke_down_on_validation_is_not_the_best_of_them():
    broken = line("broken", 2, Encoder, valid_rmse=np.nan)
    assert verdict(broken, line("sound", 0.5, Encoder, valid_rmse=0.8), line("bias", 1)).startswith("sound wins")


def test_without_an_autoencoder_the_best_is_compared_with_the_second_best():
    words = verdict(line("mean", 2), line("bias", 0.5), line("mf", 1))
    assert words.startswith("bias wins against mf, the best of the others: RMSE 0.5000 against 1.0000")


def test_ranking_models_stay_out_of_a_verdict_on_ratings():
    popularity = Fitted("popularity", Popularity().fit(X), None, 0.1, 1000)
    assert verdict(popularity) == "No model here predicts ratings, so there is no RMSE to judge."
    comparison = judge(SPLIT, [popularity, line("bias", 0.5)])
    assert comparison.verdict == "bias has RMSE 0.5000; there is nothing to compare it with."
    assert [row["rmse"] for row in comparison.rows] == [None, pytest.approx(0.5)]
    assert not any("difference" in row for row in comparison.rows)


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


def test_a_fit_that_was_interrupted_is_not_begun_again(spy):
    spy.stops = ("interrupted",)
    fitted = fit_entry(Entry("spy"), SPLIT)
    assert (len(spy.fits), fitted.stopped) == (1, "interrupted")
    spy.stops = ("interrupted", "early", "interrupted")
    assert fit_entry(Entry("spy"), SPLIT).stopped == "interrupted"  # the second time
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
    assert (order.half, order.prior) == (chosen.half, chosen.prior)
    np.testing.assert_array_equal(order.count, (SPLIT.full.toarray() > 0).sum(0))
    assert order.count.dtype == np.float32
    assert (order.count != chosen.count).any()


def test_a_ranking_model_has_nothing_to_choose_by(spy, monkeypatch):
    monkeypatch.setattr(Spy, "task", "ranking")
    fitted = fit_entry(Entry("spy"), SPLIT)
    assert (fitted.order, fitted.valid_rmse) == (None, None)
    assert [watch.measure for _, watch in spy.fits] == [None, None]


def test_progress_carries_the_label_and_each_fit_its_own_checkpoint(spy, tmp_path):
    told = []
    fit_entry(Entry("spy", label="mine"), SPLIT, report=lambda *words: told.append(words), checkpoint=tmp_path / "run")
    for _, watch in spy.fits:
        watch.report("half way")
    assert told == [("mine", None), ("mine", "half way"), ("mine", "half way")]
    paths = [watch.checkpoint for _, watch in spy.fits]
    assert paths == [tmp_path / f"run.{part}.safetensors" for part in ("choose", "refit")]


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
