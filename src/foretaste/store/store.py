"""The noun Store: the latest rating of each item by each user, kept so that what was acknowledged stays.

    put, delete, erase     one transaction each; it is on the disk when they return
    ratings, revision      what is there now, also what another process has just written
    get_state, counts ...  what the processes of a server share beside ratings

The last write wins, whole: each write has a revision, the number of the write in the whole store, and a rating is what the
highest revision about it has written. Methods may be called from any thread.
"""

import contextlib
import json
import math
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection

from foretaste.errors import InputError, StoreError
from foretaste.store import statements
from foretaste.store.address import read_address
from foretaste.store.engine import READ_S, WRITES, make_engine, set_patience, until
from foretaste.store.schema import prepare
from foretaste.store.troubles import busy, in_words

LONGEST_ID = 255
"""Characters of an id: what an index of PostgreSQL holds, in any script."""


@dataclass(frozen=True)
class Stored:
    """A rating in the store.

    Args:
        item: Id as text.
        rating: As it was given.
        revision: Number of the write in the whole store.
        updated_at: Unix microseconds.
    """

    item: str
    rating: float
    revision: int
    updated_at: int


class Store:
    """A store of ratings in SQLite or PostgreSQL, which is made where there is none.

    Args:
        url: ``sqlite:///FILE`` or ``postgresql://USER:PASSWORD@HOST/DATABASE``.
        read_only: Refuse to write; such a store is not made and its tables are not brought up to date.

    Raises:
        InputError: The address is none.
        NotFoundError: There is no such file to read, or no folder to make it in.
        StoreError: The database cannot be reached, or holds something else or something newer.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder, Store(f"sqlite:///{folder}/ratings.db") as store:
        ...     _ = store.put("anna", 7, 4.5)
        ...     [(one.item, one.rating) for one in store.ratings("anna")]
        [('7', 4.5)]
    """

    def __init__(self, url: str, *, read_only: bool = False) -> None:
        self.address = read_address(url)
        self.name = self.address.shown
        """The address without its password."""
        self.read_only = read_only
        self._turn = threading.Lock()
        with in_words(self.address):
            self._engine = make_engine(self.address, read_only=read_only)
            self._single = self._engine
            if self.address.kind == "postgresql":  # one statement needs no BEGIN and no COMMIT: half the way to and fro
                self._single = self._engine.execution_options(isolation_level="AUTOCOMMIT")
            try:
                prepare(self._engine, self.address, read_only=read_only)
            except BaseException:
                self._engine.dispose()
                raise

    def put(self, user: str, item: int | str, rating: float) -> Stored:
        """Keep a rating in the place of the one before; it is on the disk when this returns.

        Raises:
            InputError: An id is empty, too long or no text, or the rating is no finite number.
            StoreError: The database cannot keep it.
        """
        value = float(rating)
        if not math.isfinite(value):
            raise InputError(f"the rating is {value}, expected a finite number")
        row = {"user_id": checked_id(user, "user"), "item_id": checked_id(str(item), "item"), "rating": value}
        with self.writing(single=True) as connection:
            revision, moment = statements.put(connection, self.address, row)
        return Stored(str(item), value, revision, moment)

    def delete(self, user: str, item: int | str) -> bool:
        """Take a rating away; return whether there was one.

        Raises:
            StoreError: The database cannot do it.
        """
        if not (_is_id(user) and _is_id(str(item))):
            return False
        with self.writing() as connection:
            there = statements.delete(connection, self.address, user, str(item))
            if not there:
                connection.rollback()
        return there

    def erase(self, user: str) -> int:
        """Take away all that is kept of a user; return how many ratings it was.

        Raises:
            StoreError: The database cannot do it.
        """
        if not _is_id(user):
            return 0
        with self.writing() as connection:
            return statements.erase(connection, self.address, user)

    def ratings(self, user: str) -> list[Stored]:
        """Return a user's ratings, the latest write first; none where the user is not known."""
        if not _is_id(user):
            return []
        with self.reading(single=True) as connection:
            rows = connection.execute(statements.RATINGS, {"user_id": user}).all()
        return [Stored(row.item_id, row.rating, row.revision, row.updated_at) for row in rows]

    def revision(self, user: str) -> int:
        """Return the number of the last write about a user, 0 where nothing is kept: equal numbers, equal ratings."""
        if not _is_id(user):
            return 0
        with self.reading(single=True) as connection:
            return int(connection.execute(statements.REVISION, {"user_id": user}).scalar() or 0)

    def get_state(self, name: str) -> dict[str, Any] | None:
        """Return what was last set under a name, or None."""
        with self.reading(single=True) as connection:
            value = connection.execute(statements.STATE, {"name": name}).scalar()
        return None if value is None else json.loads(value)

    def replace_state(self, name: str, before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> bool:
        """Keep plain values under a name if what `get_state` returned is still there.

        Args:
            name: Of the state.
            before: What was there; None for nothing.
            after: What is to be.

        Returns:
            Whether it was still there; else nothing has changed.

        Raises:
            StoreError: The database cannot do it.
        """
        row = {"name": name, "value": json.dumps(dict(after))}
        with self.writing() as connection:
            if before is None:
                return connection.execute(statements.NEW_STATE, row).rowcount > 0
            row["before"] = json.dumps(dict(before))  # as it was written: what comes from JSON goes back the same
            return connection.execute(statements.REPLACE_STATE, row).rowcount > 0

    def add_counts(self, name: str, counts: Mapping[str, int], *, wait_s: float | None = None) -> None:
        """Add to counts under a name; what several processes add is all there.

        Args:
            name: Of the counts.
            counts: What is added, by key.
            wait_s: How long to wait for other writers; None is as long as any write does.

        Raises:
            StoreError: The database cannot do it.
        """
        rows = [{"name": name, "key": key, "n": int(n)} for key, n in sorted(counts.items())]  # one order: no deadlock
        if rows:
            with self.writing(wait_s=wait_s) as connection:
                connection.execute(statements.ADD_COUNT, rows)

    def counts(self, name: str) -> dict[str, int]:
        """Return the counts under a name, sorted by key."""
        with self.reading(single=True) as connection:
            return {key: int(n) for key, n in connection.execute(statements.COUNTS, {"name": name})}

    def ready(self) -> None:
        """Ask the database for an answer.

        Raises:
            StoreError: It gives none.
        """
        self.revision("anybody")

    def close(self) -> None:
        """Close all connections; a store that is used again opens new ones."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextlib.contextmanager
    def reading(self, *, single: bool = False) -> Iterator[Connection]:
        """Yield a connection for reading, in one transaction.

        Args:
            single: It is for one statement, which is a transaction by itself and is not to take long.

        Raises:
            StoreError: The database does not answer.
        """
        with in_words(self.address), (self._single if single else self._engine).connect() as connection:
            set_patience(connection, READ_S if single else None)
            yield connection

    @contextlib.contextmanager
    def writing(self, *, single: bool = False, long: bool = False, wait_s: float | None = None) -> Iterator[Connection]:
        """Yield a connection for writing, whose transaction is committed when the block ends well, and else undone.

        Args:
            single: It is for one statement, where the database is PostgreSQL.
            long: Statements may take as long as they take.
            wait_s: How long to wait for other writers; None is `WAIT_S`.

        Raises:
            StoreError: The store is open for reading only, or the database does not take the write.
        """
        if self.read_only:
            raise StoreError(f"the store {self.name} is open for reading only")
        last = until(wait_s)
        with in_words(self.address), self._in_turn(last):
            connection = (self._single if single else self._engine).connect().execution_options(**{WRITES: last})
            with connection, connection.begin():
                if long or wait_s is not None:
                    set_patience(connection, wait_s)
                yield connection

    @contextlib.contextmanager
    def _in_turn(self, last: float) -> Iterator[None]:
        """Wait until no other thread writes: SQLite takes one writer, and whoever waits here finds it free sooner."""
        if self.address.kind != "sqlite":
            yield
            return
        if not self._turn.acquire(timeout=max(last - time.monotonic(), 0)):
            raise busy(self.address)
        try:
            yield
        finally:
            self._turn.release()


def checked_id(text: str, what: str) -> str:
    """Return an id that both databases keep and give back as it is.

    Raises:
        InputError: It is empty, too long, begins or ends with a blank, or holds what is no text.
    """
    if _is_id(text):
        return text
    shown = text if len(text) <= 60 else f"{text[:60]}..."
    raise InputError(
        f"the {what} id {shown!r} cannot be stored",
        hint=f"expected 1 to {LONGEST_ID} characters of text, without a blank at an end and without NUL",
    )


def _is_id(text: str) -> bool:
    if not 0 < len(text) <= LONGEST_ID or "\0" in text or text != text.strip():
        return False
    try:
        text.encode()
    except UnicodeEncodeError:  # half a surrogate pair
        return False
    return True
