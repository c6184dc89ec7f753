"""Where a store is: the address as people write it, and as it may be shown, which is never with a password.

An address that could be read in two ways, such as one with a bare ``@`` in its password, is refused: what is taken for the
host would be shown.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from foretaste.errors import InputError

STORE = "sqlite:///foretaste.db"
"""Where ratings are kept unless told otherwise: a file in the working folder."""
EXPECTED = "expected sqlite:///FILE or postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
_ANY = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://")
_SQLITE = re.compile(r"sqlite:///(?P<path>[^?#\0]+)")
_HOST = r"(?:\[[0-9A-Fa-f:.]+\]|[^\[\]@?#:/,\s]*)(?::\d+)?"
_POSTGRESQL = re.compile(
    r"(?:postgresql|postgres|postgresql\+psycopg)://"
    r"(?:(?P<user>[^:@/?#\s]*)(?P<password>:[^:@/?#\s]*)?@)?"
    rf"(?P<place>{_HOST}(?:,{_HOST})*(?:/[^@?#/\s]*)?)(?P<query>\?[^@#\s]*)?"
)


@dataclass(frozen=True)
class Address:
    """Where a store is.

    Args:
        kind: Which database.
        shown: For messages: without password and options.
        url: As it was given, for the driver.
        path: The file of SQLite; None for PostgreSQL.
    """

    kind: Literal["sqlite", "postgresql"]
    shown: str
    url: str = field(repr=False)
    path: Path | None = None

    @property
    def label(self) -> str:
        """What a report calls it: the name of the file or database, and not where it is."""
        if self.path is not None:
            return self.path.name
        return self.shown.rpartition("/")[2] or "postgresql"


def is_address(text: str) -> bool:
    """Return whether text is the address of something, and no path."""
    return _ANY.match(text) is not None


def read_address(text: str) -> Address:
    """Read the address of a store.

    Args:
        text: ``sqlite:///ratings.db`` (a relative path), ``sqlite:////srv/ratings.db``, or
            ``postgresql://anna:secret@host:5432/ratings``.

    Raises:
        InputError: It is none of these.
    """
    if found := _SQLITE.fullmatch(text):
        return Address("sqlite", text, text, Path(found["path"]))
    if found := _POSTGRESQL.fullmatch(text):
        return Address("postgresql", _without_password(found), text)
    if text.startswith("sqlite:"):
        what, hint = f'"{text}" names no file of SQLite', "sqlite:///ratings.db is a file in this folder; no options"
    elif text.startswith("postgres"):
        what = "the address of PostgreSQL cannot be read"
        hint = "in a password write %40 for @, %3A for :, %2F for /, %3F for ?, %23 for #; or set PGPASSWORD"
    else:
        what = f'"{safe_url(text)}" is no store of ratings'
        hint = "foretaste keeps ratings in SQLite or PostgreSQL"
    raise InputError(f"{what}, {EXPECTED}", hint=hint)


def safe_url(text: str) -> str:
    """Return an address as it may be shown: what may be a password is left out.

    Example:
        >>> safe_url("postgresql://anna:secret@host/ratings?sslmode=require")
        'postgresql://anna:***@host/ratings'
    """
    if _SQLITE.fullmatch(text):
        return text
    if found := _POSTGRESQL.fullmatch(text):
        return _without_password(found)
    found = _ANY.match(text)
    return f"{found['scheme']}://***" if found else text


def safe_word(word: str) -> str:
    """Return a word of a command line with the address in it, such as ``--store=postgresql://...``, as it may be shown."""
    found = _ANY.search(word)
    return word if found is None else word[: found.start()] + safe_url(word[found.start() :])


def _without_password(found: re.Match[str]) -> str:
    user = "" if found["user"] is None else f"{found['user']}{':***' if found['password'] else ''}@"
    return f"postgresql://{user}{found['place']}"
