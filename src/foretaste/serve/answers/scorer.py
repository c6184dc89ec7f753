"""The one place where a service calls its models: rows that wait at the same time are scored together.

A thread of its own scores, so that the event loop stays free. It takes what waits at that moment, up to a bound: a request
alone waits for no company, and under load batches grow by themselves. For the rows of a batch a model's table is read once and
not once each. `codes_by_table` multiplies so that no score depends on who else is in the batch.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Lock
from typing import NamedTuple, ParamSpec, TypeVar

import anyio.to_thread
import numpy as np

from foretaste.arrays import FEW, Csr, FloatArray
from foretaste.serve.answers.cache import Cache
from foretaste.serve.deploy.served import Served
from foretaste.serve.wire.problems import Refused

log = logging.getLogger("foretaste.serve")
P = ParamSpec("P")
T = TypeVar("T")
WAITING = 512
"""Rows that may wait; whoever comes then is told to come back."""
RATINGS = 2_000
"""Ratings that the rows of a batch hold together: with more, models that sum rows turn to kernels for many rows."""
BATCH_BYTES = 1 << 24
"""What one array of a batch's scores takes at most."""
CACHE_BYTES = 1 << 25
"""What scores of rows that may be asked for again take at most."""


class Scores(NamedTuple):
    """What a model says about all items for one row; not to be changed.

    Args:
        by: What the list is sorted by before anything is left out, float32 (items,).
        predicted: Scores or predicted ratings, float32 (items,); None where the model arranges its lists.
    """

    by: FloatArray
    predicted: FloatArray | None


class _Asked(NamedTuple):
    served: Served
    row: Csr
    answer: "asyncio.Future[Scores]"


class Scorer:
    """Scores rows in batches, off the event loop.

    Args:
        cache_bytes: What is kept of scores; 0 keeps nothing. They are found by version and row, to the last rating: a rating
            that came in a moment ago makes another row.
        observe: Told the rows of each batch; called in the scoring thread.
    """

    def __init__(self, *, cache_bytes: int = CACHE_BYTES, observe: Callable[[int], None] = lambda _: None) -> None:
        self.cache = Cache[Scores](cache_bytes)
        self._observe = observe
        self._waiting: deque[_Asked] = deque()
        self._lock, self._busy = Lock(), False
        self._scoring = ThreadPoolExecutor(1, thread_name_prefix="foretaste-scorer")
        self._short, self._long = anyio.CapacityLimiter(1), anyio.CapacityLimiter(1)

    @property
    def waiting(self) -> int:
        """Rows that wait to be scored."""
        return len(self._waiting)

    async def score(self, served: Served, row: Csr) -> Scores:
        """Score all items for one row (1, items).

        Raises:
            Refused: Too much is waiting.
            ForetasteError: The model does not score such a row.
        """
        key = (served.version, row.indices.tobytes(), row.data.tobytes())
        known = self.cache.get(key)
        if known is not None:
            return known
        asked = _Asked(served, row, asyncio.get_running_loop().create_future())
        with self._lock:
            if len(self._waiting) >= WAITING:
                raise _busy()
            self._waiting.append(asked)
            starts, self._busy = not self._busy, True
        if starts:
            self._scoring.submit(self._work)
        scores = await asked.answer
        self.cache.put(key, scores, 2 * scores.by.nbytes)
        return scores

    async def call(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run other work of a model's that a list is made of, one at a time, off the event loop; no scoring waits for it.

        Raises:
            Refused: Too much is waiting.
        """
        return await _run(self._short, lambda: work(*args, **kwargs))

    async def call_long(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run work that may take seconds, one at a time, off the event loop; only others of its kind wait for it.

        Raises:
            Refused: Too much is waiting.
        """
        return await _run(self._long, lambda: work(*args, **kwargs))

    def close(self) -> None:
        """Score what waits, and end the thread."""
        self._scoring.shutdown()

    def _work(self) -> None:
        """Score batch by batch until nothing waits; whatever happens here, whoever comes next starts it anew."""
        try:
            while batch := self._take():
                self._count(len(batch))
                _tell(batch, _answers(batch))
        except BaseException:
            with self._lock:
                self._busy = False
            raise

    def _count(self, rows: int) -> None:
        """Tell of a batch; nobody's list is to fail because it could not be counted, as on a disk that is full."""
        try:
            self._observe(rows)
        except Exception as error:  # noqa: BLE001
            log.warning("a batch of %d could not be counted: %s", rows, error)

    def _take(self) -> list[_Asked]:
        """Return the rows that are scored next: of one model, the first that waits and those that go with it."""
        with self._lock:
            batch: list[_Asked] = []
            left: deque[_Asked] = deque()
            rows, ratings = FEW, RATINGS
            for asked in self._waiting:
                if asked.answer.cancelled():  # whoever asked has gone
                    continue
                if not batch:
                    rows = max(min(FEW, BATCH_BYTES // (4 * asked.row.shape[1])), 1)
                elif asked.served is not batch[0].served or len(batch) == rows or asked.row.nnz > ratings:
                    left.append(asked)
                    continue
                batch.append(asked)
                ratings -= asked.row.nnz
            self._waiting = left
            self._busy = bool(batch)
            return batch


async def _run(limiter: anyio.CapacityLimiter, work: Callable[[], T]) -> T:
    if limiter.statistics().tasks_waiting >= WAITING:
        raise _busy()
    return await anyio.to_thread.run_sync(work, limiter=limiter)


def stack(rows: list[Csr]) -> Csr:
    """Return rows (1, items) each as one matrix (rows, items)."""
    start = np.cumsum([0, *(row.nnz for row in rows)], dtype=np.int32)
    values, cols = np.concatenate([row.data for row in rows]), np.concatenate([row.indices for row in rows])
    return Csr((values, cols, start), shape=(len(rows), rows[0].shape[1]))


def _answers(batch: list[_Asked]) -> list[Scores | BaseException]:
    """Return the scores of each row, or why there are none; a row that cannot be scored is no matter of its company."""
    try:
        rows = [asked.row for asked in batch]
        by, predicted = batch[0].served.bundle.scored(rows[0] if len(rows) == 1 else stack(rows))
    except Exception as error:  # noqa: BLE001 (it is raised where the row was asked for)
        return [error] if len(batch) == 1 else [answer for asked in batch for answer in _answers([asked])]
    return [Scores(_own(by, n), None if predicted is None else _own(predicted, n)) for n in range(len(batch))]


def _own(scores: FloatArray, n: int) -> FloatArray:
    """Return one row that cannot be changed, of its own where there are several: a row that is kept would keep all."""
    row = scores[n].copy() if len(scores) > 1 else scores[n]
    row.flags.writeable = False
    return row


def _tell(batch: list[_Asked], answers: list[Scores | BaseException]) -> None:
    """Hand over the answers of a batch, in the loop that each was asked in."""
    told: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Scores], Scores | BaseException]]] = {}
    for asked, answer in zip(batch, answers, strict=True):
        told.setdefault(asked.answer.get_loop(), []).append((asked.answer, answer))
    for loop, pairs in told.items():
        with suppress(RuntimeError):  # the loop was closed, and nobody waits any more
            loop.call_soon_threadsafe(_set, pairs)


def _set(pairs: list[tuple["asyncio.Future[Scores]", Scores | BaseException]]) -> None:
    for future, answer in pairs:
        if future.done():  # whoever asked has gone
            continue
        if isinstance(answer, BaseException):
            future.set_exception(answer)
        else:
            future.set_result(answer)


def _busy() -> Refused:
    return Refused(503, f"{WAITING} requests are waiting already", "try again in a second", {"Retry-After": "1"})
