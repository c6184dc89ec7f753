"""RecVAE as a model: what a score is, what it needs, and words about its settings."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array

from foretaste.arrays import with_values
from foretaste.errors import ParamsError
from foretaste.models import Popularity, RecVae
from foretaste.models.rec_vae import NORM_EPS, rec_shapes
from foretaste.training.watch import Watch

QUICK: dict[str, Any] = {"widths": [6, 6], "latent": 3, "epochs": 4, "batch_size": 8, "learning_rate": 0.01}


def taste(rows: int = 60, items: int = 30, seed: int = 0) -> csr_array:
    """Return people of two tastes: most of what each holds is of one half of the items."""
    rng = np.random.default_rng(seed)
    near = (np.arange(rows)[:, None] % 2) == (np.arange(items) % 2)
    return csr_array((rng.random((rows, items)) < np.where(near, 0.5, 0.05)).astype(np.float32))


X = taste()


def make(**settings: Any) -> RecVae:
    return RecVae(**(QUICK | settings))


def normed(pre: np.ndarray, gain: np.ndarray, bias: np.ndarray) -> np.ndarray:
    act = pre / (1 + np.exp(-pre))
    return (act - act.mean(1, keepdims=True)) / np.sqrt(act.var(1, keepdims=True) + NORM_EPS) * gain + bias


def test_scores_are_the_formula_with_nothing_hidden() -> None:
    model = make().fit(X)
    w = {name: value.astype(np.float64) for name, value in model.arrays().items()}
    unit = X.toarray() / np.maximum(np.sqrt(X.toarray().sum(1, keepdims=True)), 1e-9)
    first = normed(unit @ w["encoder"] + w["encoder_bias"], w["norm0_gain"], w["norm0_bias"])
    pre = first @ w["inner1"] + w["inner1_bias"] + first
    mean = normed(pre, w["norm1_gain"], w["norm1_bias"]) @ w["posterior"][:, :3] + w["posterior_bias"][:3]
    np.testing.assert_allclose(model.encode(X), mean, atol=1e-4)
    np.testing.assert_allclose(model.score(X), mean @ w["decoder"].T + w["decoder_bias"], atol=1e-4)


def test_values_say_nothing() -> None:
    other = with_values(X, np.random.default_rng(0).integers(-3, 6, X.nnz).astype(np.float32))
    np.testing.assert_array_equal(make().fit(other).score(other), make().fit(X).score(X))


def test_taste_is_learnt_beyond_popularity() -> None:
    new = taste(40, seed=1).toarray()
    hidden = np.random.default_rng(2).random(new.shape) < 0.5
    shown = csr_array((new * ~hidden).astype(np.float32))

    def gap(model: Any) -> float:
        scores = model.score(shown)
        return float(scores[(new > 0) & hidden].mean() - scores[(new == 0) & hidden].mean()) / float(scores.std())

    assert gap(make(epochs=20, widths=[30, 30]).fit(X)) > gap(Popularity().fit(X)) + 0.3


def test_the_best_epoch_is_kept_and_told() -> None:
    watched, seen = iter([3.0, 1.0, 2.0, 2.5]), []

    def measure(model: Any) -> float:
        seen.append(model.score(X))
        return next(watched)

    model = make().fit(X, watch=measure)
    np.testing.assert_array_equal(model.score(X), seen[1])
    assert model.refit_params().stop_after == 2
    np.testing.assert_array_equal(make(stop_after=2).fit(X).score(X), seen[1])


def test_a_run_that_is_cut_goes_on_as_if_it_had_not_been(tmp_path: Path) -> None:
    calls: list[int] = []

    def cut(model: Any) -> float:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return -float(model.score(X[:3]).sum())

    watch = Watch(measure=cut, checkpoint=tmp_path / "run")
    with pytest.raises(KeyboardInterrupt):
        make().fit(X, watch=watch)
    again = make().fit(X, watch=watch)
    assert len(calls) == 3 + 2
    np.testing.assert_array_equal(again.score(X), make().fit(X, watch=lambda m: -float(m.score(X[:3]).sum())).score(X))


def test_steps_of_a_pass_follow_the_rows() -> None:
    assert RecVae().batches(6_040, 10) == 80
    assert RecVae(batch_size=100).batches(6_040, 10) == 61


def test_the_forecast_counts_the_encoder_of_the_pass_before() -> None:
    wide = csr_array(([1.0], ([0], [9_999])), shape=(200, 10_000))
    need, less = (make(widths=widths).forecast(wide) for widths in ([640], [64]))
    encoder = 4 * 10_000 * (640 - 64)
    assert need.optimiser - less.optimiser > 2 * encoder  # a first moment, and what the pass before left
    assert need.kept == need.parameters


def test_shapes_are_named_by_their_place() -> None:
    shapes = rec_shapes(7, (4, 4), 3)
    assert shapes["encoder"] == (7, 4)
    assert shapes["inner1"] == (4, 4)
    assert shapes["posterior"] == (4, 6)
    assert shapes["decoder"] == (7, 3)
    assert [name for name in shapes if name.startswith(("inner", "norm"))] == [
        "norm0_gain", "norm0_bias", "inner1", "inner1_bias", "norm1_gain", "norm1_bias"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("widths", [6, 5], r"widths are \(6, 5\), expected all alike\nhint: each layer adds all before it"),
        ("latent", 0, "latent is 0, expected 1 to 1000000"),
        ("gamma", -0.1, "gamma is -0.1, expected at least 0"),
        ("encoder_steps", 0, "encoder_steps is 0, expected 1 to 100"),
        ("dropout", 1.0, "dropout is 1, expected 0 to 0.99"),
    ],
)
def test_settings_outside_their_range_are_refused_with_words(setting: str, value: object, words: str) -> None:
    with pytest.raises(ParamsError, match=words):
        RecVae(**{setting: value})
