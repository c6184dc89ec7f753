"""tune() from end to end on a tiny world, with real fits."""

import json
import math
import os
import signal
from pathlib import Path

import numpy as np
import pytest

from foretaste.entries import Entry
from foretaste.errors import InputError, ParamsError
from foretaste.evaluation import hidden_rmse
from foretaste.experiment import Source, divide
from foretaste.models import MODELS, Bias
from foretaste.recipe import Recipe, SplitParams
from foretaste.tuning import Search, Standing, Tuned, searchable, tune
from foretaste.tuning import driver as module
from foretaste.tuning.parts import Part

QUICK = {"epochs": 3}


def recipe(*entries: Entry, seed: int = 1, kind: str = "new-users") -> Recipe:
    return Recipe(split=SplitParams(kind=kind, seed=seed), models=entries, seed=seed)


def settings(tuned: Tuned, model: int = 0) -> list[dict[str, object]]:
    return [dict(trial.settings) for trial in tuned.lines[model].trials]


def test_the_best_settings_are_better_than_the_defaults_where_choosing_saw(source: Source) -> None:
    tuned = tune(recipe(Entry("bias")), source, Search(trials=15))
    (line,) = tuned.lines
    assert line.default is not None
    assert line.best is not None
    assert line.default.settings == {"damping_item": 5.0, "damping_user": 5.0}
    assert line.best.score.value < line.default.score.value
    assert line.gain is not None
    assert line.gain.difference == pytest.approx(line.best.score.value - line.default.score.value, rel=1e-4)
    split = divide(source, recipe(Entry("bias")))
    again = Bias(**line.settings()).fit(split.train)
    assert hidden_rmse(again, split.valid) == pytest.approx(line.best.score.value)
    assert line.seconds > 0


def test_settings_of_an_entry_are_fixed(source: Source) -> None:
    tuned = tune(recipe(Entry("biased_mf", {**QUICK, "latent": 3})), source, Search(trials=3))
    for trial in tuned.lines[0].trials:
        assert set(trial.settings) == {"l2", "l2_implicit", "unexplained", "damping_item", "damping_user"}
    assert tuned.lines[0].settings() | {"epochs": 3} == tuned.lines[0].settings() | QUICK
    assert tuned.lines[0].settings()["latent"] == 3


def test_the_same_seed_tries_the_same_and_another_does_not(source: Source) -> None:
    entry = Entry("biased_mf", QUICK)
    first, second = (settings(tune(recipe(entry), source, Search(trials=9))) for _ in range(2))
    assert first == second
    assert settings(tune(recipe(entry, seed=2), source, Search(trials=9)))[1:] != first[1:]


def test_every_model_gets_the_same(source: Source) -> None:
    tuned = tune(recipe(Entry("bias"), Entry("biased_mf", QUICK), Entry("mean")), source, Search(trials=4))
    assert [len(line.trials) for line in tuned.lines] == [4, 4, 1]  # mean has nothing to choose
    assert tuned.lines[2].gain is not None
    assert tuned.lines[2].gain.difference == 0


def test_time_is_divided_among_those_that_have_something_to_choose(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = []

    class Clock(module.Clock):
        def __init__(self, limit_s: float, spent_s: float) -> None:
            limits.append(limit_s)
            super().__init__(limit_s, spent_s)

    monkeypatch.setattr(module, "Clock", Clock)
    tune(recipe(Entry("bias"), Entry("mean"), Entry("biased_mf", QUICK)), source, Search(budget_s=2))
    assert limits == [1, 1, 1]
    limits.clear()
    tune(recipe(Entry("mean")), source, Search(trials=2))
    assert limits == [math.inf]


def test_the_test_part_makes_no_difference(source: Source) -> None:
    """Ratings of the test part are turned upside down, and the search goes the same way."""
    asked = recipe(Entry("bias"))
    judged = np.isin(source.ratings.user, divide(source, asked).test.user_ids)
    table = source.ratings
    turned = np.where(judged, 5.5 - table.rating, table.rating).astype(np.float32)
    other = Source(type(table).from_arrays(table.user, table.item, turned, table.time), source.catalog)
    assert (table.rating != turned).sum() > 50
    first, second = (tune(asked, data, Search(trials=6, repeats=2)) for data in (source, other))
    assert settings(first) == settings(second)
    values = [[trial.score.value for trial in tuned.lines[0].trials] for tuned in (first, second)]
    assert values[0] == values[1]


def test_only_training_and_validation_come_in(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Part] = []

    class Objective(module.Objective):
        def __init__(self, parts: list[Part], seed: int) -> None:
            seen.extend(parts)
            super().__init__(parts, seed)

    monkeypatch.setattr(module, "Objective", Objective)
    tune(recipe(Entry("bias")), source, Search(trials=1))
    assert [set(vars(part)) for part in seen] == [{"train", "valid"}]


def test_a_stopped_search_goes_on_where_it_stopped(source: Source, tmp_path: Path) -> None:
    asked, path = recipe(Entry("biased_mf", QUICK), Entry("bias")), tmp_path / "study"
    whole = tune(asked, source, Search(trials=8))
    tune(asked, source, Search(trials=3, study=path))
    fits = []
    again = tune(
        asked, source, Search(trials=8, study=path), report=lambda s: fits.append(s.state) if s.state else None
    )
    assert len(fits) == 10
    assert [settings(again, n) for n in (0, 1)] == [settings(whole, n) for n in (0, 1)]
    for first, second in zip(again.lines, whole.lines, strict=True):
        assert first.settings() == second.settings()
        assert first.gain == second.gain
    done = tune(asked, source, Search(trials=8, study=path), report=lambda _: pytest.fail("nothing is left to do"))
    assert done.entries() == again.entries()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"seed": 2}, "another division"),
        ({"kind": "random"}, "another division"),
        ({"entry": Entry("bias", {"damping_item": 2.0})}, "another search space"),
        ({"entry": Entry("bias", {"epochs": 4})}, "other fixed settings"),
        ({"repeats": 2}, "another division"),
    ],
)
def test_a_study_of_something_else_is_refused(
    source: Source, tmp_path: Path, change: dict[str, object], words: str
) -> None:
    tune(recipe(Entry("bias")), source, Search(trials=1, study=tmp_path / "s"))
    asked = {"entry": Entry("bias"), "seed": 1, "kind": "new-users", "repeats": 1} | change
    other = recipe(asked["entry"], seed=asked["seed"], kind=asked["kind"])  # type: ignore[arg-type]
    with pytest.raises(InputError, match=f"keeps a search with {words}"):
        tune(other, source, Search(trials=1, repeats=asked["repeats"], study=tmp_path / "s"))  # type: ignore[arg-type]


