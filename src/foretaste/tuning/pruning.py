"""When a trial is given up: where its best value so far is worse than the median of earlier trials after the same epoch."""

from collections.abc import Sequence
from statistics import median
from typing import TypeAlias

FEWEST = 5
"""Finished trials before any is given up."""
GRACE = 0.25
"""Share of the longest trial's epochs in which none is given up: slow settings may be good ones."""

Curves: TypeAlias = Sequence[Sequence[float]]
"""For each part, what was watched after each epoch."""
Limits: TypeAlias = tuple[tuple[float, ...], ...]
"""For each part and epoch, the highest value that is worth going on; infinite where it is too early to say."""


def limits(finished: Sequence[Curves]) -> Limits:
    """Return where to give up, from the curves of finished trials; nothing where there are too few of them.

    A trial that stopped sooner than others counts with its best value from there on.
    """
    if len(finished) < FEWEST:
        return ()
    out = []
    for part in range(min(len(curves) for curves in finished)):
        lines = [best_so_far(curves[part]) for curves in finished]
        length = max(map(len, lines))
        early = int(GRACE * length) if length > 1 else 0
        middle = (median(line[min(epoch, len(line) - 1)] for line in lines) for epoch in range(length))
        out.append(tuple(float("inf") if epoch < early else value for epoch, value in enumerate(middle)))
    return tuple(out)


def too_high(curves: Curves, limits: Limits) -> bool:
    """Return whether a trial is to be given up after what was watched last."""
    part = len(curves) - 1
    if not 0 <= part < len(limits):
        return False
    epoch = min(len(curves[part]), len(limits[part])) - 1
    return min(curves[part]) > limits[part][epoch]


def best_so_far(line: Sequence[float]) -> list[float]:
    """Return the lowest value until each epoch.

    Example:
        >>> best_so_far([3, 1, 2])
        [3, 1, 1]
    """
    out: list[float] = []
    for value in line:
        out.append(value if not out or value < out[-1] else out[-1])
    return out
