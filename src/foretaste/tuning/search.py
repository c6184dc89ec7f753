"""How much is tried: so many settings of each model, or so much time, in how many processes, and where it is kept."""

import math
import re
from dataclasses import dataclass
from pathlib import Path

from foretaste.errors import ParamsError
from foretaste.models.params import check_range

QUICK_S = 270.0
"""Seconds a model gets where nothing is said."""
QUICK_TRIALS = 60
"""And trials, at most."""
UNITS = {"s": 1, "m": 60, "h": 3600}


@dataclass(frozen=True)
class Search:
    """How much a search may try; without `trials` and `budget_s` it is a quick one, of `QUICK_S` a model.

    Args:
        trials: Settings to try of each model, the defaults among them, all on the whole training part.
        budget_s: Seconds for all models, divided equally among those that have something to choose.
        repeats: Divisions into training and validation over which a trial is averaged; the test part is outside all of them.
        jobs: Processes that work at once.
        study: File that keeps every trial; where it exists and fits, the search goes on from it.
    """

    trials: int | None = None
    budget_s: float | None = None
    repeats: int = 1
    jobs: int = 1
    study: Path | None = None

    def __post_init__(self) -> None:
        if self.trials is not None and self.budget_s is not None:
            raise ParamsError("trials and budget are both given", hint="give one of them")
        if self.trials is not None:
            check_range("trials", self.trials, 1, 1_000_000)
        if self.budget_s is not None:
            check_range("budget", self.budget_s, 1)
        check_range("repeats", self.repeats, 1, 100)
        check_range("jobs", self.jobs, 1, 256)

    @property
    def most(self) -> float:
        """Trials on everything that a model gets at most; infinite where only the time counts."""
        if self.trials is not None:
            return self.trials
        return QUICK_TRIALS if self.budget_s is None else math.inf

    def seconds(self, models: int) -> float | None:
        """Return what each of so many models gets, in seconds; None where trials are counted instead."""
        if self.trials is not None:
            return None
        return QUICK_S if self.budget_s is None else self.budget_s / max(models, 1)


def parse_time(text: str) -> float:
    """Read ``90s``, ``10m`` or ``1h``; return seconds.

    Raises:
        ParamsError: It is none of these.

    Example:
        >>> parse_time("1.5h")
        5400.0
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([smh])\s*", text)
    if match is None:
        raise ParamsError(
            f'cannot read the time "{text}", expected a number with s, m or h', hint="such as 90s, 10m or 1h"
        )
    return float(match[1]) * UNITS[match[2]]
