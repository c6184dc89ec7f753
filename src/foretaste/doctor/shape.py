"""The shape of the data: facts in numbers, and notes where it decides what can be learnt."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foretaste.data.describe import describe
from foretaste.doctor.case import Case
from foretaste.doctor.finding import Finding, found, share

SMALLEST = 3
"""People and items below which there is nothing to divide or to rank."""
STEEP = 0.5
"""The most rated hundredth of the items with half of all ratings: a list of bestsellers is then right half of the time."""
RARE = 1 / 3
"""A third of the items with one rating each: about those a model knows what one person said."""
_PLAIN = ("source", "values", "most_rated", "duplicates", "duplicate_policy", "rows_bad", "steps")
"""What `data describe` tells and the doctor tells elsewhere or not at all."""


def too_small(case: Case) -> Iterator[Finding]:
    """Tell of data with fewer than three people or items."""
    ratings = case.ratings
    if ratings.n_users < SMALLEST or ratings.n_items < SMALLEST:
        yield found(
            "too-small", f"{ratings.n_users:,} people and {ratings.n_items:,} items; a model needs {SMALLEST} of each.",
            "Look whether the right columns are read.", command=f"foretaste data describe {case.said}",
        )  # fmt: skip


def popularity(case: Case) -> Iterator[Finding]:
    """Note where few items have most ratings, and where many have one."""
    items = case.ratings.n_items
    ordered = np.sort(case.per_item)[::-1]
    top = float(ordered[: -(-items // 100)].sum() / len(case.ratings))
    if items >= 100 and top >= STEEP:
        yield found(
            "steep-popularity", f"The most rated hundredth of {items:,} items has {100 * top:.0f} % of the ratings.",
            "Compare with popularity, which is hard to beat here, and look at coverage and novelty beside accuracy.",
            command=f"foretaste compare {case.said} --models popularity,cosine_knn,edlae --task ranking",
        )  # fmt: skip
    once = int((case.per_item == 1).sum())
    if not case.swapped and items >= SMALLEST and once >= RARE * items:
        yield found(
            "rare-items", f"{share(once, items)} items.",
            "They are scored by guesswork. To leave out what is rated less often:",
            command=case.line("--min-item-ratings 5", per_item=5),
        )  # fmt: skip


def facts(case: Case) -> dict[str, Any]:
    """Return the numbers of `data describe` that are no findings, and the law that popularity follows."""
    told = describe(case.ratings, case.catalog).to_dict()
    plain = {name: value for name, value in told.items() if name not in _PLAIN}
    once = {"users_with_one": int((case.per_user == 1).sum()), "items_with_one": int((case.per_item == 1).sum())}
    return plain | once | {"power_law": power_law(case.per_item)}


def power_law(counts: NDArray[np.int64]) -> float | None:
    """Return the exponent a of P(count) ~ count^-a that makes the counts of the upper half likeliest, or None for too few.

    Args:
        counts: Ratings of each item, at least 1 each.

    Returns:
        1 + n / sum(ln(count / (least - 1/2))) over the n counts from the median on (Clauset, Shalizi and Newman 2009,
        equation 3.7); about 2 to 3 where few items have much and most have little, None for fewer than 50 counts.
    """
    least = max(float(np.median(counts)), 1.0)
    tail = counts[counts >= least]
    if len(tail) < 50:
        return None
    return float(1 + len(tail) / np.log(tail / (least - 0.5)).sum())
