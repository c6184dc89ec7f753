"""A small cache, bounded in bytes: what was used last stays."""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Generic, TypeVar

V = TypeVar("V")
ENTRY_BYTES = 500
"""What an entry takes beside its value: its key, its place in the table and the objects around it."""


class Cache(Generic[V]):
    """Values by key, the least recently used thrown out first once they are too large together; safe to use from any thread.

    Args:
        most_bytes: Of all values together; 0 keeps nothing.
    """

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self.bytes, self.hits, self.misses = 0, 0, 0
        self._kept: OrderedDict[Hashable, tuple[V, int]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Hashable) -> V | None:
        """Return the value of a key and count the hit, or None and count the miss."""
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                self.misses += 1
                return None
            self.hits += 1
            self._kept.move_to_end(key)
            return found[0]

    def put(self, key: Hashable, value: V, n_bytes: int) -> None:
        """Keep a value; what is larger than a quarter of all is not worth what it would drive out.

        Args:
            key: Everything that the value depends on.
            value: Not to be changed any more.
            n_bytes: What it takes.
        """
        size = n_bytes + ENTRY_BYTES
        if 4 * size > self.most_bytes:
            return
        with self._lock:
            old = self._kept.pop(key, None)
            self.bytes += size - (0 if old is None else old[1])
            self._kept[key] = (value, size)
            while self.bytes > self.most_bytes:
                _, (_, gone) = self._kept.popitem(last=False)
                self.bytes -= gone
