"""Log lines leave by a thread of their own: a terminal that is paused or a pipe that nobody reads never holds up an answer.

Lines that do not fit into what may wait are dropped and counted, and the count is told as soon as there is room.
"""

import contextlib
import json
import logging
from collections import deque
from threading import Event, Thread
from typing import TextIO

MOST_LINES = 10_000
"""That may wait to be written."""
PAUSE_S = 0.05
"""Between two writings: lines of one moment go out together, and the thread seldom takes turns with those that answer."""
LEAVE_S = 2.0
"""That the end of the process waits for the last lines."""


class Background(logging.Handler):
    """Formats lines at once and writes them a moment later.

    Args:
        stream: Where they go.
        most: Lines that may wait.
    """

    def __init__(self, stream: TextIO, most: int = MOST_LINES) -> None:
        super().__init__()
        self._stream, self._most = stream, most
        self._lines: deque[str] = deque()
        self._lost = 0
        self._wake, self._stop = Event(), Event()
        self._thread = Thread(target=self._write_on, name="foretaste-log", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Put a record's line into the queue."""
        try:
            line = self.format(record)
        except Exception:  # noqa: BLE001 (a line that cannot be written must not fail a request)
            self.handleError(record)
            return
        if len(self._lines) >= self._most:
            self._lost += 1
        else:
            self._lines.append(line)
        self._wake.set()

    def close(self) -> None:
        """Write what waits, unless that takes too long."""
        self._stop.set()
        self._wake.set()
        self._thread.join(LEAVE_S)
        super().close()

    def _write_on(self) -> None:
        while not self._stop.is_set():
            self._wake.wait()
            self._wake.clear()
            self._write()
            self._stop.wait(PAUSE_S)
        self._write()

    def _write(self) -> None:
        lines = [self._lines.popleft() for _ in range(len(self._lines))]
        lost, self._lost = self._lost, 0
        if lost:
            lines.append(json.dumps({"level": "warning", "event": "log lines lost", "lines": lost}))
        if lines:
            with contextlib.suppress(OSError, ValueError):  # the stream is gone, and so is whoever could be told
                self._stream.write("\n".join(lines) + "\n")
                self._stream.flush()
