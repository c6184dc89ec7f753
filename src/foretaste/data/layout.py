"""How a text file is laid out, found from its head: separator, header, columns, kind of times."""

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from foretaste.data.columns import Columns, find_columns, listed, roles_in
from foretaste.data.lines import BLANKS, NUMBER, rows_of
from foretaste.data.opening import read_head
from foretaste.errors import DataError, InputError

_SAMPLE_ROWS = 200
_MAX_COLUMNS = 10_000
_CANDIDATES = ("::", "\t", ",", ";", "|", BLANKS)
_SPELLED = {
    "tab": "\t", "\\t": "\t", " ": BLANKS, "space": BLANKS, "comma": ",", "semicolon": ";", "pipe": "|",
}  # fmt: skip
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
_Rows = Sequence[tuple[int, Sequence[str]]]


@dataclass(frozen=True)
class Layout:
    """Where the ratings stand in a text file.

    Args:
        path: The file.
        gzipped: Whether it is packed with gzip, whatever its name.
        separator: ``,`` or another single character, ``::``, or `BLANKS` for runs of blanks.
        names: Column names; ``1``, ``2``, ... where the file has no header.
        skip_lines: Physical lines before the first row.
        columns: Positions of user, item, rating and time.
        iso_time: Whether times are ISO dates rather than Unix seconds.
    """

    path: Path
    gzipped: bool
    separator: str
    names: tuple[str, ...]
    skip_lines: int
    columns: Columns
    iso_time: bool = False


def look(path: Path, *, columns: Mapping[str, str] | None = None, separator: str | None = None) -> Layout:
    """Find the layout of a text file from its first mebibyte.

    A first row is a header when it names a user and an item column, or a column that the caller named; otherwise a
    row with a number or a date in it is a rating, and so is a row of words of which one comes again below it.

    Args:
        path: An existing file.
        columns: Names the caller gives, by role.
        separator: What stands between fields, or None to find out.

    Returns:
        The layout.

    Raises:
        DataError: The file is empty, not UTF-8 text, has one column or one endless line, or no user or item column.
        InputError: The separator or a role of `columns` is unknown.
    """
    gzipped, text = read_head(path)
    wanted = columns or {}
    sep = _separator(path.name, text, _spelled(separator), wanted)
    rows = _sample(text, sep)
    first = rows[0][1]
    header = _is_header([cells for _, cells in rows], wanted)
    names = tuple(first) if header else tuple(str(place + 1) for place in range(len(first)))
    found = find_columns(names, wanted, source=path.name, header=header)
    body = rows[1:] if header else rows
    if not body:
        raise DataError(f"{path.name} has a header but no ratings", hint=f"its columns are: {listed(names)}")
    return Layout(path, gzipped, sep, names, body[0][0] - 1, found, _is_iso(body, found.time))


def _sample(text: str, separator: str) -> _Rows:
    rows = rows_of(io.StringIO(text, newline="\n"), separator, source="")
    sample: list[tuple[int, Sequence[str]]] = []
    try:
        sample.extend((start, cells) for start, _, cells in islice(rows, _SAMPLE_ROWS))
    except DataError:  # an open quote: the reader names the line, a candidate separator need not
        return sample
    return sample


def _spelled(separator: str | None) -> str | None:
    if separator is None:
        return None
    plain = _SPELLED.get(separator.lower(), separator)
    if plain not in _CANDIDATES and (len(plain) != 1 or plain in '"\r\n'):
        raise InputError(f'separator is "{separator}", expected one character, "::", "tab" or "space"')
    return plain


def _separator(name: str, text: str, given: str | None, wanted: Mapping[str, str]) -> str:
    fits = [(*_fit(text, sep, wanted), sep) for sep in ([given] if given else _CANDIDATES)]
    _, fields, _, best = max(fits, key=lambda fit: fit[:3])
    if fields < 2:
        line = listed([text.lstrip().split("\n", 1)[0].strip()])
        what = f'is not split by "{given}"' if given else "has one column"
        hint = (
            "leave the separator out: it is found from the file"
            if given
            else 'name the separator, as in --separator "~"'
        )
        raise DataError(f'{name} {what}: "{line}"; expected a user and an item at least', hint=hint)
    if fields > _MAX_COLUMNS:
        raise DataError(f"{name} has {fields:,} columns, expected one rating per line")
    return best


def _fit(text: str, separator: str, wanted: Mapping[str, str]) -> tuple[int, int, float]:
    """How well a separator suits: columns known by name, fields in the first row, share of rows with as many."""
    rows = [cells for _, cells in _sample(text, separator)]
    width = len(rows[0]) if rows else 0
    if width < 2:
        return 0, width, 0.0
    share = sum(len(cells) == width for cells in rows) / len(rows)
    known = len(roles_in(rows[0])) + len(set(wanted.values()).intersection(rows[0]))
    return known, width if share >= 0.5 or known else 1, share


def _is_header(rows: Sequence[Sequence[str]], wanted: Mapping[str, str]) -> bool:
    first = rows[0]
    roles = roles_in(first)
    if {"user", "item"} <= roles or any(name in first and not name.isdigit() for name in wanted.values() if name):
        return True
    if any(NUMBER.fullmatch(cell) or _ISO.match(cell) for cell in first):
        return False
    repeated = any(first[place] == cells[place] for cells in rows[1:] for place in (0, 1) if place < len(cells))
    return bool(roles) or not repeated


def _is_iso(rows: _Rows, place: int | None) -> bool:
    cells = [row[place] for _, row in rows if place is not None and place < len(row)]
    dates = sum(bool(_ISO.match(cell)) for cell in cells)
    return dates > sum(bool(NUMBER.fullmatch(cell)) for cell in cells)
