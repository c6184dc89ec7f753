from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from foretaste.training.watch import Progress, Watch, as_watch


def test_a_watch_is_taken_as_it_is() -> None:
    watch = Watch(report=print, checkpoint=Path("x"))
    assert as_watch(watch) is watch


def test_a_plain_function_is_what_is_measured() -> None:
    def measure(model: object) -> float:
        return 1.0

    assert as_watch(measure) == Watch(measure=measure)


def test_nothing_to_watch_is_an_empty_watch() -> None:
    assert as_watch(None) == Watch(measure=None, report=None, checkpoint=None, holdout=None, known=None)


def test_progress_is_a_frozen_record_without_a_measure_by_default() -> None:
    progress = Progress(1, 2, 3, 4, 0.5, 6.0, 7.0)
    assert progress.watched is None
    assert progress.best is None
    assert not progress.part
    with pytest.raises(FrozenInstanceError):
        progress.epoch = 2  # type: ignore[misc]
