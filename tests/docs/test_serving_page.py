"""The guide to serving says what is: its limits, its table of who may do what, and the lines that it shows."""

import json
import re
from datetime import date
from pathlib import Path

import pytest

from foretaste.serve.door import connection, guard, strict
from foretaste.serve.door.access import Access
from foretaste.serve.door.keys import add_key
from foretaste.serve.settings import Settings
from foretaste.serve.telemetry import log_stream
from foretaste.serve.wire.problems import CODES, Refused, problem
from tests.asgi import scope_of

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "guides" / "serving.md").read_text(encoding="utf-8")
SETTINGS = Settings(bundle=Path("films"))


def rows(begins):
    """Return the rows of the table whose first line begins so, as lists of cells."""
    lines = PAGE[PAGE.index(begins) :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_its_limits_are_the_limits():
    told = {row[0]: row[1] for row in rows("| what | limit")}
    assert f"{SETTINGS.max_body_bytes / 1e6:g} MB" in told["body"]
    assert f"{guard.BODY_S:g} s to arrive" in told["body"]
    assert f"{strict.DEEPEST} levels" in told["JSON"]
    assert f"of {strict._LONGEST_NUMBER} characters" in told["JSON"]
    lengths = f"{SETTINGS.max_ratings:,}; {SETTINGS.max_items:,}; {SETTINGS.max_k}"
    assert told["ratings in a request, ids in a list, length of a list"] == lengths
    most = f"{guard.LONGEST_URL:,} characters; {guard.MOST_HEADERS} of them in {guard.LONGEST_HEADERS // 1_000} kB"
    assert told["address; headers"] == most
    assert told["connections"].startswith(f"{connection.MOST_CONNECTIONS} a process; {connection.HEAD_S:g} s")
    assert (
        f"others {guard.RATE_PER_S:g} a second in the long run, {SETTINGS.burst} at once"
        in told["requests of one client"]
    )
    assert f"lines beyond {log_stream.MOST_LINES:,} are dropped" in PAGE
    statuses = {int(status) for row in rows("| what | limit") for status in re.findall(r"\b[45]\d\d\b", row[2])}
    assert statuses <= CODES.keys()


@pytest.mark.parametrize("row", rows("| | reads"), ids=lambda row: row[0])
def test_its_table_of_who_may_do_what_holds(row, tmp_path):
    keys = tmp_path / "keys"
    _, key = add_key(keys, today=date(2026, 1, 1))
    given = {
        "on loopback, no keys": {},
        "with `--api-key-file`": {"keys": keys, "host": "0.0.0.0"},
        "`--read-only`, no keys, bound elsewhere": {"read_only": True, "host": "0.0.0.0"},
        "`--read-only` with keys": {"read_only": True, "keys": keys},
    }[row[0]]
    access = Access(Settings(bundle=Path("films"), **given))
    asked = [("GET", "/"), ("GET", "/v1/users/a/ratings"), ("PUT", "/v1/users/a/ratings/1"), ("POST", "/v1/admin/swap")]
    for cell, (method, path) in zip(row[1:], asked, strict=True):
        who = []
        for authorization in (None, f"Bearer {key}"):
            try:
                access.check(scope_of(method, path), authorization)
                who.append(True)
            except Refused:
                who.append(False)
        words = {(True, True): "anybody", (False, True): "with a key", (False, False): "nobody"}[tuple(who)]
        assert cell.startswith(words), (row[0], method, path)


def test_what_it_shows_has_the_form_of_what_is():
    shown = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]
    error, begun, line = shown
    assert error["error"].keys() == problem(422, "")["error"].keys()
    assert list(begun)[:4] == ["time", "level", "event", "address"]
    assert list(line) == ["time", "level", "event", "request", "method", "route", "status", "ms", "client", "user"]
