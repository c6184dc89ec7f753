"""The time a search has: what it took before it was stopped counts too."""

import math
import time
from dataclasses import dataclass, field


@dataclass
class Clock:
    """Counts the seconds of a search.

    Args:
        limit_s: Seconds in all; infinite where there is no limit.
        spent_s: Seconds taken before it was stopped.
    """

    limit_s: float = math.inf
    spent_s: float = 0.0
    started: float = field(default_factory=time.time)

    def taken(self) -> float:
        """Return the seconds taken in all."""
        return self.spent_s + time.time() - self.started

    def left(self) -> float:
        """Return the seconds left, infinite where there is no limit."""
        return self.limit_s - self.taken()

    def moment(self, taken_s: float) -> float | None:
        """Return the time (`time.time`) at which so many seconds will have been taken; None for infinitely many."""
        return None if math.isinf(taken_s) else time.time() + taken_s - self.taken()
