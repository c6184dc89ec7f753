"""What the service writes about itself: one JSON object a line on stderr, or one short line where a person is watching.

People are in it only as keyed hashes. The key is random and dies with the service: two lines can be told to be about one
person, and nothing else. Ratings, keys and passwords are not written. Texts of exceptions may quote anything and are cleaned.
"""

import contextlib
import hashlib
import hmac
import json
import logging
import os
import re
import secrets
import sys
import traceback
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TextIO
from urllib.parse import unquote, urlsplit

from foretaste.serve.telemetry.log_stream import Background

LOG_KEY = "FORETASTE_LOG_KEY"
"""Environment variable by which worker processes share the key of the hashes."""
LOGGERS = ("foretaste.serve", "foretaste.store", "uvicorn")
GONE = "***"
_PATTERNS = (
    (re.compile(r"(\b[\w+.-]+://[^\s:/@'\"]*):[^\s@'\"]*@"), rf"\1:{GONE}@"),  # the password of a URL
    (re.compile(r"(?i)\b(bearer\s+)[\w~+/.=-]+"), rf"\1{GONE}"),
    (re.compile(r"(?i)\b(password\s*[=:]\s*)[^\s,;)]+"), rf"\1{GONE}"),
    (re.compile(r"(/v1/users/)[^\s/?'\"]+"), rf"\1{GONE}"),
    (re.compile(r"\[parameters: .*", re.DOTALL), f"[parameters: {GONE}]"),  # how SQLAlchemy quotes what was written
    (re.compile(r"(?m)^DETAIL: .*$"), f"DETAIL: {GONE}"),  # how PostgreSQL does
)


def share_key() -> None:
    """Make the key of the hashes that worker processes started from here will share."""
    os.environ.setdefault(LOG_KEY, secrets.token_hex(32))


class Hashes:
    """Turns what must not be read into what can be compared.

    Args:
        key: Secret; None takes that of the environment, or a random one.
    """

    def __init__(self, key: bytes | None = None) -> None:
        shared = os.environ.get(LOG_KEY)
        self._key = key or (shared.encode() if shared else secrets.token_bytes(32))
        self._kept = lru_cache(maxsize=1024)(self._hash)  # most requests are of the same clients

    def __call__(self, text: str) -> str:
        """Return 12 hex digits."""
        return self._kept(text)

    def _hash(self, text: str) -> str:
        return hmac.new(self._key, text.encode("utf-8", "surrogateescape"), hashlib.sha256).hexdigest()[:12]


def clean(text: str, secret: Iterable[str] = ()) -> str:
    """Take out of a text what must not be written.

    Args:
        text: Such as what an exception says.
        secret: More that must not, word for word.
    """
    for word in secret:
        if len(word) > 2:
            text = text.replace(word, GONE)
    if text.isalpha():  # one plain word, as most lines say: it holds no sign that a pattern begins with
        return text
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text


def secrets_of(store: str) -> tuple[str, ...]:
    """Return what in the URL of a store must not be written: its password, as it stands and decoded."""
    with contextlib.suppress(ValueError):
        password = urlsplit(store).password
        if password:
            return (password, unquote(password))
    return ()


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, event, and what the event carries.

    Args:
        secret: Words that must not be written.
    """

    def __init__(self, secret: Iterable[str] = ()) -> None:
        super().__init__()
        self._secret = tuple(secret)

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; what is not ASCII is escaped, so that nothing in it can break or turn the line."""
        fields: dict[str, Any] = {
            "time": _time(record).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": clean(record.getMessage(), self._secret),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            fields["traceback"] = self.told(record)
        return _JSON.encode(fields)

    def told(self, record: logging.LogRecord) -> str:
        """Return the traceback of a record, cleaned."""
        assert record.exc_info  # noqa: S101 (asked for only then)
        lines = traceback.format_exception(*record.exc_info)
        return clean("".join(lines), (*self._secret, *getattr(record, "secret", ())))


class ForPeople(JsonLines):
    """The same for somebody at a terminal: ``04:55:01 200 POST /v1/recommendations 3.1 ms``."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, and under it the traceback."""
        fields = dict(getattr(record, "fields", {}))
        words = [f"{_time(record):%H:%M:%S}"]
        if "status" in fields:
            words += [str(fields.pop(name)) for name in ("status", "method", "route")] + [f"{fields.pop('ms')} ms"]
        else:
            words += [] if record.levelno == logging.INFO else [record.levelname.lower()]
            words += [clean(record.getMessage(), self._secret)]
        words += [f"{name}={value}" for name, value in fields.items()]
        line = " ".join(words).encode("ascii", "backslashreplace").decode()
        line = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in line)
        return f"{line}\n{self.told(record).rstrip()}" if record.exc_info else line


_JSON = json.JSONEncoder(default=str)


def _time(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


def _worth_a_line(record: logging.LogRecord) -> bool:
    """Leave out what uvicorn tells of its own beginning and end, but not that a worker has died."""
    return record.levelno > logging.INFO or not record.name.startswith("uvicorn") or "died" in record.getMessage()


def configure(store: str = "", stream: TextIO | None = None) -> None:
    """Send what the service and its server log to a stream, JSON unless it is a terminal.

    Args:
        store: URL of the store, whose password must not be written.
        stream: By itself stderr.
    """
    out = sys.stderr if stream is None else stream
    handler = Background(out)
    handler.addFilter(_worth_a_line)
    handler.setFormatter((ForPeople if out.isatty() else JsonLines)(secrets_of(store)))
    for name in LOGGERS:
        logger = logging.getLogger(name)
        for old in logger.handlers:
            old.close()
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(logging.INFO)
