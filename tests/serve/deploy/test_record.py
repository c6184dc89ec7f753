"""What is deployed survives as plain values, and what is none is refused."""

import json
import os
import re
from pathlib import Path

import pytest

from foretaste.errors import InputError
from foretaste.serve.deploy.record import KEPT, Record, Ref, key_of, started_with
from foretaste.serve.settings import Settings

FIRST = Record(Ref("films", "a1"), None, 0.0, started_with={"bundle": "films", "challenger": None, "share": None})


def test_a_change_is_another_record_that_the_history_tells_of():
    second = FIRST.changed("swap", main=Ref("other", "b2"), previous=FIRST.main)
    third = second.changed("rollback", main=FIRST.main, previous=second.main)
    assert FIRST.history == ()
    assert [line["action"] for line in third.history] == ["swap", "rollback"]
    assert third.history[0]["main"] == {"name": "other", "version": "b2"}
    assert third.history[0]["at"] <= third.history[1]["at"]
    assert len({FIRST.token, second.token, third.token}) == 3


def test_it_comes_back_from_json_as_it_was():
    made = FIRST.changed("challenger", challenger=Ref("other", "b2"), share=0.25)
    assert Record.from_json(json.loads(json.dumps(made.to_json()))) == made
    assert made.deployed()["challenger"] == {"name": "other", "version": "b2"}


def test_the_history_is_bounded():
    record = FIRST
    for number in range(KEPT + 10):
        record = record.changed(f"swap {number}")
    assert len(record.history) == KEPT
    assert record.history[-1]["action"] == f"swap {KEPT + 9}"


@pytest.mark.parametrize(
    "change",
    [
        {"main": None},
        {"main": {"name": "films"}},
        {"main": {"name": 3, "version": "a1"}},
        {"challenger": "other"},
        {"share": 2},
        {"share": "much"},
        {"history": 5},
        {"history": [5]},
    ],
)
def test_what_no_foretaste_writes_is_refused(change):
    with pytest.raises(InputError, match="the store says of what is deployed what no foretaste writes"):
        Record.from_json(FIRST.to_json() | change)
    with pytest.raises(InputError, match="the store says"):
        Record.from_json({})


def test_what_a_command_line_says_are_folders_and_a_share(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "latest").symlink_to(tmp_path / "films")
    one = Settings(bundle=tmp_path / "latest", share=0.3)
    assert started_with(one) == {"bundle": str(tmp_path / "films"), "challenger": None, "share": None}
    two = Settings(bundle=Path("models/films"), challenger=Path("models/other"), share=0.3)
    models = tmp_path / "models"
    assert started_with(two) == {"bundle": str(models / "films"), "challenger": str(models / "other"), "share": 0.3}


def test_a_record_is_kept_for_each_bundle_wherever_its_name_comes_from(tmp_path):
    odd = os.fsdecode(b"\xff")  # no text
    paths = [tmp_path / "a" / "films", tmp_path / "b" / "films", tmp_path / odd]
    keys = [key_of(Settings(bundle=path)) for path in paths]
    assert len(set(keys)) == 3
    assert all(re.fullmatch("deployment:[0-9a-f]{16}", key) for key in keys)
    (tmp_path / "latest").symlink_to(paths[0])
    assert key_of(Settings(bundle=tmp_path / "latest")) == keys[0]
