"""The progress line."""

import io
import sys
from dataclasses import replace

import pytest

from foretaste.cli.progress import TrainingProgress, describe, left, speed
from foretaste.training.watch import Progress

STEP = Progress(3, 40, 2, 2, 0.5, 1_234_567.0, 125.0, watched=0.87, best=0.86)


def test_the_line_holds_loss_validation_speed_and_time_left():
    assert describe(STEP) == "epoch 3/40  loss 0.5000  validation RMSE 0.8700 (best 0.8600)  1.2M ratings/s  2 min left"


def test_of_a_model_that_ranks_it_holds_the_quality_of_lists():
    words = "epoch 3/40  loss 0.5000  validation NDCG@100 0.3100 (best 0.3200)  1.2M ratings/s  2 min left"
    assert describe(replace(STEP, watched=-0.31, best=-0.32)) == words


def test_a_member_of_a_blend_is_named():
    assert describe(replace(STEP, part="biased_mf#2")).startswith("biased_mf#2  epoch 3/40  loss")


def test_before_the_first_validation_the_line_is_shorter():
    assert "validation" not in describe(Progress(1, 2, 1, 3, 1.0, 10.0, 4.0))


@pytest.mark.parametrize(("value", "words"), [(950, "950"), (12_300, "12k"), (3_400_000, "3.4M")])
def test_speed_is_short(value, words):
    assert speed(value) == words


@pytest.mark.parametrize(("value", "words"), [(45, "45 s"), (180, "3 min"), (7560, "2.1 h")])
def test_time_left_is_short(value, words):
    assert left(value) == words


def test_without_a_terminal_there_is_a_line_now_and_then(capsys):
    with TrainingProgress() as progress:
        progress("autorec", None)
        for epoch in range(1, 7):
            progress("autorec", Progress(epoch, 40, 1, 2, 0.5, 100.0, 1.0))
            progress("autorec", Progress(epoch, 40, 2, 2, 0.5, 100.0, 1.0))
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "autorec: fitting"
    assert [line.split()[2] for line in lines[1:]] == ["1/40", "6/40"]


def test_a_reader_that_has_gone_does_not_end_training(monkeypatch):
    class Gone(io.StringIO):
        def write(self, _):
            raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr("sys.stderr", Gone())
    with TrainingProgress() as progress:
        progress("autorec", None)
        progress("autorec", STEP)
    assert progress.quiet


def test_names_are_shown_as_they_are(monkeypatch):
    monkeypatch.setattr("sys.stderr", io.StringIO())
    monkeypatch.setenv("FORCE_COLOR", "1")
    with TrainingProgress() as progress:
        assert progress.live
        progress("[/b] :smile:", None)
        progress("[/b] :smile:", STEP)
        progress.bar.refresh()
        assert "[/b] :smile:" in sys.stderr.getvalue()


def test_quiet_says_nothing(capsys):
    with TrainingProgress(quiet=True) as progress:
        progress("autorec", None)
        progress("autorec", STEP)
    assert capsys.readouterr() == ("", "")
