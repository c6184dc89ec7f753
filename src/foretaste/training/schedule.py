"""How the learning rate moves over a run, and how many rows a step takes."""

import math

from foretaste.errors import ParamsError

STEPS = 80
"""Steps that a pass over the rows takes where nothing else is asked for: fewer learn too little, more cost time."""
FEWEST, MOST = 4, 512
"""Rows of a step at least and at most then."""


def rows_a_step(batch_size: int, n_rows: int) -> int:
    """Return how many rows a step takes: what is asked for; for 0 about an eightieth of all, 4 at least and 512 at most."""
    return batch_size or min(max(math.ceil(n_rows / STEPS), FEWEST), MOST)


def learning_rate(peak: float, schedule: str, done: float, *, warmup: float = 0.1) -> float:
    """Return the learning rate at a point of the run.

    ``cosine`` rises linearly over the first tenth and falls to zero along half a cosine; ``constant`` stays at the peak.

    Args:
        peak: Highest rate.
        schedule: ``"cosine"`` or ``"constant"``.
        done: Share of all planned steps done, 0 to 1.
        warmup: Share of the steps that rise.

    Raises:
        ParamsError: Another schedule.
    """
    if schedule not in {"cosine", "constant"}:
        raise ParamsError(f'schedule is "{schedule}", expected cosine or constant')
    if schedule == "constant":
        return peak
    if done < warmup:
        return peak * max(done, 1e-3) / warmup
    return peak * 0.5 * (1 + math.cos(math.pi * (done - warmup) / (1 - warmup)))
