"""The k best of every row in one scan, compiled: what is below the floor so far is passed over 64 scores at a time.

The floor is the k-th best of what was met, and rises each time the candidates have filled their room. Columns come in rising
order, so an equal score further right never displaces one on the left. Rows are independent and a thread ranks whole ones, so
no result depends on the number of threads.
"""

import numpy as np
from numba import njit, types

from foretaste.arrays import AnyArray, FloatArray, IntArray
from foretaste.kernels import threads

STEP = 64
"""Scores compared at a time: as many as make vector code of the comparison, and eight words of flags of its outcome."""
PIECE = 1 << 19
"""Scores that are ranked at a time by one thread: waking it takes as long as some ten thousand of them."""
_COLUMN = np.uint64(0xFFFFFFFF)
_f32, _i32, _i64 = types.float32, types.int32, types.int64


def best_columns(
    scores: FloatArray,
    start: AnyArray,
    seen: IntArray,
    k: int,
    *,
    towards: float = 0.0,
    share: FloatArray | None = None,
) -> tuple[IntArray, FloatArray] | None:
    """Return the k best columns of each row and what they were sorted by.

    Args:
        scores: float32 (rows, items), in C order.
        start: int64 (rows + 1,), where each row's seen columns begin in `seen`; all 0 leaves nothing out.
        seen: int32, columns left out, sorted within each row.
        k: From 1 to the number of items.
        towards: Value that scores are drawn to before they are sorted, by `share`.
        share: float32 (items,), how much of its distance to `towards` an item keeps; None sorts scores as they are.

    Returns:
        Columns (rows, k), -1 where there are fewer, and scores (rows, k), -inf there; None when a score is nan.
    """
    rows = scores.shape[0]
    cols = np.full((rows, k), -1, dtype=np.int32)
    best = np.full((rows, k), -np.inf, dtype=np.float32)
    shares = np.empty(0, np.float32) if share is None else np.ascontiguousarray(share, dtype=np.float32)
    fixed = (scores, start, seen, np.float32(towards), shares, k, cols, best)
    edges = np.linspace(0, rows, max(1, min(scores.size // PIECE, rows)) + 1).astype(int).tolist()
    fine = np.zeros(len(edges) - 1, dtype=np.bool_)

    def work(piece: int) -> None:
        fine[piece] = _rank_rows(*fixed, edges[piece], edges[piece + 1])

    threads.share(work, len(fine))
    return (cols, best) if fine.all() else None


@njit(inline="always")
def _key(value, col):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Return a number that grows with the score, among equal scores with the nearness to column 0; -0 counts as 0."""
    bits = np.float32(value + np.float32(0)).view(np.uint32)
    bits = ~bits if bits >> np.uint32(31) else bits | np.uint32(0x80000000)
    return (np.uint64(bits) << np.uint64(32)) | (_COLUMN - np.uint64(col))


@njit(inline="always")
def _col(key):  # type: ignore[no-untyped-def]  # pragma: no cover
    return np.int64(_COLUMN - (key & _COLUMN))


@njit(inline="always")
def _drawn(value, col, towards, share):  # type: ignore[no-untyped-def]  # pragma: no cover
    return (value - towards) * share[col] + towards if len(share) else value


@njit(cache=True, nogil=True)
def _keep_best(keys, n, k):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Bring the k highest of n keys to the front, in any order, and return the lowest of them."""
    low, high = 0, n - 1
    while low < high:
        pivot = keys[(low + high) // 2]
        i, j = low, high
        while i <= j:
            while keys[i] > pivot:
                i += 1
            while keys[j] < pivot:
                j -= 1
            if i <= j:
                keys[i], keys[j] = keys[j], keys[i]
                i += 1
                j -= 1
        if k - 1 <= j:
            high = j
        elif k - 1 >= i:
            low = i
        else:
            break
    return keys[:k].min()


@njit(inline="always")
def _some_above(part, towards, shares, floor):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Return whether one of `STEP` scores is not at or below the floor; nan is not."""
    above = np.int32(0)
    if len(shares):
        for c in range(STEP):
            above += np.int32(not ((part[c] - towards) * shares[c] + towards <= floor))
    else:
        for c in range(STEP):
            above += np.int32(not (part[c] <= floor))
    return above > 0


@njit(cache=True, nogil=True)
def _candidates(part, towards, shares, floor, found, flags, words):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Write where the scores stand that are not at or below the floor to `found`, and return how many they are."""
    flags[:] = 0
    for c in range(len(part)):
        flags[c] = not (_drawn(part[c], c, towards, shares) <= floor)
    n = 0
    for word in range(len(words)):
        if words[word]:
            for c in range(8 * word, 8 * word + 8):  # no branch: which of them it is cannot be foreseen
                found[n] = c
                n += flags[c]
    return n


@njit(cache=True, nogil=True)
def _rank_row(values, seen, towards, share, k, keys, found, flags):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Gather the k highest keys of a row at the front of `keys`; return how many they are, or -1 when a score is nan."""
    floor, n, at = np.float32(-np.inf), 0, 0
    words = flags.view(np.uint64)
    for first in range(0, len(values), STEP):
        part, shares = values[first : first + STEP], share[first : first + STEP]
        if len(part) == STEP and not _some_above(part, towards, shares, floor):
            continue  # indices into a slice cannot be negative, or this would not be vector code
        for place in range(_candidates(part, towards, shares, floor, found, flags, words)):
            col = first + found[place]
            value = _drawn(values[col], col, towards, share)
            if np.isnan(value):
                return -1
            while at < len(seen) and seen[at] < col:
                at += 1
            if at == len(seen) or seen[at] != col:
                keys[n] = _key(value, col)
                n += 1
        if n > len(keys) - STEP:
            col = _col(_keep_best(keys, n, k))
            floor, n = _drawn(values[col], col, towards, share), k
    if n > k:
        _keep_best(keys, n, k)
    return min(n, k)


@njit(
    types.boolean(
        types.Array(_f32, 2, "C", readonly=True), types.Array(_i64, 1, "C", readonly=True),
        types.Array(_i32, 1, "C", readonly=True), _f32, types.Array(_f32, 1, "C", readonly=True),
        _i64, _i32[:, ::1], _f32[:, ::1], _i64, _i64,
    ),
    cache=True, nogil=True,
)  # fmt: skip
def _rank_rows(scores, start, seen, towards, share, k, cols, best, first, last):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Rank some rows; return whether none of their scores is nan."""
    keys = np.empty(2 * k + STEP, np.uint64)
    found, flags = np.empty(STEP + 1, np.int64), np.empty(STEP, np.uint8)
    for row in range(first, last):
        values = scores[row]
        n = _rank_row(values, seen[start[row] : start[row + 1]], towards, share, k, keys, found, flags)
        if n < 0:
            return False
        ordered = np.sort(keys[:n])
        for place in range(n):
            col = _col(ordered[n - 1 - place])
            cols[row, place] = col
            best[row, place] = _drawn(values[col], col, towards, share)
    return True
