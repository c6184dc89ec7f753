"""The noun Catalog: which item stands in which column, and what people call it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from foretaste.arrays import AnyArray, IntArray
from foretaste.data.finding import Titles, id_and_title, several
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
    def _found_by(self) -> Titles:
        return Titles.of(self.titles or ())

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

    def only(self, item_ids: AnyArray) -> "Catalog":
        """Return the part of the catalogue with these items, all of them in it, in the order given.

        Args:
            item_ids: int64, or str in an object array, (n,).
        """
        cols = self.columns(item_ids).tolist()
        titles = None if self.titles is None else tuple(self.titles[col] for col in cols)
        return Catalog(item_ids, titles, None if self.genres is None else tuple(self.genres[col] for col in cols))

    def find(self, text: str) -> int:
        """Return the column that a person means: an id, a title, or an unambiguous part of one.

        Args:
            text: An id, for certain as ``id:300``; a title in any case, with or without accents and year, with its
                article in front or behind; or part of a title. A title as it is written wins over one that differs in
                case and accents, and that over one without its year.

        Raises:
            InputError: Nothing fits, or several items do; the message lists the closest with their ids.
        """
        wanted = text.strip()
        by_id = self._by_id(wanted)
        titled = self._found_by.meant(wanted)
        others = [col for col in titled if col != by_id]
        if by_id is not None:
            if others:
                raise id_and_title(wanted, self.title(by_id), self.title(others[0]), self.item_ids[others[0]])
            return by_id
        fitting = titled or self._found_by.holding(wanted)
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            raise several(text, [(self.title(col), self.item_ids[col]) for col in fitting])
        close = self._found_by.closest(wanted)
        hint = "give an id of the data set" if close is None else f'did you mean "{self.title(close)}"?'
        raise InputError(f'no item is called "{text}"', hint=hint)

    def _by_id(self, text: str) -> int | None:
        col = self.column(text)
        if col is not None or not text.lower().startswith("id:"):
            return col
        col = self.column(text[3:].strip())
        if col is None:
            raise InputError(f'no item has the id "{text[3:].strip()}"', hint="give an id of the data set, or a title")
        return col

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


def _all(values: list[Any], kind: type) -> bool:
    return all(isinstance(v, kind) and not isinstance(v, bool) for v in values)
