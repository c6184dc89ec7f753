"""Work is done once, wherever it is called from: by several threads at once, inside itself, and in a forked child."""

import multiprocessing
import os
import threading
import time

import pytest
from threadpoolctl import threadpool_info

from foretaste.kernels import threads
from foretaste.kernels.threads import count, one_blas_thread, share


@pytest.fixture(autouse=True)
def two(monkeypatch):
    monkeypatch.setattr(threads, "count", lambda: 2)
    threads._pool.cache_clear()


def done(pieces: int) -> list[int]:
    found: list[int] = []
    share(found.append, pieces)
    return sorted(found)


@pytest.mark.parametrize("pieces", [0, 1, 2, 3, 100])
def test_each_piece_is_done_once(pieces):
    assert done(pieces) == list(range(pieces))


def test_two_threads_work_at_the_same_time():
    meet = threading.Barrier(2, timeout=20)
    share(lambda _: meet.wait(), 2)  # alone, nobody would come


def test_one_piece_alone_wakes_nobody():
    found = []
    share(lambda _: found.append(threading.get_ident()), 1)
    assert found == [threading.get_ident()]
    assert threads._pool.cache_info().currsize == 0


@pytest.mark.parametrize("error", [ValueError, IndexError])
@pytest.mark.parametrize("where", ["first", "last"])
def test_what_a_piece_raises_comes_out_and_the_rest_is_left_out(error, where):
    at, begun = {"first": 0, "last": 99}[where], []

    def work(piece: int) -> None:
        begun.append(piece)
        if piece == at:
            raise error("no")
        if where == "first":
            time.sleep(0.01)

    with pytest.raises(error, match="no"):
        share(work, 100)
    assert len(begun) == len(set(begun))
    assert where == "last" or len(begun) < 100


def test_an_error_of_a_helper_comes_out_after_the_caller_has_finished():
    meet, finished = threading.Barrier(2, timeout=20), []

    def work(_: int) -> None:
        meet.wait()
        if threading.current_thread() is not caller:
            raise ValueError("no")
        finished.append(True)

    caller = threading.current_thread()
    with pytest.raises(ValueError, match="no"):
        share(work, 2)
    assert finished == [True]


def test_several_callers_at_once_and_work_inside_work():
    found: list[list[int]] = []

    def call() -> None:
        share(lambda _: found.append(done(20)), 10)

    callers = [threading.Thread(target=call) for _ in range(4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(60)
    assert found == [list(range(20))] * 40


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_has_threads_of_its_own():
    done(10)
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()

    def child() -> None:
        meet = threading.Barrier(2, timeout=20)
        share(lambda _: meet.wait(), 2)
        answers.put(done(50))

    process = context.Process(target=child)
    process.start()
    process.join(60)
    assert process.exitcode == 0
    assert answers.get() == list(range(50))
    assert done(10) == list(range(10))


def test_the_environment_may_ask_for_fewer_threads(monkeypatch):
    for name in ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    assert count() == cpus
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert count() == 1
    monkeypatch.setenv("OMP_NUM_THREADS", "4,2")  # a list for nested teams; nothing of ours is nested
    monkeypatch.setenv("NUMBA_NUM_THREADS", "100000")
    assert count() == cpus
    monkeypatch.setenv("NUMBA_NUM_THREADS", "0")
    assert count() == 1


def test_linear_algebra_works_in_one_thread_within_the_block_and_as_before_after_it():
    def threads() -> list[int]:
        return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]

    before = threads()
    assert before
    with one_blas_thread():
        assert set(threads()) == {1}
    assert threads() == before