def test_a_study_of_other_data_or_another_version_is_refused(
    source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, search = recipe(Entry("bias")), Search(trials=1, study=tmp_path / "s")
    tune(asked, source, search)
    fewer = Source(source.ratings.select(np.arange(899)), source.catalog)
    with pytest.raises(InputError, match="keeps a search with other data"):
        tune(asked, fewer, search)
    monkeypatch.setattr(module.foretaste, "__version__", "99")
    with pytest.raises(InputError, match="keeps a search with another version of foretaste"):
        tune(asked, source, search)


def test_several_divisions_are_averaged(source: Source) -> None:
    one, three = (tune(recipe(Entry("bias")), source, Search(trials=2, repeats=n)) for n in (1, 3))
    assert len(three.lines[0].trials[0].score.curves) == 3
    assert three.lines[0].trials[0].score.value != one.lines[0].trials[0].score.value


def test_a_model_that_predicts_no_ratings_is_refused(source: Source) -> None:
    with pytest.raises(ParamsError, match="popularity predicts no ratings, so there is no RMSE to choose by") as caught:
        tune(recipe(Entry("bias"), Entry("popularity")), source, Search(trials=1))
    assert "models to search: " in str(caught.value.hint)
    assert "biased_mf" in str(caught.value.hint)


def test_wrong_settings_and_equal_names_are_refused_before_anything_is_fitted(source: Source) -> None:
    with pytest.raises(ParamsError, match="damping_item is -1"):
        tune(recipe(Entry("bias", {"damping_item": -1})), source, Search(trials=1))
    with pytest.raises(ParamsError, match='"bias" stands twice'):
        tune(recipe(Entry("bias"), Entry("bias")), source, Search(trials=1))


def test_one_model_may_be_searched_twice_under_two_labels(source: Source) -> None:
    twice = recipe(Entry("bias", label="a"), Entry("bias", {"damping_user": 1.0}, label="b"))
    tuned = tune(twice, source, Search(trials=3))
    assert [line.label for line in tuned.lines] == ["a", "b"]
    assert set(tuned.lines[1].trials[0].settings) == {"damping_item"}


def test_what_can_be_searched_predicts_ratings_and_has_something_to_choose() -> None:
    assert {"bias", "biased_mf", "autorec"} <= set(searchable())
    assert not {"mean", "popularity"} & set(searchable())
    assert all(MODELS[name].space for name in searchable())


def test_ctrl_c_keeps_what_was_found(source: Source) -> None:
    def press(standing: Standing) -> None:
        if standing.trials == 2 and standing.step is not None and standing.label == "biased_mf":
            os.kill(os.getpid(), signal.SIGINT)

    tuned = tune(recipe(Entry("biased_mf", QUICK), Entry("bias")), source, Search(trials=50), report=press)
    assert tuned.interrupted
    assert [len(line.trials) for line in tuned.lines] == [2]
    assert tuned.entries()


def test_the_json_is_json(source: Source) -> None:
    tuned = tune(recipe(Entry("biased_mf", QUICK)), source, Search(trials=2))
    again = json.loads(json.dumps(tuned.to_json(), allow_nan=False))
    assert again["models"][0]["trials"] == 2
    assert again["data"]["fingerprint"] == source.ratings.fingerprint()


@pytest.mark.slow
def test_two_processes_try_the_same_whoever_is_faster(source: Source, tmp_path: Path) -> None:
    asked = recipe(Entry("biased_mf", QUICK))
    first, second = (tune(asked, source, Search(trials=10, jobs=2)) for _ in range(2))
    by_number = [{trial.number: dict(trial.settings) for trial in tuned.lines[0].trials} for tuned in (first, second)]
    assert by_number[0] == by_number[1]
    assert len(by_number[0]) == 10
