"""What one pass over a large Parquet file tells, at a memory that does not grow with it: all that its parts must agree on."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from foretaste.data.coding import whole_numbers
from foretaste.data.parquet import ParquetRows
from foretaste.data.times import is_date

SAMPLED = 1000
"""One row of so many tells how the rows divide among the users."""


@dataclass(frozen=True)
class Survey:
    """A file of ratings, looked at.

    Args:
        rows: The file.
        total: Rows, bad ones too.
        bad: Rows left out.
        scale: Lowest and highest rating; 1 where there is no rating column.
        whole: Of ``user`` and ``item``, those whose ids are integers, be they stored as integers or as text.
        ordered: Whether the users ascend from the first row to the last.
        users: Users of one row in so many, sorted.
        mixed_times: Whether some times but not all are dates of eight digits: what they mean, all of them decide together.
    """

    rows: ParquetRows
    total: int
    bad: int
    scale: tuple[float, float]
    whole: frozenset[str]
    ordered: bool
    users: pl.Series
    mixed_times: bool

    def frames(self, size: int) -> Iterator[pl.DataFrame]:
        """Yield the good rows in the order of the file, `size` at most at a time, ids in the type that the whole file gives."""
        for _, frame in _good(self.rows, self.total, size, skip_bad=True):
            yield frame.with_columns(_typed(frame[role], whole=role in self.whole) for role in ("user", "item"))

    def cuts(self, size: int) -> pl.Series:
        """Return users that begin a new part when parts are to have about `size` rows each, ascending."""
        parts = -(-(self.total - self.bad) // size)
        return self.users[[len(self.users) * part // parts for part in range(1, parts)]].unique().sort()


def survey(rows: ParquetRows, size: int, *, skip_bad: bool) -> Survey:
    """Look at every row once, `size` at a time.

    Raises:
        DataError: A row is bad and bad rows are not skipped, or the file is damaged.
    """
    total, bad, dates = rows.count(), 0, 0
    low, high = np.inf, -np.inf
    users, whole_items = _Users(), True
    for left_out, frame in _good(rows, total, size, skip_bad=skip_bad):
        bad += left_out
        if not len(frame):
            continue
        users.add(_typed(frame["user"], whole=False))
        whole_items = whole_items and _numbers(_typed(frame["item"], whole=False)) is not None
        if "rating" in frame.columns:
            bounds = frame["rating"].min(), frame["rating"].max()
            low, high = min(low, float(str(bounds[0]))), max(high, float(str(bounds[1])))
        if "time" in frame.columns:
            dates += int(np.count_nonzero(is_date(frame["time"].to_numpy())))
    scale = (low, high) if "rating" in rows.names else (1.0, 1.0)
    whole = {"user": users.number is not None, "item": whole_items}
    kept = frozenset(role for role, is_whole in whole.items() if is_whole)
    mixed = 0 < dates < total - bad
    return Survey(rows, total, bad, scale, kept, users.best.ascend, users.best.sorted_sample(), mixed)


class _Column:
    """A column on its way past: whether it ascends, and a sample of it."""

    def __init__(self) -> None:
        self.ascend = True
        self._last: pl.Series | None = None
        self._sample: list[pl.Series] = []

    def add(self, column: pl.Series) -> None:
        joint = column[:1] if self._last is None else pl.concat([self._last, column[:1]])
        self.ascend = self.ascend and joint.is_sorted() and column.is_sorted()
        self._last = column[-1:]
        self._sample.append(column.gather_every(SAMPLED))

    def sorted_sample(self) -> pl.Series:
        return pl.concat(self._sample).sort() if self._sample else pl.Series([], dtype=pl.Int64)


class _Users:
    """The column of users, as text and, as long as every id may be one, as numbers: the two have different orders."""

    def __init__(self) -> None:
        self.text = _Column()
        self.number: _Column | None = _Column()

    @property
    def best(self) -> _Column:
        return self.text if self.number is None else self.number

    def add(self, users: pl.Series) -> None:
        if users.dtype == pl.String:
            self.text.add(users)
        numbers = None if self.number is None else _numbers(users)
        if self.number is not None and numbers is not None:
            self.number.add(numbers)
        else:
            self.number = None


def _good(rows: ParquetRows, total: int, size: int, *, skip_bad: bool) -> Iterator[tuple[int, pl.DataFrame]]:
    """Yield how many rows are left out, and the others, of each stretch of a file."""
    for first in range(0, total, size):
        frame = rows.read(first, size)
        flags = rows.bad(frame)
        if flags.any() and not skip_bad:
            raise rows.bad_row(frame, int(flags.arg_max() or 0), first=first)
        yield int(flags.sum()), frame.filter(~flags)


def _typed(ids: pl.Series, *, whole: bool) -> pl.Series:
    """Return ids without blanks around them, as integers where all of the file are."""
    words = ids.str.strip_chars() if ids.dtype == pl.String else ids
    return words.cast(pl.Int64) if whole else words


def _numbers(ids: pl.Series) -> pl.Series | None:
    return whole_numbers(ids) if ids.dtype == pl.String else ids
