"""The taste map: the best-known items in the plane, those that the same people like beside each other."""

import json
import threading
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from foretaste.arrays import AnyArray, FloatArray
from foretaste.serve.catalogue.shelf import Shelf
from foretaste.serve.deploy.served import Served
from foretaste.serve.meaning.similar import lengths
from foretaste.serve.meaning.unfolding import unfold

MOST = 3_000
"""Items on a map, which take three seconds of a core; more could not be told apart by eye."""
FACTORS, ROUNDS = 64, 8
"""Directions that are kept of weights between items, and how often they are looked for more closely."""
SHARE = 0.03
"""Share of the items that a genre has at least to be anybody's main genre."""
DIGITS = 4
TASTE = "items lie beside each other whose vectors in the model are near: much the same people rate them, and alike"
WEIGHTS = "items lie beside each other that the model's weights join in the same ways: much the same people like them"
GENRES = "items lie beside each other that have genres in common, as this model knows no taste"


@dataclass(frozen=True, eq=False)
class TasteMap:
    """Items in the plane.

    Args:
        cols: Their columns, int (n,), the best known first.
        points: float32 (n, 2), 0 to 1.
        by: What lies beside what, in words.
    """

    cols: AnyArray
    points: FloatArray
    by: str
    shelf: Shelf

    @classmethod
    def of(cls, served: Served, stop: threading.Event | None = None) -> "TasteMap":
        """Make the map of a model.

        Args:
            served: The model.
            stop: Set when nobody needs it any more.

        Raises:
            CancelledError: It was set.
        """
        shelf = served.shelf
        cols = shelf.best_known[:MOST]
        cols = cols[shelf.counts[cols] > 0] if shelf.counted else cols
        vectors, by = meaning(served, cols)
        told = np.einsum("nk,nk->n", vectors, vectors) > 0  # of the others nothing is known
        return cls(cols[told], unfold(vectors[told], stop=stop), by, shelf)

    @cached_property
    def body(self) -> bytes:
        """What is answered, as JSON."""
        shelf, genres = self.shelf, main_genres([self.shelf.genres[col] for col in self.cols.tolist()])
        films = [shelf.film(col) for col in self.cols.tolist()]
        axes = [[round(value, DIGITS) for value in axis] for axis in self.points.T.tolist()]
        plain = {"items": [film["item"] for film in films], "x": axes[0], "y": axes[1], "genre": genres}
        plain |= {"n_ratings": [film["n_ratings"] for film in films], "titles": [film["title"] for film in films]}
        return json.dumps(plain | {"by": self.by}, ensure_ascii=False, separators=(",", ":")).encode()


def meaning(served: Served, cols: AnyArray) -> tuple[FloatArray, str]:
    """Return vectors of some items, float32 (n, d), and in words what it means that two are near."""
    model = served.bundle.model
    views = model.item_views()
    if views:
        return np.hstack([_unit(table[cols]) for table in views]), TASTE
    if model.item_relations(0) is None:
        genres = [served.shelf.genres[col] for col in cols.tolist()]
        names = sorted({name for own in genres for name in own})
        return np.array([[name in own for name in names] for own in genres], np.float32).reshape(len(cols), -1), GENRES
    rows = [np.maximum(np.asarray(model.item_relations(col))[cols], 0) for col in cols.tolist()]
    return directions(np.array(rows, np.float32).reshape(len(cols), len(cols))), WEIGHTS


def _unit(vectors: FloatArray) -> FloatArray:
    """Return vectors of length 1, but where nothing is known and they are 0."""
    return (vectors / np.maximum(lengths(vectors), 1e-12)[:, None]).astype(np.float32)


def directions(weights: FloatArray) -> FloatArray:
    """Return vectors whose products are near weights between items, float32 (n, at most `FACTORS`).

    The directions are those of the largest eigenvalues, found by subspace iteration from a fixed start. Those below 0 are left
    out: no two vectors have a product like that with themselves.

    Args:
        weights: Symmetric, float32 (n, n).
    """
    width = min(FACTORS + 8, len(weights))
    start = np.random.default_rng(0).standard_normal((len(weights), width)).astype(np.float32)
    base = np.linalg.qr(start)[0]
    for _ in range(ROUNDS):
        base = np.linalg.qr(weights @ base)[0]
    values, turned = np.linalg.eigh((base.T @ (weights @ base)).astype(np.float64))
    best = np.argsort(-values, kind="stable")[:FACTORS]
    best = best[values[best] > 1e-6 * max(float(np.abs(values).max(initial=0)), 1e-12)]
    out: FloatArray = base @ (turned[:, best] * np.sqrt(values[best])).astype(np.float32)
    return out


def main_genres(genres: list[tuple[str, ...]]) -> list[str | None]:
    """Return one genre of each item: the rarest of its own, but none so rare that hardly any item would share its colour."""
    count: dict[str, int] = {}
    for own in genres:
        for name in set(own):
            count[name] = count.get(name, 0) + 1
    least = SHARE * len(genres)
    return [min(own, key=lambda name: (count[name] < least, count[name], name), default=None) for own in genres]
