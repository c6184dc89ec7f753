"""Well-known items that are unlike each other: something that everybody can rate, and whose ratings tell tastes apart.

One after the other, that item is taken which is well known and far from what already stands there:

    log(1 + count) / log(1 + highest count) - ALIKE x (likeness to the nearest)

Two items are alike by the share of their genres that they have in common, by their years, and by the words of their titles,
so that the parts of one series do not stand side by side.
"""

import numpy as np

from foretaste.arrays import AnyArray, FloatArray, IntArray
from foretaste.serve.catalogue.search.forms import plain
from foretaste.serve.catalogue.shelf import Shelf

POOL = 200
"""Best-known items that are arranged; the rest follow as they are."""
ALIKE = 0.5
"""How much likeness counts against being well known."""
GENRES, YEARS, WORDS = 0.5, 0.2, 0.6
"""What likeness is made of."""
WORD = 4
"""Letters of a word that makes two titles alike; shorter ones are in too many."""
SPAN = 8.0
"""Years after which two items are as good as unrelated in time (to the power of e)."""


def varied(shelf: Shelf, cols: IntArray) -> IntArray:
    """Arrange the first `POOL` of some columns so that neighbours are unlike; the same columns always give the same order.

    Args:
        shelf: The catalogue.
        cols: The best known first.
    """
    pool = cols[:POOL]
    if len(pool) < 3:
        return cols
    known = np.log1p(shelf.counts[pool])
    worth = known / max(float(known.max()), 1e-9)
    alike = _likeness(shelf, pool)
    near = np.zeros(len(pool), np.float32)
    left = np.ones(len(pool), np.bool_)
    order = []
    for _ in range(len(pool)):
        best = int(np.argmax(np.where(left, worth - ALIKE * near, -np.inf)))
        order.append(best)
        left[best] = False
        near = np.maximum(near, alike[best])
    return np.concatenate([pool[order], cols[POOL:]])


def _likeness(shelf: Shelf, cols: IntArray) -> FloatArray:
    """Return how alike items are, float32 (n, n)."""
    genres = _shared([set(shelf.genres[col]) for col in cols.tolist()])
    titles = plain([shelf.bare(col) for col in cols.tolist()])
    words = _shared([{word for word in title.split() if len(word) >= WORD} for title in titles])
    years = shelf.years[cols].astype(np.float32)
    apart = np.abs(years[:, None] - years)
    both = (years[:, None] > 0) & (years > 0)
    return (GENRES * genres + WORDS * (words > 0) + YEARS * both * np.exp(-apart / SPAN)).astype(np.float32)


def _shared(sets: list[set[str]]) -> AnyArray:
    """Return the share of what two sets hold together that both hold, (n, n); 0 where both are empty."""
    number = {name: place for place, name in enumerate(sorted(set().union(*sets)))}
    held = np.zeros((len(sets), len(number)), np.float32)
    for row, names in enumerate(sets):
        held[row, [number[name] for name in names]] = 1
    common = held @ held.T
    size = held.sum(1)
    return common / np.maximum(size[:, None] + size - common, 1)
