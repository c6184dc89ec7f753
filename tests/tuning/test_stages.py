"""The course of a search, with a pool that makes up its scores: order, time, few people first, and every way to end."""

import math
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from foretaste.models.space import Range
from foretaste.tuning import stages
from foretaste.tuning.clock import Clock
from foretaste.tuning.objective import Score, Task
from foretaste.tuning.stages import ModelSearch, Standing, Subject
from foretaste.tuning.study import Study

SPACE = {"x": Range(0, 1)}
DEFAULTS = {"x": 0.5}


class Time:
    """A clock that only the pool moves."""

    def __init__(self, limit_s: float = math.inf, spent_s: float = 0.0) -> None:
        self.limit_s, self.spent_s = limit_s, spent_s

    def taken(self) -> float:
        return self.spent_s

    def left(self) -> float:
        return self.limit_s - self.spent_s

    def moment(self, taken_s: float) -> float | None:
        return None if math.isinf(taken_s) else taken_s


class FakePool:
    """Makes up scores: the value is |x - 0.2|, a trial on everything takes `cost` seconds; `order` says who ends first."""

    def __init__(self, time: Time, cost: float = 1.0, jobs: int = 1, lag: int = 1) -> None:
        self.time, self.cost, self.jobs, self.lag = time, cost, jobs, lag
        self.tell: Callable[..., None] | None = None
        self.out: deque[tuple[int, Task]] = deque()
        self.begun: list[Task] = []
        self.states: dict[int, str] = {}
        self.last_first = False
        self.stop_after = math.inf

    def free(self) -> bool:
        return len(self.out) < self.jobs

    def start(self, number: int, task: Task) -> None:
        self.out.append((number, task))
        self.begun.append(task)

    def finish(self) -> tuple[int, Score] | None:
        if len(self.begun) > self.stop_after:
            return None
        number, task = self.out.pop() if self.last_first else self.out.popleft()
        seconds = self.cost * task.share / self.jobs
        self.time.spent_s += seconds
        state = self.states.get(len(self.begun) - 1, "done")
        if task.deadline is not None and self.time.spent_s > task.deadline:
            state = "late"
        value = abs(task.settings["x"] - 0.2) + (1 - task.share)
        kept = {"value": value, "losses": np.ones(2, np.float32)} if state == "done" else {}
        return number, Score(state, ((value,),), seconds, **kept)


def searching(
    pool: FakePool, study: Study | None = None, report: Callable[[Standing], None] | None = None
) -> ModelSearch:
    study = study or Study("s", SPACE, {})
    return ModelSearch(Subject("m", "bias", {}, DEFAULTS, 7), study, pool=pool, clock=pool.time, report=report)  # type: ignore[arg-type]


def make_few(share: float) -> Study:
    return Study(f"few {share}", SPACE, {}, seed=5)


def tried(study: Study) -> list[float]:
    return [trial.settings["x"] for trial in study.trials]


def test_the_defaults_come_first_and_so_many_trials_are_made() -> None:
    pool = FakePool(Time())
    search = searching(pool)
    search.run(9, 1000, make_few)
    assert tried(search.study)[0] == 0.5
    assert len(search.study.trials) == 9
    assert [task.seed for task in pool.begun] == [7] * 9
    assert all(task.deadline is None and task.share == 1 for task in pool.begun)
    assert search.study.spent_s == 9


def test_the_best_is_never_worse_than_the_defaults() -> None:
    search = searching(FakePool(Time()))
    search.run(1, 1000, make_few)
    assert search.study.best is not None
    assert search.study.best.settings == DEFAULTS


def test_limits_come_from_what_is_done() -> None:
    pool = FakePool(Time())
    pool.states = {2: "pruned", 3: "failed"}
    searching(pool).run(9, 1000, make_few)
    assert [bool(task.limits) for task in pool.begun] == [False] * 7 + [True] * 2


