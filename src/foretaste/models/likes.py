"""What people like of what they rate, and how the ranker of a pair is watched by it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from foretaste.arrays import AnyArray, Csr, ones, pick, row_blocks
from foretaste.metrics.ranking import ndcg
from foretaste.models.base import Recommender
from foretaste.models.list_weights import LIST
from foretaste.ranking import rank


@dataclass(frozen=True)
class LikesOf:
    """A ranker with its settings, as the head of a pair: what it learns from is likes, so its fit is no line's.

    Args:
        name: Of the ranker, marked.
        params: Its settings, and where a like begins.
    """

    name: str
    params: tuple[Any, float]

    @classmethod
    def head(cls, ranker: Recommender[Any], like: float) -> "LikesOf":
        """Return the key of a ranker that learns from ratings of at least `like`."""
        return cls(f"likes:{ranker.name}", (ranker.params, like))


def likes_in(X: Csr, like: float) -> Csr:
    """Return what is rated at least `like`, each 1, of the shape of `X`."""
    return ones(pick(X, X.data >= np.float32(like)))


def liked_cols(liked: Csr) -> AnyArray:
    """Return the columns that somebody likes, int32, ascending."""
    return np.flatnonzero(np.bincount(liked.indices, minlength=liked.shape[1])).astype(np.int32)


def lists_measure(liked: Csr, seen: Csr, wanted: Csr) -> Callable[[Any], float]:
    """Return minus the NDCG@100 of a ranker's lists, of all that people have not rated; nan where nobody likes anything.

    Whoever likes only what no list of the ranker holds is left out: nan of one person would be nan of all.
    """

    def measured(model: Any) -> float:
        lists = [rank(model.score(liked[part]), seen[part], LIST) for part in row_blocks(*seen.shape)]
        quality = np.concatenate([np.empty(0), *map(ndcg, lists, (wanted[part] for part in row_blocks(*seen.shape)))])
        asked = np.isfinite(quality)
        return -float(quality[asked].mean()) if asked.any() else float("nan")

    return measured
