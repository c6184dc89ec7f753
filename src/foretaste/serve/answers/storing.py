"""The store of a service, asked off the event loop: one that is slow or hangs takes no other answers with it.

Whoever waits for a store holds a thread. Reading and writing have a few of their own; beyond those requests queue for a while,
and are refused then. Whether the store answers at all is looked up by one thread, whoever asks.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import anyio.to_thread
from anyio import CapacityLimiter

from foretaste.errors import ForetasteError
from foretaste.serve.wire.problems import Refused

P = ParamSpec("P")
T = TypeVar("T")
log = logging.getLogger("foretaste.serve")
AT_ONCE = 16
"""Requests that read at one moment, and as many that write."""
QUEUE, QUEUE_S = 512, 10.0
"""Requests that may wait for a turn, and how long."""
LOOK_S = 3.0
"""Seconds in which a store is to show that it is there."""


class Storing:
    """The turns of one service at its store."""

    def __init__(self) -> None:
        self._reading, self._writing = CapacityLimiter(AT_ONCE), CapacityLimiter(AT_ONCE)
        self._threads, self._one = CapacityLimiter(2 * AT_ONCE), CapacityLimiter(1)
        self._look: asyncio.Task[str] | None = None
        self._trouble = ""

    async def read(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run work that reads from the store.

        Raises:
            Refused: Too many others do, for too long.
        """
        return await self._in_turn(self._reading, lambda: work(*args, **kwargs))

    async def write(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run work that writes to the store; nobody who only reads waits for it.

        Raises:
            Refused: As `read`; nothing was stored.
        """
        return await self._in_turn(self._writing, lambda: work(*args, **kwargs))

    async def answers(self, ready: Callable[[], None]) -> bool:
        """Return whether a store shows in time that it is there; why not is logged, once for each trouble.

        Args:
            ready: Asks it, and raises what is wrong.
        """
        if self._look is None or self._look.done():  # else whoever asks meanwhile is told what comes of that
            self._look = asyncio.create_task(self._looked(ready))
        try:
            trouble = await asyncio.wait_for(asyncio.shield(self._look), LOOK_S)
        except TimeoutError:
            trouble = f"no answer within {LOOK_S:g} s"
        if trouble not in {"", self._trouble}:
            log.warning("the store is not ready: %s", trouble)
        self._trouble = trouble
        return not trouble

    async def _looked(self, ready: Callable[[], None]) -> str:
        try:
            await anyio.to_thread.run_sync(ready, limiter=self._one, abandon_on_cancel=True)
        except ForetasteError as error:
            return error.message
        return ""

    async def _in_turn(self, turn: CapacityLimiter, work: Callable[[], T]) -> T:
        if turn.statistics().tasks_waiting >= QUEUE:
            raise _busy()
        try:
            with anyio.fail_after(QUEUE_S):
                await turn.acquire()
        except TimeoutError:
            raise _busy() from None
        try:
            return await anyio.to_thread.run_sync(work, limiter=self._threads)
        finally:
            turn.release()


def _busy() -> Refused:
    return Refused(503, "the store is busy, and nothing was stored", "try again in a second", {"Retry-After": "1"})
