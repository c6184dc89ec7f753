"""What a data set looks like, in numbers that a person can check: sizes, scale, spread, and how unequal items are."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foretaste.data.catalog import Catalog
from foretaste.data.ratings import Ratings
from foretaste.errors import DataError

_MOST_VALUES = 100
_LOOKED_AT = 1_000_000
"""Ratings that are looked at to find the step between them."""
_MOST_RATED = 5


@dataclass(frozen=True)
class Description:
    """A data set in numbers.

    Args:
        source: File it was read from.
        users: Users with a rating.
        items: Items with a rating.
        ratings: Ratings, or events where `implicit`.
        density: Ratings per cell of users x items, 0 to 1.
        scale: Lowest and highest rating.
        mean: Mean rating.
        values: Ratings by value, lowest first; None where more than a hundred different values occur.
        per_user: Ratings per user: least, first quartile, median, third quartile, most.
        per_item: Ratings per item, the same five numbers.
        dates: First and last day (UTC, ISO), or None without times.
        gini: How unequally ratings fall on the items that have any; 0 is equal, near 1 is all on one.
        top_share: Share of ratings on the most rated hundredth of the items (at least one item), 0 to 1.
        most_rated: Title and count of the five most rated items.
        titled: Items of `items` that have a title.
        duplicates: Rows of repeated (user, item) pairs beyond the first.
        duplicate_policy: What was done about them.
        rows_bad: Rows that were left out as bad.
        implicit: Whether the file has no ratings, only events.
        steps: Filters that were applied.
    """

    source: str
    users: int
    items: int
    ratings: int
    density: float
    scale: tuple[float, float]
    mean: float
    values: dict[float, int] | None
    per_user: tuple[float, ...]
    per_item: tuple[float, ...]
    dates: tuple[str, str] | None
    gini: float
    top_share: float
    most_rated: tuple[tuple[str, int], ...]
    titled: int
    duplicates: int
    duplicate_policy: str
    rows_bad: int
    implicit: bool
    steps: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; rating values become text keys such as ``"4.5"``."""
        plain = asdict(self)
        if self.values is not None:
            plain["values"] = {_shortest(value): count for value, count in self.values.items()}
        return {name: _listed(value) for name, value in plain.items()}


def describe(ratings: Ratings, catalog: Catalog) -> Description:
    """Describe a data set.

    Args:
        ratings: At least one.
        catalog: Holds every item of the ratings.

    Returns:
        The numbers.

    Raises:
        DataError: There are no ratings.
    """
    if not len(ratings):
        raise DataError("there are no ratings to describe")
    per_user = np.bincount(ratings.user_code, minlength=ratings.n_users)
    per_item = np.bincount(ratings.item_code, minlength=ratings.n_items)
    ordered = np.sort(per_item)[::-1]
    cols = catalog.columns(ratings.item_ids)
    best = np.argsort(-per_item, kind="stable")[:_MOST_RATED]
    titles = catalog.titles
    log = ratings.log
    return Description(
        source=log.source,
        users=ratings.n_users,
        items=ratings.n_items,
        ratings=len(ratings),
        density=ratings.density,
        scale=ratings.scale,
        mean=float(ratings.rating.mean(dtype=np.float64)),
        values=_values(ratings),
        per_user=_five(per_user),
        per_item=_five(per_item),
        dates=dates(ratings),
        gini=gini(per_item),
        top_share=float(ordered[: -(-len(ordered) // 100)].sum() / len(ratings)),
        most_rated=tuple((catalog.title(int(cols[code])), int(per_item[code])) for code in best),
        titled=0 if titles is None else sum(bool(titles[col]) for col in cols.tolist() if col >= 0),
        duplicates=log.duplicates,
        duplicate_policy=log.duplicate_policy,
        rows_bad=log.rows_bad,
        implicit=log.implicit,
        steps=log.steps,
    )


def gini(counts: NDArray[np.int64]) -> float:
    """Return the Gini coefficient of counts: 0 when all are equal, (n - 1) / n when one has everything.

    Args:
        counts: Not negative, (n,), at least one above 0.
    """
    ordered = np.sort(counts).astype(np.float64)
    n = len(ordered)
    ranks = np.arange(1, n + 1)
    return float(2 * (ranks * ordered).sum() / (n * ordered.sum()) - (n + 1) / n)


def _values(ratings: Ratings) -> dict[float, int] | None:
    values, counts = np.unique(ratings.rating, return_counts=True)
    if len(values) > _MOST_VALUES:
        return None
    return {float(value): int(count) for value, count in zip(values, counts, strict=True)}


def _shortest(value: float) -> str:
    """The shortest text that is this float32 and no other: 4.5, 3, 1234567."""
    return repr(float(str(np.float32(value)))).removesuffix(".0")


def _five(counts: NDArray[np.int64]) -> tuple[float, ...]:
    return tuple(float(value) for value in np.quantile(counts, (0, 0.25, 0.5, 0.75, 1)))


def step(ratings: Ratings) -> float | None:
    """Return the step in which ratings were given, the least distance of two that occur; None where there are more than 100."""
    low, high = ratings.scale
    values = np.unique(ratings.rating[:: max(len(ratings) // _LOOKED_AT, 1)])
    if low == high or len(values) > _MOST_VALUES:
        return None
    return round(float(np.diff(np.unique([low, *values, high])).min()), 6)


def dates(ratings: Ratings) -> tuple[str, str] | None:
    """Return the first and the last day (UTC, ISO), or None without times."""
    time = ratings.time
    if time is None or not len(time):
        return None
    first, last = (datetime.fromtimestamp(int(edge), UTC).date().isoformat() for edge in (time.min(), time.max()))
    return first, last


def _listed(value: object) -> object:
    return [_listed(part) for part in value] if isinstance(value, tuple) else value
