"""From our words to optuna's and back: distributions, trials, and the file that keeps them.

The file is optuna's journal, one event a line, which optuna's own tools can read. Only finished trials are written to it, each
in one line, so whatever ends a search leaves nothing half done in it.
"""

import base64
import json
import logging
import math
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from foretaste.errors import InputError, MissingExtraError
from foretaste.models.space import Choice, Range, Space
from foretaste.tuning.objective import Score

if TYPE_CHECKING:
    import optuna
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

KEY = "foretaste"
"""Attribute of a study in a file: what its trials depend on."""
WORDS = {
    "data": "other data",
    "split": "another division (--split, --hide, --repeats)",
    "seed": "another --seed",
    "version": "another version of foretaste",
    "space": "another search space",
    "settings": "other fixed settings (--set)",
    "people": "another share of people",
}
"""What differs, in words, by the name of a part of the identity."""
DAMAGE = (ValueError, LookupError, TypeError, AttributeError, AssertionError, StopIteration, OverflowError)
"""What reading a file meets that somebody else has written, or has changed."""
SHARED = ("data", "split", "seed", "version")
"""Parts of the identity that all studies of a file have in common."""


def load_optuna() -> Any:
    """Return optuna.

    Raises:
        MissingExtraError: It is not installed.
    """
    try:
        import optuna  # noqa: PLC0415 (optional, and a third of a second)
    except ImportError as error:
        raise MissingExtraError(
            f"a search needs {error.name}, which is not installed", hint="pip install 'foretaste[tune]'"
        ) from error
    return optuna


def new_study(name: str, storage: Any = None) -> "optuna.Study":
    """Return an empty study, in memory or in a storage."""
    optuna = load_optuna()
    with _quiet():
        return optuna.create_study(study_name=name, storage=storage)


def sampler(seed: int, startup: int) -> "optuna.samplers.BaseSampler":
    """Return a sampler for one trial."""
    return load_optuna().samplers.TPESampler(seed=seed, n_startup_trials=startup)


def open_file(path: Path, name: str, identity: Mapping[str, str]) -> "optuna.Study":
    """Return a study in a file, which is made where it does not exist.

    Args:
        path: The file; it may hold studies of other models on the same data.
        name: Of the study.
        identity: Words or digests by the names in `WORDS`.

    Raises:
        InputError: The file holds something else, or differs in its identity.
    """
    optuna = load_optuna()
    journal = optuna.storages.journal
    try:
        _mend(path)
        lock = journal.JournalFileOpenLock(str(path))  # held while a line is written
        storage = optuna.storages.JournalStorage(journal.JournalFileBackend(str(path), lock))
        there = {study.study_name: _identity(storage, study) for study in storage.get_all_studies()}
    except DAMAGE as error:
        raise InputError(
            f"{path} is not the study of a search", hint="give --study the name of a new file, or of one it has written"
        ) from error
    for other, found in there.items():
        if found is not None:
            _check_identity(path, found, identity, tuple(WORDS) if other == name else SHARED)
    made = optuna.load_study(study_name=name, storage=storage) if name in there else new_study(name, storage)
    if there.get(name) is None:
        made.set_user_attr(KEY, dict(identity))
    return made


def _identity(storage: "optuna.storages.BaseStorage", study: Any) -> Mapping[str, str] | None:
    """Return what the trials of a study depend on; None where it was made, and the search ended before this was said."""
    if not study.user_attrs and not storage.get_n_trials(storage.get_study_id_from_name(study.study_name)):
        return None
    found = study.user_attrs.get(KEY, {})
    if not isinstance(found, Mapping):
        raise TypeError(found)
    return found


def _mend(path: Path) -> None:
    """Cut off a line that was being written when the machine went down; refuse a file that is no journal from the start.

    Raises:
        ValueError: It is none.
    """
    if not path.exists() or not path.stat().st_size:
        return
    with path.open("r+b") as file:
        if "op_code" not in json.loads(file.readline()):
            raise ValueError(path)
        file.seek(-1, os.SEEK_END)
        if file.read(1) != b"\n":
            file.seek(0)
            file.truncate(file.read().rindex(b"\n") + 1)


