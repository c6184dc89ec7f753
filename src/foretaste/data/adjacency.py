"""Lists: a file whose every line is a user and all the items that user had to do with, as graph papers ship them.

``7 12 31 5`` says that user 7 had to do with the items 12, 31 and 5; a user alone has an empty list. Such a file is known by
its first lines, by a rule that no table of ratings meets; ``--separator lists`` says it where the rule sees too little.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl

from foretaste.arrays import AnyArray, IntArray
from foretaste.data.coding import Table, code_words
from foretaste.data.columns import printable
from foretaste.data.opening import read_head, text_lines
from foretaste.data.ratings import counted
from foretaste.errors import DataError, InputError

LISTS: Literal["lists"] = "lists"
"""How lists are called among the separators, and in `ReadLog.form`."""
Ids = Literal["numbers", "words"]
_SAMPLE_LINES = 200
_TABLE_WIDTH = 4  # user, item, rating, time
_CHUNK = 1 << 20  # ids that are Python strings at a time
_ODD = re.compile("[\0\ud800-\udfff]")


def find_lists(path: Path, *, separator: str | None, columns: Mapping[str, str] | None) -> Ids | None:
    """Return which ids a text file holds if it is to be read as lists, or None for a table.

    Args:
        path: An existing file.
        separator: What the caller says stands between fields; any other word than `LISTS` means a table.
        columns: Names the caller gives, by role; who names a column means a table.

    Returns:
        ``"words"`` where the caller says that these are lists; ``"numbers"`` where the first lines are lists of such, so
        that all others have to be.

    Raises:
        DataError: As `read_head`.
        InputError: Lists are to have named columns.
    """
    named = [role for role, name in (columns or {}).items() if name]
    if (separator or "").lower() != LISTS:
        return None if separator or named or not looks_like_lists(read_head(path)[1]) else "numbers"
    if named:
        raise InputError(
            f"lists have no columns, and --columns names that of the {named[0]}", hint="leave --columns out"
        )
    return "words"


def looks_like_lists(text: str) -> bool:
    """Return whether the head of a file looks like lists and like no table.

    So it does when, among its first two hundred lines with something in them, nine of ten hold whole numbers and blanks
    alone; no user stands twice; no length is that of more than half of the lines; and the longest has more than the four
    fields that a table of ratings has at most. A table has one length, and in nearly all some user comes again.

    Args:
        text: Whole lines.
    """
    lines = [cells for line in islice(text.split("\n"), 2 * _SAMPLE_LINES) if (cells := line.split())][:_SAMPLE_LINES]
    plain = [cells for cells in lines if _is_digits("".join(cells))]
    if 10 * len(plain) < 9 * len(lines) or len({cells[0] for cells in plain}) < len(plain):
        return False
    widths = Counter(map(len, plain))
    return max(widths, default=0) > _TABLE_WIDTH and 2 * max(widths.values()) <= len(plain)


def read_lists(path: Path, ids: Ids, *, skip_bad: bool) -> Table:
    """Read a file of lists.

    Args:
        path: An existing text file.
        ids: What an id may be: a word is whatever has no blanks.
        skip_bad: Leave bad ids out and count them (of a bad user, all the items); otherwise the first one is an error.

    Returns:
        The table, a row per item of a user, without ratings.

    Raises:
        DataError: An id is bad, a line is longer than 1 MiB, there is no item at all, or the gzip is damaged.
    """
    gzipped, _ = read_head(path)
    users, items, counts = _Codes(), _Codes(), []
    bad = empty = 0
    lines = text_lines(path, gzipped=gzipped, expected="a user and items")
    for number, line in enumerate(lines, 1):
        cells = line.split()
        if not cells:
            continue
        if strange := _strange(cells, ids):
            if not skip_bad:
                raise _bad_id(path.name, number, cells, strange[0], ids)
            bad += max(len(cells) - 1, 1) if 0 in strange else len(strange)
            cells = [] if 0 in strange else [cell for place, cell in enumerate(cells) if place not in strange]
        elif len(cells) == 1:
            empty += 1
        if len(cells) > 1:
            users.add(cells[:1])
            items.add(cells[1:])
            counts.append(len(cells) - 1)
    if not counts and not bad:
        raise DataError(
            f"{path.name} has users and no items", hint='a list is a line such as "7 12 31 5": a user, items'
        )
    user_ids, row = users.coded()
    steps = (f"{counted(empty, 'user')} with an empty list left out",) if empty else ()
    return Table((user_ids, row.repeat(counts)), items.coded(), None, None, bad, steps, LISTS)


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _strange(cells: Sequence[str], ids: Ids) -> list[int]:
    """Places of the cells that are no ids."""
    joined = "".join(cells)
    if _is_digits(joined) or (ids == "words" and not _ODD.search(joined)):
        return []
    return [n for n, cell in enumerate(cells) if (_ODD.search(cell) if ids == "words" else not _is_digits(cell))]


def _bad_id(source: str, line: int, cells: Sequence[str], place: int, ids: Ids) -> DataError:
    role, cell = "item" if place else "user", cells[place]
    expected = "a whole number, as in the lines before it" if ids == "numbers" else "UTF-8 text without NUL bytes"
    other = "" if ids == "words" else "take any words for ids with --separator lists, or "
    return DataError(
        f'{source} line {line}: {role} is "{printable(cell)}", expected {expected}',
        hint=f"{other}leave bad ids out with --bad-rows skip",
    )


class _Codes:
    """Ids so far, as numbers in order of appearance, and the words behind these."""

    def __init__(self) -> None:
        self._words = pl.Categories.random()
        self._waiting: list[str] = []
        self._parts: list[pl.Series] = []  # whole, for the words live as long as something is coded by them

    def add(self, ids: list[str]) -> None:
        self._waiting += ids
        if len(self._waiting) >= _CHUNK:
            self._settle()

    def coded(self) -> tuple[AnyArray, IntArray]:
        """Return distinct ids and a code per id, as `code_words`."""
        self._settle()
        codes = [part.to_physical().to_numpy() for part in self._parts]
        return code_words(self._words.to_series(), np.concatenate(codes))

    def _settle(self) -> None:
        column = pl.Series(self._waiting, dtype=pl.String).cast(pl.Categorical(self._words))
        self._parts.append(column)
        self._waiting = []
