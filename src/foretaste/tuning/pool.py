"""Who makes the trials: this process, one after the other, or several of their own. Processes are spawned, never forked.

A forked child would inherit threads that libraries hold on to and that are not there any more. Each process gets its share
of the cores, so that four of them do not fight over two.
"""

import contextlib
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Iterator
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Protocol, Self

from foretaste.errors import ResourceError
from foretaste.kernels.threads import count
from foretaste.training.interrupt import StopRequest
from foretaste.tuning.objective import Objective, Score, Task, Tell

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

THREADS = ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
GLANCE_S = 0.2
"""Seconds between two looks at whether Ctrl-C was pressed."""


class Pool(Protocol):
    """Takes tasks and gives scores."""

    jobs: int
    """Trials that are made at once."""
    lag: int
    """The latest so many trials are not known when the next one is drawn."""
    tell: Tell | None
    """Called with the progress of a fit, where it is in this process."""

    def free(self) -> bool:
        """Return whether somebody has nothing to do."""

    def start(self, number: int, task: Task) -> None:
        """Begin a trial."""

    def finish(self) -> tuple[int, Score] | None:
        """Return one that has ended, with its number; None where the user asked to stop."""


class Here:
    """One trial after the other, in this process.

    Args:
        objective: What makes them.
    """

    jobs = lag = 1

    def __init__(self, objective: Objective) -> None:
        self.tell: Tell | None = None
        self._objective = objective
        self._tasks: deque[tuple[int, Task]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._tasks.clear()

    def free(self) -> bool:
        """Return whether there is nothing to do."""
        return not self._tasks

    def start(self, number: int, task: Task) -> None:
        """Note a trial; it is made when its score is wanted."""
        self._tasks.append((number, task))

    def finish(self) -> tuple[int, Score] | None:
        """Make the trial that was noted; Ctrl-C is a state of its score."""
        number, task = self._tasks.popleft()
        return number, self._objective(task, self.tell)


class Workers:
    """Processes that make trials side by side.

    What is drawn next does not depend on the last `lag` trials, whether they have come back or not: so it does not depend on
    who is faster. There are twice as many of them as processes, so that seldom somebody waits for one slow trial.

    Args:
        objective: What makes them; it is copied to every process.
        jobs: Processes.
        stop: Whether the user has asked to stop.
    """

    def __init__(self, objective: Objective, jobs: int, stop: StopRequest) -> None:
        self.jobs, self.lag = jobs, 2 * jobs
        self.tell: Tell | None = None
        self._objective, self._stop = objective, stop
        self._workers: dict[Connection, BaseProcess] = {}
        self._busy: dict[Connection, int] = {}

    def __enter__(self) -> Self:
        context = multiprocessing.get_context("spawn")
        with _fewer_threads(max(count() // self.jobs, 1)), _no_interrupt():
            for _ in range(self.jobs):
                ours, theirs = context.Pipe()
                process = context.Process(target=work, args=(theirs, self._objective), daemon=True)
                process.start()
                theirs.close()
                self._workers[ours] = process
        return self

    def __exit__(self, *_: object) -> None:
        for ours, process in self._workers.items():
            ours.close()
            process.terminate()
        for process in self._workers.values():
            process.join()
        self._workers.clear()

    def free(self) -> bool:
        """Return whether a process has nothing to do."""
        return len(self._busy) < len(self._workers)

    def start(self, number: int, task: Task) -> None:
        """Send a trial to a process that has nothing to do."""
        worker = next(worker for worker in self._workers if worker not in self._busy)
        self._busy[worker] = number
        with contextlib.suppress(OSError):  # it has died: `finish` has the words
            worker.send(task)

    def finish(self) -> tuple[int, Score] | None:
        """Wait for a score.

        Returns:
            Number and score; None where the user asked to stop.

        Raises:
            ResourceError: A process has died.
            Exception: What a trial raised.
        """
        while not (ready := wait(list(self._busy), GLANCE_S)):
            if self._stop.asked:
                return None
        worker = next(w for w in self._busy if w in ready)
        number = self._busy.pop(worker)
        try:
            found = worker.recv()
        except (EOFError, OSError) as error:
            if self._stop.asked:
                return None
            raise ResourceError(
                f"a process of the search has died in trial {number + 1}, as when the memory is used up",
                hint="use fewer --jobs",
            ) from error
        if isinstance(found, Score):
            return number, found
        raise found


def work(pipe: Connection, objective: Objective) -> None:
    """Make trials until the other end closes; Ctrl-C is for the process that started this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            task = pipe.recv()
        except (EOFError, OSError):
            return
        found: Score | Exception
        try:
            found = objective(task)
        except Exception as error:  # noqa: BLE001 (it is raised where it is read)
            found = error
        except KeyboardInterrupt:
            return
        try:
            pipe.send(found)
        except OSError:
            return


@contextlib.contextmanager
def _no_interrupt() -> Iterator[None]:
    """Let a Ctrl-C wait; processes that are started meanwhile never hear one, not even before they can say so themselves."""
    if not hasattr(signal, "pthread_sigmask"):  # as on Windows
        yield
        return
    resource_tracker.ensure_running()  # its start would let a Ctrl-C through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def _fewer_threads(threads: int) -> Iterator[None]:
    """Let processes that are started meanwhile use so many threads."""
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, str(threads)))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
