"""Because you rated ...: what somebody's ratings do to each item of a whole list, at the cost of one scoring call.

The effect of a rating on an item is exact: what the model says of it less what it says without that rating, for all items of
the list at once. It is in the units of the prediction, before that is kept inside the scale; in those of the score, of a model
that ranks; and of a model that arranges its lists (a pair), in those of what the list is sorted by, which are standard
deviations of somebody's own scores: there a rating may lift an item in the list though it lowers the stars.
`foretaste.explain` says the same of one item, and more.

Time follows the ratings times what a row costs. Of more than `MOST` ratings, and of fewer where the row itself is long, only
those are left out in turn that promise to matter: by what the model's own sums say, or by how closely they go with the items
of the list. What is said of these is exact all the same; a strong one may be missed.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foretaste.arrays import AnyArray, Csr
from foretaste.bundle import Bundle
from foretaste.influence import ROUNDING, check_open, keep_entries, rows_at_once
from foretaste.models.base import Recommender

MOST = 100
"""Ratings that are left out in turn, at most, where that is how effects are found."""
WORK = 200_000
"""Entries of all rows together that are scored with one left out, at most: as many as `MOST` rows of 2,000 ratings have."""
SHOWN = 3
"""Ratings that are named for an item."""


@dataclass(frozen=True)
class Reason:
    """What one rating does to one item.

    Args:
        col: Of what was rated.
        rating: As it was given: the shortest number that is the same float32, so that 4.1 stays 4.1.
        effect: With it less without it; above 0 it speaks for the item.
    """

    col: int
    rating: float
    effect: float


def because(bundle: Bundle, row: Csr, cols: AnyArray, most: int = SHOWN) -> list[list[Reason]]:
    """Return the ratings that did most to each of some items, the strongest first, for or against it.

    Args:
        bundle: With a model that reads any row.
        row: (1, items), what is rated.
        cols: Columns of the items, int (n,); what is rated itself is what its own rating makes it too.
        most: Ratings that are named for an item; those without any effect are not.

    Raises:
        InputError: The model knows its own rows only.
    """
    shown = bundle.shown(row)  # what a model is not told of does nothing
    entries, effects = effects_on(bundle.model, shown, cols)
    told = np.searchsorted(row.indices, shown.indices[entries])
    out = []
    for column in effects.T:
        strongest = np.argsort(-np.abs(column), kind="stable")[:most]
        found = zip(told[strongest].tolist(), column[strongest].tolist(), strict=True)
        out.append([Reason(int(row.indices[at]), float(str(row.data[at])), effect) for at, effect in found if effect])
    return out


def effects_on(model: Recommender[Any], row: Csr, cols: AnyArray) -> tuple[AnyArray, AnyArray]:
    """Return which entries of a row were left out in turn, and what each of them does, float64 (entries, columns).

    Args:
        model: Fitted.
        row: (1, items), what the model is given.
        cols: Columns asked for, int (n,).

    Raises:
        InputError: The model knows its own rows only.
    """
    check_open(model)
    cols = np.asarray(cols, dtype=np.int64)
    if model.additive and model.task == "ranking":  # what leaving out would find
        made = model.contributions(row, cols)
        if made is not None:
            return np.arange(row.nnz), made.parts
    entries = _promising(model, row, cols)
    values = []
    for start in range(-1, len(entries), size := rows_at_once(row)):
        out = np.arange(start, min(start + size, len(entries)))
        keep = np.ones((len(out), row.nnz), dtype=bool)
        left = out >= 0  # the first row is whole
        keep[np.flatnonzero(left), entries[out[left]]] = False
        values.append(_say(model, keep_entries(row, keep), cols))
    said = np.concatenate(values)
    effects = said[0] - said[1:]
    effects[np.abs(effects) <= ROUNDING * np.abs(said).max(axis=0)] = 0
    return entries, effects


def _say(model: Recommender[Any], X: Csr, cols: AnyArray) -> AnyArray:
    """Return what a model says of some columns, float64 (rows, columns): predictions, or what a list is sorted by."""
    if model.arranges:
        return model.appeal(X)[:, cols].astype(np.float64)
    rows = np.repeat(np.arange(X.shape[0]), len(cols))
    said = model.predict(X, rows, np.tile(cols, X.shape[0]), clip=False)
    return said.reshape(X.shape[0], len(cols)).astype(np.float64)


def _promising(model: Recommender[Any], row: Csr, cols: AnyArray) -> NDArray[np.intp]:
    """Return the places of the entries that are left out in turn, ascending: all, or those that promise to matter most."""
    most = min(MOST, max(SHOWN, WORK // max(row.nnz, 1)))
    if row.nnz <= most or not len(cols):
        return np.arange(row.nnz)
    made = None if model.arranges else model.contributions(row, cols)
    promise = _closeness(model, row.indices, cols) if made is None else np.abs(made.parts).max(axis=1)
    return np.sort(np.argsort(-promise, kind="stable")[:most])


def _closeness(model: Recommender[Any], held: AnyArray, cols: AnyArray) -> AnyArray:
    """Return how closely each item that is held goes with the nearest of some others, (held,); zeros where nothing says so."""
    vectors = model.item_vectors()
    if vectors is not None:
        near = np.abs(vectors[held] @ vectors[cols].T)
        near /= np.maximum(np.linalg.norm(vectors[held], axis=1), 1e-12)[:, None]
        near /= np.maximum(np.linalg.norm(vectors[cols], axis=1), 1e-12)
        return near.max(axis=1)
    known = [related[held] for col in cols.tolist() if (related := model.item_relations(col)) is not None]
    return np.abs(known).max(axis=0) if known else np.zeros(len(held))
