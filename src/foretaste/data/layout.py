"""How a text file is laid out, found from its head: separator, header, columns, kind of times."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from foretaste.data.columns import Columns, find_columns, listed, roles_in
from foretaste.data.lines import DATE, NUMBER, open_quote
from foretaste.data.opening import HEAD_BYTES, open_bytes, read_head
from foretaste.data.quotes import holds_rows
from foretaste.data.separators import Rows, find_separator, sample_rows, spelled
from foretaste.data.times import are_times
from foretaste.errors import DataError

_EXCEL = re.compile(r"sep=([^\r\n])\r?\n", re.IGNORECASE)


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
    row with a number or a date in it is a rating, and so is a row of words of which one comes again below it. Without a
    header, a third column of times (see `are_times`) is that, and there are no ratings. A line
    ``sep=;`` at the top, as Excel reads it, gives the separator.

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
    given = spelled(separator)
    if excel := _EXCEL.match(text):
        given = given or spelled(excel[1])
        text = "\n" + text[excel.end() :]  # the numbers of the lines stay what they are
    sep = find_separator(text, given, wanted, source=path.name)
    rows = sample_rows(text, sep, source=path.name)
    _refuse_open_quote(path, rows, sep)
    first = rows[0][1]
    header = _is_header([cells for _, cells in rows], wanted)
    names = tuple(first) if header else tuple(str(place + 1) for place in range(len(first)))
    found = find_columns(names, wanted, source=path.name, header=header)
    body = rows[1:] if header else rows
    if not body:
        _refuse_endless_line(path, gzipped=gzipped, after=text.count("\n"))
        raise DataError(f"{path.name} has a header but no ratings", hint=f"its columns are: {listed(names)}")
    if not header and not {"rating", "time"} & wanted.keys() and are_times(_column(body, found.rating)):
        found = replace(found, rating=None, time=found.rating)  # clicks with their times, which are no ratings
    return Layout(path, gzipped, sep, names, body[0][0] - 1, found, _is_iso(body, found.time))


def _refuse_open_quote(path: Path, rows: Rows, separator: str) -> None:
    start, header = rows[0]
    if any("\n" in cell for cell in header) and holds_rows(header, None, separator):
        raise open_quote(path.name, start, start + sum(cell.count("\n") for cell in header))


def _refuse_endless_line(path: Path, *, gzipped: bool, after: int) -> None:
    with open_bytes(path, gzipped=gzipped) as stream:
        for _ in range(after):
            stream.readline()
        if len(stream.readline(HEAD_BYTES + 1)) > HEAD_BYTES:
            raise DataError(f"{path.name} line {after + 1} is longer than 1 MiB, expected one rating per line")


def _is_header(rows: Sequence[Sequence[str]], wanted: Mapping[str, str]) -> bool:
    first = rows[0]
    roles = roles_in(first)
    if {"user", "item"} <= roles or any(name in first and not name.isdigit() for name in wanted.values() if name):
        return True
    if any(NUMBER.fullmatch(cell) or DATE.match(cell) for cell in first):
        return False
    repeated = any(first[place] == cells[place] for cells in rows[1:] for place in (0, 1) if place < len(cells))
    return bool(roles) or not repeated


def _is_iso(rows: Rows, place: int | None) -> bool:
    cells = _column(rows, place)
    dates = sum(bool(DATE.match(cell)) for cell in cells)
    return dates > sum(bool(NUMBER.fullmatch(cell)) for cell in cells)


def _column(rows: Rows, place: int | None) -> list[str]:
    return [row[place] for _, row in rows if place is not None and place < len(row)]
