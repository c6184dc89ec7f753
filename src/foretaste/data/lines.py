"""Rows out of lines of text, exactly: quotes, fields, and the physical line where each row starts."""

import csv
import re
from collections.abc import Iterable, Iterator

from foretaste.errors import DataError

BLANKS = "blanks"
"""Name of the separator that is any run of blanks."""
NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
"""What counts as a number in a file: digits with an optional sign, point and exponent; no nan, no inf, no underscores."""
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
"""How an ISO date begins."""


def rows_of(lines: Iterable[str], separator: str, *, source: str) -> Iterator[tuple[int, int, list[str]]]:
    """Split lines into rows of cells.

    Blank lines, and lines with nothing but separators, are passed over.

    Args:
        lines: Text lines with their ends.
        separator: One character (CSV rules: fields may stand in double quotes, and may then hold line ends), ``::`` or
            `BLANKS` (no quotes).
        source: Name of the file, for messages.

    Returns:
        Triples (first and last physical line of the row, from 1; its cells without surrounding blanks).

    Raises:
        DataError: A quote does not close, a field is longer than 128 KiB, or a carriage return stands inside a line.
    """
    if len(separator) > 1:
        split = None if separator == BLANKS else separator
        for number, line in enumerate(lines, 1):
            cells = [cell.strip() for cell in line.split(split)]
            if any(cells):
                yield number, number, cells
        return
    kept = _Kept(lines)
    reader = csv.reader(kept, delimiter=separator)
    start = 1
    try:
        for row in reader:
            end = reader.line_num
            if kept.ended or (end > start and not _is_closed(kept.lines, separator)):
                raise open_quote(source, start, end)
            kept.lines.clear()
            cells = [cell.strip() for cell in row]
            if any(cells):
                yield start, end, cells
            start = end + 1
    except csv.Error as error:
        raise _unsplit(source, start, kept.lines, error) from error


def open_quote(source: str, start: int, end: int) -> DataError:
    """Return the error for a quote that opens in line `start` of a file and is still open in line `end`."""
    where = f"before line {end}" if end > start else "in that line, the last one"
    return DataError(
        f"{source} line {start}: a quote opens there and does not close {where}",
        hint='close it, or write a quote inside a field as ""',
    )


class _Kept:
    """Lines on their way to a csv reader: those of the row in hand, and whether it asked for more than there are."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines: list[str] = []
        self.ended = False
        self._source = iter(lines)

    def __iter__(self) -> Iterator[str]:
        for line in self._source:
            self.lines.append(line)
            yield line
        self.ended = True


def _is_closed(lines: list[str], separator: str) -> bool:
    """Whether every quote of a row closes right before a separator or the end of a line."""
    try:
        return len(list(csv.reader(lines, delimiter=separator, strict=True))) == 1
    except csv.Error:
        return False


def _unsplit(source: str, start: int, lines: list[str], error: csv.Error) -> DataError:
    end = start + len(lines) - 1
    if "field larger" not in str(error):
        hint = "give every line a line feed (\\n) at its end, with or without a carriage return before it"
        return DataError(f"{source} line {end} has a carriage return inside, expected one at its end only", hint=hint)
    if end > start:
        return open_quote(source, start, end)
    return DataError(f"{source} line {start} has a field longer than 128 KiB, expected ids and numbers")