def _check_identity(path: Path, found: Mapping[str, str], wanted: Mapping[str, str], parts: tuple[str, ...]) -> None:
    for part in parts:
        if found.get(part) != wanted.get(part):
            raise InputError(
                f"{path} keeps a search with {WORDS[part]}, whose values say nothing here",
                hint="give --study the name of a new file",
            )


def distributions(space: Space) -> "dict[str, BaseDistribution]":
    """Return what optuna draws from."""
    kinds = load_optuna().distributions
    out = {}
    for name, where in space.items():
        if isinstance(where, Choice):
            out[name] = kinds.CategoricalDistribution([json.dumps(option) for option in where.options])
        elif where.whole:
            out[name] = kinds.IntDistribution(int(where.low), int(where.high), log=where.log)
        else:
            out[name] = kinds.FloatDistribution(where.low, where.high, log=where.log)
    return out


def words(space: Space, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings as optuna keeps them: options, which may be tuples, are JSON."""
    return {name: settings[name] if isinstance(space[name], Range) else json.dumps(settings[name]) for name in space}


def values(space: Space, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that optuna's parameters stand for; numbers have four digits, so that a recipe can be read."""
    out: dict[str, Any] = {}
    for name, where in space.items():
        value = params[name]
        if isinstance(where, Choice):
            out[name] = next(option for option in where.options if json.dumps(option) == value)
        else:
            out[name] = value if where.whole else min(max(float(f"{value:.4g}"), where.low), where.high)
    return out


def freeze(number: int, params: Mapping[str, Any], space: Space, score: Score) -> "FrozenTrial":
    """Return a finished trial as optuna keeps it."""
    optuna = load_optuna()
    states, done = optuna.trial.TrialState, score.state == "done"
    attributes = {
        "number": number, "state": score.state, "curves": score.curves, "seconds": round(score.seconds, 3),
        "chosen": dict(score.chosen), "why": score.why,
        "losses": base64.b64encode(score.losses.astype("<f4").tobytes()).decode(),
    }  # fmt: skip
    return optuna.create_trial(
        state=states.COMPLETE if done else states.PRUNED, value=score.value if done else None, params=dict(params),
        distributions=distributions(space), user_attrs=attributes,
        intermediate_values=dict(enumerate(value for line in score.curves for value in line)),
    )  # fmt: skip


def read_trial(frozen: "FrozenTrial") -> tuple[int, Score]:
    """Return number and score of a trial that `freeze` has made."""
    kept = frozen.user_attrs
    losses = np.frombuffer(base64.b64decode(kept["losses"], validate=True), dtype="<f4")
    curves = tuple(tuple(map(float, line)) for line in kept["curves"])
    value = math.inf if frozen.value is None else frozen.value
    score = Score(
        str(kept["state"]), curves, float(kept["seconds"]), value, losses, dict(kept["chosen"]), str(kept["why"])
    )
    return int(kept["number"]), score


def finish(study: "optuna.Study", trial: "optuna.Trial", frozen: "FrozenTrial") -> None:
    """Tell a study in memory what came out."""
    for step, value in frozen.intermediate_values.items():
        trial.report(value, step)
    study.tell(trial, frozen.value, frozen.state)


def forget(study: "optuna.Study", trial: "optuna.Trial") -> None:
    """Tell a study in memory that nothing came out, from which its sampler learns nothing."""
    study.tell(trial, state=load_optuna().trial.TrialState.FAIL)


@contextmanager
def _quiet() -> Iterator[None]:
    """Leave out that a study was made; what the caller logs otherwise is theirs to say."""
    log = logging.getLogger("optuna")
    before = log.level
    log.setLevel(logging.WARNING)
    try:
        yield
    finally:
        log.setLevel(before)
