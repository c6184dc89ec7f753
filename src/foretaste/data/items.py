"""What items are called: the films file of a MovieLens folder becomes titles and genres in column order."""

import io
from collections.abc import Iterator
from pathlib import Path

from foretaste.arrays import AnyArray
from foretaste.data.catalog import Catalog
from foretaste.data.columns import ALIASES, fold_name, listed, printable
from foretaste.data.lines import open_quote, rows_of
from foretaste.data.opening import is_utf16, utf16
from foretaste.data.quotes import holds_rows
from foretaste.errors import DataError

Film = tuple[str, str, tuple[str, ...]]
"""Id as written, title with its year, genres."""
_NO_GENRES = frozenset({"", "(no genres listed)", "unknown"})
_GENRES_100K = (
    "unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama", "Fantasy",
    "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western",
)  # fmt: skip


def read_catalog(item_ids: AnyArray, path: Path) -> Catalog:
    """Return a catalogue of some items, with the titles and genres that a films file gives them.

    Args:
        item_ids: In column order, sorted.
        path: ``movies.csv``, ``movies.dat`` or ``u.item`` as GroupLens ships them. Text that is not UTF-8 is read as
            latin-1. ``(no genres listed)`` and the genre ``unknown`` of the 100K set mean no genres.

    Returns:
        One entry per id; an item that the file does not know has the title ``""`` and no genres.

    Raises:
        DataError: The file cannot be read, or a line of it is not a film.
    """
    films = {film_id: (title, genres) for film_id, title, genres in read_films(path)}
    entries = [films.get(str(item_id), ("", ())) for item_id in item_ids.tolist()]
    return Catalog(item_ids, tuple(title for title, _ in entries), tuple(genres for _, genres in entries))


def read_films(path: Path) -> Iterator[Film]:
    """Yield the films of a file as it has them, also those that nobody rated and ids that stand twice.

    Args:
        path: As for `read_catalog`.

    Raises:
        DataError: As `read_catalog`.
    """
    text = _text(path)
    if path.name == "u.item":
        return _films_100k(path, text)
    return _films_dat(path, text) if path.suffix == ".dat" else _films_csv(path, text)


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise DataError(
            f"{path.name} cannot be read: {error.strerror}", hint="let it be read, or move it away"
        ) from error
    if is_utf16(raw):
        raise utf16(path.name)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _films_csv(path: Path, text: str) -> Iterator[Film]:
    rows = rows_of(io.StringIO(text, newline="\n"), ",", source=path.name)
    header = next(rows, (1, 1, []))[2]
    names = [fold_name(name) for name in header]
    wanted = [
        next((names.index(a) for a in aliases if a in names), None) for aliases in (ALIASES["item"], ("title", "name"))
    ]
    item, title = wanted
    if item is None or title is None:
        raise DataError(f"{path.name} has the columns {listed(header)}, expected an item id and a title")
    genres = names.index("genres") if "genres" in names else None
    for start, end, row in rows:
        if end > start and (len(row) != len(names) or holds_rows(row, {"item": item}, ",")):
            raise open_quote(path.name, start, end)
        if len(row) != len(names):
            raise _no_film(path, start, f"{len(row)} fields, expected {len(names)}")
        yield row[item], row[title], () if genres is None else _genres(row[genres].split("|"))


def _films_dat(path: Path, text: str) -> Iterator[Film]:
    for number, line in _lines(text):
        film_id, _, rest = line.partition("::")
        title, mark, genres = rest.rpartition("::")
        if not mark:
            raise _no_film(path, number, f"{line.count('::') + 1} fields, expected 3")
        yield film_id, title, _genres(genres.split("|"))


def _films_100k(path: Path, text: str) -> Iterator[Film]:
    names = _genre_names(path.with_name("u.genre"))
    for number, line in _lines(text):
        cells = line.split("|")
        if len(cells) != 5 + len(names):
            raise _no_film(path, number, f"{len(cells)} fields, expected {5 + len(names)}")
        yield cells[0], cells[1], _genres([name for name, flag in zip(names, cells[5:], strict=True) if flag == "1"])


def _genre_names(path: Path) -> tuple[str, ...]:
    if not path.is_file():
        return _GENRES_100K
    numbered: dict[int, str] = {}
    for line_number, line in _lines(_text(path)):
        name, _, number = line.rpartition("|")
        if not (name and number.strip().isdecimal()):
            raise _no_film(path, line_number, f'"{printable(line)}", expected NAME|NUMBER')
        numbered[int(number)] = name
    return tuple(numbered[number] for number in sorted(numbered))


def _genres(names: list[str]) -> tuple[str, ...]:
    return tuple(name for name in (name.strip() for name in names) if name not in _NO_GENRES)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    lines = text.split("\n")  # splitlines would also split at the odd control character in a latin-1 title
    return ((number, line.rstrip("\r")) for number, line in enumerate(lines, 1) if line.strip())


def _no_film(path: Path, number: int, what: str) -> DataError:
    return DataError(f"{path.name} line {number} has {what}", hint="fetch the data set again, or take the file away")
