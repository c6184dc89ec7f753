"""Connections to PostgreSQL that are not waited for without end: a server may stop answering and never hang up.

What the server itself can limit (`lock_timeout`, `statement_timeout`) it does not where it is stopped or its machine is gone.
So this side looks at the clock too, and closes the connection: the pool then makes another, or says that there is no server.
"""

import time
from collections.abc import Generator
from typing import Any

import psycopg
from psycopg.abc import RV, PQGen


class Patient(psycopg.Connection[Any]):
    """A connection that waits `patience_s` for each answer; None waits without end."""

    patience_s: float | None = None

    def wait(self, gen: PQGen[RV], *args: Any, **kwargs: Any) -> RV:
        """Wait for an answer.

        Raises:
            psycopg.OperationalError: There was none in time; the connection is closed.
        """
        return super().wait(self._in_time(gen), *args, **kwargs)

    def _in_time(self, gen: PQGen[RV]) -> Generator[Any, Any, RV]:
        """Pass on what a generator of psycopg waits for; it is woken several times a second, and looks at the clock then."""
        began = time.monotonic()
        try:
            waits = next(gen)
            while True:
                waits = gen.send((yield waits))
                if self.patience_s is not None and time.monotonic() - began > self.patience_s:
                    self.close()
                    raise psycopg.OperationalError(f"no answer within {self.patience_s:g} s")
        except StopIteration as done:
            answer: RV = done.value
            return answer
