"""Beside answering a process looks around and adds up, off the event loop, and nothing that goes wrong there ends it."""

import logging
import threading
import time

import anyio
import anyio.to_thread
import pytest

from foretaste.serve.deploy.arms import FLUSH_S, Tally
from foretaste.serve.deploy.following import FLUSH_EVERY, following
from foretaste.store import Store


class Work:
    """Stands for a deployment and a tally: counts what it is asked, and fails when told to."""

    def __init__(self):
        self.looks, self.flushes, self.threads, self.fails = 0, 0, set(), False

    def refresh(self):
        self.looks += 1
        self.threads.add(threading.get_ident())
        if self.fails:
            raise ValueError("something unforeseen")

    def flush(self):
        self.flushes += 1


def follow(work, until):
    """Run until something holds, and return the thread of the event loop."""

    async def run():
        async with following(work, work, look_s=0.001):
            with anyio.fail_after(20):
                while not until():
                    await anyio.sleep(0.001)
        return threading.get_ident()

    return anyio.run(run)


@pytest.fixture
def work():
    return Work()


def test_it_looks_again_and_again_in_another_thread_and_adds_up_less_often(work):
    loop = follow(work, lambda: work.looks >= 3 * FLUSH_EVERY)
    assert loop not in work.threads
    assert work.looks // FLUSH_EVERY <= work.flushes <= work.looks // FLUSH_EVERY + 1


def test_what_is_left_is_added_up_at_the_end(work):
    follow(work, lambda: True)
    assert work.flushes == 1


def test_a_service_stops_soon_though_another_program_holds_the_store(tmp_path, caplog):
    with Store(f"sqlite:///{tmp_path / 'r.db'}") as store, Store(store.address.url) as other, other.writing():
        tally = Tally(store)
        tally.listed("a test", "main", "anna", [1], {})
        began = time.monotonic()

        async def run():
            async with following(Work(), tally, look_s=60):
                pass

        anyio.run(run)
    assert time.monotonic() - began < 3 * FLUSH_S
    assert "counts of an A/B test could not be kept" in caplog.text


def test_what_it_does_takes_no_threads_of_requests_and_the_other_way_round(work):
    async def run():
        everything, goes_on = anyio.to_thread.current_default_thread_limiter(), threading.Event()
        everything.total_tokens = 1
        async with anyio.create_task_group() as group, following(work, work, look_s=0.001):
            group.start_soon(anyio.to_thread.run_sync, goes_on.wait)
            try:
                with anyio.fail_after(20):
                    while work.flushes < 1:
                        await anyio.sleep(0.001)
            finally:
                goes_on.set()

    anyio.run(run)


def test_something_unforeseen_is_logged_and_it_goes_on(work, caplog):
    work.fails = True
    with caplog.at_level(logging.ERROR, "foretaste.serve"):
        follow(work, lambda: work.looks >= 3)
    assert "what a process does beside answering went wrong" in caplog.text
    assert "something unforeseen" in caplog.text
