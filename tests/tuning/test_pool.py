"""Who makes trials: this process and others give the same scores, and whatever ends a process ends in words."""

import os
import signal
import threading
import time

import numpy as np
import pytest

from foretaste.errors import ParamsError, ResourceError
from foretaste.kernels.threads import count
from foretaste.training.interrupt import StopRequest, stop_on_interrupt
from foretaste.tuning import pool as module
from foretaste.tuning.objective import Objective, Task
from foretaste.tuning.parts import Part
from foretaste.tuning.pool import THREADS, Here, Workers

MF = {"latent": 2, "epochs": 3}


class Reporting(Objective):
    """Says in its error with how many threads a process works."""

    def __call__(self, task: Task, tell: object = None) -> object:  # type: ignore[override]  # noqa: ARG002
        if task.model == "die":
            os._exit(7)
        if task.model == "sleep":
            time.sleep(60)
        raise ParamsError(f"{os.getpid()} {count()}", hint="kept")


def test_here_trials_are_made_when_their_score_is_wanted(parts: list[Part]) -> None:
    heard: list[object] = []
    with Here(Objective(parts)) as pool:
        assert pool.free()
        pool.tell = heard.append
        pool.start(3, Task("biased_mf", MF))
        assert not pool.free()
        assert not heard
        number, score = pool.finish()
        assert (number, score.state) == (3, "done")
        assert len(heard) == 3
        assert pool.free()


@pytest.mark.slow
def test_processes_give_the_scores_that_this_one_gives(parts: list[Part]) -> None:
    tasks = [Task("bias", {"damping_item": float(n)}) for n in range(1, 6)] + [Task("biased_mf", MF, 3)]
    wanted = [Objective(parts)(task) for task in tasks]
    found, left = {}, list(enumerate(tasks))
    with Workers(Objective(parts), 2, StopRequest()) as pool:
        while len(found) < len(tasks):
            while pool.free() and left:
                pool.start(*left.pop(0))
            got = pool.finish()
            assert got is not None
            found[got[0]] = got[1]
    for number, score in enumerate(wanted):
        assert found[number].value == pytest.approx(score.value, rel=1e-6)
        np.testing.assert_allclose(found[number].losses, score.losses, rtol=1e-4)
        assert found[number].chosen == score.chosen


@pytest.mark.slow
def test_errors_come_back_with_their_hints_and_cores_are_shared(
    parts: list[Part], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "count", lambda: 4)
    monkeypatch.setenv("OMP_NUM_THREADS", "4")
    before = {name: os.environ.get(name) for name in THREADS}
    with Workers(Reporting(parts), 4, StopRequest()) as pool:
        assert {name: os.environ.get(name) for name in THREADS} == before
        pool.start(0, Task("bias", {}))
        with pytest.raises(ParamsError) as caught:
            pool.finish()
    process, threads = caught.value.message.split()
    assert int(process) != os.getpid()
    assert threads == "1"
    assert caught.value.hint == "kept"


@pytest.mark.slow
def test_a_process_that_dies_ends_the_search_with_words(parts: list[Part]) -> None:
    with Workers(Reporting(parts), 1, StopRequest()) as pool:
        pool.start(4, Task("die", {}))
        words = "a process of the search has died in trial 5, as when the memory is used up\nhint: use fewer --jobs"
        with pytest.raises(ResourceError, match=words):
            pool.finish()


@pytest.mark.slow
def test_ctrl_c_while_processes_start_is_heard_here_and_not_by_them(
    parts: list[Part], capfd: pytest.CaptureFixture[str]
) -> None:
    with stop_on_interrupt() as stop, Workers(Objective(parts), 2, stop) as pool:
        for process in pool._workers.values():
            assert process.pid is not None
            os.kill(process.pid, signal.SIGINT)  # it has not come to its first line by now
        for _ in pool._workers:
            pool.start(0, Task("bias", {}))
        assert [pool.finish() is not None for _ in range(2)] == [True, True]
        assert not stop.asked
        with module._no_interrupt():
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)  # other threads hold back nothing
            assert not stop.asked
        assert stop.asked
    assert not capfd.readouterr().err


@pytest.mark.slow
def test_ctrl_c_does_not_wait_for_the_processes(parts: list[Part]) -> None:
    stop = StopRequest()
    with Workers(Reporting(parts), 1, stop) as pool:
        (process,) = pool._workers.values()
        pool.start(0, Task("sleep", {}))
        stop.asked = True
        started = time.monotonic()
        assert pool.finish() is None
    assert time.monotonic() - started < 30
    assert not process.is_alive()
