"""Flat lists of where something occurs: one array of places, and where the places of each key begin.

Keys are hashed to 16 bits. That sorts them in one pass of counting, and two keys that share a number only make a search look
at a few places more, since what is found is compared with what was asked in any case.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foretaste.arrays import AnyArray, IntArray

KEYS = 1 << 16
_FACTORS = np.array([0x9E3779B1, 0x85EBCA6B, 0xC2B2AE35, 0x27D4EB2F, 0x165667B1, 0x2545F491, 0x7FEB352D], np.uint32)


@dataclass(frozen=True, eq=False)
class Postings:
    """Where each key occurs.

    Args:
        start: Where a key's places begin, int32 (keys + 1,).
        places: Within a key in the order in which they were given, int32.
    """

    start: IntArray
    places: IntArray

    @classmethod
    def of(cls, keys: NDArray[np.uint16], places: AnyArray) -> "Postings":
        """Sort (key, place) pairs by key; of equal pairs that then stand side by side one is kept."""
        order = np.argsort(keys, kind="stable")
        keys, places = keys[order], places[order]
        new = np.ones(len(keys), np.bool_)
        new[1:] = (keys[1:] != keys[:-1]) | (places[1:] != places[:-1])
        keys, places = keys[new], places[new].astype(np.int32, copy=False)
        start = np.zeros(KEYS + 1, np.int32)
        np.cumsum(np.bincount(keys, minlength=KEYS), out=start[1:])
        return cls(start, places)

    def at(self, key: int) -> IntArray:
        """Return the places of a key."""
        return self.places[self.start[key] : self.start[key + 1]]


def hashed(codes: AnyArray) -> NDArray[np.uint16]:
    """Return a 16-bit number for each row of up to 7 code points, uint16 (n,).

    Args:
        codes: Unsigned 32-bit, (n, width); rows of different widths get different numbers for the most part.
    """
    mixed = np.full(len(codes), codes.shape[1], np.uint32)
    for place in range(codes.shape[1]):
        mixed = (mixed ^ (mixed >> np.uint32(15))) * np.uint32(31) + codes[:, place] * _FACTORS[place]
    return (mixed >> np.uint32(16)).astype(np.uint16)


def code_points(text: str) -> NDArray[np.uint32]:
    """Return the characters of a text as numbers, uint32 (n,)."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
