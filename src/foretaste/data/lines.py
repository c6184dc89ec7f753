"""Rows out of lines of text, exactly: quotes, fields, and the physical line where each row starts."""

import csv
import re
from collections.abc import Iterable, Iterator

from foretaste.errors import DataError

BLANKS = "blanks"
"""Name of the separator that is any run of blanks."""
NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
"""What counts as a number in a file: digits with an optional sign, point and exponent; no nan, no inf, no underscores."""


def rows_of(lines: Iterable[str], separator: str, *, source: str) -> Iterator[tuple[int, int, list[str]]]:
    """Split lines into rows of cells.

    Blank lines, and lines with nothing but separators, are passed over.

    Args:
        lines: Text lines with their ends.
        separator: One character (CSV rules: fields may stand in double quotes), ``::`` or `BLANKS` (no quotes).
        source: Name of the file, for messages.

    Returns:
        Triples (first and last physical line of the row, from 1; its cells without surrounding blanks).

    Raises:
        DataError: A field is longer than 128 KiB, as it is when a quote never closes.
    """
    if len(separator) > 1:
        split = None if separator == BLANKS else separator
        for number, line in enumerate(lines, 1):
            cells = [cell.strip() for cell in line.split(split)]
            if any(cells):
                yield number, number, cells
        return
    reader = csv.reader(lines, delimiter=separator)
    start = 1
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells):
                yield start, reader.line_num, cells
            start = reader.line_num + 1
    except csv.Error as error:
        raise DataError(
            f"{source} line {start} cannot be split into fields: {error}",
            hint='a double quote that opens a field must be closed; write a quote inside a field as ""',
        ) from error
