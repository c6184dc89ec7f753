"""The exact way from a text file to a table: one line after the other, naming the first bad row or leaving them out.

It is some twenty times slower than `fast` and the last word on what a file says.
"""

import math
import re
from array import array
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice

import numpy as np
import polars as pl

from foretaste.data.coding import Table, code_words
from foretaste.data.columns import fold_name, printable
from foretaste.data.layout import Layout
from foretaste.data.lines import BLANKS, NUMBER, open_quote, rows_of
from foretaste.data.opening import text_lines
from foretaste.data.quotes import holds_rows
from foretaste.errors import DataError

_REMEMBERED = 10_000
_TOO_LARGE = (2 - 2**-24) * 2.0**127  # from here on a number is no finite float32
_SURROGATE = re.compile("[\ud800-\udfff]")
_SKIP_HINT = "leave bad rows out with --bad-rows skip"


class _BadRowError(Exception):
    """A row that is not a rating: what is wrong, and what to do."""

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what)
        self.hint = hint


def read_exact(layout: Layout, *, skip_bad: bool) -> Table:
    """Read a text file line by line.

    Args:
        layout: Where the ratings stand.
        skip_bad: Leave bad rows out and count them; otherwise the first one is an error.

    Returns:
        The table.

    Raises:
        DataError: A row is bad, a quote does not close (see `quotes`), a line is longer than 1 MiB, or the gzip is damaged.
    """
    reader = _Rows(layout)
    bad = 0
    for start, problem in _bad_rows(reader):
        if not skip_bad:
            raise DataError(f"{layout.path.name} line {start}{problem}", hint=problem.hint) from problem
        bad += 1
    return reader.table(bad)


def first_bad(layout: Layout, most: int) -> tuple[str, ...]:
    """Return what is wrong with the first bad rows, such as ``line 812: rating is "abc", expected a number``.

    Args:
        layout: Where the ratings stand.
        most: How many at most.

    Raises:
        DataError: As `read_exact` where bad rows are left out.
    """
    return tuple(f"line {start}{problem}" for start, problem in islice(_bad_rows(_Rows(layout)), most))


def _bad_rows(reader: "_Rows") -> Iterator[tuple[int, _BadRowError]]:
    """Put every good row of the file into the reader, and yield the line of every bad one with what is wrong."""
    layout = reader.layout
    lines = text_lines(layout.path, gzipped=layout.gzipped)
    for start, end, cells in rows_of(lines, layout.separator, source=layout.path.name):
        if start <= layout.skip_lines:
            continue
        if end > start and (len(cells) != reader.width or holds_rows(cells, layout.columns.used(), layout.separator)):
            raise open_quote(layout.path.name, start, end)
        try:
            reader.add(cells)
        except _BadRowError as problem:
            yield start, problem


class _Rows:
    """Rows so far, in arrays that grow; ids as codes in order of appearance."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.width, self.columns = len(layout.names), layout.columns
        self.numbers: dict[str, float] = {}  # few different ratings occur, many times each
        self.users: dict[str, int] = {}
        self.items: dict[str, int] = {}
        self.user, self.item = array("i"), array("i")
        self.rating, self.time = array("f"), array("q")

    def add(self, cells: Sequence[str]) -> None:
        columns = self.columns
        if len(cells) != self.width:
            fields = f"{len(cells)} field" + ("" if len(cells) == 1 else "s")
            lists = self.layout.separator == BLANKS  # which knows no quotes
            hint = (
                "if every line is a user and all items of it: --separator lists"
                if lists
                else "put a field that holds the separator in double quotes"
            )
            hint = f"{hint}, or {_SKIP_HINT}"
            raise _BadRowError(f" has {fields}, expected {self.width}", hint)
        user, item = cells[columns.user], cells[columns.item]
        if user not in self.users:
            self._check_id("user", user)
        if item not in self.items:
            self._check_id("item", item)
        rating = 0.0 if columns.rating is None else self._rating(cells[columns.rating])
        time = 0 if columns.time is None else self._time(cells[columns.time])
        self.user.append(self.users.setdefault(user, len(self.users)))
        self.item.append(self.items.setdefault(item, len(self.items)))
        self.rating.append(rating)
        self.time.append(time)

    def _check_id(self, role: str, cell: str) -> None:
        if not cell or "\0" in cell or _SURROGATE.search(cell):
            raise self._bad(role, cell, "an id")

    def _rating(self, cell: str) -> float:
        if cell in self.numbers:
            return self.numbers[cell]
        if NUMBER.fullmatch(cell) and abs(value := float(cell)) < _TOO_LARGE:
            if len(self.numbers) < _REMEMBERED:
                self.numbers[cell] = value
            return value
        finite = cell.lstrip("+-").lower() not in ("nan", "inf", "infinity") and not NUMBER.fullmatch(cell)
        raise self._bad("rating", cell, "a number" if finite else "a finite number")

    def _time(self, cell: str) -> int:
        if (
            not self.layout.iso_time
            and cell.isascii()
            and cell.isdigit()
            and (len(cell) < 19 or int(cell[:20]) < 2**63)
        ):
            return int(cell)
        if self.layout.iso_time:
            try:
                moment = datetime.fromisoformat(cell)
            except ValueError:
                raise self._bad("time", cell, "an ISO date such as 2024-05-31 or 2024-05-31T20:15:00Z") from None
            return math.floor((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
        if NUMBER.fullmatch(cell) and abs(value := float(cell)) < 2**63:
            return int(cell) if cell.lstrip("+-").isdigit() else math.floor(value)
        raise self._bad("time", cell, "Unix seconds, as in the rows above it")

    def _bad(self, role: str, cell: str, expected: str) -> _BadRowError:
        if found := _SURROGATE.search(cell):
            byte = ord(found.group()) - 0xDC00
            hint = f"convert the file: iconv -f latin1 -t utf-8; or {_SKIP_HINT}"
            return _BadRowError(f": {role} holds the byte 0x{byte:02X}, expected UTF-8 text", hint)
        place = self.layout.columns.used()[role]
        name = self.layout.names[place]
        called = "" if fold_name(name) == role else f' (column "{printable(name)}")'
        value = f'"{printable(cell)}"' if cell else "blank"
        example = "stars" if role == "rating" else "NAME"
        hint = f"name the {role} column with --columns {role}={example}, or {_SKIP_HINT}"
        return _BadRowError(f": {role}{called} is {value}, expected {expected}", hint)

    def table(self, rows_bad: int) -> Table:
        columns = self.layout.columns
        ids = [
            code_words(pl.Series(list(known), dtype=pl.String), np.frombuffer(codes, np.int32))
            for known, codes in ((self.users, self.user), (self.items, self.item))
        ]
        rating = None if columns.rating is None else np.frombuffer(self.rating, np.float32)
        time = None if columns.time is None else np.frombuffer(self.time, np.int64)
        return Table(ids[0], ids[1], rating, time, rows_bad)
