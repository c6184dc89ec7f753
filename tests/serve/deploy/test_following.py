"""Beside answering a process looks around and adds up, off the event loop, and nothing that goes wrong there ends it."""

import logging
import threading

import anyio
import pytest

from foretaste.serve.deploy.following import FLUSH_EVERY, following


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


def test_something_unforeseen_is_logged_and_it_goes_on(work, caplog):
    work.fails = True
    with caplog.at_level(logging.ERROR, "foretaste.serve"):
        follow(work, lambda: work.looks >= 3)
    assert "what a process does beside answering went wrong" in caplog.text
    assert "something unforeseen" in caplog.text
