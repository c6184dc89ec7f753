"""Paired tests: is one model better than another on the same users, or is it the luck of who was asked?

Both models answer for the same people, so what counts is the difference that each person makes: users are drawn with both
models' errors at once (a paired bootstrap). A difference of RMSEs is no sum over users; its contributions are linearised. p is
how often the draws, moved to where there is no difference, lie as far from it as what was seen, and the interval holds every
difference that the same draws would not reject: the two never contradict each other. The corrections for few people of unequal
size are those of `statistics`, without which such a test finds differences that are none.

*Papers*: S. Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6, 1979 (several
comparisons). P. Koehn, Statistical significance tests for machine translation evaluation, EMNLP 2004 (the paired bootstrap).
*Differs*: users are drawn, not ratings or sentences of one size, with the corrections of `statistics`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from foretaste.arrays import AnyArray
from foretaste.statistics import LEVEL, Ratio, Spread, several

SURE = 1 - LEVEL
"""A difference is more than noise where p is at most this."""
NOTHING = 1e-12
"""A difference of so small a share of the values is one of rounding, and none."""


@dataclass(frozen=True, eq=False)
class Standing:
    """A model's value of a metric, and what each user contributes to it.

    Args:
        value: Of all users; nan where nobody is asked.
        influence: How far each user moves it, to first order, adding up to 0, (users,).
        share: How much of what is asked each user has, adding up to 1.
    """

    value: float
    influence: AnyArray
    share: AnyArray

    @classmethod
    def of(cls, top: AnyArray, bottom: AnyArray, *, root: bool = False) -> "Standing":
        """Return a ratio of sums over users, or its square root as RMSE is; whoever has 0 in `bottom` is not asked."""
        ratio = Ratio(top, bottom)
        if not bottom.any():
            return cls(float("nan"), np.zeros(len(top)), np.zeros(len(top)))
        value, influence = ratio.value, ratio.influence
        if root:
            value = float(np.sqrt(value))
            influence = influence / (2 * value) if value else influence
        return cls(value, influence, ratio.share)


@dataclass(frozen=True)
class Paired:
    """One model's value minus another's on the same users.

    Args:
        difference: The first minus the second.
        low: Lower end of its 95 % interval; nan, as is all but the difference, where fewer than two users are asked.
        high: Upper end.
        p: How often chance alone gives a difference as large where there is none; nothing else is compared.
    """

    difference: float
    low: float
    high: float
    p: float


def pairs(couples: Sequence[tuple[Standing, Standing]], *, seed: int = 0) -> list[Paired]:
    """Compare the two of each couple, all by the same draws.

    Args:
        couples: Of models on the same users, the two of a couple with the same shares.
        seed: Of the draws.
    """
    gaps = [first.value - second.value for first, second in couples]
    out = [Paired(gap, *[float("nan")] * 3) for gap in gaps]
    able = [place for place, (first, _) in enumerate(couples) if several(first.share)]
    if not able:
        return out
    told = [couples[place] for place in able]
    moves = np.column_stack([first.influence - second.influence for first, second in told])
    spread = Spread.of(moves, np.column_stack([first.share for first, _ in told]), seed=seed)
    size = np.array([max(abs(first.value), abs(second.value)) for first, second in told])
    gap = np.array([gaps[place] for place in able])
    gap[np.abs(gap) <= NOTHING * size] = 0.0
    reach, chance = spread.reach(), spread.chance(np.maximum(np.abs(gap), NOTHING * size + 1e-300))
    chance[gap == 0] = 1.0
    for place, *numbers in zip(able, gap, gap - reach, gap + reach, chance, strict=True):
        out[place] = Paired(*(float(number) for number in numbers))
    return out


def pair(first: Standing, second: Standing, *, seed: int = 0) -> Paired:
    """Compare two models; see `pairs`."""
    return pairs([(first, second)], seed=seed)[0]


def holm(p: Sequence[float]) -> list[float]:
    """Return p-values as they count where so many comparisons are made at once, in the same order.

    The smallest is multiplied by their number, the next by one less, and so on; none becomes smaller than the one before it,
    and none more than 1. Of all that is at most 0.05 then, anything is noise with a chance of 5 %.
    """
    out, least = [float("nan")] * len(p), 0.0
    for done, place in enumerate(np.argsort(p, kind="stable")):  # nan comes last, and stays
        if not np.isnan(p[place]):
            out[place] = least = min(1.0, max(least, (len(p) - done) * p[place]))
    return out


def noise_floor(models: Sequence[Standing], *, seed: int = 0) -> float | None:
    """Return the smallest difference between comparable models that these users can tell from noise.

    That is half the width of a paired 95 % interval, which a difference must exceed to count. It depends on how alike two
    models are, so each is paired with the one that is nearest to it in value, and of these half widths the median is taken.

    Args:
        models: On the same users.
        seed: Of the draws.

    Returns:
        In units of the metric; None where no two models differ, or fewer than two users are asked.
    """
    couples = set()
    for place, model in enumerate(models):
        rest = [other for other in range(len(models)) if other != place]
        if rest:
            nearest = min(rest, key=lambda other: abs(models[other].value - model.value))
            couples.add((min(place, nearest), max(place, nearest)))
    compared = [(models[one], models[other]) for one, other in sorted(couples)]
    widths = [
        (found.high - found.low) / 2
        for found, (one, _) in zip(pairs(compared, seed=seed), compared, strict=True)
        if found.high - found.low > NOTHING * abs(one.value)
    ]
    return float(np.median(widths)) if widths else None
