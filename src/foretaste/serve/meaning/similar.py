"""Similar items: what is liked by the same people, in the model's own eyes.

A model with item vectors is asked for the cosine of two of them, the mean of the cosines where it has several tables (what is
rated alike, and what is seen by the same people); one with weights between items, for the root of the product of the weights of
both directions, in which everybody's favourites have no advantage. Both are the more a matter of chance the fewer people stand
behind an item: beside the vector of something that two people rated, anything may come to lie. So what is said of an item with
n people counts n / (n + c). And as something is always the nearest, vectors that are not near are left out: below `FLOOR`,
nothing is called similar. Both numbers, and the tables, were chosen on half of the items of ml-latest-small (common genres, and
films of one series that find each other) and of a synthetic world (the cosine of the true tastes). Weights know doubt
themselves and need less of it, and those that mean nothing are 0.
A model without taste says nothing of that kind, and none does of what nobody has liked, nor where nothing is near; then it is
genres in common, the best known first.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from foretaste.arrays import FloatArray, IntArray
from foretaste.models.base import Recommender
from foretaste.ranking import rank

DOUBT_VECTORS, DOUBT_WEIGHTS = 4, 2
"""People behind an item at which half of its cosine is believed, and half of its weights."""
FLOOR = 0.25
"""Believed cosine below which nothing is called similar."""
SLIGHT = 1e-3
"""How far being known may lift an item over others with as many genres in common."""
VECTORS = "how near the two lie in what the model has learnt from ratings: much the same people rate them, and alike"
WEIGHTS = "how much each speaks for the other in the model's weights: much the same people like both"
GENRES = (
    "the share of their genres that two have in common, as the model does not know who likes it; the best known first"
)


@dataclass(frozen=True, eq=False)
class Neighbours:
    """What a model knows of items that go together.

    Args:
        model: Fitted; asked where it has weights.
        views: Its tables of vectors, float32 (items, d), each with their lengths; none where it has weights.
        belief: What is made of what is said of each item, float32 (items,), 0 to 1.
        count: People behind each item, float32 (items,).
        genres: Of each item.
    """

    model: Recommender[Any]
    views: tuple[tuple[FloatArray, FloatArray], ...]
    belief: FloatArray
    count: FloatArray
    genres: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, model: Recommender[Any], count: FloatArray | None, genres: tuple[tuple[str, ...], ...]) -> "Neighbours":
        """Make ready what answers are made of.

        Args:
            model: Fitted.
            count: People behind each item, (items,); None where the bundle does not say, and all are believed.
            genres: Of each item.
        """
        known = np.ones(model.n_items_, np.float32) if count is None else count
        views = model.item_views()
        doubt = 0 if count is None else DOUBT_VECTORS if views else DOUBT_WEIGHTS
        belief = (known / np.maximum(known + doubt, 1)).astype(np.float32)
        return cls(model, tuple((table, lengths(table)) for table in views), belief, known, genres)

    def similar(self, col: int, k: int) -> "Found":
        """Return the most similar items, best first: at most k, only what has something in common, and never the item itself.

        Args:
            col: Of the item.
            k: How many, from 1.
        """
        near, least = self.closeness(col), FLOOR if self.views else 0
        if near is not None and near.max() > least:
            return _best(near, near, k, VECTORS if self.views else WEIGHTS, least)
        near = self._in_common(col)
        return _best(near + np.float32(SLIGHT) * self.count / max(float(self.count.max()), 1), near, k, GENRES)

    def closeness(self, col: int) -> FloatArray | None:
        """Return how similar each item is to one, float32 (items,), that one itself at -inf; None of a model without taste."""
        if self.views:
            near = np.zeros(len(self.belief), np.float32)
            for table, length in self.views:
                near += table @ table[col] / np.maximum(length * length[col], np.float32(1e-12))
            near /= len(self.views)
        else:
            known = self.model.item_relations(col)
            if known is None:
                return None
            near = known
        near = near * self.belief
        near[col] = -np.inf
        return near

    def _in_common(self, col: int) -> FloatArray:
        """Return the share of genres in common, float32 (items,)."""
        common = self._table @ self._table[col]
        near: FloatArray = common / np.maximum(self._table.sum(1) + self._table[col].sum() - common, 1)
        near[col] = -np.inf
        return near

    @cached_property
    def _table(self) -> FloatArray:
        """Which item is of which genre, float32 (items, genres)."""
        names = {name: place for place, name in enumerate(sorted({name for own in self.genres for name in own}))}
        out = np.zeros((len(self.genres), len(names)), np.float32)
        for item, own in enumerate(self.genres):
            out[item, [names[name] for name in own]] = 1
        return out


@dataclass(frozen=True, eq=False)
class Found:
    """Items like one.

    Args:
        cols: int32 (n,), the most similar first.
        values: How similar, float32 (n,), all above 0.
        by: How that is measured, in words.
    """

    cols: IntArray
    values: FloatArray
    by: str


def lengths(vectors: FloatArray) -> FloatArray:
    """Return the lengths of vectors, float32 (n,)."""
    return np.sqrt(np.einsum("nk,nk->n", vectors, vectors, dtype=np.float64)).astype(np.float32)


def _best(order: FloatArray, near: FloatArray, k: int, by: str, least: float = 0) -> Found:
    cols = rank(order[None], None, k).cols[0]
    cols = cols[(cols >= 0) & (near[cols] > least)]
    return Found(cols, near[cols], by)
