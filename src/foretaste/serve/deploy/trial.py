"""What an A/B test says: each arm with intervals over its people, the differences between them, and how sure they are.

People are given arms at random and one by one, so people are what chance is about, not lists and not ratings: somebody who asks
all day counts once. Numbers of an arm are ratios of sums over its people, with the intervals of `statistics`. A difference
between two groups of different people is tested by Welch's t on what each person moves the ratio by (the delta method, with the
correction of `statistics` for people with a large part of it).

*Papers*: B. L. Welch, The generalization of Student's problem when several different population variances are involved,
Biometrika 34, 1947. A. Deng, U. Knoblich, J. Lu, Applying the delta method in metric analytics, KDD 2018.
*Differs*: the degrees of freedom of an arm are those of its effective number of people.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import scipy  # its special functions load when they are asked for

from foretaste.serve.deploy.arms import FIELDS, ArmCounts
from foretaste.statistics import LEVEL, POSITIVE, Bounds, Ratio, effective_users, ratio_intervals, several

FEWEST_PEOPLE = 10
"""People in each arm below which nothing is said about a difference."""
ODD_SPLIT = 0.001
"""A division of people that chance makes less often than this is a fault of whoever counts, or of the ids."""
RATIOS = {"hits_per_list": ("hits", "lists", 1.0), "mean_rating": ("milli", "ratings", 1000.0)}
"""What is told of an arm: numerator, denominator, and units of the numerator in one."""


@dataclass(frozen=True)
class Arm:
    """One model's people; ends of intervals are None where there are too few.

    Args:
        arm: ``main`` or ``challenger``.
        lists: Lists that they got.
        visitors: Different people who got one; of more than 4,096 an estimate.
        ratings: What they rated after a list.
        hits: Ratings of items that were in their last list.
        hits_per_list: Hits by lists.
        hits_per_list_low: Lower end of its 95 % interval over people.
        hits_per_list_high: Upper end.
        mean_rating: Of the ratings after a list.
        mean_rating_low: Lower end of its interval.
        mean_rating_high: Upper end.
    """

    arm: str
    lists: int
    visitors: int
    ratings: int
    hits: int
    hits_per_list: float | None
    hits_per_list_low: float | None
    hits_per_list_high: float | None
    mean_rating: float | None
    mean_rating_low: float | None
    mean_rating_high: float | None


@dataclass(frozen=True)
class Difference:
    """The challenger minus the main model.

    Args:
        of: ``hits_per_list`` or ``mean_rating``.
        value: The difference; None where an arm has nothing of it.
        low: Lower end of its 95 % interval; None where there are too few people.
        high: Upper end.
        p: How often chance alone gives a difference as large where there is none.
    """

    of: str
    value: float | None
    low: float | None
    high: float | None
    p: float | None


def read_trial(counts: Mapping[str, ArmCounts], share: float, scale: tuple[float, float]) -> dict[str, Any]:
    """Return what came of a test as plain values: arms, differences and a reading in words.

    Args:
        counts: By arm; nothing where nothing is tested.
        share: Of visitors that get the challenger.
        scale: Lowest and highest rating.
    """
    if not counts:
        return {"arms": [], "differences": [], "reading": "No test is under way: there is no challenger."}
    bounds = {"hits_per_list": POSITIVE, "mean_rating": scale}
    ratios = {arm: {name: _ratio(of, name, bounds[name]) for name in RATIOS} for arm, of in counts.items()}
    arms = [_arm(arm, counts[arm], ratios[arm]) for arm in counts]
    found = [difference(name, ratios["challenger"][name], ratios["main"][name]) for name in RATIOS]
    reading = _reading(found, [one.visitors for one in arms], share)
    return {"arms": [asdict(one) for one in arms], "differences": [asdict(one) for one in found], "reading": reading}


def _ratio(counts: ArmCounts, name: str, bounds: Bounds) -> Ratio:
    top, bottom, unit = RATIOS[name]
    columns = counts.people.astype(np.float64)
    return Ratio(columns[:, FIELDS.index(top)] / unit, columns[:, FIELDS.index(bottom)], bounds)


def _arm(arm: str, counts: ArmCounts, ratios: Mapping[str, Ratio]) -> Arm:
    told: dict[str, float | None] = {}
    for name, ratio in ratios.items():
        ends = ratio_intervals([ratio], seed=0)[0] if (ratio.bottom > 0).sum() >= FEWEST_PEOPLE else (np.nan, np.nan)
        told |= {name: _plain(ratio.value), f"{name}_low": _plain(ends[0]), f"{name}_high": _plain(ends[1])}
    total = counts.total
    return Arm(arm, total["lists"], counts.visitors, total["ratings"], total["hits"], **told)


def difference(name: str, first: Ratio, second: Ratio) -> Difference:
    """Compare a ratio of two groups of different people: the first minus the second."""
    gap = first.value - second.value
    groups = [ratio for ratio in (first, second) if (ratio.bottom > 0).sum() >= FEWEST_PEOPLE and several(ratio.share)]
    variances = [_variance(ratio) for ratio in groups]
    total = sum(variances)
    if len(groups) < 2 or not total:
        return Difference(name, _plain(gap), None, None, None)
    freedom = [max(effective_users(ratio.bottom) - 1, 1) for ratio in groups]
    joined = total**2 / sum(one**2 / n for one, n in zip(variances, freedom, strict=True))
    error = np.sqrt(total)
    reach = float(scipy.special.stdtrit(joined, (1 + LEVEL) / 2)) * error
    return Difference(name, gap, gap - reach, gap + reach, float(2 * scipy.special.stdtr(joined, -abs(gap) / error)))


def _variance(ratio: Ratio) -> float:
    """Return the variance of a ratio over people, from what it would be without each of them (the jackknife)."""
    asked = ratio.bottom > 0
    alone = ratio.influence[asked] / (1 - ratio.share[asked])
    return float(np.square(alone - alone.mean()).sum()) * (1 - 1 / effective_users(ratio.bottom))


def _reading(found: list[Difference], visitors: list[int], share: float) -> str:
    """Say what a test shows; the first difference is what it is about."""
    odd = _odd_split(visitors, share)
    if odd is not None:
        return odd
    hits = found[0]
    if hits.p is None or hits.low is None or hits.high is None:
        return f"Too few people to say anything: {visitors[0]:,} and {visitors[1]:,}."
    span = f"{hits.value:+.3f} hits a list, 95 % {hits.low:+.3f} to {hits.high:+.3f}"
    if hits.p > 1 - LEVEL:
        return f"Within the noise so far: {span}."
    who = "The challenger's" if (hits.value or 0) > 0 else "The main model's"
    rest = "This holds for one look at a time that was set beforehand: who looks every day finds differences that are none."
    return f"{who} lists are hit more often: {span} for the challenger. {rest}"


def _odd_split(visitors: list[int], share: float) -> str | None:
    """Say that people are not divided as they should be; None where they are, or where there are too few to tell."""
    n = sum(visitors)
    spread = np.sqrt(n * share * (1 - share))
    if spread < 3 or max(visitors) > 4096:  # few, or numbers that are estimates
        return None
    p = 2 * float(scipy.special.ndtr(-abs(visitors[1] - n * share) / spread))
    if p >= ODD_SPLIT:
        return None
    return (
        f"{visitors[1]:,} of {n:,} people got the challenger where {share:.0%} should have: something divides them other than "
        "chance, so nothing is said about the rest."
    )


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
