"""Work shared out among a few threads of our own, for loops that numba compiles to run without the GIL.

Not numba's own parallel loops: of the layers behind them, GNU OpenMP kills or hangs a forked child that comes back to them, and
workqueue aborts the process when two threads call at once (numba's documentation, "The threading layers"). What is shared out
here may be called from any thread, by several at once, and in a forked child.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import cache

from threadpoolctl import threadpool_limits


def count() -> int:
    """Return how many threads may work: the CPUs this process may use, or fewer where the environment says so."""
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    asked = [os.environ.get(name, "") for name in ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS")]
    return max(min([cpus, *(int(number) for number in asked if number.isdecimal())]), 1)


def share(work: Callable[[int], None], pieces: int) -> None:
    """Call ``work(piece)`` once for each of 0 to pieces - 1, on all threads, the caller's among them.

    Whoever is free takes the next piece. No two pieces may write to one place.

    Args:
        work: Called with the number of a piece; others run meanwhile as far as it lets go of the GIL.
        pieces: How many there are; one alone runs where it is, and wakes nobody.

    Raises:
        Exception: What a piece raises, once no piece is running any more; those that had not begun are left out.
    """
    left = deque(range(pieces))

    def take() -> None:
        while True:
            try:
                piece = left.popleft()
            except IndexError:
                return
            try:
                work(piece)
            except BaseException:
                left.clear()
                raise

    helpers: list[Future[None]] = []
    try:
        for _ in range(min(count(), pieces) - 1):
            helpers.append(_pool().submit(take))  # noqa: PERF401 (what was submitted is waited for, whatever comes)
        take()
    finally:
        begun = [helper for helper in helpers if not helper.cancel()]  # the others would find nothing left
        wait(begun)
    for helper in begun:
        helper.result()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Let the linear algebra library work in one thread within the block, in the whole process.

    For work of many small matrices: its threads wait for one another by spinning, and where other programs want the CPUs too,
    a fit of a second took minutes.
    """
    with threadpool_limits(1, user_api="blas"):
        yield


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max(count() - 1, 1), thread_name_prefix="foretaste")


if hasattr(os, "register_at_fork"):  # threads do not come along into a child
    os.register_at_fork(after_in_child=_pool.cache_clear)
