"""How closely items go together, where a model keeps weights between them, and which member of a blend is asked."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from foretaste.arrays import FloatArray, IntArray
from foretaste.models.base import Recommender


def both_ways(near: IntArray, weight: FloatArray, col: int) -> FloatArray:
    """Return the root of the product of the weights of both directions, float32 (items,): 0 where one was not kept.

    What speaks for an item need not be spoken for by it: everybody's favourite speaks for much. Where both do, it is for what
    the two have in common.

    Args:
        near: Items that speak for each item, int32 (items, kept), -1 where there are no more.
        weight: How much they do, float32 (items, kept).
        col: The item.
    """
    out = np.zeros(len(near), np.float32)
    speaks = (near[col] >= 0) & (weight[col] > 0)
    items = near[col][speaks]
    back = np.where(near[items] == col, weight[items], 0).max(axis=1, initial=0)
    out[items] = np.sqrt(back * weight[col][speaks])
    return out


def has_meaning(model: Recommender[Any]) -> bool:
    """Return whether a fitted model has vectors of items, or weights between them."""
    return model.item_vectors() is not None or model.item_relations(0) is not None


def spokesman(members: Iterable[tuple[Recommender[Any], float]]) -> Recommender[Any] | None:
    """Return the member of most weight that knows what items go together; None where none does.

    Args:
        members: Fitted, each with its weight.
    """
    able = [(weight, model) for model, weight in members if weight > 0 and has_meaning(model)]
    return max(able, key=lambda pair: pair[0])[1] if able else None