@pytest.mark.parametrize("last_first", [False, True])
def test_side_by_side_the_settings_do_not_depend_on_who_is_faster(last_first: bool) -> None:
    outcomes = []
    for slow in (False, last_first):
        pool = FakePool(Time(), jobs=2, lag=4)
        pool.last_first = slow
        search = searching(pool)
        search.run(20, 1000, make_few)
        outcomes.append([task.settings["x"] for task in pool.begun])
        assert sorted(trial.number for trial in search.study.trials) == list(range(20))
    assert outcomes[0] == outcomes[1]


def test_nothing_more_begins_than_fits_into_the_time() -> None:
    pool = FakePool(Time(limit_s=30.5))
    search = searching(pool)
    search.run(math.inf, 1000, make_few)
    assert len(search.study.trials) == 30
    assert search.share == 1
    assert pool.begun[0].deadline is None  # the defaults are fitted to the end
    assert {task.deadline for task in pool.begun[1:]} == {30.5}


def test_a_late_trial_is_no_trial() -> None:
    pool = FakePool(Time(limit_s=30))
    pool.states = {12: "late"}
    search = searching(pool)
    search.run(math.inf, 1000, make_few)
    assert len(search.study.trials) == 12
    assert not search.stopped


def test_where_time_is_short_it_begins_on_few_people() -> None:
    pool = FakePool(Time(limit_s=13))
    search = searching(pool)
    search.run(math.inf, 2000, make_few)
    assert search.share == 0.25  # 12 s are left; the largest share of which 60 % give 24 trials
    assert search.few is not None
    few = [task for task in pool.begun if task.share < 1]
    assert few[0].settings["x"] == 0.5
    assert 24 <= len(few) <= 33
    assert few[0].deadline == pytest.approx(1 + 0.6 * 12)
    full = tried(search.study)
    ranked = sorted((trial for trial in search.few.trials), key=lambda trial: (trial.score.value, trial.number))
    promoted = [trial.settings["x"] for trial in ranked[: len(few) // 4]]
    new = [x for x in promoted if x != 0.5]
    assert full[: 1 + len(new)] == ([0.5, *new])[: len(full)]
    assert pool.time.spent_s <= 13
    assert search.study.best is not None
    assert search.study.best.score.value < 0.05


@pytest.mark.parametrize(("people", "share"), [(100, 1), (500, 0.5), (900, 0.25), (100_000, 0.0625)])
def test_a_share_is_never_of_too_few_people(people: int, share: float) -> None:
    search = searching(FakePool(Time(limit_s=4)))
    search.run(math.inf, people, make_few)
    assert search.share == share
    assert (search.few is None) == (share == 1)


def test_a_quick_search_that_will_end_sooner_anyway_needs_no_few_people() -> None:
    search = searching(FakePool(Time(limit_s=12)))
    search.run(8, 100_000, make_few)
    assert search.share == 1
    assert len(search.study.trials) == 8


def test_where_the_defaults_take_all_the_time_they_are_the_outcome() -> None:
    pool = FakePool(Time(limit_s=5), cost=7)
    search = searching(pool)
    search.run(math.inf, 100_000, make_few)
    assert tried(search.study) == [0.5]
    assert len(pool.begun) == 1


def test_nothing_to_choose_is_one_trial() -> None:
    pool = FakePool(Time(limit_s=100))
    search = ModelSearch(
        Subject("m", "mean", {"x": 0.4}, {}, 0), Study("s", {}, {}), pool=pool, clock=pool.time  # type: ignore[arg-type]
    )  # fmt: skip
    search.run(math.inf, 1000, make_few)
    assert len(pool.begun) == 1


def test_ctrl_c_keeps_what_was_found() -> None:
    pool = FakePool(Time(), jobs=2, lag=4)
    pool.stop_after = 6
    search = searching(pool)
    search.run(50, 1000, make_few)
    assert search.stopped
    assert 4 <= len(search.study.trials) <= 6
    assert search.study.spent_s > 0


def test_an_interrupted_fit_ends_the_search() -> None:
    pool = FakePool(Time())
    pool.states = {3: "interrupted"}
    search = searching(pool)
    search.run(50, 1000, make_few)
    assert search.stopped
    assert len(search.study.trials) == 3


def test_a_search_goes_on_where_it_stopped() -> None:
    whole = searching(FakePool(Time()))
    whole.run(12, 1000, make_few)
    pool, study = FakePool(Time()), Study("s", SPACE, {})
    pool.states = {5: "interrupted"}
    searching(pool, study).run(12, 1000, make_few)
    again = FakePool(Time(spent_s=study.spent_s))
    searching(again, study).run(12, 1000, make_few)
    assert tried(study) == tried(whole.study)
    searching(again, study).run(12, 1000, make_few)
    assert len(again.begun) == 7


def test_more_time_does_not_promote_the_same_settings_twice() -> None:
    study, few = Study("s", SPACE, {}), make_few(0.25)
    for limit in (13, 16):
        time = Time(limit_s=limit, spent_s=study.spent_s)
        search = searching(FakePool(time), study)
        search.run(math.inf, 2000, lambda _: few)
    assert len(set(tried(study))) == len(study.trials)


@pytest.mark.parametrize("seconds", [0.0, 0.0004])
def test_trials_that_took_no_time_are_promoted_too(seconds: float) -> None:
    few = make_few(0.25)
    for number in range(8):
        few.ask(number)
        few.tell(number, Score("done", ((1.0,),), seconds, 1.0))
    search = searching(FakePool(Time(limit_s=20)))
    assert list(search._promoted(few, 0.01)) == [trial.settings for trial in few.trials[:2]]


def test_a_hole_in_the_numbers_is_filled() -> None:
    study = Study("s", SPACE, {})
    for number in (0, 2):
        study.ask(number)
        study.tell(number, Score("done", ((1.0,),), 1.0, 1.0))
    searching(FakePool(Time()), study).run(4, 1000, make_few)
    assert sorted(trial.number for trial in study.trials) == [0, 1, 2, 3]


def test_everything_is_reported() -> None:
    heard: list[Standing] = []
    pool = FakePool(Time())
    pool.states = {1: "pruned"}
    search = searching(pool, report=heard.append)
    search.run(4, 1000, make_few)
    assert [(standing.trials, standing.state) for standing in heard] == [
        (1, "done"), (2, "pruned"), (3, "done"), (4, "done")
    ]  # fmt: skip
    assert [standing.left_s for standing in heard] == [3, 2, 1, 0]
    assert [standing.default for standing in heard] == [pytest.approx(0.3)] * 4
    best = [standing.best for standing in heard]
    assert best == sorted(best, reverse=True)
    assert pool.tell is not None
    step: Any = object()
    pool.tell(step)
    assert heard[-1].step is step
    assert heard[-1].state == ""


def test_the_time_left_is_that_of_the_clock_where_there_is_one() -> None:
    heard: list[Standing] = []
    searching(FakePool(Time(limit_s=30)), report=heard.append).run(math.inf, 1000, make_few)
    assert heard[4].left_s == 25


def test_before_anything_is_done_the_time_left_is_unknown() -> None:
    heard: list[Standing] = []
    pool = FakePool(Time())
    searching(pool, report=heard.append)
    assert pool.tell is not None
    pool.tell(None)
    assert heard[0].left_s is None
    assert heard[0].best is None


def test_a_real_clock_fits_too() -> None:
    pool = FakePool(Time())
    search = ModelSearch(Subject("m", "bias", {}, DEFAULTS, 0), Study("s", SPACE, {}), pool=pool, clock=Clock())
    search.run(3, 1000, make_few)
    assert len(search.study.trials) == 3
    assert stages.FIRST_STAGE < 1
