"""From scores to an answer: what is left out is masked, the list is ranked as it was measured, and each line gets its words."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foretaste.arrays import AnyArray, Csr
from foretaste.bundle import Bundle
from foretaste.errors import InputError
from foretaste.ranking import rank
from foretaste.serve.answers.scorer import Scores
from foretaste.serve.deploy.served import Served

DIGITS = 6
"""Decimals of a number in an answer."""
NO_RATINGS = "nothing is rated yet, so the list is what most people have"
UNMOVED = "these ratings do not move this model, so the list is what most people have"


@dataclass(frozen=True)
class Listed:
    """A list before it is put in words.

    Args:
        cols: Columns, best first, int (n,).
        scores: What it is sorted by, float32 (n,).
        considered: Items that could have been listed.
    """

    cols: AnyArray
    scores: AnyArray
    considered: int


def list_items(by: AnyArray, row: Csr, k: int, allowed: NDArray[np.bool_] | None = None) -> Listed:
    """Rank what is allowed and not rated.

    Args:
        by: What is sorted by, float32 (items,).
        row: (1, items), what is rated.
        k: Length of the list.
        allowed: Which items may be listed, (items,); None allows all.
    """
    if allowed is None:
        considered = row.shape[1] - row.nnz
    else:
        by = np.where(allowed, by, np.float32(-np.inf))
        considered = int(allowed.sum()) - int(allowed[row.indices].sum())
    ranking = rank(by[None], row, k)
    cols = ranking.cols[0]
    filled = cols >= 0
    return Listed(cols[filled], ranking.scores[0][filled], considered)


def sorted_surely(bundle: Bundle, scores: Scores, row: Csr, level: float) -> AnyArray:
    """Return the lower ends of all intervals, float32 (items,): what lists that are to be sure are sorted by.

    Raises:
        InputError: The model arranges its lists, or has no intervals at this level.
    """
    bundle.check_intervals(level)
    predicted = bundle.model.score(row)[0] if scores.predicted is None else scores.predicted
    return bundle.least(predicted[None], row, level)[0]


def fallback_of(served: Served, row: Csr, by: AnyArray) -> str | None:
    """Return in words what a list is made of where the model had nothing to go by; None where it had.

    A ranker that scores all items of a row alike lists what most people have, and its scores are their numbers.

    Args:
        served: The model.
        row: (1, items), what is rated.
        by: What the model's list is sorted by, float32 (items,).
    """
    model = served.bundle.model
    if not model.personal or model.count_ is None or not np.array_equal(by, model.count_):
        return None
    return UNMOVED if row.nnz else NO_RATINGS


def predicted_at(bundle: Bundle, scores: Scores, row: Csr, cols: AnyArray) -> AnyArray:
    """Return what is predicted for some columns, float32 (n,)."""
    if scores.predicted is not None:
        return scores.predicted[cols]
    return bundle.model.predict(bundle.shown(row), np.zeros(len(cols), dtype=np.int32), cols)


def lines(
    served: Served, row: Csr, cols: AnyArray, scores: AnyArray, predicted: AnyArray, level: float | None
) -> list[dict[str, Any]]:
    """Return the lines of an answer, in the order given.

    Args:
        served: The model.
        row: (1, items), what is rated.
        cols: Columns of the lines, (n,).
        scores: What they are sorted by, (n,).
        predicted: What is predicted for them, (n,).
        level: Of the intervals; None gives none.

    Raises:
        InputError: There are no intervals.
    """
    bundle = served.bundle
    rating = bundle.model.task == "rating"
    ends: list[tuple[float | None, float | None]] = [(None, None)] * len(cols)
    if level is not None:
        found = bundle.intervals(row, np.zeros(len(cols), dtype=np.int32), cols, predicted, level)
        ends = [(round(low, DIGITS), round(high, DIGITS)) for low, high in np.stack(found, axis=1).tolist()]
    film, out = served.shelf.film, []
    said = zip(cols.tolist(), predicted.tolist(), scores.tolist(), ends, strict=True)
    for col, stars, score, (low, high) in said:
        line: dict[str, Any] = dict(film(col))
        line["predicted"] = round(stars, DIGITS) if rating else None
        line["score"] = round(score, DIGITS)
        line["low"], line["high"], line["because"] = low, high, None
        out.append(line)
    return out


def check_intervals(bundle: Bundle, level: float | None) -> None:
    """Refuse intervals that the model does not have, before anything is scored.

    Raises:
        InputError: It has none.
    """
    if level is not None:
        bundle.check_intervals(level)


def columns_of(served: Served, ids: list[Any]) -> tuple[AnyArray, list[Any]]:
    """Return the columns of ids, int32, and the ids that are unknown.

    Raises:
        InputError: An item is named twice.
    """
    cols: dict[int, Any] = {}
    unknown = []
    for item in ids:
        col = served.bundle.catalog.column(item)
        if col is None:
            unknown.append(item)
        elif col in cols:
            raise InputError(f"item {item!r} is named twice", hint="name each item once")
        else:
            cols[col] = item
    return np.array(list(cols), dtype=np.int32), unknown
