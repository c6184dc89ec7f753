"""The one training loop, with the smallest thing that can be trained."""

import logging
import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array

from foretaste.arrays import as_csr
from foretaste.errors import DivergedError, InputError
from foretaste.training.live import Live
from foretaste.training.loop import Arrays, History, train
from foretaste.training.schedule import learning_rate
from foretaste.training.watch import Progress, Watch

X = as_csr(csr_array(np.arange(1, 31).reshape(10, 3)))


@dataclass(frozen=True)
class Plan:
    epochs: int = 4
    batch_size: int = 3
    learning_rate: float = 0.5
    schedule: str = "constant"
    patience: int = 10
    stop_after: int = 0
    seed: int = 0


@dataclass
class Counter:
    """Learns one number: how many steps it has made; and keeps what it was given."""

    w: np.ndarray = field(default_factory=lambda: np.zeros(1))
    noise: np.ndarray = field(default_factory=lambda: np.zeros(1))
    rows: list[np.ndarray] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    interrupt_at: int = 0
    copies: int = 0
    released: bool = False

    def step(self, rows: np.ndarray, rate: float, rng: np.random.Generator) -> tuple[float, int]:
        self.w += 1
        self.noise += rng.random()
        self.rows.append(rows)
        self.rates.append(rate)
        if len(self.rows) == self.interrupt_at:
            os.kill(os.getpid(), signal.SIGINT)
        return float(2 * len(rows)), len(rows)

    def live(self) -> Live:
        return Live(["w", "noise"], self.read)

    def read(self, name: str) -> np.ndarray:
        self.copies += 1
        return getattr(self, name).copy()

    def release(self) -> Arrays:
        self.released = True
        return {"w": self.w, "noise": self.noise}

    def state(self) -> Arrays:
        return {"w": self.w, "noise": self.noise}

    def load(self, state: Arrays) -> None:
        self.w, self.noise = state["w"].copy(), state["noise"].copy()


