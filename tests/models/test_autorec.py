"""AutoRec as it scores: against its formula written out in dense numpy, without torch."""

import multiprocessing
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array

from foretaste.arrays import as_csr, row_of
from foretaste.errors import BundleError, NotFittedError, ParamsError, ResourceError
from foretaste.models import autorec
from foretaste.models.autorec import AutoRec, AutoRecParams, weight_shapes
from foretaste.models.baselines import Bias

COLD_ITEM = 3
QUICK: dict[str, object] = {"epochs": 2, "batch_size": 16, "learning_rate": 0.02}
F: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "selu": lambda x: 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * (np.exp(np.minimum(x, 0)) - 1)),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "tanh": np.tanh,
}


def low_rank(seed: int, rows: int, items: int, density: float = 0.4) -> csr_array:
    """Return ratings 0 to 5 of rank 2; row 1 and item 3 are empty."""
    rng = np.random.default_rng(seed)
    truth = 2.7 + rng.normal(size=(rows, 2)) @ rng.normal(size=(2, items)) + 0.1 * rng.normal(size=(rows, items))
    stored = rng.random((rows, items)) < density
    stored[1], stored[:, COLD_ITEM] = False, False
    row, col = np.nonzero(stored)
    return as_csr(csr_array((truth[row, col].clip(0, 5), (row, col)), shape=(rows, items)))


def dense_scores(model: AutoRec, X: csr_array) -> np.ndarray:
    """Return y = c + sigma (d + f(... f(b + sum x E + s sum M) ...) . D), cell by cell over a dense matrix in float64."""
    p, w = model.params, {k: v.astype(np.float64) for k, v in model.weights_.items()}
    seen = np.zeros(X.shape, bool)
    seen[row_of(X), X.indices] = True
    R = np.where(seen, X.toarray(), np.nan).astype(np.float64)
    mu, b_i = (
        (model.bias_.mean_[0], model.bias_.item_effect_.astype(np.float64)) if p.center else (0.0, np.zeros(X.shape[1]))
    )
    n = seen.sum(1)
    b_u = np.nansum(R - mu - b_i, axis=1) / (n + p.damping_user) if p.center else np.zeros(X.shape[0])
    c = mu + b_i[None, :] + b_u[:, None]
    s = 1 / np.sqrt(np.maximum(n, 1))
    sigma = float(model.sigma_[0])
    x = np.where(seen, (R - c) / sigma, 0) * s[:, None]
    h = x @ w["encoder"] + w["encoder_bias"]
    if p.mask_input:
        h = h + (seen * s[:, None]) @ w["mask"]
    h = F[p.activation](h)
    for layer in range(1, len(p.widths)):
        h = F[p.activation](h @ w[f"inner{layer}"] + w[f"inner{layer}_bias"])
    return np.clip(c + sigma * (w["decoder_bias"] + h @ w["decoder"].T), *model.scale_)


