"""The line on stderr: its words, how often it comes, and that nobody needs to read it."""

import sys

import pytest

from foretaste.cli.search_progress import SearchProgress, describe
from foretaste.training.watch import Progress
from foretaste.tuning import Standing

STEP = Progress(3, 20, 1, 1, 0.5, 1e5, 2.0)


@pytest.mark.parametrize(
    ("standing", "words"),
    [
        (Standing("m", 0, 0, None, None, None), "trial 0"),
        (
            Standing("m", 4, 0, 0.8123, 0.79, 42.0, "done"),
            "trial 4  validation RMSE 0.7900 (defaults 0.8123)  42 s left",
        ),
        (
            Standing("m", 1, 7, 0.8123, 0.8123, 600.0, "", STEP),
            "trial 1 and 7 on few people  validation RMSE 0.8123 (defaults 0.8123)  epoch 3/20  10 min left",
        ),
        (
            Standing("m", 4, 0, 0.25, 0.3, None, "done", metric="ndcg@100"),
            "trial 4  validation NDCG@100 0.3000 (defaults 0.2500)",
        ),
    ],
)
def test_the_words(standing, words):
    assert describe(standing) == words


def test_where_nobody_looks_only_what_is_new_is_written(capsys):
    with SearchProgress() as progress:
        progress(Standing("m", 0, 0, None, None, None, "", STEP))
        for trials, best in ((1, 0.9), (2, 0.9), (3, 0.9), (4, 0.8), (5, 0.8)):
            progress(Standing("m", trials, 0, 0.9, best, None, "done"))
        progress(Standing("n", 1, 0, 0.8, 0.8, None, "done"))
    lines = capsys.readouterr().err.splitlines()
    assert [line.split("  ")[0] for line in lines] == ["m: trial 1", "m: trial 4", "n: trial 1"]


def test_now_and_then_a_line_comes_anyway(capsys):
    progress = SearchProgress()
    progress(Standing("m", 1, 0, 0.9, 0.9, None, "done"))
    progress.written -= 11
    progress(Standing("m", 2, 0, 0.9, 0.9, None, "pruned"))
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_quiet_is_quiet(capsys):
    with SearchProgress(quiet=True) as progress:
        progress(Standing("m", 1, 0, 0.9, 0.9, None, "done"))
    assert capsys.readouterr().err == ""


def test_a_terminal_has_one_line(monkeypatch, capsys):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR")
    with SearchProgress() as progress:
        assert progress.live
        progress(Standing("mine", 1, 0, 0.9, 0.9, None, "", STEP))
        progress.bar.refresh()
    assert "mine" in capsys.readouterr().err


def test_whoever_read_along_may_go(monkeypatch):
    class Closed:
        def write(self, _):
            raise BrokenPipeError

    progress = SearchProgress()
    monkeypatch.setattr(sys, "stderr", Closed())
    progress(Standing("m", 1, 0, 0.9, 0.9, None, "done"))
    assert progress.quiet
