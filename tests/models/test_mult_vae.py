"""Mult-DAE and Mult-VAE as models: what a score is, annealing and stopping, checkpoints, samples, forecasts."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array

from foretaste.arrays import with_values
from foretaste.errors import ParamsError
from foretaste.models import MultDae, MultVae, Popularity, Recommender
from foretaste.models.mult_vae import dae_shapes, vae_shapes
from foretaste.training.watch import Watch

QUICK: dict[type[Recommender[Any]], dict[str, Any]] = {
    MultDae: {"widths": [6], "epochs": 4, "batch_size": 8, "learning_rate": 0.01},
    MultVae: {"widths": [6], "latent": 3, "epochs": 4, "batch_size": 8, "learning_rate": 0.01},
}
both = pytest.mark.parametrize("kind", [MultDae, MultVae])


def taste(rows: int = 60, items: int = 30, seed: int = 0) -> csr_array:
    """Return people of two tastes: most of what each holds is of one half of the items."""
    rng = np.random.default_rng(seed)
    near = (np.arange(rows)[:, None] % 2) == (np.arange(items) % 2)
    return csr_array((rng.random((rows, items)) < np.where(near, 0.5, 0.05)).astype(np.float32))


X = taste()


def make(kind: type[Recommender[Any]], **settings: Any) -> Recommender[Any]:
    return kind(**(QUICK[kind] | settings))


@both
def test_scores_are_the_formula_with_nothing_hidden(kind: Any) -> None:
    model = make(kind).fit(X)
    w = {name: value.astype(np.float64) for name, value in model.arrays().items()}
    unit = X.toarray() / np.maximum(np.sqrt(X.toarray().sum(1, keepdims=True)), 1e-9)
    code = np.tanh(unit @ w["encoder"] + w["encoder_bias"])
    if kind is MultVae:
        mean = code @ w["posterior"][:, :3] + w["posterior_bias"][:3]
        np.testing.assert_allclose(model.encode(X), mean, atol=1e-5)
        code = np.tanh(mean @ w["outer0"] + w["outer0_bias"])
    else:
        np.testing.assert_allclose(model.encode(X), code, atol=1e-5)
    np.testing.assert_allclose(model.score(X), code @ w["decoder"].T + w["decoder_bias"], atol=1e-4)


@both
def test_values_say_nothing(kind: Any) -> None:
    other = with_values(X, np.random.default_rng(0).integers(-3, 6, X.nnz).astype(np.float32))
    model = make(kind).fit(X)
    np.testing.assert_array_equal(make(kind).fit(other).score(other), model.score(X))


@both
def test_taste_is_learnt_beyond_popularity(kind: Any) -> None:
    """Hidden clicks of new people stand higher than by popularity."""
    new = taste(40, seed=1).toarray()
    hidden = np.random.default_rng(2).random(new.shape) < 0.5
    shown = csr_array((new * ~hidden).astype(np.float32))

    def gap(model: Any) -> float:
        scores = model.score(shown)
        return float(scores[(new > 0) & hidden].mean() - scores[(new == 0) & hidden].mean()) / float(scores.std())

    assert gap(make(kind, epochs=20, widths=[30]).fit(X)) > gap(Popularity().fit(X)) + 0.3


@both
def test_an_empty_row_gets_nearly_the_order_of_popularity_before_much_is_learnt(kind: Any) -> None:
    scores = make(kind, learning_rate=1e-6).fit(X).score(csr_array((1, 30)))[0]
    count = Popularity().fit(X).score(csr_array((1, 30)))[0]
    assert np.corrcoef(scores, np.log(count + 0.5))[0, 1] > 0.9


@both
def test_the_best_epoch_is_kept_and_told(kind: Any) -> None:
    watched = iter([3.0, 1.0, 2.0, 2.5])
    seen: list[Any] = []

    def measure(model: Any) -> float:
        seen.append(model.score(X))
        return next(watched)

    model = make(kind).fit(X, watch=measure)
    np.testing.assert_array_equal(model.score(X), seen[1])
    assert model.refit_params().stop_after == 2
    assert model.stopped_ == "finished"
    again = make(kind, stop_after=2).fit(X)
    np.testing.assert_array_equal(again.score(X), seen[1])


@both
def test_training_stops_when_patience_ends(kind: Any) -> None:
    values = iter(range(100))
    model = make(kind, patience=2).fit(X, watch=lambda _: float(next(values)))
    assert model.stopped_ == "early"
    assert model.refit_params().stop_after == 1


@both
@pytest.mark.parametrize("exact", [30, 0])
def test_a_run_that_is_cut_goes_on_as_if_it_had_not_been(kind: Any, exact: int, tmp_path: Path) -> None:
    whole = make(kind, exact_items=exact, samples=5).fit(X, watch=lambda m: -float(m.score(X[:3]).sum()))

    def cut(model: Any) -> float:
        if len(calls) == 2:
            raise KeyboardInterrupt
        calls.append(1)
        return -float(model.score(X[:3]).sum())

    calls: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        make(kind, exact_items=exact, samples=5).fit(X, watch=Watch(measure=cut, checkpoint=tmp_path / "run"))
    calls.append(1)
    again = make(kind, exact_items=exact, samples=5).fit(X, watch=Watch(measure=cut, checkpoint=tmp_path / "run"))
    np.testing.assert_array_equal(again.score(X), whole.score(X))


@both
def test_a_sample_of_all_items_learns_what_the_whole_softmax_learns(kind: Any) -> None:
    """The output's second moments are one a row there, so steps differ in size, but not in where they lead."""
    whole = make(kind, epochs=20).fit(X).score(X)
    sampled = make(kind, epochs=20, exact_items=0, samples=30).fit(X).score(X)
    centred = [scores - scores.mean(1, keepdims=True) for scores in (whole, sampled)]
    assert np.corrcoef(centred[0].flatten(), centred[1].flatten())[0, 1] > 0.95


