"""tune(): find settings for some models on validation people, with equal effort for each; the test part is never looked at."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import foretaste
from foretaste.entries import Entry, check_entries
from foretaste.errors import DataError, ParamsError
from foretaste.lineup import check_task
from foretaste.models import MODELS, model_class
from foretaste.recipe import Recipe
from foretaste.source import Source
from foretaste.training.interrupt import StopRequest, stop_on_interrupt
from foretaste.tuning.clock import Clock
from foretaste.tuning.goal import Errors, Goal, Lists
from foretaste.tuning.noise import gain
from foretaste.tuning.objective import Objective
from foretaste.tuning.outcome import Line, Tuned
from foretaste.tuning.parts import Part, make_parts
from foretaste.tuning.pool import Here, Workers
from foretaste.tuning.search import Search
from foretaste.tuning.stages import ModelSearch, Standing, Subject
from foretaste.tuning.study import Study

Report = Callable[[Standing], None]
"""Called when a trial has ended, and with the progress of a fit where trials are made in this process."""


def tune(recipe: Recipe, source: Source, search: Search | None = None, *, report: Report | None = None) -> Tuned:
    """Search good settings for every model of a recipe.

    Args:
        recipe: Its data and split are used as `run` uses them, its seed is that of models and sampler; settings that an entry
            has are fixed, the others of the model's `space` are searched.
        source: From `load`.
        search: How much is tried; a quick search where it is not given.
        report: Progress.

    Returns:
        The best settings of each model on validation, and everything that was tried. After Ctrl-C, what was found until then.

    Raises:
        ForetasteError: As its parts do; everything is checked before anything is fitted.
    """
    search = search or Search()
    check_entries(recipe.models, recipe.seed, kind=recipe.split.kind)
    goal = _goal(recipe, source)
    parts = make_parts(recipe, source, search.repeats)
    _check_asked(goal, parts)
    about = _about(recipe, source, search, goal)
    lines, interrupted = search_parts(recipe.models, parts, goal, about, search, seed=recipe.seed, report=report)
    return Tuned(lines, about, recipe, interrupted)


def search_parts(
    entries: Sequence[Entry],
    parts: Sequence[Part],
    goal: Goal,
    about: Mapping[str, Any],
    search: Search,
    *,
    seed: int = 0,
    report: Report | None = None,
) -> tuple[tuple[Line, ...], bool]:
    """Search some models on divisions that are made, one after the other.

    Args:
        entries: Models of one task; settings that they have are fixed.
        parts: What is learnt from and chosen on.
        goal: What makes a setting good.
        about: Data, division, seed and version, which a study is known by.
        search: How much is tried.
        seed: Of models and sampler.
        report: Progress.

    Returns:
        A line for each model, of those before a Ctrl-C; and whether there was one.
    """
    subjects = [_subject(entry, seed) for entry in entries]
    limit = search.seconds(sum(bool(subject.defaults) for subject in subjects))
    rooms = [_Room(subject, about, parts, search) for subject in subjects]
    lines = []
    with stop_on_interrupt() as stop, _pool(Objective(parts, seed, goal), search, stop) as pool:
        for room in rooms:
            clock = Clock(math.inf if limit is None else limit, room.whole.spent_s)
            searching = ModelSearch(room.subject, room.whole, pool=pool, clock=clock, report=report, goal=goal)
            searching.run(search.most, min(part.train.shape[0] for part in parts), room.few)
            lines.append(_line(searching, parts, seed, goal))
            if stop.asked:
                break
        return tuple(lines), stop.asked


def searchable(task: str = "rating") -> list[str]:
    """Return the names of all models of a task that have something to choose."""
    return [name for name, kind in MODELS.items() if kind.task == task and kind.space]


def _goal(recipe: Recipe, source: Source) -> Goal:
    """Return what all models of a recipe are to be good at.

    Raises:
        ParamsError: Some predict ratings and some do not, or some do and there is nothing to predict.
    """
    check_task(recipe)
    named = {model_class(entry.model).task: entry.model for entry in recipe.models}
    if len(named) > 1:
        raise ParamsError(
            f"{named['rating']} is chosen by RMSE and {named['ranking']} by NDCG@100, and one search has one measure",
            hint="search the models that predict ratings and those that rank one after the other, each with its own --out",
        )
    if "ranking" in named:
        return Lists(source.scale)
    if source.clicks:
        raise ParamsError(
            f"{named['rating']} predicts ratings, and here all of them are equal: they are clicks",
            hint=f"models to search: {', '.join(searchable('ranking'))}",
        )
    return Errors()


def _check_asked(goal: Goal, parts: Sequence[Part]) -> None:
    for part in parts:
        if not goal.asked(part.valid).any():
            raise DataError(
                "nobody in validation likes anything that is hidden, so there is no list to choose by",
                hint="hide more (--hide 50%), or keep more people",
            )


def _subject(entry: Entry, seed: int) -> Subject:
    kind = model_class(entry.model)
    params = vars(entry.build(seed).params)
    defaults = {name: params[name] for name in kind.space if name not in entry.settings}
    fixed = {name: params[name] for name in entry.settings}
    return Subject(entry.label or kind.name, kind.name, fixed, defaults, int(fixed.get("seed", seed)))


def _about(recipe: Recipe, source: Source, search: Search, goal: Goal) -> dict[str, Any]:
    """Return what the outcome says of itself, as plain values."""
    split = {name: value for name, value in vars(recipe.split).items() if name not in {"seed", "valid"}}
    return {
        "data": {**source.describe(), "fingerprint": source.ratings.fingerprint()},
        "split": {**split, "valid": recipe.split.valid_share, "seed": recipe.split.seed},
        "metric": goal.metric,
        "repeats": search.repeats,
        "seed": recipe.seed,
        "version": foretaste.__version__,
    }


def _pool(objective: Objective, search: Search, stop: StopRequest) -> Here | Workers:
    return Here(objective) if search.jobs == 1 else Workers(objective, search.jobs, stop)


class _Room:
    """The studies of one model, opened before anything is fitted: a file that does not fit is refused at once."""

    def __init__(self, subject: Subject, about: Mapping[str, Any], parts: Sequence[Part], search: Search) -> None:
        self.subject, self._path = subject, search.study
        self._space = {name: model_class(subject.model).space[name] for name in subject.defaults}
        self._identity = {
            "data": about["data"]["fingerprint"],
            "split": json.dumps([about["split"], about["repeats"], [part.digest() for part in parts]]),
            "seed": str(about["seed"]),
            "version": about["version"],
            "space": repr(self._space),
            "settings": json.dumps([subject.model, subject.fixed], sort_keys=True),
        }
        self.whole = self._study(subject.label, "1")

    def few(self, share: float) -> Study:
        """Return the study on a share of the people."""
        return self._study(f"{self.subject.label} on {share:g} of the people", f"{share:g}")

    def _study(self, name: str, people: str) -> Study:
        identity = {**self._identity, "people": people}
        return Study(name, self._space, identity, seed=self.subject.seed, path=self._path)


def _line(searching: ModelSearch, parts: Sequence[Part], seed: int, goal: Goal) -> Line:
    study, few, subject = searching.study, searching.few, searching.subject
    default = next((trial for trial in study.trials if trial.number == 0), None)
    better = None
    if study.best is not None and default is not None and default.done:
        better = gain(parts, default.score.losses, study.best.score.losses, seed=seed, goal=goal)
    tried = () if few is None else tuple(few.trials)
    return Line(
        subject.label, subject.model, subject.fixed, tuple(study.trials), tried, searching.share,
        searching.clock.taken(), better, goal,
    )  # fmt: skip
