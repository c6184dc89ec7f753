"""Whoever waits for the store holds nobody else up, waits for a while, and is told when it is too long."""

import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest

from foretaste.errors import StoreError
from foretaste.serve.answers import storing as module
from foretaste.serve.answers.storing import Storing
from foretaste.serve.wire.problems import Refused
from foretaste.store import engine
from tests.serving import client_of, saved


class Door:
    """Work that counts who is inside, and waits there until it is let go."""

    def __init__(self):
        self.inside = self.most = 0
        self.lock, self.opens = threading.Lock(), threading.Event()

    def enter(self, answer=None):
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        assert self.opens.wait(20)
        with self.lock:
            self.inside -= 1
        return answer


def run(work):
    async def limited():
        with anyio.fail_after(30):
            return await work()

    return anyio.run(limited)


async def inside(door, number):
    while door.inside < number:
        await anyio.sleep(0.001)


def test_so_many_at_once_and_readers_do_not_wait_for_writers(monkeypatch):
    monkeypatch.setattr(module, "AT_ONCE", 3)
    door = Door()

    async def work():
        storing, answers = Storing(), []

        async def write(n):
            answers.append(await storing.write(door.enter, answer=n))

        async with anyio.create_task_group() as group:
            for n in range(8):
                group.start_soon(write, n)
            await inside(door, 3)
            assert await storing.read(lambda: "read") == "read"
            door.opens.set()
        return answers

    assert sorted(run(work)) == list(range(8))
    assert door.most == 3


@pytest.mark.parametrize(("queue", "wait_s"), [(1, 30), (100, 0.1)], ids=["too many wait", "for too long"])
def test_whoever_gets_no_turn_is_refused(monkeypatch, queue, wait_s):
    monkeypatch.setattr(module, "AT_ONCE", 1)
    monkeypatch.setattr(module, "QUEUE", queue)
    monkeypatch.setattr(module, "QUEUE_S", wait_s)
    door = Door()

    async def work():
        storing, done = Storing(), []

        async def write():
            try:
                done.append(await storing.write(door.enter, answer="stored"))
            except Refused as refused:
                done.append((refused.status, refused.message, refused.headers))

        async with anyio.create_task_group() as group:
            group.start_soon(write)
            await inside(door, 1)
            for _ in range(2):
                group.start_soon(write)
            while not done:
                await anyio.sleep(0.001)
            door.opens.set()
        assert await storing.write(lambda: "again") == "again"
        return done

    done = run(work)
    refused = (503, "the store is busy, and nothing was stored", {"Retry-After": "1"})
    assert done[0] == refused
    assert done.count("stored") == 3 - done.count(refused)


def test_what_goes_wrong_at_the_store_gives_the_turn_back(monkeypatch):
    monkeypatch.setattr(module, "AT_ONCE", 1)

    def fails():
        raise StoreError("the disk is full")

    async def work():
        storing = Storing()
        for _ in range(3):
            with pytest.raises(StoreError, match="the disk is full"):
                await storing.read(fails)
        return await storing.read(lambda: 5)

    assert run(work) == 5


def test_a_trouble_is_logged_once_until_it_is_another(caplog):
    def away(words):
        def ready():
            if words:
                raise StoreError(words)

        return ready

    async def work():
        storing = Storing()
        return [await storing.answers(away(words)) for words in ("gone", "gone", "", "gone", "full")]

    assert run(work) == [False, False, True, False, False]
    assert [record.getMessage() for record in caplog.records] == [
        f"the store is not ready: {words}" for words in ("gone", "gone", "full")
    ]


def test_while_another_program_holds_the_store_everything_else_is_answered(tmp_path, monkeypatch):
    monkeypatch.setattr(engine, "WAIT_S", 1)
    with client_of(saved(tmp_path / "films")) as client:
        other = sqlite3.connect(tmp_path / "ratings.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with ThreadPoolExecutor(45) as pool:
            writes = [pool.submit(client.put, f"/v1/users/u{n}/ratings/1", json={"rating": 4}) for n in range(45)]
            began = time.monotonic()
            for path in ("/readyz", "/v1/items?q=a", "/v1/items/1/similar", "/v1/users/u1/ratings"):
                assert client.get(path).status_code == 200, path
            assert time.monotonic() - began < 2
            assert {write.result(30).status_code for write in writes} == {503}
        other.execute("ROLLBACK")
        other.close()
        assert client.put("/v1/users/u1/ratings/1", json={"rating": 4}).status_code == 200
