"""A line on stderr that says where training stands: loss, RMSE or NDCG@100 on validation, ratings per second and time left."""

import sys
from types import TracebackType
from typing import Self

from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from foretaste.cli.tables import console
from foretaste.training.watch import Progress as Step


class TrainingProgress:
    """Shows one line a model; plain text once an epoch where stderr is not a terminal.

    Args:
        quiet: Show nothing.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self.quiet = quiet
        self.console = console(stderr=True)
        self.live = self.console.is_terminal and not quiet
        self.label, self.fits = "", 0
        name, words = (TextColumn(text, markup=False) for text in ("{task.description}", "{task.fields[words]}"))
        columns = (SpinnerColumn(), name, BarColumn(bar_width=18), words, TimeElapsedColumn())
        self.bar = Progress(*columns, console=self.console, transient=True, disable=not self.live)
        self.task = self.bar.add_task("", total=None, words="", visible=False)

    def __enter__(self) -> Self:
        self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bar.stop()

    def __call__(self, label: str, step: Step | None) -> None:
        """Take what the library reports."""
        if self.quiet:
            return
        if step is None:
            self.bar.reset(self.task, description=label, total=None, words="", visible=True)
            if not self.live:
                self._write(f"{label}: fitting\n")
            return
        done = (step.epoch - 1) * step.batches + step.batch
        words = describe(step)
        self.bar.update(self.task, description=label, completed=done, total=step.epochs * step.batches, words=words)
        if not self.live and step.batch == step.batches and (step.epoch % 5 == 1 or step.epoch == step.epochs):
            self._write(f"{label}: {words}\n")

    def note(self, label: str, words: str) -> None:
        """Show what happens before a fit, such as a search; where stderr is no terminal, only that it begins."""
        if self.quiet:
            return
        self.bar.update(self.task, description=label, total=None, words=words, visible=True)
        if not self.live and label != self.label:
            self._write(f"{label}\n")
        self.label = label

    def _write(self, line: str) -> None:
        try:
            sys.stderr.write(line)
        except OSError:  # whoever read along has gone; training is not to end for that
            self.quiet = True


def describe(step: Step) -> str:
    """Return the words of a progress line."""
    words = f"{step.part}  " if step.part else ""
    words += f"epoch {step.epoch}/{step.epochs}  loss {step.loss:.4f}"
    ranks = step.watched is not None and step.watched < 0  # no error is below 0, and minus a quality is not above
    if step.watched is not None:
        words += f"  validation {'NDCG@100' if ranks else 'RMSE'} {abs(step.watched):.4f}"
    if step.best is not None:
        words += f" (best {abs(step.best):.4f})"
    return f"{words}  {speed(step.ratings_per_s)} ratings/s  {left(step.left_s)} left"


def speed(per_s: float) -> str:
    """Return 950, 12k, 3.4M."""
    if per_s >= 1e6:
        return f"{per_s / 1e6:.1f}M"
    return f"{per_s / 1e3:.0f}k" if per_s >= 1e4 else f"{per_s:.0f}"


def left(seconds: float) -> str:
    """Return 45 s, 3 min, 2.1 h."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
