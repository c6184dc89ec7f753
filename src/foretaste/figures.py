"""Figures: the value of every model in every group of a comparison, with intervals over users, paired between models."""

from collections.abc import Iterable, Mapping

import numpy as np

from foretaste.arrays import AnyArray
from foretaste.significance import Standing, pairs
from foretaste.statistics import POSITIVE, SHARE, Ratio, ratio_intervals

FEWEST_PEOPLE = 10
"""People below which a group has a value and no interval: so few say nothing about others."""


def figures(
    counts: AnyArray,
    sums: Mapping[str, AnyArray],
    metric: str,
    *,
    people: AnyArray | None = None,
    against: str | None = None,
    seed: int = 0,
) -> dict[str, list[dict[str, float | None]]]:
    """Return the figures of each model, one for each group.

    Args:
        counts: Ratings, or lists, of each unit that is drawn in each group, (units, groups): of people, or of heaps of them.
        sums: By model, what is added up over them: squared errors for ``rmse``, else values from 0 to 1 of which the mean is
            told.
        metric: Name of what is told.
        people: How many there are in each group, (groups,); counted where units are people.
        against: The model whose difference to each other one is told; None, or a model that is not there, tells of none.
        seed: Of the bootstrap; the same samples for all models and groups.

    Returns:
        By model, for each group value, low and high, and difference, difference_low and difference_high where there is a model
        `against`: this model's value minus its. None where there is nothing, and for the ends where people are too few.
    """
    root, width = metric == "rmse", counts.shape[1]
    few = ((counts > 0).sum(0) if people is None else people) < FEWEST_PEOPLE
    ratios = [
        Ratio(one[:, g], counts[:, g], POSITIVE if root else SHARE) for one in sums.values() for g in range(width)
    ]
    values = np.array(
        [[ratio.value, *ends] for ratio, ends in zip(ratios, ratio_intervals(ratios, seed=seed), strict=True)]
    )
    values = (np.sqrt(values) if root else values).reshape(len(sums), width, 3)
    out = {
        label: [_named(("value", "low", "high"), ends, few[g]) for g, ends in enumerate(groups)]
        for label, groups in zip(sums, values, strict=True)
    }
    if against is None or against not in sums:
        return out
    standing = {
        label: [Standing.of(one[:, g], counts[:, g], root=root) for g in range(width)] for label, one in sums.items()
    }
    for label in sums:
        if label != against:
            found = pairs(list(zip(standing[label], standing[against], strict=True)), seed=seed)
            for g, pair in enumerate(found):
                names = "difference", "difference_low", "difference_high"
                out[label][g] |= _named(names, (pair.difference, pair.low, pair.high), few[g])
    return out


def _named(names: Iterable[str], ends: Iterable[float], few: bool) -> dict[str, float | None]:
    """Return a value and the ends of its interval by name; None where it is not finite, and for the ends of few people."""
    return {
        name: float(one) if np.isfinite(one) and not (few and place) else None
        for place, (name, one) in enumerate(zip(names, ends, strict=True))
    }
