"""One trial: fit a setting on each part, watch it after each epoch, and leave as soon as it is not worth the time."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import numpy as np

from foretaste.arrays import FloatArray
from foretaste.entries import Entry
from foretaste.errors import DivergedError, NotPositiveDefiniteError, ResourceError
from foretaste.models import Recommender
from foretaste.training.interrupt import stop_on_interrupt
from foretaste.training.watch import Progress, Watch
from foretaste.tuning.goal import Errors, Goal
from foretaste.tuning.parts import Part
from foretaste.tuning.pruning import Limits, too_high

FAILURES = (DivergedError, NotPositiveDefiniteError, ResourceError)
"""What a setting may do wrong; the next one may do better."""


class _Ended(Exception):  # noqa: N818 (no error: it leads out of a fit)
    """A fit was left from its watch."""


@dataclass(frozen=True)
class Task:
    """A trial that is to be made.

    Args:
        model: Key of `MODELS`.
        settings: Its settings.
        seed: Of the model.
        share: Of the people to learn from.
        limits: Where to give up, see `pruning`.
        deadline: Time (`time.time`) at which it is left, or None.
    """

    model: str
    settings: Mapping[str, Any]
    seed: int = 0
    share: float = 1.0
    limits: Limits = ()
    deadline: float | None = None


@dataclass(frozen=True, eq=False)
class Score:
    """What came out of a trial.

    Args:
        state: ``"done"``, ``"pruned"``, ``"failed"``, ``"late"`` (after the deadline) or ``"interrupted"``.
        curves: For each part that was begun, the value on validation after each epoch; of a model without epochs, the last.
        seconds: What it took.
        value: What the goal makes of all parts, lower is better; infinite where it is not done.
        losses: What each person adds to it (`Goal.losses`), part after part, float32; empty where it is not done.
        chosen: Settings that the fits chose themselves, such as epochs: the median over the parts.
        why: Words for ``"failed"``.
    """

    state: str
    curves: tuple[tuple[float, ...], ...]
    seconds: float
    value: float = math.inf
    losses: FloatArray = field(default_factory=lambda: np.zeros(0, np.float32))
    chosen: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""


Tell = Callable[[Progress], None]


class Objective:
    """Scores settings on parts.

    Args:
        parts: Divisions; a trial is averaged over them.
        seed: Draws the people where few are to learn from.
        goal: What makes a setting good; where it is not said, a low error of predicted ratings.
    """

    def __init__(self, parts: Sequence[Part], seed: int = 0, goal: Goal | None = None) -> None:
        self._seed, self._goal = seed, goal or Errors()
        self._parts = {1.0: parts}

    def __call__(self, task: Task, tell: Tell | None = None) -> Score:
        """Make a trial; what a setting does wrong is a score too, everything else is raised."""
        if task.share not in self._parts:
            self._parts[task.share] = [part.fewer_people(task.share, self._seed) for part in self._parts[1.0]]
        return _Trial(task, self._goal, tell).run(self._parts[task.share])


class _Trial:
    def __init__(self, task: Task, goal: Goal, tell: Tell | None) -> None:
        self.task, self.goal, self.tell = task, goal, tell
        self.curves: list[list[float]] = []
        self.state = "done"

    def run(self, parts: Sequence[Part]) -> Score:
        started, losses, why = time.perf_counter(), [], ""
        before: Mapping[str, Any] = {}
        after: list[Mapping[str, Any]] = []
        with stop_on_interrupt() as request:
            try:
                for part in parts:
                    if too_high(self.curves, self.task.limits):
                        self._end("pruned")
                    model = self._fit(part)
                    if request.asked:
                        self._end("interrupted")
                    losses.append(self.goal.losses(model, part.valid))
                    before = vars(model.params)
                    after.append(vars(model.refit_params()))
            except _Ended:
                pass
            except FAILURES as error:
                self.state, why = "failed", str(error).split("\n")[0]
        seconds, curves = time.perf_counter() - started, tuple(map(tuple, self.curves))
        if self.state != "done":
            return Score(self.state, curves, seconds, why=why)
        whole, asked = np.concatenate(losses), sum(float(self.goal.asked(part.valid).sum()) for part in parts)
        value = float(self.goal.value(whole.sum(), np.asarray(asked)))
        if not math.isfinite(value):
            return Score("failed", curves, seconds, why="a prediction is not a finite number")
        return Score("done", curves, seconds, value, whole.astype(np.float32), _chosen(before, after))

    def _fit(self, part: Part) -> Recommender[Any]:
        self.curves.append([])
        model = Entry(self.task.model, dict(self.task.settings)).build(self.task.seed)
        passes = hasattr(model.params, "epochs")  # without, what is watched is a setting on trial, not the fit so far
        measure = lambda fitted: self._watched(self.goal.watch(fitted, part.valid), note=passes)  # noqa: E731
        model.fit(part.train, watch=Watch(measure, self.tell, holdout=(part.valid.seen, part.valid.hidden)))
        if not self.curves[-1]:
            self._note(self.goal.watch(model, part.valid))
        return model

    def _note(self, value: float) -> None:
        self.curves[-1].append(value if math.isfinite(value) else math.inf)

    def _watched(self, value: float, *, note: bool) -> float:
        if note:
            self._note(value)
        if self.task.deadline is not None and time.time() > self.task.deadline:
            self._end("late")
        if note and too_high(self.curves, self.task.limits):
            self._end("pruned")
        return value

    def _end(self, state: str) -> None:
        self.state = state
        raise _Ended


def _chosen(before: Mapping[str, Any], after: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the numbers that fits chose themselves, such as epochs, for a fit on more data: the median over the parts."""
    out = {}
    for name, value in before.items():
        values = [each[name] for each in after]
        if isinstance(value, (int, float)) and any(other != value for other in values):
            out[name] = type(value)(median(values))
    return out
