"""What may be read in a log: facts in a fixed form, people as hashes, and no secret."""

import io
import json
import logging
import re

import pytest

from foretaste.serve.telemetry import logs as module
from foretaste.serve.telemetry.logs import (
    GONE,
    LOG_KEY,
    LOGGERS,
    ForPeople,
    Hashes,
    JsonLines,
    clean,
    configure,
    secrets_of,
    share_key,
)


class Terminal(io.StringIO):
    """A stream that a person watches."""

    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def own_loggers():
    """Leave the loggers of the process as they were."""
    kept = {name: (logging.getLogger(name).handlers, logging.getLogger(name).propagate) for name in LOGGERS}
    for name in LOGGERS:
        logging.getLogger(name).handlers = []
    yield
    for name, (handlers, propagate) in kept.items():
        for handler in logging.getLogger(name).handlers:
            handler.close()
        logging.getLogger(name).handlers, logging.getLogger(name).propagate = handlers, propagate
        logging.getLogger(name).setLevel(logging.NOTSET)


def record(message="it happened", level=logging.INFO, error=None, **extra):
    made = logging.LogRecord("foretaste.serve", level, "file", 1, message, (), None if error is None else _info(error))
    made.created = 1_800_000_000.25
    for name, value in extra.items():
        setattr(made, name, value)
    return made


def _info(error):
    try:
        raise error
    except type(error) as caught:
        return type(caught), caught, caught.__traceback__


def test_a_line_is_one_json_object():
    line = JsonLines().format(record(fields={"status": 200, "ms": 1.5}))
    assert json.loads(line) == {
        "time": "2027-01-15T08:00:00.250+00:00",
        "level": "info",
        "event": "it happened",
        "status": 200,
        "ms": 1.5,
    }


@pytest.mark.parametrize("text", ["a\nb", "a\r\nfake", "\x1b[31mred", "\u202egnp", "\u2028", "é\udce9"])
def test_nothing_in_it_breaks_or_turns_the_line(text):
    line = JsonLines().format(record(text, fields={"x": text}))
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["event"] == json.loads(line)["x"] == text
    line = ForPeople().format(record(text, fields={"x": text}))
    assert line.isascii()
    assert line.isprintable()


def test_a_person_reads_one_short_line():
    fields = {"request": "ab12", "method": "POST", "route": "/v1/x", "status": 200, "ms": 3.1}
    assert ForPeople().format(record("request", fields=fields)) == "08:00:00 200 POST /v1/x 3.1 ms request=ab12"
    assert ForPeople().format(record()) == "08:00:00 it happened"
    assert ForPeople().format(record(level=logging.ERROR)) == "08:00:00 error it happened"


@pytest.mark.parametrize("kind", [JsonLines, ForPeople])
def test_a_traceback_keeps_the_place_and_loses_the_secrets(kind):
    error = ValueError("cannot reach postgresql://me:hunter2@db/x as anna, Bearer abc.def-1")
    line = kind(["sesame"]).format(record("unexpected", error=error, secret=("anna", "")))
    assert "ValueError: cannot reach postgresql://me" in line
    assert "test_logs.py" in line
    assert not re.search("hunter2|anna|abc\\.def", line)
    assert line.count(GONE) == 3


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("postgresql+psycopg://u:p%40ss@h:5432/d", "postgresql+psycopg://u:***@h:5432/d"),
        ("at 'redis://:secret@h'", "at 'redis://:***@h'"),
        ("http://h:80/a@b", "http://h:***@b"),  # rather too much than too little
        ("http://h:80/a", "http://h:80/a"),
        ("Authorization: Bearer aB-1_2.x==", "Authorization: Bearer ***"),
        ("host=h password=secret user=u", "host=h password=*** user=u"),
        ("PUT /v1/users/anna%40x/ratings/1 failed", "PUT /v1/users/***/ratings/1 failed"),
        (
            "(x) INSERT\n[SQL: INSERT INTO r]\n[parameters: ('anna', 4.5)]\n(Background)",
            "(x) INSERT\n[SQL: INSERT INTO r]\n[parameters: ***]",
        ),
        ("duplicate key\nDETAIL: Key (user)=(anna) exists.\nCONTEXT: x", "duplicate key\nDETAIL: ***\nCONTEXT: x"),
        ("nothing to hide: 3 of 4", "nothing to hide: 3 of 4"),
    ],
)
def test_what_is_taken_out_of_a_text(text, left):
    assert clean(text) == left


def test_words_that_are_secret_here():
    assert clean("open sesame, a", ["sesame", "a", ""]) == "open ***, a"
    assert clean("sesame", ["sesame"]) == "***"
    assert clean("request", ["sesame"]) == "request"
    assert secrets_of("postgresql://u:p%40ss@h/d") == ("p%40ss", "p@ss")
    assert secrets_of("sqlite:///x.db") == secrets_of("") == secrets_of("http://[bad") == ()


def test_hashes_tell_the_same_from_others_and_nothing_else(monkeypatch):
    monkeypatch.delenv(LOG_KEY, raising=False)
    one, other = Hashes(), Hashes()
    assert one("anna") == one("anna") != one("bert")
    assert one("anna") != other("anna"), "the key is random: nobody can look a person up in a table"
    assert re.fullmatch("[0-9a-f]{12}", one("anna\udce9"))
    share_key()
    assert Hashes()("anna") == Hashes()("anna"), "workers of one service share it"
    assert Hashes(b"k")("anna") != Hashes()("anna")


def test_the_service_and_its_server_log_to_one_place():
    for stream, form in ((io.StringIO(), JsonLines), (Terminal(), ForPeople)):
        configure("postgresql://u:hunter2@h/d", stream)
        logging.getLogger("foretaste.serve.requests").info("one hunter2")
        logging.getLogger("uvicorn.error").warning("two")
        logging.getLogger("uvicorn.error").info("Started server process [7]")
        logging.getLogger("uvicorn.error").info("Child process [8] died")
        logging.getLogger("foretaste.store").debug("too much")
        (handler,) = logging.getLogger("uvicorn").handlers
        assert isinstance(handler.formatter, form)
        handler.close()
        lines = stream.getvalue().splitlines()
        assert ["one ***" in lines[0], "two" in lines[1], "[8] died" in lines[2], len(lines)] == [True, True, True, 3]


def test_setting_up_again_replaces_what_was(monkeypatch):
    made = []
    monkeypatch.setattr(
        module, "Background", lambda stream, real=module.Background: made.append(real(stream)) or made[-1]
    )
    for _ in range(3):
        configure(stream=io.StringIO())
    assert [handler._thread.is_alive() for handler in made] == [False, False, True]
    assert logging.getLogger("uvicorn").handlers == [made[-1]]
