"""To optuna's words and back: nothing is lost on the way, and foreign files are refused."""

import logging
import math
import sys
from pathlib import Path

import numpy as np
import optuna
import pytest

from foretaste.errors import InputError, MissingExtraError
from foretaste.models.space import Choice, Range
from foretaste.tuning import records
from foretaste.tuning.objective import Score

SPACE = {
    "widths": Choice(((64,), (64, 32))),
    "mask": Choice((True, False)),
    "l2": Range(0.001, 1, log=True),
    "latent": Range(2, 9, log=True, whole=True),
}
SETTINGS = {"widths": (64, 32), "mask": False, "l2": 0.25, "latent": 5}
IDENTITY = dict.fromkeys(records.WORDS, "same")


def test_settings_survive_the_way_to_optuna_and_back() -> None:
    assert records.values(SPACE, records.words(SPACE, SETTINGS)) == SETTINGS


def test_distributions_are_those_of_the_space() -> None:
    kinds = optuna.distributions
    assert records.distributions(SPACE) == {
        "widths": kinds.CategoricalDistribution(("[64]", "[64, 32]")),
        "mask": kinds.CategoricalDistribution(("true", "false")),
        "l2": kinds.FloatDistribution(0.001, 1, log=True),
        "latent": kinds.IntDistribution(2, 9, log=True),
    }


@pytest.mark.parametrize(("drawn", "value"), [(0.123456, 0.1235), (0.00100001, 0.001), (0.99999, 1.0), (0.5, 0.5)])
def test_numbers_are_short_enough_for_a_recipe(drawn: float, value: float) -> None:
    assert records.values({"l2": SPACE["l2"]}, {"l2": drawn}) == {"l2": value}


def test_rounding_does_not_leave_the_space() -> None:
    assert records.values({"x": Range(0.12345, 0.12346)}, {"x": 0.12345}) == {"x": 0.12346}


@pytest.mark.parametrize(
    "score",
    [
        Score("done", ((3.0, 2.0), (1.5,)), 1.25, 1.7, np.array([1.5, 0, 2], np.float32), {"epochs": 7}),
        Score("pruned", ((3.0, math.inf),), 0.5),
        Score("failed", (), 0.5, why="it ran off"),
    ],
    ids=lambda score: score.state,
)
def test_a_trial_survives_the_file(tmp_path: Path, score: Score) -> None:
    study = records.open_file(tmp_path / "s", "one", IDENTITY)
    study.add_trial(records.freeze(4, records.words(SPACE, SETTINGS), SPACE, score))
    (frozen,) = records.open_file(tmp_path / "s", "one", IDENTITY).trials
    number, again = records.read_trial(frozen)
    assert number == 4
    assert records.values(SPACE, frozen.params) == SETTINGS
    np.testing.assert_array_equal(again.losses, score.losses)
    for name in ("state", "curves", "seconds", "value", "chosen", "why"):
        assert getattr(again, name) == getattr(score, name), name


@pytest.mark.parametrize("text", ["hello\n", "hello", "\n", '{"a": 1}\n', "[1]\n", '{"op_code": "x"}\n'])
def test_another_file_is_no_study(tmp_path: Path, text: str) -> None:
    (tmp_path / "s").write_text(text)
    words = "s is not the study of a search\nhint: give --study the name of a new file, or of one it has written"
    with pytest.raises(InputError, match=words):
        records.open_file(tmp_path / "s", "one", IDENTITY)
    assert (tmp_path / "s").read_text() == text


def test_a_line_that_was_cut_off_is_taken_away(tmp_path: Path) -> None:
    study = records.open_file(tmp_path / "s", "one", IDENTITY)
    study.add_trial(records.freeze(0, {}, {}, Score("done", ((1.0,),), 0.1, 1.0)))
    whole = (tmp_path / "s").read_bytes()
    (tmp_path / "s").write_bytes(whole + whole.splitlines()[-1][:40])
    again = records.open_file(tmp_path / "s", "one", IDENTITY)
    assert len(again.trials) == 1
    again.add_trial(records.freeze(1, {}, {}, Score("done", ((1.0,),), 0.1, 1.0)))
    assert len(records.open_file(tmp_path / "s", "one", IDENTITY).trials) == 2


def test_an_empty_file_is_a_new_study(tmp_path: Path) -> None:
    (tmp_path / "s").touch()
    assert records.open_file(tmp_path / "s", "one", IDENTITY).trials == []


def test_somebody_elses_optuna_study_is_refused(tmp_path: Path) -> None:
    backend = optuna.storages.journal.JournalFileBackend(str(tmp_path / "s"))
    theirs = records.new_study("theirs", optuna.storages.JournalStorage(backend))
    theirs.add_trial(records.freeze(0, {}, {}, Score("done", ((1.0,),), 0.1, 1.0)))
    with pytest.raises(InputError, match="s keeps a search with other data"):
        records.open_file(tmp_path / "s", "one", IDENTITY)


@pytest.mark.parametrize("name", ["one", "two"])
def test_a_study_that_was_made_and_nothing_more_is_new(tmp_path: Path, name: str) -> None:
    backend = optuna.storages.journal.JournalFileBackend(str(tmp_path / "s"))
    records.new_study(name, optuna.storages.JournalStorage(backend))
    assert records.open_file(tmp_path / "s", "one", IDENTITY).trials == []
    with pytest.raises(InputError, match="keeps a search with other data"):
        records.open_file(tmp_path / "s", "one", {**IDENTITY, "data": "other"})


@pytest.mark.parametrize("damaged", [3, "words", [1]])
def test_an_identity_that_is_none_is_refused(tmp_path: Path, damaged: object) -> None:
    records.open_file(tmp_path / "s", "one", IDENTITY).set_user_attr(records.KEY, damaged)
    with pytest.raises(InputError, match="s is not the study of a search"):
        records.open_file(tmp_path / "s", "one", IDENTITY)


@pytest.mark.parametrize("part", records.WORDS)
def test_a_study_of_something_else_is_refused_with_words(tmp_path: Path, part: str) -> None:
    records.open_file(tmp_path / "s", "one", IDENTITY)
    with pytest.raises(InputError) as caught:
        records.open_file(tmp_path / "s", "one", {**IDENTITY, part: "other"})
    assert str(caught.value) == (
        f"{tmp_path / 's'} keeps a search with {records.WORDS[part]}, whose values say nothing here\n"
        "hint: give --study the name of a new file"
    )


def test_another_model_may_stand_in_the_same_file_but_not_on_other_data(tmp_path: Path) -> None:
    records.open_file(tmp_path / "s", "one", IDENTITY)
    records.open_file(tmp_path / "s", "two", {**IDENTITY, "space": "its own", "settings": "its own"})
    with pytest.raises(InputError, match="with other data"):
        records.open_file(tmp_path / "s", "three", {**IDENTITY, "data": "other"})


def test_optuna_says_nothing_that_nobody_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    level = logging.getLogger("optuna").level
    records.new_study("one")
    assert not caplog.records
    assert logging.getLogger("optuna").level == level


def test_without_optuna_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    words = "a search needs optuna, which is not installed\nhint: pip install 'foretaste\\[tune\\]'"
    with pytest.raises(MissingExtraError, match=words):
        records.load_optuna()
