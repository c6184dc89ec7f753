"""All metrics of lists in one pass: where in each list the liked items stand is found once, and every metric reads it there.

Rows are independent and a thread measures whole ones, so no result depends on the number of threads.
"""

from collections.abc import Sequence

import numpy as np
from numba import njit

from foretaste.arrays import AnyArray, IntArray
from foretaste.kernels import threads

KINDS = ("ndcg", "ndcg_graded", "recall", "recall_all", "map", "mrr", "hit", "novelty", "popularity")
"""What can be measured of a list; see `foretaste.metrics.registry` for the formulas."""
PIECE = 1 << 15
"""Places in lists that one thread looks at before it takes the next piece: waking it takes as long as some thousands."""
NDCG, GRADED, RECALL, RECALL_ALL, MAP, MRR, HIT, NOVELTY, POPULARITY = range(len(KINDS))


def measure(
    cols: IntArray,
    liked: tuple[AnyArray, AnyArray, AnyArray],
    wanted: Sequence[tuple[str, int]],
    share: AnyArray | None = None,
    information: AnyArray | None = None,
) -> AnyArray:
    """Return several metrics of each list.

    Args:
        cols: int32 (rows, k), best first, -1 where the list is over.
        liked: Start of each row (rows + 1,), columns sorted within each, and how much each is liked, from above 0.
        wanted: Kinds and how much of the list they look at.
        share: Of people who know each item, float64 (items,), for popularity; None leaves it nan.
        information: Bits of each item, float64 (items,), for novelty; None leaves it nan.

    Returns:
        float64 (wanted, rows); nan of whoever likes nothing, but for novelty and popularity, which ask nobody.
    """
    start, likes, gains = liked
    rows, length = cols.shape
    out = np.full((len(wanted), rows), np.nan)
    discount = 1 / np.log2(np.arange(2, max([length, *(k for _, k in wanted)]) + 2))
    fixed = (
        np.ascontiguousarray(cols, dtype=np.int32),
        np.ascontiguousarray(start, dtype=np.int64),
        np.ascontiguousarray(likes, dtype=np.int32),
        np.ascontiguousarray(gains, dtype=np.float64),
        np.array([KINDS.index(kind) for kind, _ in wanted], np.int64),
        np.array([k for _, k in wanted], np.int64),
        discount,
        np.empty(0) if share is None else np.ascontiguousarray(share, dtype=np.float64),
        np.empty(0) if information is None else np.ascontiguousarray(information, dtype=np.float64),
        out,
    )
    edges = np.linspace(0, rows, max(1, min(cols.size // PIECE, rows)) + 1).astype(int).tolist()
    threads.share(lambda piece: _measure_rows(*fixed, edges[piece], edges[piece + 1]), len(edges) - 1)
    return out


@njit(cache=True, nogil=True)
def _measure_rows(cols, start, likes, gains, kinds, cuts, discount, share, information, out, first, last):  # type: ignore[no-untyped-def]  # pragma: no cover
    found = np.empty(cols.shape[1], np.int64)
    for row in range(first, last):
        mine, worth = likes[start[row] : start[row + 1]], gains[start[row] : start[row + 1]]
        length = _find(cols[row], mine, found)
        best = -np.sort(-worth)
        for m in range(len(kinds)):
            looked = found[: min(cuts[m], length)]
            if kinds[m] == NOVELTY or kinds[m] == POPULARITY:
                of = information if kinds[m] == NOVELTY else share
                out[m, row] = _mean_of(of, cols[row, : len(looked)])
            elif len(mine):
                out[m, row] = _quality(kinds[m], cuts[m], looked, worth, best, discount)


@njit(cache=True, nogil=True)
def _find(listed, likes, found):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Write which of the liked each listed item is, or -1, and return how long the list is."""
    for place in range(len(listed)):
        col = listed[place]
        if col < 0:
            return place
        at = np.searchsorted(likes, col)
        found[place] = at if at < len(likes) and likes[at] == col else -1
    return len(listed)


@njit(cache=True, nogil=True)
def _quality(kind, k, found, worth, best, discount):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Return one metric of one list of somebody who likes something: what is found of it, by what there is to find."""
    total, most = _total(kind, found, worth, discount), min(k, len(best))
    if kind == NDCG:
        return total / discount[:most].sum()
    if kind == GRADED:
        return total / (best[:most] * discount[:most]).sum()
    if kind == RECALL_ALL:
        return total / len(best)
    return total / most if kind in (RECALL, MAP) else min(total, 1.0)


@njit(cache=True, nogil=True)
def _total(kind, found, worth, discount):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Return the sum over hits of what each of them counts in a metric."""
    hits, total = 0, 0.0
    for place in range(len(found)):
        if found[place] < 0:
            continue
        hits += 1
        if kind == NDCG:
            total += discount[place]
        elif kind == GRADED:
            total += worth[found[place]] * discount[place]
        elif kind == MAP:
            total += hits / (place + 1)
        elif kind != MRR:
            total += 1
        elif hits == 1:
            total = 1 / (place + 1)
    return total


@njit(cache=True, nogil=True)
def _mean_of(values, cols):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Return the mean of what some columns have; nan where there are none, or no values."""
    if not len(cols) or not len(values):
        return np.nan
    total = 0.0
    for col in cols:
        total += values[col]
    return total / len(cols)