@both
def test_steps_of_a_pass_follow_the_rows(kind: Any) -> None:
    assert kind().batches(6_040, 10) == 80
    assert kind(batch_size=100).batches(6_040, 10) == 61


@both
@pytest.mark.parametrize("exact", [50_000, 0])
def test_the_forecast_knows_the_softmax_and_the_copy_of_the_best(kind: Any, exact: int) -> None:
    wide = csr_array(([1.0], ([0], [9_999])), shape=(200, 10_000))
    need = make(kind, exact_items=exact, samples=50, widths=[100]).forecast(wide)
    assert need.kept == need.parameters
    assert make(kind, exact_items=exact).forecast(wide, measured=False).kept == 0
    states = 3 if exact else 2  # gradient and two moments, or a moment and rounding up to whole panels
    assert need.optimiser > 4 * 10_000 * 100 * states


def test_shapes_are_named_by_their_place() -> None:
    outer = {"encoder": (7, 3), "encoder_bias": (3,), "decoder_bias": (7,)}
    assert dae_shapes(7, (3,)) == outer | {"decoder": (7, 3)}
    assert dae_shapes(7, (3, 4)) == outer | {"decoder": (7, 4), "inner1": (3, 4), "inner1_bias": (4,)}
    inner = {"inner1": (3, 4), "inner1_bias": (4,), "posterior": (4, 4), "posterior_bias": (4,)}
    back = {"outer0": (2, 4), "outer0_bias": (4,), "outer1": (4, 3), "outer1_bias": (3,)}
    assert vae_shapes(7, (3, 4), 2) == outer | inner | back | {"decoder": (7, 3)}


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("latent", 0, "latent is 0, expected 1 to 1000000"),
        ("beta", -0.1, "beta is -0.1, expected at least 0"),
        ("anneal", 1.5, "anneal is 1.5, expected 0 to 1"),
    ],
)
def test_settings_outside_their_range_are_refused_with_words(setting: str, value: object, words: str) -> None:
    with pytest.raises(ParamsError, match=words):
        MultVae(**{setting: value})
