"""The noun Shelf: what a served catalogue knows besides ids, in the shapes that requests ask for."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from foretaste.arrays import AnyArray, FloatArray, IntArray
from foretaste.data.catalog import Catalog, ItemId
from foretaste.data.finding import fold

if TYPE_CHECKING:
    from foretaste.serve.catalogue.search.index import TitleIndex

_DATED = re.compile(r"\((\d{4})(?:\s*[-–—]\s*(?:\d{4})?)?\s*\)\s*$")
"""The year or years at the end of a title: (1999), (1999-2001), (1999–)."""
_MARKUP = re.compile(r"\s*(?:</?[a-z][^<>]*>\s*)+", re.IGNORECASE)
"""What is nothing but tags: its letters are no part of a title, unless it has them all."""
FILM_GENRES = frozenset({
    "action", "adventure", "animation", "children", "children's", "comedy", "crime", "documentary", "drama", "fantasy",
    "film-noir", "horror", "imax", "musical", "mystery", "romance", "sci-fi", "thriller", "war", "western",
})  # fmt: skip
"""Genres of film data, as MovieLens has them, folded."""
FILMS, TITLES = {"one": "film", "many": "films"}, {"one": "title", "many": "titles"}
"""What the things of a catalogue are called."""
_BUILDING = Lock()
"""Of the search index: who comes while it is built waits for it."""


class Film(TypedDict):
    """An item as answers show it."""

    item: ItemId
    title: str
    year: int | None
    genres: list[str]
    n_ratings: int | None


@dataclass(frozen=True, eq=False, repr=False)
class Shelf:
    """The items of a catalogue as people look for them: by title, year, genre and how well known they are.

    Args:
        catalog: Its columns.
        titles: One per column, as the data set writes them; what has none is called "item" and its id.
        years: The (first) year in each title, int16 (items,); 0 where there is none.
        genres: One tuple per column.
        by_genre: The columns of each genre, int32, ascending; the genres in alphabetical order.
        counts: How many people's ratings stand behind each item, float32 (items,); zeros where nobody counted.
        counted: Whether somebody did.
    """

    catalog: Catalog
    titles: tuple[str, ...]
    years: NDArray[np.int16]
    genres: tuple[tuple[str, ...], ...]
    by_genre: dict[str, IntArray]
    counts: FloatArray
    counted: bool

    @classmethod
    def of(cls, catalog: Catalog, counts: AnyArray | None = None) -> "Shelf":
        """Look through a catalogue.

        Args:
            catalog: Of the bundle.
            counts: Training ratings of each item, (items,); None where the bundle does not know.
        """
        n = len(catalog)
        titles = tuple(catalog.title(col) for col in range(n))
        genres = catalog.genres or ((),) * n
        heard = np.zeros(n, np.float32) if counts is None else np.asarray(counts, np.float32)
        years = _years(catalog.titles or ("",) * n)
        return cls(catalog, titles, years, genres, _by_genre(genres), heard, counts is not None)

    def __len__(self) -> int:
        return len(self.titles)

    def __repr__(self) -> str:
        return f"Shelf({len(self):,} items, {len(self.by_genre)} genres)"

    def film(self, col: int) -> Film:
        """Return what an answer says of a column: plain values, a new dict that may be added to."""
        return {
            "item": self.ids[col],
            "title": self.titles[col],
            "year": int(self.years[col]) or None,
            "genres": list(self.genres[col]),
            "n_ratings": int(self.counts[col]) if self.counted else None,
        }

    def bare(self, col: int) -> str:
        """Return a title without its year."""
        return undated(self.titles[col])

    @cached_property
    def best_known(self) -> IntArray:
        """All columns, the most rated first and the lower column first among equals, int32 (items,)."""
        return np.argsort(-self.counts, kind="stable").astype(np.int32)

    @property
    def index(self) -> "TitleIndex":
        """The index of titles; built when it is first asked for, which takes a second for 100,000."""
        built: TitleIndex | None = self.__dict__.get("_index")  # searches never wait for the index of another model
        if built is not None:
            return built
        with _BUILDING:
            return self._index

    @cached_property
    def _index(self) -> "TitleIndex":
        from foretaste.serve.catalogue.search.index import TitleIndex  # noqa: PLC0415 (it looks at shelves, and loads rapidfuzz)

        return TitleIndex.of(self)

    def prepare(self) -> None:
        """Begin to build the index in the background, so that the first search need not wait for it."""
        Thread(target=lambda: self.index, name="foretaste-search-index", daemon=True).start()

    def search(self, text: str, allowed: NDArray[np.bool_] | None = None) -> IntArray:
        """Return the columns that a typed text may mean, best first, int32 (n,).

        Args:
            text: Part of a title, with or without slips, its year or both; or an id, as ``id:300``. An id alone is enough
                where ids are text or the catalogue has no titles; elsewhere a number is more likely in a title.
            allowed: Which columns may be found, (items,); None allows all.
        """
        wanted = text.lstrip()
        if wanted[:3].lower() == "id:":
            return self._by_id(wanted[3:], allowed)
        if _MARKUP.fullmatch(wanted):
            return self._holding(wanted.strip().casefold(), allowed)
        found = self.index.find(wanted, allowed)
        if self.catalog.titles is None or self.catalog.item_ids.dtype == object:
            found = np.concatenate([own := self._by_id(wanted, allowed), found[~np.isin(found, own)]])
        return found

    def _holding(self, text: str, allowed: NDArray[np.bool_] | None) -> IntArray:
        """Return the columns whose titles have a text in them as it stands, the best known first, int32 (n,)."""
        cols = self.best_known if allowed is None else self.best_known[allowed[self.best_known]]
        return np.array([col for col in cols.tolist() if text in self.titles[col].casefold()], np.int32)

    def _by_id(self, item_id: str, allowed: NDArray[np.bool_] | None) -> IntArray:
        col = self.catalog.column(item_id)
        col = self.catalog.column(item_id.strip()) if col is None else col
        fits = col is not None and (allowed is None or bool(allowed[col]))
        return np.array([col] if fits else [], np.int32)

    @cached_property
    def well_known(self) -> IntArray:
        """All columns, first well-known ones that are unlike each other, int32 (items,); see `varied`."""
        from foretaste.serve.catalogue.variety import varied  # noqa: PLC0415 (it looks at shelves)

        return varied(self, self.best_known)

    @cached_property
    def span(self) -> tuple[int, int] | None:
        """The first and the last year; None where no title has one."""
        known = self.years[self.years > 0]
        return (int(known.min()), int(known.max())) if len(known) else None

    @cached_property
    def things(self) -> dict[str, str]:
        """What the items are called: films where nine in ten genres are those of films and most titles end in a year."""
        n = {name: len(cols) for name, cols in self.by_genre.items() if not name.startswith("(")}
        of_film = sum(items for name, items in n.items() if fold(name) in FILM_GENRES)
        dated = int((self.years > 0).sum())
        return FILMS if n and of_film >= 0.9 * sum(n.values()) and dated > len(self) / 2 else TITLES

    @cached_property
    def called(self) -> dict[str, str]:
        """Genres by their folded names, so that "comedy" is Comedy."""
        return {fold(name): name for name in self.by_genre}

    @cached_property
    def ids(self) -> list[Any]:
        """The id of each column, as the data set writes it."""
        return self.catalog.item_ids.tolist()


def undated(title: str) -> str:
    """Return a title without the year at its end; what is nothing else is returned as it is."""
    return _DATED.sub("", title).rstrip() or title


def _years(titles: tuple[str, ...]) -> NDArray[np.int16]:
    found = (_DATED.search(title) for title in titles)
    return np.fromiter((int(match[1]) if match else 0 for match in found), np.int16)


def _by_genre(genres: tuple[tuple[str, ...], ...]) -> dict[str, IntArray]:
    cols: dict[str, list[int]] = {}
    for col, name in _pairs(genres):
        of_genre = cols.setdefault(name, [])
        if not of_genre or of_genre[-1] != col:  # a name may stand twice
            of_genre.append(col)
    return {name: np.array(cols[name], np.int32) for name in sorted(cols)}


def _pairs(genres: tuple[tuple[str, ...], ...]) -> Iterator[tuple[int, str]]:
    return ((col, name) for col, names in enumerate(genres) for name in names)
