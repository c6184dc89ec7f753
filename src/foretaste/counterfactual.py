"""What it would take to push an item off a list: the fewest entries of a row taken away, or one rating given otherwise.

Whatever is changed, lists are made as they are served: by the model, in its order. An entry that was taken away stays out of
the list all the same, so that an item is pushed off by others and not by what somebody has rated.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from foretaste.arrays import AnyArray, Csr, with_values
from foretaste.influence import check_open, keep_entries, make_lists, place_of, rows_at_once, sorted_by
from foretaste.models.base import Recommender
from foretaste.order import Order

EFFORT, SCORES = 5_000, 50_000_000
"""Variants of a row that are tried at most, beside each entry alone, and scores that they may take together."""
BARELY = 1e-12
"""Margin of an item that is off a list only because of two equal scores the lower column goes first."""
STEPS = (1.0, 0.5, 0.25, 0.1)
"""Steps that scales of ratings have."""
MOST_STEPS = 20
"""Steps of a scale at most; one that has more is cut into so many."""
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Question:
    """What would push this item off this list?

    Args:
        model: Fitted.
        row: (1, items), what the model is given.
        seen: (1, items), what lists leave out: the row, and what the model is not told of.
        col: The item.
        k: Length of the list.
        order: How predicted ratings are sorted; None sorts by scores as they are.
    """

    model: Recommender[Any]
    row: Csr
    seen: Csr
    col: int
    k: int
    order: Order | None = None

    @property
    def hopeless(self) -> bool:
        """Whether the list holds all there is: then nothing can be pushed off it."""
        return self.row.shape[1] - self.seen.nnz <= self.k

    @property
    def effort(self) -> int:
        """Variants that are tried at most where nobody says."""
        return max(min(EFFORT, SCORES // self.row.shape[1]), 1)

    def place(self, X: Csr) -> int | None:
        """Return the place of the item in the list of one variant that goes on to the end, from 1."""
        return place_of(self.model, X, self.seen, np.array([self.col]), self.order)[0]

    def margins(self, X: Csr) -> AnyArray:
        """Return how far some variants leave the item above the first one that is not listed, float64 (rows,).

        Below 0 it is off the list, by what is missing to the last place: there and only there.
        """
        seen = csr_array(vstack([self.seen] * X.shape[0], format="csr"))
        ranking, scores = make_lists(self.model, X, seen, self.k + 1, self.order)
        own = sorted_by(self.model, scores[:, self.col], self.col, self.order)
        inside = (ranking.cols[:, : self.k] == self.col).any(1)
        other = ranking.scores[np.arange(len(own)), np.where(inside, self.k, self.k - 1)]
        ahead = own.astype(np.float64) - other
        return np.where(inside, np.maximum(ahead, 0), np.minimum(ahead, -BARELY))

    def blocks(self, taken: Mask) -> Iterator[AnyArray]:
        """Yield the margins without some entries, taken (variants, entries), in blocks of variants."""
        size = rows_at_once(self.row)
        for start in range(0, len(taken), size):
            yield self.margins(keep_entries(self.row, ~taken[start : start + size]))

    def without(self, taken: Mask) -> AnyArray:
        """Return the margins without some entries, taken (variants, entries), float64 (variants,)."""
        return np.concatenate([np.empty(0), *self.blocks(taken)])


@dataclass(frozen=True)
class Removal:
    """The fewest entries of a row found that, taken away, push an item off a list.

    Args:
        entries: Their places in the row, ascending; None where none were found.
        place: Of the item then, from 1.
        tried: All sets of up to so many entries were tried.
        proven: Whether no fewer entries do it; where none were found, whether none do.
    """

    entries: tuple[int, ...] | None
    place: int | None
    tried: int
    proven: bool


@dataclass(frozen=True)
class Shift:
    """The smallest change of one rating found that pushes an item off a list.

    Args:
        entry: Its place in the row; None where none was found.
        value: What the rating would be.
        place: Of the item then, from 1.
        proven: Whether no smaller change of one rating does it; where none was found, whether none does.
    """

    entry: int | None
    value: float | None
    place: int | None
    proven: bool


def fewest_removed(question: Question, effort: int | None = None) -> Removal:
    """Find the fewest entries that push the item off the list once they are taken away.

    All single entries are tried, then all pairs and so on, as far as the effort goes. Beyond that, entries are taken away one
    by one, each time the one that costs the item most; what that finds is thinned, and may still not be the fewest.

    Args:
        question: About an item and a list.
        effort: Variants that are tried at most, beside each entry alone; None follows the number of items.

    Returns:
        What was found; no entries where the item is not in the list to begin with.

    Raises:
        InputError: The model knows its own rows only.
    """
    check_open(question.model)
    n, left = question.row.nnz, question.effort if effort is None else effort
    if question.hopeless:
        return Removal(None, None, n, proven=True)
    if question.margins(question.row)[0] < 0:
        return Removal((), question.place(question.row), 0, proven=True)
    if not n:
        return Removal(None, None, 0, proven=True)
    alone = question.without(np.eye(n, dtype=bool))
    if alone.min() < 0:
        return _removal(question, np.arange(n) == alone.argmin(), 0)
    tried = 1
    while tried < n and math.comb(n, tried + 1) <= left:
        sets = np.array(list(combinations(range(n), tried + 1)))
        sets = sets[np.argsort(alone[sets].sum(1), kind="stable")]  # the likeliest first
        found = _first_off(question, _masks(sets, n))
        if found is not None:
            return _removal(question, found, tried)
        tried, left = tried + 1, left - len(sets)
    return _removal(question, None if tried == n else _one_by_one(question, alone, tried, left), tried)


def smallest_shift(question: Question, values: AnyArray, entries: AnyArray, effort: int | None = None) -> Shift:
    """Find the smallest change of one rating that pushes the item off the list; of equal ones, the one that does it most.

    Args:
        question: About an item and a list.
        values: What a rating may be, ascending.
        entries: Places in the row, those first that are most likely to do it; only as many are tried as the effort allows.
        effort: Variants that are tried at most; None follows the number of items.

    Raises:
        InputError: The model knows its own rows only.
    """
    check_open(question.model)
    most = max((question.effort if effort is None else effort) // max(len(values), 1), 1)
    proven = len(entries[:most]) == question.row.nnz
    if question.hopeless:
        return Shift(None, None, None, proven=True)
    entry, value = (part.ravel() for part in np.meshgrid(entries[:most].astype(np.int64), values, indexing="ij"))
    distance = np.abs(value - question.row.data[entry]).round(6)
    for step in np.unique(distance[distance > 0]):
        at, to = entry[distance == step], value[distance == step]
        margins = _given_otherwise(question, at, to)
        if margins.min() < 0:
            best = int(margins.argmin())
            place = question.place(_changed(question.row, at[[best]], to[[best]]))
            return Shift(int(at[best]), float(to[best]), place, proven)
    return Shift(None, None, None, proven)


def rating_steps(scale: tuple[float, float], given: AnyArray) -> AnyArray:
    """Return what a rating may be, float32, ascending: the widest usual steps on which all ratings given lie.

    Args:
        scale: Lowest and highest.
        given: Ratings, (n,).

    Returns:
        The steps; where there are more than 20 or none fit, 21 values at equal distances.
    """
    low, high = scale
    for step in STEPS:
        count = (high - low) / step
        places = (np.append(np.asarray(given, np.float64), high) - low) / step
        if count <= MOST_STEPS and np.allclose(places, np.round(places), atol=1e-4):
            return np.linspace(low, high, round(count) + 1, dtype=np.float32)
    return np.linspace(low, high, MOST_STEPS + 1, dtype=np.float32)


def _removal(question: Question, taken: Mask | None, tried: int) -> Removal:
    if taken is None:
        return Removal(None, None, tried, proven=tried == question.row.nnz)
    entries = tuple(np.flatnonzero(taken).tolist())
    place = question.place(keep_entries(question.row, ~taken[None]))
    return Removal(entries, place, tried, proven=len(entries) <= tried + 1)


def _one_by_one(question: Question, alone: AnyArray, tried: int, left: int) -> Mask | None:
    """Return entries to take away, more than were tried: in the order of what each does alone, or fewer by a search.

    Args:
        question: About an item and a list.
        alone: Margin without each entry.
        tried: Size up to which no set does it.
        left: Variants that may be tried.
    """
    n, by_cost = question.row.nnz, np.argsort(alone, kind="stable")
    first = np.zeros((n - tried, n), dtype=bool)
    first[:, by_cost] = np.arange(n) <= np.arange(tried, n)[:, None]
    found = _first_off(question, first)
    most = n if found is None else int(found.sum()) - 1
    taken = np.zeros(n, dtype=bool)
    for _ in range(most):
        rest = np.flatnonzero(~taken)
        left -= len(rest)
        if left < 0:
            break
        more = np.repeat(taken[None], len(rest), axis=0)
        more[np.arange(len(rest)), rest] = True
        margins = question.without(more)
        taken = more[margins.argmin()]
        if margins.min() < 0:
            return _thinned(question, taken, left)
    return None if found is None else _thinned(question, found, left)


def _thinned(question: Question, taken: Mask, left: int) -> Mask:
    """Return entries of which none can stay, as far as the variants that are left go."""
    while taken.sum() <= left:
        entries = np.flatnonzero(taken)
        fewer = np.repeat(taken[None], len(entries), axis=0)
        fewer[np.arange(len(entries)), entries] = False
        margins, left = question.without(fewer), left - len(entries)
        if margins.min() >= 0:
            break
        taken = fewer[margins.argmin()]
    return taken


def _first_off(question: Question, taken: Mask) -> Mask | None:
    """Return the first of some sets of entries, (sets, entries), without which the item is off the list."""
    start = 0
    for margins in question.blocks(taken):
        if margins.min() < 0:
            return taken[start + int(np.argmax(margins < 0))]
        start += len(margins)
    return None


def _masks(sets: AnyArray, n: int) -> Mask:
    out = np.zeros((len(sets), n), dtype=bool)
    out[np.arange(len(sets))[:, None], sets] = True
    return out


def _given_otherwise(question: Question, entries: AnyArray, values: AnyArray) -> AnyArray:
    """Return the margins where one entry of each variant has another value, float64 (variants,)."""
    size = rows_at_once(question.row)
    blocks = [slice(start, start + size) for start in range(0, len(entries), size)]
    return np.concatenate([question.margins(_changed(question.row, entries[b], values[b])) for b in blocks])


def _changed(row: Csr, entries: AnyArray, values: AnyArray) -> Csr:
    """Return a row for each of some entries, in which that entry has another value."""
    X = keep_entries(row, np.ones((len(entries), row.nnz), dtype=bool))
    data = X.data.copy()
    data[np.arange(len(entries)) * row.nnz + entries] = values
    return with_values(X, data)
