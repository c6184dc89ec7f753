"""Which separator a text file has: every candidate splits its head, and the one that makes the best ratings of it wins."""

import io
import re
from collections.abc import Mapping, Sequence
from itertools import islice

from foretaste.data.columns import ROLES, fold_name, listed, roles_in, usual_place
from foretaste.data.lines import BLANKS, DATE, NUMBER, rows_of
from foretaste.errors import DataError, InputError

Rows = Sequence[tuple[int, Sequence[str]]]
"""First lines of a file, split: physical line from 1, cells."""
_SAMPLE_ROWS = 200
_MAX_COLUMNS = 10_000
_DOUBTFUL = 0.75  # share of clean ids under which an open quote explains the file better
_CANDIDATES = ("::", "\t", ",", ";", "|", BLANKS)
_SPELLED = {
    "tab": "\t", "\\t": "\t", " ": BLANKS, "space": BLANKS, "comma": ",", "semicolon": ";", "pipe": "|",
}  # fmt: skip
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")
_SEEN = {"::": "::", "\t": "\t", ",": r",(?! \S)", ";": r";(?! \S)", "|": r"\|"}  # "Matrix, The" is prose, "1,2" is not
_FOREIGN = {sep: re.compile("|".join(_SEEN[c] for c in _SEEN if c != sep)) for sep in _CANDIDATES}


def spelled(separator: str | None) -> str | None:
    """Return the separator that a person means: a character, ``::``, or a word such as ``tab`` and ``space``.

    Raises:
        InputError: It is nothing that can separate fields.
    """
    if separator is None:
        return None
    plain = _SPELLED.get(separator.lower(), separator)
    if plain not in _CANDIDATES and (len(plain) != 1 or not plain.isascii() or plain in '"\r\n\0'):
        raise InputError(
            f'separator is "{separator}", expected one ASCII character, "::", "tab", "space" or "lists"',
            hint="leave it out: it is found by itself",
        )
    return plain


def sample_rows(text: str, separator: str, *, source: str) -> Rows:
    """Split the first two hundred rows of a text.

    Raises:
        DataError: A quote opens in the first or second row and does not close; in a later row it ends the sample.
    """
    rows: list[tuple[int, Sequence[str]]] = []
    try:
        found = rows_of(io.StringIO(text, newline="\n"), separator, source=source)
        rows.extend((start, cells) for start, _, cells in islice(found, _SAMPLE_ROWS))
    except DataError:
        if len(rows) < 2:
            raise
    return rows


def find_separator(text: str, given: str | None, wanted: Mapping[str, str], *, source: str) -> str:
    """Find the separator of a file.

    What counts, in this order: that the first row names a user and an item column and is as wide as most; how many ids
    of the further rows are clean, that is, hold no other separator; how many ratings and times are numbers or dates; the
    order of candidates, in which blanks come last, because words and names hold blanks.

    Args:
        text: The head of the file.
        given: A separator, or None to find out.
        wanted: Column names the caller gives, by role.
        source: Name of the file, for messages.

    Raises:
        DataError: The file has one column or too many, or a quote opens in its first line and does not close.
    """
    found: list[tuple[tuple[int, float, float], str, int]] = []
    open_quote = None
    for separator in [given] if given else _CANDIDATES:
        if separator == BLANKS and any(known == "\t" and merit[1] == 1 for merit, known, _ in found):
            continue  # tabs are blanks too, and split these rows without a blemish
        try:
            rows = [cells for _, cells in sample_rows(text, separator, source=source)]
        except DataError as error:
            open_quote = error
            continue
        if rows and len(rows[0]) > 1 and (given or _fits(rows, wanted)):
            found.append((_merit(rows, separator, wanted), separator, len(rows[0])))
    merit, best, width = max(found, key=lambda one: one[0], default=((0, 0.0, 0.0), None, 0))
    if width > _MAX_COLUMNS:
        raise DataError(f"{source} has {width:,} columns, expected one rating per line")
    if open_quote and not merit[0] and merit[1] < _DOUBTFUL:
        raise open_quote
    if best is None:
        raise _one_column(text, given, source)
    return best


def _fits(rows: Sequence[Sequence[str]], wanted: Mapping[str, str]) -> bool:
    known = len(roles_in(rows[0])) + len(set(wanted.values()).intersection(rows[0]))
    return bool(known) or 2 * sum(len(cells) == len(rows[0]) for cells in rows) >= len(rows)


def _merit(rows: Sequence[Sequence[str]], separator: str, wanted: Mapping[str, str]) -> tuple[int, float, float]:
    first, body = rows[0], rows[1:] or rows
    named = {role: _place(first, role, wanted) for role in ROLES}
    header = named["user"] is not None and named["item"] is not None
    used = named if header else {role: place for place, role in enumerate(ROLES) if place < len(first)}
    ids = [place for role in ROLES[:2] if (place := used[role]) is not None]
    numbers = [place for role in ROLES[2:] if (place := used.get(role)) is not None]
    fit = [cells for cells in body if len(cells) == len(first)]
    clean = sum(_is_clean(cells[place], separator) for cells in fit for place in ids)
    read = sum(_is_read(cells[place]) for cells in fit for place in numbers)
    return (
        int(header and 2 * len(fit) >= len(body)),
        clean / (len(ids) * len(body)),
        read / (len(numbers) * len(body)) if numbers else len(fit) / len(body),
    )


def _place(names: Sequence[str], role: str, wanted: Mapping[str, str]) -> int | None:
    if role not in wanted:
        return usual_place(names, role)
    folded = [fold_name(name) for name in names]
    return folded.index(fold_name(wanted[role])) if fold_name(wanted[role]) in folded and wanted[role] else None


def _is_clean(cell: str, separator: str) -> bool:
    if _FOREIGN[separator if separator in _FOREIGN else BLANKS].search(cell):
        return False
    parts = cell.split()
    return len(parts) < 2 or not all(map(NUMBER.fullmatch, parts))


def _is_read(cell: str) -> bool:
    return bool(NUMBER.fullmatch(cell) or _DECIMAL_COMMA.fullmatch(cell) or DATE.match(cell))


def _one_column(text: str, given: str | None, source: str) -> DataError:
    line = listed([text.lstrip().split("\n", 1)[0].strip()])
    what = f'is not split by "{given}"' if given else "has one column"
    hint = (
        "leave the separator out: it is found from the file" if given else 'name the separator, as in --separator "~"'
    )
    if not given and any(len(row.split(maxsplit=2)) > 2 for row in text.split("\n", 20)[:20]):
        hint += "; if every line is a user and all items of it: --separator lists"
    return DataError(f'{source} {what}: "{line}"; expected a user and an item at least', hint=hint)
