"""How much a closed-form item model is penalised: chosen by trying a few penalties on people who were not in training.

The best penalty of published runs goes from 50 to 1000 and follows from no count of theirs, so it is measured. A trial is
cheap: only the most popular items take part, which most entries are of.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from foretaste.arrays import AnyArray, Csr, FloatArray, as_csr, count_by_column, pick, row_blocks, seeded_keys
from foretaste.metrics.ranking import ndcg
from foretaste.ranking import rank
from foretaste.training.watch import Measure

ITEMS = 2500
"""Items that trials are made with, the most popular ones: a trial costs as much as their number to the third power."""
STEP = 3.0
"""Factor between two penalties that are tried."""
MOST = 9
"""Penalties tried at most."""
LEAST, MANY = 200, 1000
"""Rows of which a tenth can be set aside, at least, and rows set aside at most."""
HIDDEN, K = 0.2, 100
"""Share of the entries of a row set aside that is asked for, and the length of the list."""
CELL = 50
"""Bytes that trials take for each entry: rows that are left, their popular columns, and what a product of these takes."""

Solve = Callable[[Csr, float], FloatArray]
"""Takes rows and a penalty, returns item weights of these rows, float32 (items, items)."""


@dataclass(frozen=True, eq=False)
class Trial:
    """Item weights of some items as a model that can be measured.

    Args:
        cols: Columns of the items.
        weights: float32 (items, items).
    """

    cols: AnyArray
    weights: FloatArray
    task: Literal["ranking"] = "ranking"

    def score(self, X: object) -> FloatArray:
        """Score all columns for every row; those without weights come last."""
        from foretaste.kernels.item_weights import sum_weights  # noqa: PLC0415 (numba loads only when it is used)

        csr = as_csr(X)
        own = sum_weights(as_csr(csr[:, self.cols]), self.weights)
        out = np.full(csr.shape, own.min(initial=0) - 1, np.float32)
        out[:, self.cols] = own
        return out


def usual_penalty(entries: int) -> float:
    """Return where the search begins, and all that is known of so few rows that nothing can be set aside.

    Ten times the fourth root of the number of entries is within a factor of 4 of published optima of 0.8 to 57 M entries.
    """
    return 10.0 * entries**0.25


def choose_penalty(X: Csr, measure: Measure | None, solve: Solve) -> float:
    """Return the penalty whose scores are best for people who were not in training.

    Args:
        X: Rows x items to learn from, all ones.
        measure: Of `Watch`; None sets a tenth of the rows aside and asks for some of their entries.
        solve: What makes item weights of rows and a penalty.
    """
    start = usual_penalty(X.nnz)
    if measure is None:
        if X.shape[0] < LEAST:
            return start
        X, measure = set_aside(X)
    cols = popular(X, ITEMS)
    part, judge = as_csr(X[:, cols]), measure
    if part.nnz == 0:
        return start

    def cost(penalty: float) -> float:
        found = judge(Trial(cols, solve(part, penalty)))
        return math.inf if math.isnan(found) else found

    return lowest(cost, start)


def lowest(cost: Callable[[float], float], start: float) -> float:
    """Return about where a function of a positive number is lowest, by steps of a factor and the parabola through the best.

    Args:
        cost: What to minimise; looked at `MOST` times at most.
        start: Where to begin.
    """
    known = {0: cost(start), 1: cost(start * STEP)}
    while len(known) < MOST:
        best = min(known, key=lambda step: (known[step], abs(step)))
        missing = [step for step in (best + 1, best - 1) if step not in known]
        if not missing:
            break
        known[missing[0]] = cost(start * STEP ** missing[0])
    best = min(known, key=lambda step: (known[step], abs(step)))
    left, right = known.get(best - 1, math.inf), known.get(best + 1, math.inf)
    bend = left - 2 * known[best] + right
    shift = (left - right) / (2 * bend) if math.isfinite(bend) and bend > 0 else 0.0
    return float(start * STEP ** (best + shift))


def trial_bytes(items: int, entries: int) -> float:
    """Return what trials take at their peak, in bytes, beside the matrix."""
    return 4.0 * min(ITEMS, items) ** 2 + CELL * entries


def popular(X: Csr, most: int) -> AnyArray:
    """Return the columns with the most entries, ascending, int64; no more than that, and none that is empty."""
    count = count_by_column(X)
    order = np.argsort(-count, kind="stable")[:most]
    return np.sort(order[count[order] > 0])


def set_aside(X: Csr) -> tuple[Csr, Measure]:
    """Return the rows that are left, and what measures by those set aside; the same on every machine."""
    aside = min(X.shape[0] // 10, MANY)
    order = np.argsort(seeded_keys(0, X.shape[0]), kind="stable")
    shown = as_csr(X[np.sort(order[:aside])])
    hide = seeded_keys(1, shown.nnz) < np.uint64(HIDDEN * 2**64)
    seen, hidden = pick(shown, ~hide), pick(shown, hide)

    def measure(model: Trial) -> float:
        blocks = [(seen[rows], hidden[rows]) for rows in row_blocks(aside, 4 * X.shape[1])]
        found = np.concatenate([ndcg(rank(model.score(part), part, K), asked) for part, asked in blocks])
        return math.nan if np.isnan(found).all() else -float(np.nanmean(found))

    return as_csr(X[np.sort(order[aside:])]), measure
