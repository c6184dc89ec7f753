"""The noun Catalog: which item stands in which column, and what people call it."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import Any

import numpy as np

from foretaste.arrays import AnyArray, IntArray
from foretaste.errors import DataError, InputError

ItemId = int | str


@dataclass(frozen=True, eq=False, repr=False)
class Catalog:
    """Item ids in column order, with titles and genres where the data set has them.

    Args:
        item_ids: One per column; int64, or str in an object array; no id twice.
        titles: One per column, or None; an item without a title has ``""``.
        genres: One tuple per column, or None.
    """

    item_ids: AnyArray
    titles: tuple[str, ...] | None = None
    genres: tuple[tuple[str, ...], ...] | None = None

    def __post_init__(self) -> None:
        for name, values in (("titles", self.titles), ("genres", self.genres)):
            if values is not None and len(values) != len(self.item_ids):
                raise DataError(f"{len(values)} {name} for {len(self.item_ids)} items; expected one each")
        if len(self._column) != len(self.item_ids):
            raise DataError("an item id stands twice in the catalogue")

    def __len__(self) -> int:
        return len(self.item_ids)

    def __repr__(self) -> str:
        extras = [name for name in ("titles", "genres") if getattr(self, name) is not None]
        return f"Catalog({len(self):,} items{', ' if extras else ''}{', '.join(extras)})"

    @cached_property
    def _column(self) -> dict[ItemId, int]:
        return {item_id: col for col, item_id in enumerate(self.item_ids.tolist())}

    @cached_property
    def _by_title(self) -> dict[str, int]:
        return {fold(title): col for col, title in reversed(list(enumerate(self.titles or ()))) if title}

    def title(self, col: int) -> str:
        """Return the title of a column, or its id in words where it has none."""
        title = self.titles[col] if self.titles is not None else ""
        return title or f"item {self.item_ids[col]}"

    def column(self, item_id: ItemId) -> int | None:
        """Return the column of an id, or None; ``"12"`` finds 12 and the reverse."""
        col = self._column.get(item_id)
        if col is not None:
            return col
        if isinstance(item_id, str):
            number = item_id.removeprefix("-")
            return (
                self._column.get(int(item_id)) if number.isascii() and number.isdigit() and len(number) < 19 else None
            )
        return self._column.get(str(item_id))

    def columns(self, item_ids: AnyArray) -> IntArray:
        """Return the columns of many ids, (n,) int32, -1 where an id is unknown.

        Args:
            item_ids: int64, or str in an object array, (n,).
        """
        ids = np.asarray(item_ids)
        distinct, inverse = np.unique(ids, return_inverse=True)
        cols = [self.column(item_id) for item_id in distinct.tolist()]
        return np.array([-1 if col is None else col for col in cols], dtype=np.int32)[inverse]

    def find(self, text: str) -> int:
        """Return the column that a person means: an id, a title, or an unambiguous part of one.

        Args:
            text: An id, a title in any case and with or without accents and year, or part of a title.

        Raises:
            InputError: Nothing fits, or several titles do; the message lists the closest.
        """
        col = self.column(text.strip())
        if col is not None:
            return col
        wanted = fold(text)
        if wanted in self._by_title:
            return self._by_title[wanted]
        without_year = [col for title, col in self._by_title.items() if _no_year(title) == wanted]
        partial = without_year or [col for title, col in self._by_title.items() if wanted and wanted in title]
        if len(partial) == 1:
            return partial[0]
        if partial:
            listed = "; ".join(self.title(c) for c in partial[:5]) + ("; ..." if len(partial) > 5 else "")
            raise InputError(f'"{text}" fits {len(partial)} titles: {listed}', hint="give the whole title or the id")
        close = get_close_matches(wanted, self._by_title, n=1, cutoff=0.5)
        hint = f'did you mean "{self.title(self._by_title[close[0]])}"?' if close else "give an id of the data set"
        raise InputError(f'no item is called "{text}"', hint=hint)

    def to_json(self) -> dict[str, Any]:
        """Return plain lists, for the bundle."""
        return {
            "item_ids": self.item_ids.tolist(),
            "titles": None if self.titles is None else list(self.titles),
            "genres": None if self.genres is None else [list(g) for g in self.genres],
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Catalog":
        """Rebuild what `to_json` wrote.

        Raises:
            DataError: The lists are missing, of unequal length or of the wrong kind.
        """
        ids, titles, genres = value.get("item_ids"), value.get("titles"), value.get("genres")
        if not isinstance(ids, list) or not (_all(ids, int) or _all(ids, str)):
            raise DataError("the catalogue has no list of integer or string item ids")
        if titles is not None and not (isinstance(titles, list) and _all(titles, str)):
            raise DataError("the catalogue's titles are not a list of strings")
        if genres is not None and not (isinstance(genres, list) and all(isinstance(g, list) for g in genres)):
            raise DataError("the catalogue's genres are not a list of lists")
        try:
            item_ids = id_array(ids)
        except OverflowError as error:
            raise DataError("an item id of the catalogue does not fit 64 bits") from error
        return cls(
            item_ids,
            None if titles is None else tuple(titles),
            None if genres is None else tuple(tuple(map(str, g)) for g in genres),
        )


def id_array(ids: Sequence[ItemId]) -> AnyArray:
    """Return ids as foretaste keeps them: int64, or str in an object array."""
    if ids and isinstance(ids[0], str):
        array = np.empty(len(ids), dtype=object)
        array[:] = ids
        return array
    return np.array(ids, dtype=np.int64)


def fold(text: str) -> str:
    """Return text for comparison: lower case, no accents, single spaces."""
    plain = unicodedata.normalize("NFKD", text)
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).casefold().split())


def _no_year(title: str) -> str:
    head, bracket, tail = title.rpartition(" (")
    return head if bracket and tail[:4].isdigit() and tail.endswith(")") else title


def _all(values: list[Any], kind: type) -> bool:
    return all(isinstance(v, kind) and not isinstance(v, bool) for v in values)
