"""tune() from end to end on a tiny world, with real fits."""

import json
import math
import os
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from foretaste.data.catalog import Catalog
from foretaste.data.filters import as_clicks
from foretaste.data.ratings import Ratings
from foretaste.entries import Entry
from foretaste.errors import DataError, InputError, ParamsError
from foretaste.evaluation import hidden_ndcg, hidden_rmse
from foretaste.experiment import divide
from foretaste.fitting import measure_for
from foretaste.models import MODELS, Bias
from foretaste.recipe import DataParams, Recipe, SplitParams
from foretaste.source import Source
from foretaste.tuning import Search, Standing, Tuned, searchable, tune
from foretaste.tuning import driver as module
from foretaste.tuning.goal import Goal
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
        def __init__(self, parts: list[Part], seed: int, goal: Goal) -> None:
            seen.extend(parts)
            super().__init__(parts, seed, goal)

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


@pytest.fixture(scope="module")
def clicks(source: Source) -> Source:
    """The likes of the same world, from a rating of 3 on."""
    liked = as_clicks(source.ratings, 3.0)
    return Source(liked, source.catalog.only(liked.item_ids), name="likes", like=3.0, rated=source.scale)


def likes_of(recipe: Recipe) -> Recipe:
    return replace(recipe, data=DataParams(task="ranking", like=3.0))


def test_models_that_rank_are_chosen_by_their_lists(clicks: Source) -> None:
    asked = likes_of(recipe(Entry("cosine_knn"), Entry("popularity"), Entry("ease", {"l2": 5.0})))
    tuned = tune(asked, clicks, Search(trials=6))
    knn, popular, ease = tuned.lines
    assert tuned.about["metric"] == "ndcg@100"
    assert [len(line.trials) for line in tuned.lines[:2]] == [6, 1]  # popularity has nothing to choose
    assert knn.best is not None
    assert knn.default is not None
    assert knn.best.score.value <= knn.default.score.value < 0
    split = divide(clicks, asked)
    for line in tuned.lines:
        model = MODELS[line.model](**line.settings())
        model.fit(split.train, watch=measure_for(model, split))
        quality = hidden_ndcg(model, split.valid, scale=clicks.scale)
        assert quality == pytest.approx(line.told(line.best))
    assert knn.gain is not None
    assert knn.gain.difference == pytest.approx(knn.best.score.value - knn.default.score.value, abs=1e-6)
    out = json.loads(json.dumps(tuned.to_json(), allow_nan=False))
    assert out["models"][0]["best_ndcg@100"] == pytest.approx(-knn.best.score.value)
    assert popular.gain is not None
    assert popular.gain.difference == 0
    values = [line.told(line.best) for line in tuned.lines if line.best]
    assert tuned.entries()[-1].model == tuned.lines[int(np.argmax(values))].model
    assert tuned.recipe().data == asked.data
    assert ease.settings()["l2"] == 5


def test_a_ranker_of_ratings_is_chosen_by_what_people_rate_high(source: Source) -> None:
    asked = recipe(Entry("cosine_knn", {"exponent": 0.5}))
    (line,) = tune(asked, source, Search(trials=3)).lines
    split = divide(source, asked)
    model = MODELS["cosine_knn"](**line.settings()).fit(split.train)
    assert hidden_ndcg(model, split.valid, scale=source.scale) == pytest.approx(line.told(line.best))


def test_what_a_fit_chooses_itself_is_left_to_it_and_noted(clicks: Source) -> None:
    (line,) = tune(likes_of(recipe(Entry("edlae"))), clicks, Search(trials=3)).lines
    assert all(set(trial.settings) == set(MODELS["edlae"].space) for trial in line.trials)
    assert line.best is not None
    assert line.settings()["l2"] == line.best.score.chosen["l2"] > 0


def test_models_of_both_tasks_are_not_searched_together(source: Source) -> None:
    with pytest.raises(ParamsError) as caught:
        tune(recipe(Entry("bias"), Entry("mean"), Entry("popularity")), source, Search(trials=1))
    assert str(caught.value) == (
        "mean is chosen by RMSE and popularity by NDCG@100, and one search has one measure\n"
        "hint: search the models that predict ratings and those that rank one after the other, each with its own --out"
    )


def test_where_there_are_clicks_models_that_predict_ratings_are_refused(clicks: Source) -> None:
    with pytest.raises(ParamsError, match="bias predicts ratings, and with --task ranking there are none, only clicks"):
        tune(likes_of(recipe(Entry("bias"))), clicks, Search(trials=1))
    words = "bias predicts ratings, and here all of them are equal: they are clicks"
    with pytest.raises(ParamsError, match=words) as caught:
        tune(recipe(Entry("bias")), clicks, Search(trials=1))
    assert caught.value.hint == f"models to search: {', '.join(searchable('ranking'))}"


def test_where_nobody_in_validation_likes_anything_there_is_nothing_to_choose_by(source: Source) -> None:
    world = source.ratings
    low = Ratings.from_arrays(world.user_code, world.item_code, np.where(np.arange(len(world)) < 1, 5.0, 1.0))
    with pytest.raises(DataError) as caught:
        tune(recipe(Entry("popularity")), Source(low, Catalog(low.item_ids)), Search(trials=1))
    assert str(caught.value) == (
        "nobody in validation likes anything that is hidden, so there is no list to choose by\n"
        "hint: hide more (--hide 50%), or keep more people"
    )


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
    assert not {"mean", "popularity", "ials"} & set(searchable())
    assert {"ials", "edlae", "cosine_knn"} <= set(searchable("ranking"))
    assert not {"popularity", "bias", "rank_blend"} & set(searchable("ranking"))
    assert all(MODELS[name].space for task in ("rating", "ranking") for name in searchable(task))


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
