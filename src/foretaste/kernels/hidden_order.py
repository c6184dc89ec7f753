"""How well each person's hidden ratings are ordered by what was predicted: pairs in the right order, and discounted gains.

Pairs are counted by a tree of counts over the ratings met so far, from the lowest prediction up: n log n, where comparing all
pairs of a person with 10,000 ratings would be 50 million comparisons.
"""

import numpy as np
from numba import njit

from foretaste.arrays import AnyArray
from foretaste.kernels import threads

PIECE = 1 << 14
"""Ratings that one thread orders before it takes the next piece."""


def order_sums(actual: AnyArray, predicted: AnyArray, start: AnyArray, gains: AnyArray) -> AnyArray:
    """Return of each person pairs in the right order, pairs, NDCG and whether they have one, float64 (4, people).

    Args:
        actual: Ratings, person by person, (n,).
        predicted: Predictions of them, (n,), finite.
        start: Where each person begins, (people + 1,).
        gains: What each rating is worth at the top, (n,), from 0.
    """
    people = len(start) - 1
    out = np.zeros((4, people))
    longest = int(np.diff(start).max(initial=0))
    fixed = (
        np.ascontiguousarray(actual, dtype=np.float64),
        np.ascontiguousarray(predicted, dtype=np.float64),
        np.ascontiguousarray(start, dtype=np.int64),
        np.ascontiguousarray(gains, dtype=np.float64),
        1 / np.log2(np.arange(2, longest + 2)),
        out,
    )
    pieces = max(1, min(len(actual) // PIECE, people))
    edges = np.searchsorted(start, np.linspace(0, len(actual), pieces + 1)).tolist()  # shares of ratings, not of people
    edges[0], edges[-1] = 0, people
    threads.share(lambda piece: _order_people(*fixed, edges[piece], edges[piece + 1]), pieces)
    return out


@njit(cache=True, nogil=True)
def _order_people(actual, predicted, start, gains, discount, out, first, last):  # type: ignore[no-untyped-def]  # pragma: no cover
    for person in range(first, last):
        part = slice(start[person], start[person + 1])
        ratings, worth = actual[part], gains[part]
        if len(ratings) < 2:
            continue
        guesses = predicted[part]
        rising = np.argsort(guesses, kind="mergesort")
        right, pairs = _pairs(ratings, guesses, rising)
        out[0, person], out[1, person] = right, pairs
        best = np.dot(-np.sort(-worth), discount[: len(worth)])
        if best > 0:
            out[2, person], out[3, person] = _gain(worth, guesses, rising, discount) / best, 1


@njit(cache=True, nogil=True)
def _same(values, rising, begin):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Return where the run of equal values ends that begins at a place in rising order."""
    end = begin + 1
    while end < len(rising) and values[rising[end]] == values[rising[begin]]:
        end += 1
    return end


@njit(cache=True, nogil=True)
def _pairs(ratings, guesses, rising):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Return the pairs of different ratings that are guessed in the right order, guesses that are equal half, and all pairs."""
    levels = np.unique(ratings)
    level = np.searchsorted(levels, ratings) + 1
    tree, counts = np.zeros(len(levels) + 1, np.int64), np.zeros(len(levels) + 1, np.int64)
    right, wrong, begin = 0, 0, 0
    while begin < len(rising):
        end = _same(guesses, rising, begin)
        for at in range(begin, end):
            own = level[rising[at]]
            below = _below(tree, own - 1)
            right += below
            wrong += begin - below - counts[own]
        for at in range(begin, end):
            own = level[rising[at]]
            counts[own] += 1
            while own < len(tree):
                tree[own] += 1
                own += own & -own
        begin = end
    pairs = len(ratings) * (len(ratings) - 1) // 2 - (counts * (counts - 1) // 2).sum()
    return (right + pairs - wrong) / 2, pairs


@njit(cache=True, nogil=True)
def _below(tree, level):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Return how many were met up to a level."""
    total = 0
    while level > 0:
        total += tree[level]
        level -= level & -level
    return total


@njit(cache=True, nogil=True)
def _gain(worth, guesses, rising, discount):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Return the gain discounted by place, from the highest guess down; equal guesses share their places."""
    total, begin, n = 0.0, 0, len(rising)
    while begin < n:
        end = _same(guesses, rising, begin)
        own, places = 0.0, 0.0
        for at in range(begin, end):
            own += worth[rising[at]]
            places += discount[n - 1 - at]
        total += own * places / (end - begin)
        begin = end
    return total
