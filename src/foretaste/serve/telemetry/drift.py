"""What a model's last answers look like beside its first: how varied the lists are, and how high the predictions.

Lists that turn all alike, or predictions that move, are how a model that no longer fits its visitors shows itself before
anybody complains: other people come, or a change upstream sends other ratings.
"""

from collections import deque
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from foretaste.arrays import AnyArray, FloatArray
from foretaste.serve.catalogue.shelf import Shelf

LISTS = 256
"""Lists that are looked at together."""
TOP = 20
"""Places of a list that are looked at."""
ROWS = 500
"""Rows whose predictions are looked at together."""
SAMPLE = 256
"""Items whose predictions are looked at, evenly over the catalogue: which items are listed has nothing to do with them."""
GENRES = 64
"""Genres that are told apart, the first by name."""


@dataclass(frozen=True)
class Level:
    """How high predictions are.

    Args:
        mean: Of predicted ratings or scores.
        spread: Their standard deviation.
    """

    mean: float
    spread: float


class Recent:
    """The last answers of one model.

    Args:
        shelf: Its catalogue.
    """

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._lists: deque[AnyArray] = deque(maxlen=LISTS)
        self._distances: deque[float] = deque(maxlen=LISTS)
        self._rows: list[FloatArray] = []
        self._step = max(len(shelf) // SAMPLE, 1)
        self.first: Level | None = None
        self.last: Level | None = None

    @cached_property
    def _genres(self) -> AnyArray:
        """The genres of each item as bits of one number, uint64 (items,)."""
        bits = np.zeros(len(self._shelf), np.uint64)
        for number, cols in enumerate(list(self._shelf.by_genre.values())[:GENRES]):
            bits[cols] |= np.uint64(1 << number)
        return bits

    def add_list(self, cols: AnyArray) -> None:
        """Look at a list, columns best first."""
        top = cols[:TOP]
        self._lists.append(top)
        bits = self._genres[top]
        bits = bits[bits > 0]
        if len(bits) > 1:
            self._distances.append(genre_distance(bits))

    def add_row(self, predicted: FloatArray) -> bool:
        """Look at what is predicted for one row, (items,); return whether this filled another `ROWS` rows."""
        self._rows.append(predicted[:: self._step].copy())
        if len(self._rows) < ROWS:
            return False
        values = np.concatenate(self._rows)
        self.last = Level(float(values.mean(dtype=np.float64)), float(values.std(dtype=np.float64)))
        self.first = self.first or self.last
        self._rows.clear()
        return True

    @property
    def distinct(self) -> float | None:
        """Share of different items among all that the last lists hold; None before the first list."""
        places = sum(map(len, self._lists))
        return len(np.unique(np.concatenate(self._lists))) / places if places else None

    @property
    def distance(self) -> float | None:
        """Mean genre distance within the last lists; None where no item has a genre."""
        return float(np.mean(self._distances)) if self._distances else None

    @property
    def drift(self) -> float | None:
        """How far predictions have moved since the first `ROWS` rows, in standard deviations of those; None before."""
        if self.first is None or self.last is None:
            return None
        return (self.last.mean - self.first.mean) / max(self.first.spread, 1e-9)


def genre_distance(bits: AnyArray) -> float:
    """Return the mean over pairs of items of 1 - (genres in common) / (genres of either), 0 to 1.

    Args:
        bits: Genres of two items or more as bits, none of them without, uint64 (n,).
    """
    common = np.bitwise_count(bits[:, None] & bits)
    either = np.bitwise_count(bits[:, None] | bits)
    n = len(bits)
    return float(1 - (np.divide(common, either, dtype=np.float64).sum() - n) / (n * (n - 1)))
