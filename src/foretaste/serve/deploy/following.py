"""What a process does beside answering: it follows what others deploy, and adds what it has counted to what all have."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import anyio.to_thread
from anyio import CapacityLimiter

from foretaste.serve.deploy.arms import Tally
from foretaste.serve.deploy.deployment import Deployment

log = logging.getLogger("foretaste.serve")
LOOK_S = 1.0
"""Seconds between two looks at what is deployed."""
FLUSH_EVERY = 5
"""Looks between two times that counts are added up."""


@asynccontextmanager
async def following(deployment: Deployment, tally: Tally, *, look_s: float = LOOK_S) -> AsyncIterator[None]:
    """Look at what is deployed and add up counts while the block runs, off the event loop; the rest is added up after it."""
    own = CapacityLimiter(2)  # threads that no request takes
    task = asyncio.create_task(_follow(deployment, tally, look_s, own))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await anyio.to_thread.run_sync(_guarded, tally.flush, limiter=own)


async def _follow(deployment: Deployment, tally: Tally, look_s: float, own: CapacityLimiter) -> None:
    looks = 0
    while True:
        await asyncio.sleep(look_s)
        looks += 1
        await anyio.to_thread.run_sync(_guarded, deployment.refresh, limiter=own, abandon_on_cancel=True)
        if looks % FLUSH_EVERY == 0:
            await anyio.to_thread.run_sync(_guarded, tally.flush, limiter=own)


def _guarded(work: Callable[[], None]) -> None:
    """Do it; whatever goes wrong is logged, and the next time may do better."""
    try:
        work()
    except Exception:
        log.exception("what a process does beside answering went wrong")
