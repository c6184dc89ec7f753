"""The one place where a service calls its models."""

from collections.abc import Callable
from typing import NamedTuple, ParamSpec, TypeVar

import anyio.to_thread

from foretaste.arrays import Csr, FloatArray
from foretaste.serve.served import Served

P = ParamSpec("P")
T = TypeVar("T")


class Scores(NamedTuple):
    """What a model says about all items for one row.

    Args:
        by: What the list is sorted by before anything is left out, float32 (items,).
        predicted: Scores or predicted ratings, float32 (items,); None where the model arranges its lists.
    """

    by: FloatArray
    predicted: FloatArray | None


class Scorer:
    """Scores rows, one call at a time: compiled kernels must not be entered by two threads at once."""

    def __init__(self) -> None:
        self._one = anyio.CapacityLimiter(1)

    async def score(self, served: Served, row: Csr) -> Scores:
        """Score all items for one row (1, items)."""
        by, predicted = await self.call(served.bundle.scored, row)
        return Scores(by[0], None if predicted is None else predicted[0])

    async def call(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run other work of a model's where no other runs, off the event loop."""
        return await anyio.to_thread.run_sync(lambda: work(*args, **kwargs), limiter=self._one)
