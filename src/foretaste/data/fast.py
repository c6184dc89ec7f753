"""The fast way from a text file to a table: polars' streaming CSV reader, ids coded while they are read.

It either reads a file rightly or says None, and then `exact` reads it line by line: it never guesses. Ids go into a
vocabulary of their own as text, so that whether a column is all integers is decided on every row of every file.
"""

import zlib

import numpy as np
import polars as pl
from numpy.typing import NDArray

from foretaste.data.coding import Table, code_words
from foretaste.data.layout import Layout
from foretaste.data.lines import BLANKS
from foretaste.data.opening import is_utf8
from foretaste.data.quotes import take_census

_IDS = ("user", "item")
_EVERY_COLUMN = pl.QueryOptFlags(projection_pushdown=False)  # only then does polars see a line with too many fields


def read_fast(layout: Layout, *, skip_bad: bool) -> Table | None:
    """Read a text file with polars.

    Args:
        layout: Where the ratings stand.
        skip_bad: Leave rows with a bad cell out; otherwise one bad cell makes the answer None.

    Returns:
        The table, or None when anything about the file needs the exact path: a line with too few or too many fields,
        bytes that are not UTF-8, a stray quote or a field of several lines, a damaged gzip, dates of several forms, a
        bad row that must be named.
    """
    if layout.separator == BLANKS or not is_utf8(layout.path):
        return None
    collected = _collect_whole_lines(layout)
    if collected is None:
        return None
    frame, vocabularies = collected
    empty, bad = _rows_to_drop(frame, layout)
    unread = len(layout.names) > len(layout.columns.used())
    doubtful = (
        frame["doubt"].any()
        or (bad.any() and (layout.iso_time or not skip_bad))
        or (empty.any() and unread)  # such a row may hold something in a column that was not read
        or any(_has_odd_word(known) for known in vocabularies.values())
    )
    if doubtful:
        return None
    if empty.any() or bad.any():
        frame = frame.filter(pl.Series(~(empty | bad)))
    ids = {role: code_words(vocabularies[role], frame[role].to_physical().to_numpy()) for role in _IDS}
    rating = frame["rating"].to_numpy() if "rating" in frame.columns else None
    time = frame["time"].to_numpy() if "time" in frame.columns else None
    return Table(ids["user"], ids["item"], rating, time, rows_bad=int(bad.sum()))


def _collect_whole_lines(layout: Layout) -> tuple[pl.DataFrame, dict[str, pl.Series]] | None:
    """Columns by role and the ids, where every line of the file is a row, as it is unless quotes say otherwise."""
    try:
        census = take_census(layout.path, layout.separator, gzipped=layout.gzipped)
    except (OSError, EOFError, zlib.error):
        return None
    if census and not census.regular:
        return None
    collected = _collect(layout, typed=True) or _collect(layout, typed=False)
    if collected and census and len(collected[0]) != census.lines - layout.skip_lines:
        return None
    return collected


def _collect(layout: Layout, *, typed: bool) -> tuple[pl.DataFrame, dict[str, pl.Series]] | None:
    """Columns by role, and the ids in order of appearance; `typed` parses numbers quickly, and fails at any odd cell."""
    words = {role: pl.Categories.random() for role in _IDS}
    try:
        frame = _query(layout, words, typed=typed).collect(engine="streaming", optimizations=_EVERY_COLUMN)
        return frame, {role: known.to_series() for role, known in words.items()}
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError):
        return None


def _has_odd_word(known: pl.Series) -> bool:
    """Whether an id is blank, or holds a line end or a separator of records, which the exact reader sees otherwise."""
    return bool(
        known.null_count() or (known.str.strip_chars() == "").any() or known.str.contains(r"[\x00\r\n\x1c-\x1f]").any()
    )


def _query(layout: Layout, words: dict[str, pl.Categories], *, typed: bool) -> pl.LazyFrame:
    double = layout.separator == "::"  # read as single colons with an empty column between every two
    width, step = (2 * len(layout.names) - 1, 2) if double else (len(layout.names), 1)
    used = {role: f"c{step * place}" for role, place in layout.columns.used().items()}
    schema: dict[str, pl.DataType] = {f"c{place}": pl.String() for place in range(width)}
    schema |= {used[role]: pl.Categorical(words[role]) for role in _IDS}
    numbers = {"rating": pl.Float32(), "time": pl.String() if layout.iso_time else pl.Int64()} if typed else {}
    schema |= {used[role]: kind for role, kind in numbers.items() if role in used}
    scan = pl.scan_csv(
        layout.path, has_header=False, skip_lines=layout.skip_lines, separator=layout.separator[0],
        quote_char=None if double else '"', schema=schema, glob=False,
    )  # fmt: skip
    between = [pl.col(f"c{place}").is_not_null() for place in range(1, width, 2)] if double else []
    # A line that is cut short ends in nulls, so the last column tells.
    short = [] if f"c{width - 1}" in used.values() else [pl.col(f"c{width - 1}").is_null()]
    doubt = pl.any_horizontal([*between, *short]) if between or short else pl.lit(value=False)
    ready = {role for role in used if schema[used[role]] != pl.String}
    cells = [
        (pl.col(name) if role in ready else _parsed(role, name, iso=layout.iso_time)).alias(role)
        for role, name in used.items()
    ]
    empty = pl.all_horizontal([pl.col(name).is_null() for name in used.values()])
    if not typed:  # a line of blanks is no row, though something stands in it
        texts = [pl.col(name) for role, name in used.items() if role not in ready]
        nothing = [pl.col(used[role]).is_null() for role in _IDS] + [
            (text.str.strip_chars() == "").fill_null(value=True) for text in texts
        ]
        doubt |= pl.all_horizontal(nothing) & ~empty
    return scan.select(*cells, doubt.alias("doubt"), empty.alias("empty"))


def _parsed(role: str, name: str, *, iso: bool) -> pl.Expr:
    text = pl.col(name).str.strip_chars()
    if role == "rating":
        return text.cast(pl.Float32, strict=False)
    if iso:
        known = text.str.contains(r"^\d{4}-\d{2}-\d{2}") & ~text.str.contains(":60", literal=True)
        text = pl.when(known).then(text)  # polars knows more forms than we do, and leap seconds
        return text.str.to_datetime(time_unit="us", time_zone="UTC", strict=False).dt.epoch("s")
    whole = text.cast(pl.Int64, strict=False)
    return pl.coalesce(whole, text.cast(pl.Float64, strict=False).floor().cast(pl.Int64, strict=False))


def _rows_to_drop(frame: pl.DataFrame, layout: Layout) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Rows that are empty lines, and rows with a bad cell."""
    roles = list(layout.columns.used())
    bad = np.zeros(len(frame), np.bool_)
    empty = frame["empty"].to_numpy()
    if any(frame[role].null_count() for role in roles):
        bad = np.logical_or.reduce([frame[role].is_null().to_numpy() for role in roles])
    if "rating" in roles:
        bad = bad | ~np.isfinite(frame["rating"].fill_null(0).to_numpy())
    return empty, bad & ~empty
