"""How the learning rate moves over a run."""

import math

from foretaste.errors import ParamsError


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
