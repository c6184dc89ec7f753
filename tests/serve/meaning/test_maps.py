"""Maps are made once, before anybody asks, and kept; nothing about the files may fail, and nobody waits for the end."""

import asyncio
import gc
import json
import os
import threading
import time

import numpy as np
import pytest

from foretaste.serve.deploy.served import Served
from foretaste.serve.meaning import maps as module
from foretaste.serve.meaning.maps import Maps, body_of, keep, kept, preparing
from foretaste.serve.meaning.taste_map import TasteMap
from tests.serving import bundle_of

LATER = threading.Event()
"""Never set."""


def served(model="autorec", version="0" * 12):
    return Served(bundle_of(model), model, version)


def small_map(one, by="made"):
    return TasteMap(np.arange(3), np.zeros((3, 2), np.float32), by, one.shelf)


@pytest.fixture
def made(monkeypatch):
    """The models that maps were made of."""
    found = []
    monkeypatch.setattr(module.TasteMap, "of", lambda one, _: found.append(one) or small_map(one, one.name))
    return found


def test_it_is_made_once_however_many_ask(monkeypatch):
    calls, go = [], threading.Event()

    def slow(one, stop):
        calls.append(one)
        go.wait(20)
        return small_map(one, one.name)

    monkeypatch.setattr(module.TasteMap, "of", slow)
    maps, first, other = Maps(), served(), served("bias", "1" * 12)

    async def ask():
        waiting = [asyncio.ensure_future(maps.of(one)) for one in (first, first, other, first)]
        await asyncio.sleep(0)
        waiting[0].cancel()  # who leaves does not end it for the others
        go.set()
        return [await task for task in waiting[1:]], await maps.of(first)

    (again, elsewhere, third), later = asyncio.run(ask())
    assert again is third is later
    assert json.loads(elsewhere)["by"] == "bias"
    assert calls == [first, other]
    maps.close()


def test_what_failed_is_tried_again_and_a_model_that_is_gone_is_forgotten(monkeypatch):
    calls = []

    def fails_once(one, stop):
        calls.append(one.name)
        if len(calls) == 1:
            raise MemoryError("no room")
        return small_map(one)

    monkeypatch.setattr(module.TasteMap, "of", fails_once)
    maps, one = Maps(), served()
    with pytest.raises(MemoryError):
        asyncio.run(maps.of(one))
    maps.prepare(one)  # what failed is not tried again and again before somebody asks
    assert len(calls) == 1
    assert json.loads(asyncio.run(maps.of(one)))["by"] == "made"
    assert len(calls) == 2
    maps.close()  # its thread holds the model until it is through
    assert len(maps._made) == 1
    del one
    gc.collect()
    assert len(maps._made) == 0


def test_a_service_that_ends_does_not_wait_for_a_map(monkeypatch):
    begun = threading.Event()

    def endless(one, stop):
        begun.set()
        stop.wait(60)

    monkeypatch.setattr(module.TasteMap, "of", endless)
    maps = Maps()

    async def ask():
        task = asyncio.ensure_future(maps.of(served()))
        await asyncio.to_thread(begun.wait, 20)
        before = time.monotonic()
        maps.close()
        assert time.monotonic() - before < 20
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(ask())


def test_maps_are_made_before_anybody_asks_and_of_models_that_come_later_too(made):
    first, later = served(), served("bias", "1" * 12)
    now, maps = [first], Maps()

    async def live():
        async with preparing(maps, lambda: now, soon_s=0.01):
            await asyncio.to_thread(until, lambda: made == [first])
            now[:] = [later, first]
            await asyncio.to_thread(until, lambda: made == [first, later])

    asyncio.run(live())
    maps.close()


def until(holds):
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_what_is_kept_is_not_made_again(tmp_path, made):
    one = served()
    body = body_of(one, tmp_path / "maps", LATER)
    assert body == body_of(served(), tmp_path / "maps", LATER) == small_map(one, "autorec").body
    assert made == [one]
    (file,) = (tmp_path / "maps").iterdir()
    assert file.name.startswith("0" * 12)
    other = served(version="2" * 12)
    assert body_of(other, tmp_path / "maps", LATER)
    assert made == [one, other], "another version has another map"
    assert json.loads(body).keys() == {"items", "x", "y", "genre", "n_ratings", "titles", "by"}, "and nobody is in it"


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"items": [1], "x": [0.5], "y": [], "by": "x"}', b"\xff"])
def test_a_damaged_file_is_made_anew(tmp_path, made, damage):
    body = body_of(served(), tmp_path, LATER)
    (file,) = tmp_path.iterdir()
    file.write_bytes(damage)
    assert kept(file) is None
    assert body_of(served(), tmp_path, LATER) == body == kept(file)
    assert len(made) == 2


def test_where_nothing_can_be_written_it_is_made_all_the_same(tmp_path, made):
    (tmp_path / "file").write_text("in the way")
    assert body_of(served(), tmp_path / "file" / "maps", LATER)
    keep(tmp_path / "nowhere" / "a.json", b"{}")
    assert len(made) == 1


def test_only_the_newest_stay(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "KEPT", 3)
    for n in range(6):
        keep(tmp_path / f"{n}.json", b"{}")
        os.utime(tmp_path / f"{n}.json", (n, n))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["3.json", "4.json", "5.json"]


def test_of_several_processes_one_makes_it(tmp_path, made):
    """Another's mark is waited for until its map is there, and not when it is old, nor when the service ends."""
    one = served()
    body = small_map(one, "autorec").body
    place = tmp_path / f"{one.version}-{module.__version__}-{module.FORM}.json"
    mark = place.with_suffix(".making")
    mark.touch()
    waiting = threading.Thread(target=lambda: (until(mark.exists), keep(place, body), mark.unlink()))
    waiting.start()
    assert body_of(one, tmp_path, LATER) == body
    waiting.join()
    assert made == []
    place.unlink()
    mark.touch()
    stopped = threading.Event()
    stopped.set()
    with pytest.raises(module.CancelledError):
        body_of(one, tmp_path, stopped)
    os.utime(mark, (0, 0))
    assert body_of(one, tmp_path, LATER) == body
    assert (made, mark.exists()) == ([one], False)
