"""The memory of a search: the same numbers draw the same settings, stopped or not, and it learns."""

from pathlib import Path

import numpy as np
import pytest

from foretaste.errors import InputError
from foretaste.models.space import Choice, Range
from foretaste.tuning.objective import Score
from foretaste.tuning.study import STARTUP, Study, best_of

SPACE = {"x": Range(0, 1), "kind": Choice(("a", "b"))}
IDENTITY = {"data": "d"}


def value(settings: dict[str, object]) -> float:
    """Return a function with its lowest point at x = 0.3, kind b."""
    return abs(float(settings["x"]) - 0.3) + (settings["kind"] == "a")  # type: ignore[arg-type]


def score(settings: dict[str, object]) -> Score:
    found = value(settings)
    return Score("done", ((found,),), 0.1, found, np.full(3, found, np.float32))


def search(study: Study, numbers: range) -> list[dict[str, object]]:
    out = []
    for number in numbers:
        out.append(study.ask(number))
        study.tell(number, score(out[-1]))
        study.learn(number)
    return out


def test_the_same_seed_tries_the_same_settings_and_another_does_not() -> None:
    first, second, other = (search(Study("s", SPACE, IDENTITY, seed=seed), range(15)) for seed in (1, 1, 2))
    assert first == second != other
    assert len({settings["x"] for settings in first}) == 15


@pytest.mark.parametrize("stop", [1, STARTUP, 12])
def test_a_search_that_was_stopped_goes_on_as_if_it_had_not_been(tmp_path: Path, stop: int) -> None:
    whole = search(Study("s", SPACE, IDENTITY), range(16))
    path = tmp_path / "s"
    begun = search(Study("s", SPACE, IDENTITY, path=path), range(stop))
    study = Study("s", SPACE, IDENTITY, path=path)
    assert [trial.number for trial in study.trials] == list(range(stop))
    assert begun + search(study, range(stop, 16)) == whole


def test_what_was_late_or_interrupted_was_never_asked_for(tmp_path: Path) -> None:
    whole = search(Study("s", SPACE, IDENTITY), range(12))
    study = Study("s", SPACE, IDENTITY, path=tmp_path / "s")
    search(study, range(10))
    for state in ("late", "interrupted"):
        study.ask(10)
        study.tell(10, Score(state, ((9.0,),), 1.0))
        study.learn(10)
    assert len(study.trials) == 10
    assert search(Study("s", SPACE, IDENTITY, path=tmp_path / "s"), range(10, 12)) == whole[10:]


def test_what_comes_next_depends_on_what_was_learnt_and_not_on_what_was_told() -> None:
    def tried(known: int, told: int) -> dict[str, object]:
        study = Study("s", SPACE, IDENTITY)
        for number in range(12):
            settings = study.ask(number)
            if number < told:
                study.tell(number, score(settings))
            if number < known:
                study.learn(number)
        return study.ask(12)

    assert tried(8, 8) == tried(8, 12) != tried(12, 12)


def test_it_learns() -> None:
    study = Study("s", SPACE, IDENTITY)
    tried = search(study, range(40))
    assert study.best is not None
    assert study.best.score.value < 0.03
    late, early = ([value(settings) for settings in some] for some in (tried[20:], tried[:STARTUP]))
    assert np.mean(late) < 0.5 * np.mean(early)


def test_what_is_given_is_tried() -> None:
    study = Study("s", SPACE, IDENTITY)
    assert study.ask(0, {"x": 0.25, "kind": "b"}) == {"x": 0.25, "kind": "b"}


def test_pruned_and_failed_trials_are_told_too_and_are_never_the_best() -> None:
    study = Study("s", SPACE, IDENTITY)
    for number, state in enumerate(("pruned", "failed")):
        study.ask(number)
        study.tell(number, Score(state, ((0.0,),), 0.1, why="w"))
    assert study.best is None
    search(study, range(2, 4))
    assert study.best is not None
    assert [trial.done for trial in study.trials] == [False, False, True, True]


def test_errors_by_person_are_kept_of_those_that_were_best() -> None:
    study = Study("s", {"x": SPACE["x"]}, IDENTITY)
    for number, found in enumerate((3.0, 5.0, 3.0, 2.0)):
        study.ask(number)
        study.tell(number, Score("done", ((found,),), 0.1, found, np.ones(2, np.float32)))
    assert [len(trial.score.losses) for trial in study.trials] == [2, 0, 2, 2]


def test_of_equals_the_first_is_the_best() -> None:
    study = Study("s", SPACE, IDENTITY)
    for number in (1, 0):
        study.ask(number)
        study.tell(number, Score("done", ((1.0,),), 0.1, 1.0))
    best = best_of(study.trials)
    assert best is not None
    assert best.number == 0
    assert best_of([]) is None


def test_the_time_is_kept_in_the_file(tmp_path: Path) -> None:
    study = Study("s", SPACE, IDENTITY, path=tmp_path / "s")
    study.spend(2.5)
    study.spend(1.0)
    assert study.spent_s == Study("s", SPACE, IDENTITY, path=tmp_path / "s").spent_s == 3.5


def test_two_searches_do_not_write_to_one_file(tmp_path: Path) -> None:
    first, second = (Study("s", SPACE, IDENTITY, path=tmp_path / "s") for _ in range(2))
    search(first, range(1))
    with pytest.raises(InputError, match=r"another search writes to .*/s\nhint: give each its own --study"):
        search(second, range(1))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"spent_s": 2.5', '"spent_s": "long"'),
        ('"spent_s": 2.5', '"spent_s": -1'),
        ('"spent_s": 2.5', '"spent_s": null'),
        ('"seconds": 0.1', '"seconds": "long"'),
        ('"curves"', '"curve"'),
        ('"losses": "', '"losses": "??'),
        ('"chosen": {}', '"chosen": 3'),
    ],
)
def test_what_is_damaged_is_said_in_words(tmp_path: Path, before: str, after: str) -> None:
    path = tmp_path / "s"
    study = Study("s", SPACE, IDENTITY, path=path)
    search(study, range(1))
    study.spend(2.5)
    text = path.read_text().replace('":', '": ').replace('":  ', '": ')
    assert before in text
    path.write_text(text.replace(before, after))
    with pytest.raises(
        InputError, match=r"s is damaged: what it keeps of s cannot be read\nhint: give --study the name"
    ):
        Study("s", SPACE, IDENTITY, path=path)


def test_nothing_to_search_is_one_trial() -> None:
    study = Study("s", {}, IDENTITY)
    assert study.ask(0, {}) == {}
    study.tell(0, Score("done", ((1.0,),), 0.1, 1.0))
    assert study.best is not None