def script(*values: float) -> Callable[[Mapping[str, np.ndarray]], float]:
    """Return a measure that says these values, epoch after epoch (4 steps each)."""
    return lambda arrays: values[int(arrays["w"][0]) // 4 - 1]


def test_an_epoch_covers_all_rows_once_in_an_order_of_its_own() -> None:
    trainee = Counter()
    train(trainee, X, Plan(epochs=2), Watch())
    assert [len(r) for r in trainee.rows] == [3, 3, 3, 1] * 2
    first, second = np.concatenate(trainee.rows[:4]), np.concatenate(trainee.rows[4:])
    assert sorted(first.tolist()) == sorted(second.tolist()) == list(range(10))
    assert first.tolist() != second.tolist()
    assert all((np.diff(r) > 0).all() for r in trainee.rows)


def test_same_seed_same_run_and_another_seed_another() -> None:
    runs = [Counter() for _ in range(3)]
    for trainee, seed in zip(runs, (5, 5, 6), strict=True):
        train(trainee, X, Plan(seed=seed), Watch())
    assert runs[0].noise == runs[1].noise
    assert runs[0].noise != runs[2].noise
    assert np.array_equal(np.concatenate(runs[0].rows), np.concatenate(runs[1].rows))
    assert not np.array_equal(np.concatenate(runs[0].rows), np.concatenate(runs[2].rows))


def test_without_a_measure_the_last_weights_are_kept() -> None:
    kept, history = train(Counter(), X, Plan(epochs=3), Watch())
    assert kept["w"] == 12
    assert (history.stopped, history.best_epoch, history.best) == ("finished", 3, np.inf)
    assert [e["epoch"] for e in history.epochs] == [1, 2, 3]
    assert [e["loss"] for e in history.epochs] == [2, 2, 2]
    assert [e["watched"] for e in history.epochs] == [None] * 3
    assert all(e["seconds"] >= 0 for e in history.epochs)


def test_the_weights_of_the_best_epoch_are_kept() -> None:
    kept, history = train(Counter(), X, Plan(epochs=4), Watch(), script(3, 1, 2, 1))
    assert kept["w"] == 8  # of two equal epochs, the first
    assert (history.best, history.best_epoch, history.stopped) == (1, 2, "finished")
    assert [e["watched"] for e in history.epochs] == [3, 1, 2, 1]


def test_only_the_best_weights_are_copied_and_none_without_a_measure() -> None:
    watched, free = Counter(), Counter()
    train(watched, X, Plan(epochs=4), Watch(), script(3, 1, 2, 1))
    train(free, X, Plan(epochs=4), Watch())
    assert watched.copies == 4 + 2 * 2  # one to look at each epoch, both of the two epochs that were best until then
    assert (free.copies, free.released) == (0, True)


def test_without_a_measure_an_interrupt_keeps_what_there_is(tmp_path: Path) -> None:
    whole, broken, resumed = Counter(), Counter(interrupt_at=6), Counter()
    kept, _ = train(whole, X, Plan(), Watch())
    half, history = train(broken, X, Plan(), Watch(checkpoint=tmp_path / "run"))
    assert (half["w"], history.stopped, len(history.epochs)) == (6, "interrupted", 1)
    again, _ = train(resumed, X, Plan(), Watch(checkpoint=tmp_path / "run"))
    assert (again["w"], again["noise"]) == (kept["w"], kept["noise"])
    assert len(resumed.rows) == 12


@pytest.mark.parametrize(("patience", "ends"), [(1, 3), (2, 4), (3, 8)])
def test_patience_is_epochs_without_a_better_value(patience: int, ends: int) -> None:
    measure = script(3, 1, 2, 2, 0.5, 2, 2, 2)
    kept, history = train(Counter(), X, Plan(epochs=8, patience=patience), Watch(), measure)
    assert len(history.epochs) == ends
    assert history.stopped == "early"
    assert kept["w"] == 4 * history.best_epoch == 4 * (5 if ends > 5 else 2)


def test_a_measure_that_is_nan_keeps_the_first_weights_and_stops() -> None:
    kept, history = train(Counter(), X, Plan(epochs=9, patience=3), Watch(), script(*[np.nan] * 9))
    assert (kept["w"], history.stopped, len(history.epochs)) == (4, "early", 4)


def test_any_number_is_better_than_nan() -> None:
    kept, history = train(Counter(), X, Plan(epochs=4), Watch(), script(np.nan, 2, 1, np.nan))
    assert (kept["w"], history.best, history.best_epoch) == (12, 1, 3)


def test_stop_after_runs_the_beginning_of_the_same_schedule() -> None:
    whole, part = Counter(), Counter()
    train(whole, X, Plan(epochs=5, schedule="cosine"), Watch())
    _, history = train(part, X, Plan(epochs=5, schedule="cosine", stop_after=2), Watch())
    assert part.rates == whole.rates[:8]
    assert (len(history.epochs), history.stopped) == (2, "finished")


def test_a_stop_after_the_end_of_the_schedule_is_the_end_of_the_schedule() -> None:
    _, history = train(Counter(), X, Plan(epochs=2, stop_after=5), Watch())
    assert len(history.epochs) == 2


def test_the_rate_follows_the_schedule() -> None:
    trainee = Counter()
    train(trainee, X, Plan(epochs=2, schedule="cosine"), Watch())
    assert trainee.rates == [learning_rate(0.5, "cosine", done / 8) for done in range(8)]


def test_progress_numbers() -> None:
    seen: list[Progress] = []
    train(Counter(), X, Plan(epochs=2), Watch(report=seen.append), script(3, 1))
    assert [(p.epoch, p.batch) for p in seen] == [(e, b) for e in (1, 2) for b in (1, 2, 3, 4)]
    assert {(p.epochs, p.batches, p.loss) for p in seen} == {(2, 4, 2.0)}
    assert [p.watched for p in seen] == [None] * 4 + [3] * 4
    assert [p.best for p in seen] == [None] * 4 + [3] * 4
    assert all(p.ratings_per_s > 0 for p in seen)
    assert all(p.left_s > 0 for p in seen[:-1])
    assert seen[-1].left_s == 0


def test_time_left_ends_where_the_run_ends() -> None:
    seen: list[Progress] = []
    train(Counter(), X, Plan(epochs=9, stop_after=2), Watch(report=seen.append))
    assert seen[-1].left_s == 0


def test_an_interrupt_within_an_epoch_stops_after_that_batch_and_keeps_the_best() -> None:
    trainee = Counter(interrupt_at=10)
    before = signal.getsignal(signal.SIGINT)
    kept, history = train(trainee, X, Plan(epochs=5), Watch(), script(1, 2, 3))
    assert len(trainee.rows) == 10
    assert (history.stopped, len(history.epochs), history.best_epoch) == ("interrupted", 2, 1)
    assert kept["w"] == 4
    assert signal.getsignal(signal.SIGINT) is before


def test_an_interrupt_within_the_first_epoch_keeps_what_there_is() -> None:
    kept, history = train(Counter(interrupt_at=2), X, Plan(), Watch(), script(1))
    assert kept["w"] == 2
    assert (history.stopped, history.epochs, history.best_epoch) == ("interrupted", [], 0)


def test_an_interrupt_in_the_last_batch_of_an_epoch_counts_the_epoch() -> None:
    kept, history = train(Counter(interrupt_at=8), X, Plan(), Watch(), script(2, 1))
    assert (history.stopped, len(history.epochs), history.best_epoch) == ("interrupted", 2, 2)
    assert kept["w"] == 8


def test_an_interrupted_run_goes_on_as_if_it_had_not_been(tmp_path: Path) -> None:
    whole, broken, resumed = Counter(), Counter(interrupt_at=6), Counter()
    watch, measure = Watch(checkpoint=tmp_path / "run"), script(4, 2, 3, 5)
    kept, history = train(whole, X, Plan(), Watch(), measure)
    train(broken, X, Plan(), watch, measure)
    again, went = train(resumed, X, Plan(), watch, measure)
    assert len(resumed.rows) == 12
    assert (again["noise"], again["w"]) == (kept["noise"], kept["w"])
    assert resumed.noise == whole.noise
    assert [e["watched"] for e in went.epochs] == [e["watched"] for e in history.epochs]
    assert (went.best, went.best_epoch, went.stopped) == (history.best, history.best_epoch, history.stopped)


def test_a_finished_run_is_not_run_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    watch = Watch(checkpoint=tmp_path / "run")
    kept, history = train(Counter(), X, Plan(patience=1), watch, script(1, 2, 3, 4))
    again = Counter()
    with caplog.at_level(logging.INFO, "foretaste.training.loop"):
        same, went = train(again, X, Plan(patience=1), watch, script(1, 2, 3, 4))
    assert again.rows == []
    assert same["w"] == kept["w"] == 4
    assert went == history
    assert caplog.messages == [f"going on after epoch 2 from {tmp_path / 'run'}"]


@pytest.mark.parametrize("change", ["settings", "values", "cells", "shape"])
def test_a_checkpoint_of_other_data_or_settings_is_refused(tmp_path: Path, change: str) -> None:
    watch = Watch(checkpoint=tmp_path / "run")
    train(Counter(), X, Plan(), watch)
    other, plan = X.copy(), Plan()
    if change == "settings":
        plan = replace(plan, batch_size=4)
    elif change == "values":
        other.data[0] += 1
    elif change == "cells":
        other = as_csr(csr_array(np.where(X.toarray() == 5, 0, X.toarray())))
    else:
        other = as_csr(csr_array((X.data, X.indices, X.indptr), shape=(10, 4)))
    with pytest.raises(InputError, match="belongs to a run with other data or settings"):
        train(Counter(), other, plan, watch)


def test_a_history_starts_empty() -> None:
    assert History() == History([], np.inf, 0, "finished")


def test_training_that_runs_off_is_said_so() -> None:
    with pytest.raises(
        DivergedError, match="training diverged by epoch 4: a weight is no longer a finite number"
    ) as caught:
        train(Counter(w=np.array([np.inf])), X, Plan(), Watch())
    assert caught.value.hint == "lower learning_rate, or raise batch_size"
