"""API keys: shown once when they are made, kept only as hashes, compared without telling how close a guess was.

A file of keys is text, one key a line: its name, the day it was made, and `sha256:SALT:HASH` of salt and key. Deleting a line
revokes its key at the next request. One round of SHA-256 is enough, because a key is 256 random bits: slow hashes are for
passwords, which people choose and others guess. Nobody guesses these, and a slow hash would let anybody keep the server busy
with wrong ones. The salt keeps two files with the same key from showing that they share it.
"""

import hashlib
import hmac
import logging
import os
import re
import secrets
import stat
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from foretaste.bundle_folder import reason
from foretaste.errors import InputError, NotFoundError

FIRST_LINE = "# Keys of foretaste, one a line. Deleting a line revokes its key.\n"
MOST_KEYS = 1_000
LONGEST_KEY = 200
"""Characters of what is compared at all; ours have 43."""
_MOST_BYTES = 1_000_000
_SETTLED_S = 2.0
"""A file that changed less than this ago may change again under the same time stamp, so it is read again."""
_LINE = re.compile(
    r"(?P<name>[\w.@-]{1,64}) (?P<made>\d{4}-\d\d-\d\d) sha256:(?P<salt>[0-9a-f]{32}):(?P<hash>[0-9a-f]{64})"
)
_log = logging.getLogger("foretaste.serve.door.keys")


@dataclass(frozen=True)
class Key:
    """One line of the file.

    Args:
        name: What the key is called, for people.
        made: Day it was made, as ``2026-11-26``.
        salt: 16 random bytes.
        digest: SHA-256 of salt and key.
    """

    name: str
    made: str
    salt: bytes
    digest: bytes

    def line(self) -> str:
        """Return the line of the file."""
        return f"{self.name} {self.made} sha256:{self.salt.hex()}:{self.digest.hex()}\n"


def add_key(path: Path, name: str | None = None, *, today: date) -> tuple[str, str]:
    """Make a key, append its hash to a file, and return its name and the key itself, which nothing else keeps.

    Args:
        path: File of keys; made, with mode 600, where there is none.
        name: Unused one of up to 64 letters, digits, `_`, `.`, `@` and `-`; None takes ``key-1`` or the next.
        today: Goes into the file.

    Raises:
        InputError: The name does not do, or the file is not one of keys, or others can read it.
    """
    known = read_keys(path) if path.exists() else ()
    names = {key.name for key in known}
    if name is None:
        name = next(text for n in range(1, len(names) + 2) if (text := f"key-{n}") not in names)
    if not re.fullmatch(r"[\w.@-]{1,64}", name):
        raise InputError(
            f"the name is {name!r}, expected up to 64 letters, digits, _, ., @ and -", hint="such as --name laptop"
        )
    if name in names:
        raise InputError(f"{path} has a key called {name!r} already", hint="choose another --name, or delete its line")
    if len(known) >= MOST_KEYS:
        raise InputError(f"{path} has {len(known):,} keys, expected fewer than {MOST_KEYS:,}", hint="delete old lines")
    text, salt = secrets.token_urlsafe(32), secrets.token_bytes(16)
    _append(path, Key(name, today.isoformat(), salt, _digest(salt, text)).line())
    return name, text


def _append(path: Path, line: str) -> None:
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(handle, "r+b") as file:
        content = file.read()
        start = FIRST_LINE if not content else "" if content.endswith(b"\n") else "\n"
        file.write((start + line).encode())
        file.flush()
        os.fsync(file.fileno())


def read_keys(path: Path) -> tuple[Key, ...]:
    """Read a file of keys.

    Raises:
        NotFoundError: There is no such file.
        InputError: It cannot be read, others can read it, or a line is none of ours.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise InputError(f"{path} is not a file", hint="make one with: foretaste key FILE")
        _check_mode(path, status.st_mode)
        if status.st_size > _MOST_BYTES:
            raise InputError(f"{path} has {status.st_size:,} bytes, expected a file of keys", hint="name another file")
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise NotFoundError(f"{path} is not there", hint=f"make it with: foretaste key {path}") from None
    except UnicodeDecodeError:
        raise InputError(f"{path} is not text", hint="make a file of keys with: foretaste key FILE") from None
    except OSError as error:
        hint = "let it belong to the account that serves, with mode 600"
        raise InputError(f"{path} cannot be read: {reason(error)}", hint=hint) from error
    keys = [_parsed(path, number, text) for number, text in enumerate(lines, 1) if text.strip() and text[0] != "#"]
    if len(keys) > MOST_KEYS:
        raise InputError(f"{path} has {len(keys):,} keys, expected {MOST_KEYS:,} at most", hint="delete old lines")
    return tuple(keys)


def _check_mode(path: Path, mode: int) -> None:
    """Refuse a file that others than its owner and group can read, or that others than its owner can change."""
    if os.name == "posix" and mode & 0o037:
        raise InputError(
            f"{path} has mode {stat.S_IMODE(mode):o}, so others can read or change it; expected 600",
            hint=f"chmod 600 {path}",
        )


def _parsed(path: Path, number: int, text: str) -> Key:
    """Return the key of a line; the line itself is not in the error, since somebody may have put a key there."""
    found = _LINE.fullmatch(text.strip())
    if found is None:
        raise InputError(
            f"{path} line {number} is not a key's: expected NAME DATE sha256:SALT:HASH",
            hint="delete the line, and make a key with: foretaste key FILE",
        )
    return Key(found["name"], found["made"], bytes.fromhex(found["salt"]), bytes.fromhex(found["hash"]))


def _digest(salt: bytes, text: str) -> bytes:
    return hashlib.sha256(salt + text.encode("utf-8", "surrogateescape")).digest()


class Keys:
    """The keys of a file as it is now.

    A file that has become unreadable or malformed since lets nobody in, and the log says why: whoever was revoking a key is not
    to find that the old ones still work.

    Args:
        path: The file.

    Raises:
        NotFoundError: It is not there.
        InputError: It cannot be read, is malformed, others can read it, or it has no key.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, ...] | None = self._stamp_now()
        self._read_at = time.time()
        self._keys = read_keys(path)
        if not self._keys:
            raise InputError(f"{path} has no key", hint=f"make one with: foretaste key {path}")

    def owner(self, text: str) -> str | None:
        """Return the name of a key, or None for what is none.

        Every key of the file is compared, each in constant time: an answer takes as long for a near miss as for any other.
        """
        self._refresh()
        if not text or len(text) > LONGEST_KEY:
            return None
        name = None
        for key in self._keys:
            if hmac.compare_digest(_digest(key.salt, text), key.digest):
                name = key.name
        return name

    def _refresh(self) -> None:
        stamp = self._stamp_now()
        if stamp == self._stamp and (stamp is None or self._read_at - stamp[0] / 1e9 > _SETTLED_S):
            return
        changed = stamp != self._stamp
        self._stamp, self._read_at = stamp, time.time()
        try:
            self._keys = read_keys(self._path)
        except (InputError, NotFoundError) as error:
            self._keys = ()
            _log.error("no key is accepted: %s", error)
        else:
            if changed:
                _log.info("keys read again: %d", len(self._keys))

    def _stamp_now(self) -> tuple[int, ...] | None:
        """Return what changes with the file, time of change first; None where it is gone."""
        try:
            status = self._path.stat()
        except OSError:
            return None
        return (max(status.st_mtime_ns, status.st_ctime_ns), status.st_mtime_ns, status.st_size, status.st_ino)
