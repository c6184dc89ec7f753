"""How hidden ratings are told apart: groups with names that people understand, fitted to what the data hold.

Counts are grouped by the ladder 0, 1, 2, 5, 10, 20, 50 and so on. Neighbours are put together until every group has enough
people to say something and there are few enough groups to read; what has a count of 0 is never mixed with anything, because
somebody of whom nothing is known is not somebody of whom little is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from foretaste.arrays import AnyArray, IntArray
from foretaste.figures import FEWEST_PEOPLE

MOST_BINS, FEWEST_BINS = 8, 3
"""Groups of counts above 0, at most, and the number below which they go by quarters of the data instead of the ladder."""
MOST_GENRES, MOST_LEVELS = 20, 12
"""Genres that are shown, those with the most hidden ratings, and different ratings that each have their own group."""
LADDER = np.array([0, *(step * 10**power for power in range(9) for step in (1, 2, 5))])


@dataclass(frozen=True, eq=False)
class Bins:
    """Groups of numbered entries, such as hidden ratings or people.

    Args:
        labels: What each group is called.
        bin: int32, group of each member, (members,).
        entry: Which entry each member is, (members,); one may be in several groups and in none. None: member i is entry i.
    """

    labels: tuple[str, ...]
    bin: IntArray
    entry: AnyArray | None = None

    def of(self, values: AnyArray) -> AnyArray:
        """Return the value of each member's entry, (members,), from that of each entry."""
        return values if self.entry is None else values[self.entry]


def count_bins(values: AnyArray, person: AnyArray, *, none: str) -> Bins:
    """Group entries by a count, such as ratings given.

    Args:
        values: Count of each entry, from 0, (n,), n > 0.
        person: Whose entry it is, from 0, (n,); groups are made large enough in people.
        none: What a count of 0 is called.
    """
    top = int(values.max())
    edges = LADDER[: np.searchsorted(LADDER, top, side="right")]
    place = np.searchsorted(edges, values, side="right") - 1
    groups = _merged(place, person, len(edges))
    if len(groups) - (groups[0][0] == 0) < FEWEST_BINS and (values > 0).any():
        quarters = np.quantile(values[values > 0], [0, 0.25, 0.5, 0.75], method="lower")
        edges = np.unique([0, *quarters.astype(np.int64)])
        place = np.searchsorted(edges, values, side="right") - 1
        groups = _merged(place, person, len(edges))
    starts = [int(edges[group[0]]) for group in groups]
    labels = [_span(low, high - 1) for low, high in pairwise(starts)] + [_span(starts[-1], top, last=True)]
    if starts[0] == 0:
        labels[0] = none
    group_of = np.zeros(len(edges), np.int32)
    for number, group in enumerate(groups):
        group_of[group] = number
    return Bins(tuple(labels), group_of[place])


def genre_bins(cols: AnyArray, genres: Sequence[tuple[str, ...]]) -> Bins | None:
    """Group entries by the genres of their items; an item counts in each of its genres.

    Args:
        cols: Item of each entry, (n,).
        genres: Of each item.

    Returns:
        The genres with the most entries first, 20 at most; None where no entry has any.
    """
    named = sorted({name for some in genres for name in some})
    number = {name: place for place, name in enumerate(named)}
    codes = np.array([number[name] for some in genres for name in dict.fromkeys(some)], dtype=np.int32)
    count = np.array([len(dict.fromkeys(some)) for some in genres], dtype=np.int32)
    start = np.cumsum(count) - count
    times = count[cols]
    entry = np.repeat(np.arange(len(cols), dtype=np.int32), times)
    code = codes[np.arange(len(entry)) + np.repeat(start[cols] - (np.cumsum(times) - times), times)]
    if not len(code):
        return None
    size = np.bincount(code, minlength=len(named))
    shown = [int(place) for place in np.argsort(-size, kind="stable")[:MOST_GENRES] if size[place]]
    group_of = np.full(len(named), -1, np.int32)
    group_of[shown] = np.arange(len(shown))
    kept = group_of[code] >= 0
    return Bins(tuple(named[place] for place in shown), group_of[code[kept]], entry[kept])


def level_bins(actual: AnyArray) -> tuple[Bins, AnyArray]:
    """Group entries by their rating: each on its own where there are 12 or fewer, in 10 equal steps where there are more.

    Args:
        actual: Rating of each entry, (n,), n > 0.

    Returns:
        The groups, lowest first, and the rating that each stands for: its own, or the middle of its step.
    """
    values, place = np.unique(actual, return_inverse=True)
    if len(values) <= MOST_LEVELS:
        return Bins(tuple(f"{value:g}" for value in values), place.astype(np.int32)), values.astype(np.float64)
    edges = np.linspace(float(values[0]), float(values[-1]), 11)
    place = np.clip(np.searchsorted(edges, actual, side="right") - 1, 0, 9)
    used, place = np.unique(place, return_inverse=True)
    labels = tuple(f"{edges[step]:.4g} to {edges[step + 1]:.4g}" for step in used)
    return Bins(labels, place.astype(np.int32)), (edges[used] + edges[used + 1]) / 2


def _merged(place: AnyArray, person: AnyArray, n: int) -> list[list[int]]:
    """Return neighbouring steps put together, by number; the step 0 stays by itself, and empty ones are in no group."""
    size = np.bincount(place, minlength=n)
    has = np.zeros((int(person.max()) + 1, n), dtype=bool)
    has[person, place] = True
    groups = [[int(step)] for step in np.flatnonzero(size)]
    first = int(groups[0] == [0])
    while len(groups) - first > 1:
        people = [int(has[:, group].any(1).sum()) for group in groups[first:]]
        if min(people) >= FEWEST_PEOPLE and len(people) <= MOST_BINS:
            break
        weight = people if min(people) < FEWEST_PEOPLE else [int(size[group].sum()) for group in groups[first:]]
        small = int(np.argmin(weight))
        sides = [side for side in (small - 1, small + 1) if 0 <= side < len(weight)]
        low = min(small, min(sides, key=lambda side: weight[side])) + first
        groups[low : low + 2] = [groups[low] + groups[low + 1]]
    return groups


def _span(low: int, high: int, *, last: bool = False) -> str:
    if low == high:
        return f"{low:,}"
    return f"{low:,} or more" if last else f"{low:,} to {high:,}"
