"""What each entry of a row does to one score, and to what lists are sorted by: matrices in, numbers out.

The effect of an entry is exact: the score of the whole row minus that of the row without it. A row is short and a model scores
any row, so all of these rows are scored together, as one batch.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from foretaste.arrays import BLOCK_BYTES, BLOCK_CELLS, AnyArray, Csr
from foretaste.errors import InputError
from foretaste.models.base import Recommender
from foretaste.order import Order
from foretaste.ranking import Ranking, rank

ROUNDING = 4 * float(np.finfo(np.float32).eps)
"""Difference of two scores, as a share of the largest, that says nothing."""
ROWS = 256
"""Variants of a row that are scored together, at most: enough for a matrix product, and few where the first of many will do."""


@dataclass(frozen=True, eq=False)
class Influence:
    """What the entries of a row do to one item.

    Args:
        value: Its score, or predicted rating before that is kept inside the scale.
        score: What lists are sorted by.
        nobody: The value for a row without entries.
        effects: Value minus the value without each entry, float64 (entries,), in storage order.
        on_list: Score minus the score without each entry, float64 (entries,).
    """

    value: float
    score: float
    nobody: float
    effects: AnyArray
    on_list: AnyArray


def drop_one(model: Recommender[Any], row: Csr, col: int, order: Order | None = None) -> Influence:
    """Return what each entry of a row does to the score of one item, by leaving it out.

    Effects on a predicted rating are on the prediction before it is kept inside the scale: one that ends beyond the scale's end
    would hide them all. What lists are sorted by is taken as lists take it, so there they may be hidden. Scores are float32,
    and what may be their rounding counts as no effect.

    Args:
        model: Fitted, of any kind that scores rows it has not met.
        row: (1, items), what the model is given.
        col: The item.
        order: How predicted ratings are sorted; None sorts by scores as they are.

    Raises:
        InputError: The model knows its own rows only: it has no score for a row with less in it.
    """
    check_open(model)
    if model.additive and model.task == "ranking":  # what leaving out would find, at a cost that follows the entries
        made = model.contributions(row, np.array([col]))
        if made is not None:
            value, parts = float(made.total[0]), made.parts[:, 0]
            return Influence(value, _listed_by(model, row, col, value, parts), float(made.base[0]), parts, parts)
    values, scores = [], []
    for keep in _leave_out_each(row):
        X, rows = keep_entries(row, keep), np.arange(len(keep), dtype=np.int32)
        values.append(model.predict(X, rows, np.full_like(rows, col), clip=False))
        scores.append(sorted_by(model, model.appeal(X)[:, col] if model.arranges else values[-1], col, order))
    v, s = (np.concatenate(blocks).astype(np.float64) for blocks in (values, scores))
    on_list = _less(s)
    return Influence(float(v[0]), _listed_by(model, row, col, float(s[0]), on_list), float(v[-1]), _less(v), on_list)


def _listed_by(model: Recommender[Any], row: Csr, col: int, score: float, on_list: AnyArray) -> float:
    """Return what a list is sorted by: the score, but how many people have the item where a row says nothing to a ranker."""
    return score if model.task == "rating" or on_list.any() else float(model.appeal(row)[0, col])


def check_open(model: Recommender[Any]) -> None:
    """Refuse a model that scores nobody but the people of its training data, each with all of their ratings.

    Raises:
        InputError: It is one.
    """
    if model.known_rows:
        raise InputError(
            f"{model.name} knows people by all of their ratings, so it cannot say what it would predict without one",
            hint="explain with a model that reads any row, such as autorec, two_sided_ridge or biased_mf",
        )


def make_lists(
    model: Recommender[Any], X: Csr, seen: Csr, k: int, order: Order | None = None
) -> tuple[Ranking, AnyArray]:
    """Return lists as they are served, and the scores before they are sorted, float32 (rows, items).

    Args:
        model: Fitted.
        X: Rows x items, what the model is given.
        seen: Rows x items, what lists leave out: more than X where something was taken out of a row and is to stay away.
        k: Length.
        order: As for `drop_one`.
    """
    scores = model.appeal(X)
    return rank(scores, seen, k, shrink=None if order is None or model.arranges else order.shrink), scores


def place_of(
    model: Recommender[Any], row: Csr, seen: Csr, cols: AnyArray, order: Order | None = None
) -> list[int | None]:
    """Return the place of some items in the list of one row that holds everything, from 1; None for what is left out of it."""
    ranking, _ = make_lists(model, row, seen, row.shape[1], order)
    places = {int(col): place for place, col in enumerate(ranking.cols[0], 1) if col >= 0}
    return [places.get(int(col)) for col in cols]


def keep_entries(row: Csr, keep: NDArray[np.bool_]) -> Csr:
    """Return a row for each line of `keep` (rows, entries), with those entries of one row that it names."""
    place = np.nonzero(keep)[1]
    start = np.concatenate([[0], np.cumsum(keep.sum(1))]).astype(np.int32)
    return csr_array((row.data[place], row.indices[place], start), shape=(len(keep), row.shape[1]))


def rows_at_once(row: Csr) -> int:
    """Return how many variants of a row are scored together, so that neither their entries nor their scores take much."""
    return max(1, min(ROWS, BLOCK_CELLS // max(row.nnz, 1), BLOCK_BYTES // (4 * row.shape[1])))


def sorted_by(model: Recommender[Any], value: AnyArray, col: int, order: Order | None) -> AnyArray:
    """Return what lists are sorted by, (rows,), of the scores of one column, or of its appeal where the model arranges."""
    shown = value if model.arranges or model.task == "ranking" else np.clip(value, *model.scale_)
    if order is None or model.arranges:
        return shown
    shrink = order.shrink
    return np.float32(shrink.towards) + shrink.share[col] * (shown - np.float32(shrink.towards))


def _less(scores: AnyArray) -> AnyArray:
    """Return the first score less each of those between it and the last, 0 where they differ by rounding."""
    out = scores[0] - scores[1:-1]
    out[np.abs(out) <= ROUNDING * np.abs(scores).max()] = 0
    return out


def _leave_out_each(row: Csr) -> Iterator[NDArray[np.bool_]]:
    """Yield what is kept of a row: all of it, all but each entry in turn, and nothing; in blocks."""
    n, size = row.nnz, rows_at_once(row)
    for start in range(0, n + 2, size):
        number = np.arange(start, min(start + size, n + 2))[:, None]
        yield (number != np.arange(1, n + 1)) & (number <= n)