@pytest.mark.parametrize("widths", [(6,), (7, 4, 7)], ids=["shallow", "deep"])
@pytest.mark.parametrize("mask_input", [True, False], ids=["mask", "no-mask"])
@pytest.mark.parametrize("center", [True, False], ids=["centred", "raw"])
@pytest.mark.parametrize("activation", ["selu", "sigmoid"])
@pytest.mark.parametrize("large", [1, 1 << 40], ids=["compiled", "scipy"])
def test_scores_are_the_formula(
    widths: tuple[int, ...],
    mask_input: bool,
    center: bool,
    activation: str,
    large: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(autorec, "LARGE", large)
    X = low_rank(0, 40, 18)
    settings = {"widths": widths, "mask_input": mask_input, "center": center, "activation": activation}
    model = AutoRec(**settings, **QUICK).fit(X)
    newcomers = low_rank(1, 12, 18)
    for rows in (X, newcomers):
        np.testing.assert_allclose(model.score(rows), dense_scores(model, rows), rtol=0, atol=1e-5)


def test_predictions_are_scores_also_over_many_cells() -> None:
    X = low_rank(0, 40, 18)
    model = AutoRec(widths=[5, 3], **QUICK).fit(X)
    rng = np.random.default_rng(2)
    rows, cols = rng.integers(0, 40, 20_000), rng.integers(0, 18, 20_000)  # more than one block
    np.testing.assert_allclose(model.predict(X, rows, cols), model.score(X)[rows, cols], atol=1e-5)


def test_an_item_nobody_rated_gets_the_bias_models_prediction() -> None:
    X = low_rank(0, 40, 18)
    bias = Bias(damping_item=2, damping_user=3).fit(X)
    for refeed in (0, 1):
        model = AutoRec(widths=[6], damping_item=2, damping_user=3, refeed=refeed, **QUICK).fit(X)
        np.testing.assert_array_equal(model.score(X)[:, COLD_ITEM], bias.score(X)[:, COLD_ITEM])
        assert not np.array_equal(model.score(X)[:, 0], bias.score(X)[:, 0])


def test_an_empty_row_is_scored_from_the_biases() -> None:
    X = low_rank(0, 40, 18)
    model = AutoRec(widths=[6], **QUICK).fit(X)
    code = F["selu"](model.weights_["encoder_bias"])
    change = model.weights_["decoder_bias"] + code @ model.weights_["decoder"].T
    wanted = model.bias_.mean_[0] + model.bias_.item_effect_ + model.sigma_[0] * change
    np.testing.assert_allclose(model.score(csr_array((1, 18)))[0], wanted.clip(*model.scale_), atol=1e-5)


def test_encoding_gives_a_code_and_an_effect_for_each_row() -> None:
    X = low_rank(0, 40, 18)
    code, effect = AutoRec(widths=[6, 4], **QUICK).fit(X).encode(X)
    assert (code.shape, code.dtype) == ((40, 4), np.float32)
    np.testing.assert_array_equal(effect, Bias().fit(X).user_effect(X))


def test_encoding_before_fit_is_refused_with_words() -> None:
    with pytest.raises(NotFittedError, match="AutoRec is not fitted"):
        AutoRec().encode(low_rank(0, 4, 18))


def test_without_noise_and_dropout_it_reconstructs_what_it_sees() -> None:
    """With room enough a plain autoencoder learns its own input: training error goes far below the noise."""
    X = low_rank(0, 60, 18)
    settings = {"widths": [64], "noise": 0, "dropout": 0, "l2": 0, "mask_input": False}
    model = AutoRec(**settings, epochs=150, batch_size=20, learning_rate=0.03).fit(X)
    error = model.predict(X, row_of(X), X.indices) - X.data
    assert np.sqrt(np.square(error).mean()) < 0.05


def test_without_noise_training_sees_what_scoring_sees() -> None:
    """With noise and dropout at 0 and one batch, the first epoch's loss is the error of the untrained weights."""
    X = low_rank(0, 60, 18)
    settings = {"widths": [6], "noise": 0, "dropout": 0, "batch_size": 60, "epochs": 2}
    model = AutoRec(**settings, learning_rate=1e-9, l2=0).fit(X)
    inside = dense_scores(model, X)[row_of(X), X.indices]
    free = (inside > X.data.min()) & (inside < X.data.max())  # scores are clipped, the loss is not
    assert free.mean() > 0.9
    assert model.history_.epochs[0]["loss"] == pytest.approx(np.square(inside - X.data).mean(), rel=0.02)


def test_it_learns_what_effects_cannot() -> None:
    whole = low_rank(3, 300, 30, density=0.6)
    rng = np.random.default_rng(4)
    shown = rng.random(whole.nnz) < 0.8
    rows, cols = row_of(whole), whole.indices
    train = csr_array((whole.data[shown], (rows[shown], cols[shown])), shape=whole.shape)
    error = []
    for model in (AutoRec(widths=[64], epochs=20, learning_rate=0.01, l2=0.01, dropout=0.2), Bias()):
        found = model.fit(train).predict(train, rows[~shown], cols[~shown])
        error.append(float(np.sqrt(np.square(found - whole.data[~shown]).mean())))
    assert error[0] < 0.6 * error[1], error


def test_a_list_of_widths_comes_as_keyword_and_is_kept_as_a_tuple() -> None:
    assert AutoRec(widths=[4]).params.widths == (4,)
    assert AutoRec(widths=4).params.widths == (4,)
    assert AutoRec(AutoRecParams(widths=(4,))).params == AutoRec(widths=[4]).params


def test_an_unknown_setting_offers_the_nearest() -> None:
    with pytest.raises(ParamsError, match='AutoRec has no setting "epoch"') as caught:
        AutoRec(epoch=3)
    assert caught.value.hint == 'did you mean "epochs"?'


def test_refitting_runs_the_same_schedule_up_to_the_best_epoch() -> None:
    X, values = low_rank(0, 40, 18), iter([3, 1, 2, 2, 0])
    settings: dict[str, object] = {"widths": [4], "epochs": 9, "patience": 2, "batch_size": 16}
    model = AutoRec(**settings).fit(X, watch=lambda _: next(values))
    assert (model.history_.best_epoch, model.history_.stopped) == (2, "early")
    assert model.refit_params() == replace(model.params, stop_after=2)
    again = AutoRec(model.refit_params()).fit(X)
    np.testing.assert_array_equal(again.score(X), model.score(X))


def test_the_measure_sees_the_model_as_it_stands() -> None:
    X, seen = low_rank(0, 40, 18), []

    def measure(model: AutoRec) -> float:
        seen.append(model.score(X))
        return -float(len(seen))

    model = AutoRec(widths=[4], **QUICK).fit(X, watch=measure)
    assert not np.array_equal(seen[0], seen[1])
    np.testing.assert_array_equal(seen[1], model.score(X))


def test_refit_params_before_fit_are_refused() -> None:
    with pytest.raises(NotFittedError, match="AutoRec is not fitted"):
        AutoRec().refit_params()


def test_a_decay_that_overshoots_stays_finite() -> None:
    """Decoupled decay of more than everything a step must not turn weights over and blow them up."""
    model = AutoRec(widths=[4, 4], l2=50.0, schedule="constant", epochs=60).fit(low_rank(0, 40, 18))
    assert all(np.isfinite(w).all() for w in model.weights_.values())
    assert np.isfinite(model.score(low_rank(1, 5, 18))).all()


def test_the_names_and_shapes_of_all_weights() -> None:
    params = AutoRecParams(widths=(5, 3))
    assert weight_shapes(params, 9) == {
        "encoder": (9, 5), "encoder_bias": (5,), "mask": (9, 5), "inner1": (5, 3), "inner1_bias": (3,),
        "decoder": (9, 3), "decoder_bias": (9,),
    }  # fmt: skip
    assert "mask" not in weight_shapes(replace(params, mask_input=False), 9)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"widths": (5,)}, r"encoder has shape \(18, 4\), expected \(18, 5\)"),
        ({"widths": (4, 4)}, "the arrays of autorec are incomplete: 'inner1'"),
    ],
)
def test_arrays_of_other_settings_are_refused_with_words(change: dict[str, tuple[int, ...]], words: str) -> None:
    model = AutoRec(widths=[4], **QUICK).fit(low_rank(0, 40, 18))
    with pytest.raises(BundleError, match=words):
        AutoRec.from_arrays(replace(model.params, **change), model.arrays())


