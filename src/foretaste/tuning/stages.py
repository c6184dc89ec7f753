"""How one model is searched: on everything, or, where that would allow too few trials, on few people first.

The defaults are always the first trial on everything, and are fitted to the end: what comes out is never worse on validation
than they are. Where there is no time for `ENOUGH` such trials, settings are first tried on a share of the people, and the best
of them are then tried on everything.
"""

import itertools
import math
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from foretaste.training.watch import Progress
from foretaste.tuning.clock import Clock
from foretaste.tuning.goal import Errors, Goal
from foretaste.tuning.objective import Score, Task
from foretaste.tuning.pool import Pool
from foretaste.tuning.pruning import limits
from foretaste.tuning.study import Study

ENOUGH = 24
"""Trials that a search needs; where there is no time for so many on everything, it begins on few people."""
SHARES = (0.5, 0.25, 0.125, 0.0625)
"""Shares of the people to choose from; the largest that allows enough trials is taken."""
FEWEST = 200
"""People below which settings say nothing about more people."""
FIRST_STAGE = 0.6
"""Share of the time that is left after the defaults, for the trials on few people."""
RESERVED = 1.25
"""Fits of the defaults for which time is kept after the first stage, so that there is a second one."""
PROMOTED = 4
"""Of so many trials on few people, one is tried on everything."""
SHORTEST_S = 0.001
"""A trial that took less counts as so long: a study keeps no finer time, and may say 0."""
_NOTHING: Mapping[str, Any] = {}
"""Itself, not its value, stands for the end of what is wanted."""


@dataclass(frozen=True)
class Standing:
    """Where a search stands.

    Args:
        label: What the model is called.
        trials: Finished on everything.
        few: Finished on few people.
        default: Of the defaults on validation, where known: RMSE, or NDCG@100.
        best: The best so far on everything, where known.
        left_s: Seconds left, where they can be told.
        state: Of the trial that has just ended; empty while one is running.
        step: Progress of the fit that is running, where it is in this process.
        metric: What `default` and `best` are.
    """

    label: str
    trials: int
    few: int
    default: float | None
    best: float | None
    left_s: float | None
    state: str = ""
    step: Progress | None = None
    metric: str = "rmse"


@dataclass(frozen=True)
class Subject:
    """What is searched.

    Args:
        label: What it is called.
        model: Key of `MODELS`.
        fixed: Settings that every trial has.
        defaults: Settings that are searched, as they are without a search.
        seed: Of the model.
    """

    label: str
    model: str
    fixed: Mapping[str, Any]
    defaults: Mapping[str, Any]
    seed: int


