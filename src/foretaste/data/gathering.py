"""Ratings that come in batches of plain rows, as from a database, become one table; a row costs 20 bytes while they gather."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from foretaste.arrays import AnyArray, IntArray
from foretaste.data.coding import code_words
from foretaste.data.ratings import Ratings, ReadLog


class Gathering:
    """Batches on their way to a table."""

    def __init__(self) -> None:
        self._users: dict[str, int] = {}
        self._items: dict[str, int] = {}
        self._parts: list[tuple[AnyArray, ...]] = []

    def add(self, users: Sequence[str], items: Sequence[str], ratings: Sequence[float], times: Sequence[int]) -> None:
        """Add rows.

        Args:
            users: Ids as text, (n,).
            items: Ids as text, (n,).
            ratings: Finite numbers, (n,).
            times: Unix seconds, (n,).
        """
        rated, given = np.array(ratings, dtype=np.float32), np.array(times, dtype=np.int64)
        self._parts.append((_coded(self._users, users), _coded(self._items, items), rated, given))

    def table(self, source: str) -> Ratings:
        """Return the table of all rows, at least one, sorted by user and item.

        Ids are int64 where all are canonical integers, as in a file. Rows that are all of rating 1 are events, as in a file
        without a rating column.

        Args:
            source: Name for the log.
        """
        user, item, rating, time = (np.concatenate(column) for column in zip(*self._parts, strict=True))
        user_ids, user_code = code_words(pl.Series(list(self._users), dtype=pl.String), user)
        item_ids, item_code = code_words(pl.Series(list(self._items), dtype=pl.String), item)
        order = np.lexsort((item_code, user_code))
        log = ReadLog(source=source, rows_read=len(rating), implicit=bool((rating == 1).all()))
        return Ratings(user_ids, item_ids, user_code[order], item_code[order], rating[order], time[order], log)


def _coded(known: dict[str, int], words: Sequence[str]) -> IntArray:
    return np.array([known.setdefault(word, len(known)) for word in words], dtype=np.int32)
