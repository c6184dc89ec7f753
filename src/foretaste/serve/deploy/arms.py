"""What comes of two models side by side: who got lists of which, and what they rated afterwards.

Only people that were given an arm by their id count; whoever chose a model did not. Of each person there are four numbers, by a
keyed hash of the id: lists, ratings that came after a list, their sum, and how many of them were of items in the last list.
With more than `PEOPLE` in an arm only those are kept whose hashes begin with a zero bit, then two, and so on: a random sample
that every process draws alike, so that their counts can be added up. What was listed last each process remembers for itself.
"""

import logging
import threading
import time
from array import array
from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Protocol

import numpy as np

from foretaste.arrays import AnyArray
from foretaste.data.catalog import ItemId
from foretaste.errors import ForetasteError

log = logging.getLogger("foretaste.serve")
PEOPLE = 4096
"""People of whom each arm keeps numbers."""
REMEMBERED = 4096
"""People whose last list a process remembers."""
TESTS = 8
"""Arms whose people a process knows; more have come and gone, and are known anew where they come again."""
LONGEST = 500
"""Ratings in a request above which it is not looked at for new ones."""
FLUSH_S = 3.0
"""Seconds that adding up waits for other writers; it is tried again, and not when the service stops."""
FIELDS = ("lists", "ratings", "milli", "hits")
"""What is counted of each person; `milli` is the sum of their ratings in thousandths."""


class Counts(Protocol):
    """What is asked of a store here."""

    def add_counts(self, name: str, counts: Mapping[str, int], *, wait_s: float) -> None:
        """Add to counts under a name."""

    def counts(self, name: str) -> dict[str, int]:
        """Return the counts under a name."""


@dataclass
class _Last:
    """What somebody was shown last, and has rated by then, as hashes of item ids."""

    test: str
    arm: str
    listed: "array[int]"
    rated: "array[int]"


@dataclass(frozen=True, eq=False)
class ArmCounts:
    """What is known of one arm.

    Args:
        total: Sums over everybody, by field.
        people: Numbers of a sample of people, int64 (people, fields).
        level: One in 2 ** level is in the sample.
    """

    total: dict[str, int]
    people: AnyArray
    level: int

    @property
    def visitors(self) -> int:
        """How many different people there were; exact where all are in the sample."""
        return len(self.people) << self.level


class _Sample:
    """Which people of one arm are kept."""

    def __init__(self) -> None:
        self.level = 0
        self.hashes: set[int] = set()

    def takes(self, person: int) -> bool:
        """Return whether somebody is kept; may raise the level."""
        if person >> (64 - self.level):
            return False
        self.hashes.add(person)
        while len(self.hashes) > PEOPLE:
            self.level += 1
            self.hashes = {one for one in self.hashes if not one >> (64 - self.level)}
        return not person >> (64 - self.level)


class Tally:
    """Counts what comes of an A/B test, and adds it up in the store.

    Args:
        store: Where counts are kept; None counts nothing.
    """

    def __init__(self, store: Counts | None) -> None:
        self._store, self._lock = store, threading.Lock()
        self._pending: dict[str, Counter[str]] = {}
        self._samples: dict[str, _Sample] = {}
        self._last: OrderedDict[str, _Last] = OrderedDict()

    def listed(
        self, test: str | None, arm: str, visitor: str | None, listed: Iterable[ItemId], rated: Mapping[ItemId, float]
    ) -> None:
        """Take note of a list, and of the ratings that came with the request and were not there at the list before.

        Args:
            test: What is tested; None, or nobody's request, is not counted.
            arm: Whose list it was.
            visitor: Who asked.
            listed: Items of the list.
            rated: Rating by item, what the list was made from.
        """
        if test is None or visitor is None or self._store is None:
            return
        given = {hash(str(item)): value for item, value in rated.items()} if len(rated) <= LONGEST else {}
        with self._lock:
            last = self._last.pop(visitor, None)
            if last is not None and (last.test, last.arm) == (test, arm):
                for item in given.keys() - set(last.rated):
                    self._rate(last, visitor, item, given[item])
            self._count(test, arm, visitor, {"lists": 1})
            shown = array("q", (hash(str(item)) for item in listed))
            self._last[visitor] = _Last(test, arm, shown, array("q", given))
            if len(self._last) > REMEMBERED:
                self._last.popitem(last=False)

    def rated(self, visitor: str, item: ItemId, rating: float) -> None:
        """Take note of a rating by itself; it counts for the arm whose list this person has got last."""
        key = hash(str(item))
        with self._lock:
            last = self._last.get(visitor)
            if last is not None and key not in last.rated:
                self._rate(last, visitor, key, rating)

    def flush(self) -> None:
        """Add what was counted to what the store has; what it does not take in a few seconds is kept and offered again."""
        with self._lock:
            pending, self._pending = self._pending, {}
        last = time.monotonic() + FLUSH_S
        try:
            for name in list(pending):
                assert self._store is not None  # noqa: S101 (nothing is counted without)
                self._store.add_counts(name, pending[name], wait_s=max(last - time.monotonic(), 0))
                del pending[name]
        except ForetasteError as error:
            log.warning("counts of an A/B test could not be kept: %s", error.message)
        finally:
            with self._lock:
                for name, counter in pending.items():
                    self._pending.setdefault(name, Counter()).update(counter)

    def counts(self, test: str) -> dict[str, ArmCounts]:
        """Return what is known of each arm, of all processes up to their last flush, of this one up to now."""
        self.flush()
        store = self._store
        return {} if store is None else {arm: sampled(store.counts(_name(test, arm))) for arm in ("main", "challenger")}

    def _rate(self, last: _Last, visitor: str, item: int, rating: float) -> None:
        last.rated.append(item)
        number = {"ratings": 1, "milli": round(1000 * rating), "hits": int(item in last.listed)}
        self._count(last.test, last.arm, visitor, number)

    def _count(self, test: str, arm: str, visitor: str, numbers: Mapping[str, int]) -> None:
        name = _name(test, arm)
        person = int.from_bytes(
            blake2b(visitor.encode("utf-8", "surrogatepass"), key=name.encode()[:64], digest_size=8).digest(), "big"
        )
        if name not in self._samples and len(self._samples) >= TESTS:
            self._samples.clear()
        kept = self._samples.setdefault(name, _Sample()).takes(person)
        counter = self._pending.setdefault(name, Counter())
        for field, n in numbers.items():
            counter[field] += n
            if kept and n:
                counter[f"{person:016x}:{field}"] += n


def sampled(counts: Mapping[str, int]) -> ArmCounts:
    """Return what the counts of an arm say, as a store has them."""
    people: dict[int, list[int]] = {}
    total = dict.fromkeys(FIELDS, 0)
    for key, n in counts.items():
        person, _, field = key.rpartition(":")
        if person:
            people.setdefault(int(person, 16), [0] * len(FIELDS))[FIELDS.index(field)] = n
        else:
            total[field] = n
    level = 0
    while len(people) > PEOPLE:
        level += 1
        people = {person: numbers for person, numbers in people.items() if not person >> (64 - level)}
    return ArmCounts(total, np.array(list(people.values()), dtype=np.int64).reshape(-1, len(FIELDS)), level)


def _name(test: str, arm: str) -> str:
    return f"arms:{test}:{arm}"
