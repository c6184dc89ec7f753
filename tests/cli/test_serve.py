"""foretaste serve: options become settings, and what is missing is named."""

import importlib.util
from pathlib import Path

import pytest

from foretaste.cli import serve
from foretaste.serve import run
from foretaste.serve.settings import STORE, Settings


@pytest.fixture
def given(monkeypatch):
    """What the command would serve."""
    monkeypatch.setenv("FORETASTE_CACHE", "cache")
    found = []
    monkeypatch.setattr(run, "run_service", lambda settings, announce: (found.append(settings), announce("http://x/")))
    return found


def test_by_itself_it_serves_on_loopback(say, given):
    said = say("serve", "films")
    assert said.code == 0
    assert given == [Settings(bundle=Path("films"), cache=Path("cache"))]
    assert given[0].store == STORE
    assert said.out == said.err == "", "the log tells the address"


def test_a_person_at_a_terminal_is_told_where_it_is(say, given, monkeypatch):
    monkeypatch.setattr(serve.sys.stderr, "isatty", lambda: True)
    said = say("serve", "films")
    assert said.err == "the studio: http://x/ (stop with Ctrl-C)\n"


def test_a_share_of_nothing_is_refused(say, given):
    said = say("serve", "films", "--share", 0.3)
    assert said.code == 2
    assert "--share 0.3 divides visitors between two bundles, and there is one" in said.err
    assert "--challenger FOLDER" in said.err
    assert not given


def test_options_become_settings(say, given):
    say(
        "serve", "films", "--host", "0.0.0.0", "--port", 80, "--store", "postgresql://db/r", "--api-key-file", "keys.txt",
        "--workers", 3, "--read-only", "--challenger", "b", "--share", 0.2, "--models", "m", "--rate-limit", 7,
        "--public-name", "a.org", "--public-name", "b.org",
    )  # fmt: skip
    assert given == [
        Settings(
            bundle=Path("films"), host="0.0.0.0", port=80, store="postgresql://db/r", keys=Path("keys.txt"), workers=3,
            read_only=True, challenger=Path("b"), share=0.2, models=Path("m"), rate_per_s=7.0,
            names=("a.org", "b.org"), cache=Path("cache"),
        )
    ]  # fmt: skip


def test_bound_elsewhere_it_asks_for_keys(say, given):
    said = say("serve", "films", "--host", "0.0.0.0")
    assert said.code == 2
    assert "can be reached from other machines, and nothing asks for a key" in said.err
    assert not given


def test_a_missing_part_is_named_with_how_to_get_it(say, given, monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(serve.importlib.util, "find_spec", lambda name: None if name == "uvicorn" else found(name))
    said = say("serve", "films")
    assert said.code == 2
    assert "serving needs uvicorn, which is not installed" in said.err
    assert "pip install 'foretaste[serve]'" in said.err
    assert not given
