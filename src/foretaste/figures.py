"""Figures: the value of every model in every group of a comparison, with intervals over users, paired between models."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from foretaste.arrays import AnyArray
from foretaste.metrics.ratings import pooled
from foretaste.statistics import bootstrap_sums, interval

FEWEST_PEOPLE = 10
"""People below which a group has a value and no interval: a bootstrap over so few says nothing."""


def figures(
    counts: AnyArray,
    sums: Mapping[str, AnyArray],
    metric: str,
    *,
    against: str | None = None,
    seed: int = 0,
) -> dict[str, list[dict[str, float | None]]]:
    """Return the figures of each model, one for each group.

    Args:
        counts: Ratings, or lists, of each person in each group, (people, groups).
        sums: By model, what is added up over them: squared errors for ``rmse``, else values of which the mean is told.
        metric: Name of what is told.
        against: The model whose difference to each other one is told; None, or a model that is not there, tells of none.
        seed: Of the bootstrap; the same samples for all models and groups.

    Returns:
        By model, for each group value, low and high, and difference, difference_low and difference_high where there is a model
        `against`: this model's value minus its. None where there is nothing, and for the ends where people are too few.
    """
    width = counts.shape[1]
    parts = [counts, *sums.values()]
    total = np.stack([part.sum(0) for part in parts]).astype(np.float64)
    draws = bootstrap_sums(np.hstack(parts).astype(np.float64), seed=seed).reshape(-1, len(parts), width)
    point = dict(zip(sums, pooled(metric, total[1:], total[0]), strict=True))
    drawn = dict(zip(sums, np.moveaxis(pooled(metric, draws[:, 1:], draws[:, :1]), 1, 0), strict=True))
    few = (counts > 0).sum(0) < FEWEST_PEOPLE
    out = {}
    for label in sums:
        told = [_ends("", point[label][g], drawn[label][:, g], few[g]) for g in range(width)]
        if against is not None and against in sums and label != against:
            change, spread = point[label] - point[against], drawn[label] - drawn[against]
            told = [one | _ends("difference", change[g], spread[:, g], few[g]) for g, one in enumerate(told)]
        out[label] = told
    return out


def _ends(name: str, value: Any, drawn: AnyArray, few: Any) -> dict[str, float | None]:
    """Return a value and the ends of its interval under their names."""
    names = (name, f"{name}_low", f"{name}_high") if name else ("value", "low", "high")
    ends = (None, None) if few else interval(drawn)
    return {
        key: None if one is None or not np.isfinite(one) else float(one)
        for key, one in zip(names, (value, *ends), strict=True)
    }