class ModelSearch:
    """Searches one model.

    Args:
        subject: The model.
        study: Its trials on everything.
        pool: Makes the trials.
        clock: The time there is.
        report: Called when something has changed.
        goal: What makes a setting good, for the report.
    """

    def __init__(
        self,
        subject: Subject,
        study: Study,
        *,
        pool: Pool,
        clock: Clock,
        report: Callable[[Standing], None] | None = None,
        goal: Goal | None = None,
    ) -> None:
        self.goal = goal or Errors()
        self.subject, self.study, self.pool, self.clock, self.report = subject, study, pool, clock, report
        self.few: Study | None = None
        self.share = 1.0
        self.stopped = False
        self._most = math.inf
        pool.tell = self._hear

    def run(self, most: float, people: int, make_few: Callable[[float], Study]) -> None:
        """Search until so many trials are done, the time is up, or the user asks to stop.

        Args:
            most: Trials on everything; infinite where only the time counts.
            people: How many there are to learn from.
            make_few: Makes the study of trials on a share of the people.
        """
        self._most = most if self.subject.defaults else 1  # nothing to choose: one trial says all
        if not self.study.trials:
            self._go(self.study, iter([self.subject.defaults]))
        self.share = self._share(people)
        if self.share < 1 and not self.stopped:
            self.few = make_few(self.share)
            self._try_on_few(self.few)
        self._go(self.study, itertools.repeat(None), self.clock.limit_s)
        self.study.spend(self.clock.taken() - self.study.spent_s)

    def _share(self, people: int) -> float:
        """Return the share of the people on which to begin, 1 where enough can be tried on everything."""
        if math.isinf(self.clock.limit_s) or not self.study.trials:
            return 1.0
        first = self.study.trials[0].score.seconds
        trials = (self.clock.limit_s - first) * self.pool.jobs / max(first, 1e-9)  # on everything
        shares = [share for share in SHARES if share * people >= FEWEST]
        if trials >= min(ENOUGH, self._most) or not shares:
            return 1.0
        return next((share for share in shares if FIRST_STAGE * trials / share >= ENOUGH), shares[-1])

    def _try_on_few(self, few: Study) -> None:
        """Try settings on few people, and the best of them on everything."""
        first = self.study.trials[0].score.seconds
        left = self.clock.limit_s - first
        until = first + min(FIRST_STAGE * left, left - RESERVED * first / self.pool.jobs)
        defaults = [] if few.trials else [self.subject.defaults]
        self._go(few, itertools.chain(defaults, itertools.repeat(None)), until)
        self._go(self.study, self._promoted(few, first), self.clock.limit_s)

    def _promoted(self, few: Study, first: float) -> Iterator[Mapping[str, Any]]:
        """Yield the best settings on few people, leaving out those that would take more time than there is by then."""
        pace = first / max(few.trials[0].score.seconds, SHORTEST_S) if few.trials else 0.0
        done = sorted(
            (trial for trial in few.trials if trial.done), key=lambda trial: (trial.score.value, trial.number)
        )
        tried = [trial.settings for trial in self.study.trials]
        for trial in done[: len(few.trials) // PROMOTED]:
            if trial.settings not in tried and self.clock.taken() + pace * trial.score.seconds < self.clock.limit_s:
                yield trial.settings

    def _go(self, study: Study, wanted: Iterator[Mapping[str, Any] | None], until: float = math.inf) -> None:
        """Make trials while any are wanted (None draws one) and there is time.

        What is drawn depends on all trials but the last `lag`, whether these are done or not: not on who is faster.
        """
        numbers, unlearnt, running = _unused(study), deque[int](), set[int]()
        over = False
        while True:
            while not over and self.pool.free() and self._more(study, len(running), until):
                if len(unlearnt) == self.pool.lag and unlearnt[0] in running:
                    break
                given = next(wanted, _NOTHING)
                if given is _NOTHING:
                    break
                if len(unlearnt) == self.pool.lag:
                    study.learn(unlearnt.popleft())
                number = next(numbers)
                self.pool.start(number, self._task(study, study.ask(number, given), until))
                unlearnt.append(number)
                running.add(number)
            found = self.pool.finish() if running else None
            if found is None:
                break
            running.discard(found[0])
            over |= self._tell(study, *found)
        self.stopped |= bool(running)
        for number in unlearnt:
            study.learn(number)

    def _more(self, study: Study, running: int, until: float) -> bool:
        """Return whether another trial may begin: it is not enough yet, and it will end in time if it is like the others."""
        if self.stopped or (study is self.study and len(study.trials) + running >= self._most):
            return False
        usual = median(trial.score.seconds for trial in study.trials) if study.trials else 0.0
        return self.clock.taken() + usual < until

    def _task(self, study: Study, drawn: Mapping[str, Any], until: float) -> Task:
        done = [trial.score.curves for trial in study.learnt if trial.done]
        settings = {**self.subject.fixed, **drawn}
        share = 1.0 if study is self.study else self.share
        return Task(self.subject.model, settings, self.subject.seed, share, limits(done), self.clock.moment(until))

    def _tell(self, study: Study, number: int, score: Score) -> bool:
        """Take a score; return whether no other trial is to begin."""
        study.tell(number, score)
        self.stopped |= score.state == "interrupted"
        self.study.spend(self.clock.taken() - self.study.spent_s)
        self._report(score.state)
        return score.state in {"late", "interrupted"}

    def _hear(self, step: Progress) -> None:
        self._report("", step)

    def _report(self, state: str, step: Progress | None = None) -> None:
        if self.report is None:
            return
        trials, few, best = self.study.trials, 0 if self.few is None else len(self.few.trials), self.study.best
        default = self.goal.told(trials[0].score.value) if trials and trials[0].done else None
        value = None if best is None else self.goal.told(best.score.value)
        name, metric = self.subject.label, self.goal.metric
        self.report(Standing(name, len(trials), few, default, value, self._left(), state, step, metric))

    def _left(self) -> float | None:
        if math.isfinite(self.clock.limit_s):
            return max(self.clock.left(), 0.0)
        done = len(self.study.trials)
        if not done or math.isinf(self._most):
            return None
        usual = sum(trial.score.seconds for trial in self.study.trials) / done
        return usual * max(self._most - done, 0) / self.pool.jobs


def _unused(study: Study) -> Iterator[int]:
    """Return the numbers that no finished trial has, from the lowest."""
    used = {trial.number for trial in study.trials}
    return (number for number in itertools.count() if number not in used)
