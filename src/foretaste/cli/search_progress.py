"""Where a search stands, on stderr: trials, the best so far beside the defaults, and the time left."""

import sys
import time
from types import TracebackType
from typing import Self

from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from foretaste.cli.progress import left
from foretaste.cli.tables import console
from foretaste.tuning import Standing

PAUSE_S = 10.0
"""Seconds between two lines where stderr is no terminal, unless something better was found."""


class SearchProgress:
    """Shows one line a model; plain text now and then where stderr is not a terminal.

    Args:
        quiet: Show nothing.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self.quiet = quiet
        self.console = console(stderr=True)
        self.live = self.console.is_terminal and not quiet
        name, words = (TextColumn(text, markup=False) for text in ("{task.description}", "{task.fields[words]}"))
        columns = (SpinnerColumn(), name, words, TimeElapsedColumn())
        self.bar = Progress(*columns, console=self.console, transient=True, disable=not self.live)
        self.task = self.bar.add_task("", total=None, words="", visible=False)
        self.label, self.written = "", 0.0
        self.best: float | None = None

    def __enter__(self) -> Self:
        self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bar.stop()

    def __call__(self, standing: Standing) -> None:
        """Take what the search reports."""
        if self.quiet:
            return
        if self.live:
            self.bar.update(self.task, description=standing.label, words=describe(standing), visible=True)
            return
        better = (standing.label, standing.best) != (self.label, self.best)
        if standing.state and (better or time.monotonic() - self.written > PAUSE_S):
            self.label, self.best, self.written = standing.label, standing.best, time.monotonic()
            self._write(f"{standing.label}: {describe(standing)}\n")

    def _write(self, line: str) -> None:
        try:
            sys.stderr.write(line)
        except OSError:  # whoever read along has gone; the search is not to end for that
            self.quiet = True


def describe(standing: Standing) -> str:
    """Return the words of a progress line."""
    words = f"trial {standing.trials}"
    if standing.few:
        words += f" and {standing.few} on few people"
    if standing.best is not None:
        words += f"  validation {standing.metric.upper()} {standing.best:.4f}"
    if standing.default is not None:
        words += f" (defaults {standing.default:.4f})"
    if standing.step is not None:
        words += f"  epoch {standing.step.epoch}/{standing.step.epochs}"
    return words if standing.left_s is None else f"{words}  {left(standing.left_s)} left"