def test_widths_that_cannot_fit_are_refused_before_anything_is_made() -> None:
    X = low_rank(0, 40, 18)
    words = r"AutoRec of 40 users x 18 items needs about [\d,.]+ GB \(.*parameters [\d,.]+, .*\), this machine has [\d,.]+ GB"
    with pytest.raises(ResourceError, match=words) as caught:
        AutoRec(widths=[1_000_000, 1_000_000]).fit(X)
    assert caught.value.hint == "choose smaller widths"


@pytest.mark.parametrize(
    ("settings", "states"),
    [  # 100 units are two panels of 64: 128 numbers, of which 28 fill up
        ({}, 3 * (28 + 128 + 2) + 2),
        ({"state": "full"}, 3 * (28 + 128 + 128) + 2),
        ({"optimiser": "rmsprop", "mask_input": False}, 2 * (28 + 2) + 1),
        ({"optimiser": "adagrad", "state": "full"}, 3 * (28 + 128) + 1),
        ({"optimiser": "sgd"}, 3 * 28),
    ],
)
def test_the_forecast_counts_the_optimisers_state(settings: dict[str, object], states: int) -> None:
    tables = 3 if settings.get("mask_input") is False else 4
    ours = AutoRec(widths=[100], **settings).forecast(low_rank(0, 40, 18))
    assert ours.optimiser == 4 * (18 * (states + 3 * tables) + 3 * 100)  # 12 bytes a row; AdamW, gradient included


def test_the_forecast_keeps_a_copy_only_where_something_is_measured() -> None:
    X = low_rank(0, 40, 18)
    with_copy, without = (AutoRec(widths=[100]).forecast(X, measured=measured) for measured in (True, False))
    assert (with_copy.kept, without.kept) == (with_copy.parameters, 0)
    assert without.scoring == 4 * 18 * (100 + 4 * 64)  # a table at a time is handed over, panel by panel
    assert with_copy.scoring > without.scoring


def test_the_forecast_of_a_batch_follows_its_ratings_and_feeding_back_the_catalogue() -> None:
    X = low_rank(0, 40, 18)
    size = [AutoRec(widths=[4], batch_size=rows).forecast(X).batch for rows in (8, 4000)]
    fed = AutoRec(widths=[4], refeed=1, batch_size=32).forecast(X).batch
    assert size[0] <= size[1] < fed


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_child_forked_after_training_trains_too() -> None:
    X = low_rank(0, 40, 18)
    wanted = AutoRec(widths=(300,), **QUICK).fit(X).score(X)  # wide enough to have woken torch's threads
    with multiprocessing.get_context("fork").Pool(1) as pool:
        found = pool.apply_async(_fit_and_score, (X,)).get(60)
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-5)


def _fit_and_score(X: csr_array) -> np.ndarray:
    return AutoRec(widths=(300,), **QUICK).fit(X).score(X)


def test_a_step_takes_an_eightieth_of_the_rows_where_no_number_is_given() -> None:
    assert (AutoRec().batches(8000, 5), AutoRec(batch_size=32).batches(8000, 5)) == (80, 250)
    X = low_rank(0, 40, 18)
    settings = {"widths": [6], "epochs": 2, "learning_rate": 0.02}
    found, wanted = (AutoRec(**settings, batch_size=size).fit(X).score(X) for size in (0, 4))
    np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"shown_weight": 1.5}, "shown_weight is 1.5, expected 0 to 1"),
        ({"shown_weight": 0.0, "noise": 0.0}, "shown_weight is 0, expected 0.01 to 1"),
        ({"batch_size": -1}, "batch_size is -1, expected 0 to 4611686018427387904"),
    ],
)
def test_settings_that_ask_nothing_are_refused_with_words(settings: dict[str, object], words: str) -> None:
    with pytest.raises(ParamsError) as caught:
        AutoRec(**settings)
    assert str(caught.value) == words
