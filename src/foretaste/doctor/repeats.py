"""Pairs that stand more than once: the same value again, another value, or a burst within a minute."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from foretaste.arrays import AnyArray
from foretaste.data.ratings import Ratings, counted
from foretaste.doctor.case import Case
from foretaste.doctor.finding import FEW, Finding, found, share

BURST = 60
"""Seconds: nobody comes back and says the same again within a minute, but pages and queues send twice."""
_ADVICE = {
    "repeated-pairs": "Keep one rating of each pair; every command keeps the last one by itself and counts the others.",
    "contradicting-pairs": "Say which one counts: the last (as every command does by itself), the first, or their mean.",
    "burst-repeats": "Look at what writes the file: it sends some ratings twice. Until then keep the last of each.",
    "repeated-events": "Every click of a pair counts as one; to count them as 1, 2, 3, say so.",
}


def repeats(case: Case) -> Iterator[Finding]:
    """Tell of repeated pairs, each pair under one code: other values first, then bursts, then plain repetitions."""
    rows = case.rows
    if not rows.log.duplicates:
        return
    order, start = _groups(rows)
    size = np.diff(np.append(start, len(order)))
    values = rows.rating[order]
    differ = np.maximum.reduceat(values, start) > np.minimum.reduceat(values, start)
    burst = np.zeros(len(start), np.bool_)
    if rows.time is not None:
        time = rows.time[order]
        burst = np.maximum.reduceat(time, start) - np.minimum.reduceat(time, start) <= BURST
    kinds = {
        "contradicting-pairs": differ,
        "burst-repeats": burst & ~differ,
        "repeated-pairs": ~burst & ~differ,
    }
    if rows.log.implicit:
        kinds = {"burst-repeats": burst, "repeated-events": ~burst}
    for code, chosen in kinds.items():
        if chosen.any():
            yield _finding(case, code, order, start[chosen], size[chosen])


def _finding(case: Case, code: str, order: AnyArray, start: AnyArray, size: AnyArray) -> Finding:
    rows, surplus = case.rows, int((size - 1).sum())
    evidence = f"{share(surplus, len(rows))} rows are beyond the first of {counted(len(start), 'pair')}."
    policy = "sum" if code == "repeated-events" else "mean" if code == "contradicting-pairs" else "last"
    return found(
        code, evidence, _ADVICE[code], minor=surplus < FEW * len(rows),
        examples=tuple(_example(rows, order[a : a + n]) for a, n in zip(start.tolist()[:3], size.tolist()[:3], strict=True)),
        command=f"foretaste data convert {case.said} clean.csv --duplicates {policy}",
    )  # fmt: skip


def _example(rows: Ratings, group: NDArray[np.int64]) -> str:
    places = ", ".join(f"{row + 1:,}" for row in group.tolist()[:4])
    values = ", ".join(f"{value:g}" for value in rows.rating[group[:4]].tolist())
    user, item = rows.user_ids[rows.user_code[group[0]]], rows.item_ids[rows.item_code[group[0]]]
    said = "" if rows.log.implicit else f": {values}"
    return f"user {user}, item {item}, ratings number {places}{said}"


def _groups(rows: Ratings) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of pairs that stand more than once, pair by pair in the order of the file, and where each pair begins."""
    keys = rows.user_code.astype(np.int64) * rows.n_items + rows.item_code
    order = np.argsort(keys, kind="stable")
    new = np.concatenate([[True], np.diff(keys[order]) > 0])
    start = np.flatnonzero(new)
    size = np.diff(np.append(start, len(order)))
    order = order[(size > 1).repeat(size)]
    size = size[size > 1]
    return order, np.cumsum(size) - size
