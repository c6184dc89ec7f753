"""The noun Ratings: who rated what, how, and when. Everything upstream makes one, everything downstream reads one.

Ids are kept once, sorted, and the rows point into them with 32-bit codes. Twenty million ratings then cost 400 MB with
their times instead of 640, and every count, filter and matrix is a pass over small integers.
"""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from foretaste.arrays import AnyArray, FloatArray, IntArray
from foretaste.data.encoding import encode_ids, rating_column
from foretaste.data.times import time_column
from foretaste.errors import DataError

Form = Literal["table", "lists"]
"""What a file was: a row per rating, or a user and all their items in every line (see `adjacency`)."""


@dataclass(frozen=True)
class ReadLog:
    """What a reader did on the way from a file to ratings: nothing is dropped without a count here."""

    source: str = "memory"
    rows_read: int = 0
    rows_bad: int = 0
    duplicates: int = 0
    duplicate_policy: str = "last"
    implicit: bool = False
    steps: tuple[str, ...] = ()
    form: Form = "table"
    times_in_parts: int = 0
    """Rows whose time stood there in thousandths of a second or smaller parts."""


@dataclass(frozen=True, eq=False, repr=False)
class Ratings:
    """An immutable table of ratings, in the order of the file.

    Args:
        user_ids: Every user once, sorted; int64, or str in an object array.
        item_ids: Every item once, sorted; int64, or str in an object array.
        user_code: int32 (n,), position in `user_ids`.
        item_code: int32 (n,), position in `item_ids`.
        rating: float32 (n,), finite; 1 for every row of an implicit file.
        time: int64 (n,) Unix seconds, or None where the file has none.
        log: What the reader did.
    """

    user_ids: AnyArray
    item_ids: AnyArray
    user_code: IntArray
    item_code: IntArray
    rating: FloatArray
    time: NDArray[np.int64] | None = None
    log: ReadLog = field(default_factory=ReadLog)

    def __post_init__(self) -> None:
        lengths = {len(self.user_code), len(self.item_code), len(self.rating)}
        lengths |= set() if self.time is None else {len(self.time)}
        if len(lengths) > 1:
            raise DataError(f"the columns have different lengths: {sorted(lengths)}; expected one length")
        for array in (self.user_ids, self.item_ids, self.user_code, self.item_code, self.rating, self.time):
            if array is not None:
                array.flags.writeable = False

    @classmethod
    def from_arrays(
        cls, user: ArrayLike, item: ArrayLike, rating: ArrayLike | None = None, time: ArrayLike | None = None
    ) -> Self:
        """Build ratings from parallel columns in memory.

        Args:
            user: Ids (n,), integers or strings.
            item: Ids (n,), integers or strings.
            rating: Numbers (n,), finite; None means implicit events of value 1.
            time: Unix seconds (n,), or datetimes or datetime64 (UTC where they name no zone), or None. Numbers beyond
                1e11 count as milliseconds, beyond 1e14 as microseconds, beyond 1e17 as nanoseconds, as in a file.

        Returns:
            The same rows in the same order; repeated (user, item) pairs are kept (see `filters.drop_duplicates`).

        Raises:
            DataError: Lengths differ, a column has another shape than (n,), an id is missing or does not fit 64 bits, a
                rating is not a finite number, or a time is none of the years 1 to 9999.

        Example:
            >>> Ratings.from_arrays(["ann", "bob"], [7, 7], [4.5, 3.0])
            Ratings(2 users x 1 item, 2 ratings, density 100 %, scale 3 to 4.5)
        """
        user_ids, user_code = encode_ids(user, "user")
        item_ids, item_code = encode_ids(item, "item")
        values = np.ones(len(user_code), np.float32) if rating is None else rating_column(rating)
        seconds = None if time is None else time_column(time)
        log = ReadLog(rows_read=len(values), implicit=rating is None)
        return cls(user_ids, item_ids, user_code, item_code, values, seconds, log)

    def __len__(self) -> int:
        return len(self.rating)

    def __repr__(self) -> str:
        text = (
            f"Ratings({counted(self.n_users, 'user')} x {counted(self.n_items, 'item')}, {counted(len(self), 'rating')}"
        )
        if len(self):
            low, high = self.scale
            text += f", density {100 * self.density:.3g} %, scale {low:g} to {high:g}"
            if self.time is not None:
                first, last = (datetime.fromtimestamp(int(t), UTC).date() for t in (self.time.min(), self.time.max()))
                text += f", {first} to {last}"
        return text + ")"

    @property
    def n_users(self) -> int:
        """Number of users."""
        return len(self.user_ids)

    @property
    def n_items(self) -> int:
        """Number of items."""
        return len(self.item_ids)

    @property
    def density(self) -> float:
        """Ratings per cell of users x items, 0 to 1."""
        return len(self) / max(self.n_users * self.n_items, 1)

    @property
    def scale(self) -> tuple[float, float]:
        """Lowest and highest rating."""
        if not len(self):
            raise DataError("there are no ratings, so there is no scale")
        return float(self.rating.min()), float(self.rating.max())

    @property
    def user(self) -> AnyArray:
        """User ids row by row, (n,)."""
        return self.user_ids[self.user_code]

    @property
    def item(self) -> AnyArray:
        """Item ids row by row, (n,)."""
        return self.item_ids[self.item_code]

    def select(self, rows: AnyArray, *, step: str | None = None) -> Self:
        """Keep some rows, in their order, and only the users and items that still have one.

        Args:
            rows: A boolean mask (n,) or row numbers.
            step: Words for the log, such as ``"top 60,000 users"``.

        Returns:
            A new table.
        """
        users, user_code = _compact(self.user_ids, self.user_code[rows])
        items, item_code = _compact(self.item_ids, self.item_code[rows])
        time = None if self.time is None else self.time[rows]
        log = self.log if step is None else replace(self.log, steps=(*self.log.steps, step))
        return replace(
            self, user_ids=users, item_ids=items, user_code=user_code, item_code=item_code,
            rating=self.rating[rows], time=time, log=log,
        )  # fmt: skip

    def fingerprint(self) -> str:
        """Return a SHA-256 over ids, codes and ratings: equal tables, equal text."""
        digest = hashlib.sha256()
        for ids in (self.user_ids, self.item_ids):
            digest.update(ids.tobytes() if ids.dtype != object else "\x1f".join(map(str, ids)).encode())
        for array in (self.user_code, self.item_code, self.rating):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()


def _compact(ids: AnyArray, codes: IntArray) -> tuple[AnyArray, IntArray]:
    used = np.bincount(codes, minlength=len(ids)) > 0
    new_code = (np.cumsum(used) - 1).astype(np.int32)
    return ids[used], new_code[codes]


def counted(n: int, noun: str) -> str:
    """Return ``1 rating``, ``2,000 ratings``."""
    return f"{n:,} {noun}" + ("" if n == 1 else "s")
