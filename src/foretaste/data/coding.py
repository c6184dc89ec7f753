"""Ids become codes: distinct ids sorted, int64 when every one is a canonical integer, and a 32-bit code per row."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from foretaste.arrays import AnyArray, FloatArray, IntArray
from foretaste.data.ratings import Form, Ratings, ReadLog
from foretaste.data.times import check_years, from_digits, seconds

_CANONICAL = r"^(0|-?[1-9][0-9]{0,18})$"


@dataclass(frozen=True)
class Table:
    """What a reader hands over: coded ids, ratings and times, row by row in the order of the file.

    Args:
        user: Sorted distinct ids, and codes (n,).
        item: Sorted distinct ids, and codes (n,).
        rating: float32 (n,), or None in an implicit file.
        time: int64 (n,) as in the file, or None.
        rows_bad: Rows left out.
        steps: What else is to be told.
        form: What the file was, see `ReadLog`.
    """

    user: tuple[AnyArray, IntArray]
    item: tuple[AnyArray, IntArray]
    rating: FloatArray | None
    time: NDArray[np.int64] | None
    rows_bad: int = 0
    steps: tuple[str, ...] = ()
    form: Form = "table"

    def to_ratings(self, source: str) -> Ratings:
        """Return the table as ratings, with times in seconds (see `times`) and events counted as 1.

        Args:
            source: Name of the file, for the log.

        Raises:
            DataError: A time lies outside the years 1 to 9999, or is no date among dates.
        """
        n = len(self.user[1])
        implicit = self.rating is None
        rating = np.ones(n, np.float32) if self.rating is None else self.rating
        moments = None if self.time is None else from_digits(self.time, source)
        time = None if moments is None else seconds(moments)
        parts = 0 if time is moments else int(np.count_nonzero(time != moments))
        log = ReadLog(
            source=source, rows_read=n + self.rows_bad, rows_bad=self.rows_bad, implicit=implicit, steps=self.steps,
            form=self.form, times_in_parts=parts,
        )  # fmt: skip
        if time is not None and n:
            check_years(time, source)
        return Ratings(self.user[0], self.item[0], self.user[1], self.item[1], rating, time, log)


def code_words(vocabulary: pl.Series, codes: AnyArray) -> tuple[AnyArray, IntArray]:
    """Sort a vocabulary that is in order of appearance, and renumber the codes that point into it.

    Args:
        vocabulary: Distinct strings; those that no code points to are left out.
        codes: Position in `vocabulary`, (n,).

    Returns:
        Distinct ids sorted: int64 when every one is a canonical integer ("7" and "-7", but not "007" or "+7"),
        otherwise str in an object array. And int32 codes (n,).
    """
    used = np.zeros(len(vocabulary), np.bool_)
    used[codes] = True
    words = vocabulary.filter(pl.Series(used)).str.strip_chars()
    whole = whole_numbers(words)
    values = words if whole is None else whole
    ids = _id_array(values.unique().sort())
    place = np.zeros(len(vocabulary), np.int32)
    place[used] = values.rank("dense").to_numpy().astype(np.int32) - 1
    return ids, place[codes]


def whole_numbers(words: pl.Series) -> pl.Series | None:
    """Return words as int64 where every one is a canonical integer that fits, or None where one is not."""
    whole = words.cast(pl.Int64, strict=False) if words.str.contains(_CANONICAL).all() else None
    return None if whole is None or whole.null_count() else whole


def code_text(words: pl.Series) -> tuple[AnyArray, IntArray]:
    """Return distinct words sorted, str in an object array even where all are integers, and int32 codes (n,)."""
    return _id_array(words.unique().sort()), words.rank("dense").to_numpy().astype(np.int32) - 1


def code_integers(values: NDArray[np.int64]) -> tuple[AnyArray, IntArray]:
    """Return distinct integer ids sorted, and int32 codes (n,).

    Args:
        values: Ids (n,). Ids within a moderate range are found with a table of flags instead of a sort.
    """
    if not len(values):
        return np.empty(0, np.int64), np.empty(0, np.int32)
    low, high = int(values.min()), int(values.max())
    if high - low > max(4 * len(values), 1 << 20):
        distinct, codes = np.unique(values, return_inverse=True)
        return distinct, codes.astype(np.int32)
    seen = np.zeros(high - low + 1, np.bool_)
    seen[values - low] = True
    place = np.cumsum(seen, dtype=np.int32) - 1
    return np.flatnonzero(seen) + low, place.astype(np.int32)[values - low]


def _id_array(values: pl.Series) -> AnyArray:
    if values.dtype == pl.Int64:
        return values.to_numpy()
    ids = np.empty(len(values), dtype=object)
    ids[:] = values.to_list()
    return ids
