"""The maps of the models that are served: made before anybody asks, and kept on disk, so that a restart has them at once.

A map takes seconds of a core. It is made soon after a model has begun to answer, by a thread of its own with a lower priority
where the system has such; lists are served meanwhile. It is kept in the cache folder under the version of its bundle. It holds
titles and places, and nobody's ratings. Of several processes one makes it, and the others wait for its file. Nothing about the
file may fail: without one, or with a damaged one, the map is made.
"""

import asyncio
import json
import os
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from foretaste import __version__
from foretaste.serve.deploy.served import Served
from foretaste.serve.meaning.taste_map import TasteMap

FORM = 1
"""Counts up when maps are made otherwise than before."""
SOON_S = 1.0
"""Between two looks at whether there is a model without a map; the first requests have the cores for themselves."""
KEPT = 32
"""Maps that stay in the folder."""
WAIT_S, STALE_S = 0.2, 60.0
"""Between two looks for another's file, and after how long whoever was making it is taken for dead."""


class Maps:
    """The maps of models, each made once; for one event loop.

    Args:
        folder: Where they are kept; None keeps none.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._made: WeakKeyDictionary[Served, Future[bytes]] = WeakKeyDictionary()
        self._stop = threading.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="foretaste-map", initializer=_step_back)

    async def of(self, served: Served) -> bytes:
        """Return the map of a model as JSON; whoever comes while it is made waits for the same one."""
        future = self._made.get(served)
        if future is None or (future.done() and _failed(future)):  # what failed may not fail again
            future = self._begin(served)
        return await asyncio.shield(asyncio.wrap_future(future))  # whoever leaves does not end it for the others

    def prepare(self, served: Served) -> None:
        """Begin the map of a model, unless that was done before, however it ended."""
        if served not in self._made:
            self._begin(served)

    def close(self) -> None:
        """Make no more of them, nor finish the one that is made."""
        self._stop.set()
        self._thread.shutdown(cancel_futures=True)

    def _begin(self, served: Served) -> Future[bytes]:
        future = self._made[served] = self._thread.submit(body_of, served, self._folder, self._stop)
        return future


@asynccontextmanager
async def preparing(
    maps: Maps, models: Callable[[], Iterable[Served]], *, soon_s: float = SOON_S
) -> AsyncIterator[None]:
    """Have a map made of each model that answers while the block runs, also of those that come later.

    Args:
        maps: Where they are.
        models: Asked what answers now.
        soon_s: Seconds between two looks.
    """

    async def look() -> None:
        while True:
            await asyncio.sleep(soon_s)
            for served in models():
                maps.prepare(served)

    task = asyncio.create_task(look())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def body_of(served: Served, folder: Path | None, stop: threading.Event) -> bytes:
    """Return the map of a model as JSON: that of the folder, or one that is made and kept there.

    Args:
        served: The model.
        folder: Where maps are kept; None makes it.
        stop: Set when nobody needs it any more.

    Raises:
        CancelledError: It was set.
    """
    if folder is None:
        return TasteMap.of(served, stop).body
    place = folder / f"{served.version}-{__version__}-{FORM}.json"
    known = kept(place)
    if known is None:
        with _alone(place.with_suffix(".making"), stop):
            known = kept(place)  # another may have made it meanwhile
            if known is None:
                known = TasteMap.of(served, stop).body
                keep(place, known)
    return known


def kept(place: Path) -> bytes | None:
    """Return a map that is kept; None where there is none, or it is damaged."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        body = place.read_bytes()
        told = json.loads(body)
        if len(told["items"]) == len(told["x"]) == len(told["y"]) and told["by"]:
            return body
    return None


def keep(place: Path, body: bytes) -> None:
    """Put a map in its place in one move, and take the oldest away where there are too many."""
    with suppress(OSError):
        part = place.with_suffix(f".{os.getpid()}.part")
        part.write_bytes(body)
        part.replace(place)
        others = sorted(place.parent.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in others[KEPT:]:
            path.unlink(missing_ok=True)


@contextmanager
def _alone(mark: Path, stop: threading.Event) -> Iterator[None]:
    """Hold a mark that one process has at a time; where none can be made, nobody is waited for."""
    held = False
    with suppress(OSError):
        mark.parent.mkdir(parents=True, exist_ok=True)
        while not (held := _made_new(mark)):
            if _older(mark, STALE_S):
                mark.unlink(missing_ok=True)
            elif stop.wait(WAIT_S):
                raise CancelledError
    try:
        yield
    finally:
        if held:
            with suppress(OSError):
                mark.unlink(missing_ok=True)


def _made_new(mark: Path) -> bool:
    try:
        mark.open("x").close()
    except FileExistsError:
        return False
    return True


def _older(path: Path, seconds: float) -> bool:
    """Return whether a file is older than that; False where it is gone."""
    try:
        return time.time() - path.stat().st_mtime > seconds
    except OSError:
        return False


def _failed(future: Future[bytes]) -> bool:
    return future.cancelled() or future.exception() is not None


def _step_back() -> None:
    """Let the threads that serve go first; only Linux knows threads with priorities of their own."""
    setpriority: Any = getattr(os, "setpriority", None)
    if setpriority is not None and os.uname().sysname == "Linux":
        with suppress(OSError):
            setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
