"""foretaste demo: works anywhere, and shows a list."""

import os
import re
import signal

import pytest

from foretaste import Bundle, choice
from foretaste.cli import demo as module
from foretaste.entries import Entry
from foretaste.errors import DownloadError


@pytest.fixture
def quick(monkeypatch):
    """Shrink the stand-in world and the model; the way through the demo stays the same."""
    monkeypatch.setattr(module, "LIKE_IT", (60, 40, 900))
    monkeypatch.setattr(choice, "SMALL", (Entry("two_sided_ridge", {"epochs": 2}),))


def test_without_data_and_network_a_world_stands_in_and_one_line_says_so(say, quick, monkeypatch, tmp_path):
    def offline(name):
        raise DownloadError(f"{name} cannot be fetched")

    monkeypatch.setattr(module, "fetch", offline)
    said = say("demo", "--out", tmp_path / "demo", "--quiet")
    assert said.code == 0, said.err
    assert "using a synthetic world of the same size instead" in said.err
    assert "Ten films for a newcomer who rated" in said.out
    assert len(re.findall(r"│ +\d+ │", said.out)) >= 10
    for name in ("manifest.json", "report.html"):
        assert (tmp_path / "demo" / name).is_file()


def test_a_second_run_replaces_the_first(say, quick, tmp_path):
    for _ in range(2):
        assert say("demo", "--out", tmp_path / "demo", "--quiet", "--synthetic").code == 0


def test_real_titles_are_used_where_they_exist(say, quick, monkeypatch, tmp_path):
    folder = tmp_path / "ml"
    folder.mkdir()
    lines = [f"{user},{item},{1 + (user * item) % 5}" for user in range(1, 31) for item in range(1, 16)]
    (folder / "ratings.csv").write_text("userId,movieId,rating\n" + "\n".join(lines) + "\n")
    titles = [*module.NEWCOMER, *(f"Film {n} (2000)" for n in range(4, 16))]
    rows = [f'{n},"{title}",Drama' for n, title in enumerate(titles, 1)]
    (folder / "movies.csv").write_text("movieId,title,genres\n" + "\n".join(rows) + "\n")
    monkeypatch.setattr(module, "fetch", lambda _: folder)
    said = say("demo", "--out", tmp_path / "demo", "--quiet")
    assert said.code == 0, said.err
    assert "Toy Story (1995) 4, Matrix, The (1999) 5, Titanic (1997) 1.5" in " ".join(said.out.split())
    assert Bundle.load(tmp_path / "demo").catalog.titles


def test_ctrl_c_writes_nothing(say, quick, monkeypatch, tmp_path):
    def stopping(recipe, source, **options):
        def stop(label, progress):
            if label == "bias" and progress is None:
                os.kill(os.getpid(), signal.SIGINT)

        return real(recipe, source, **options | {"report": stop})

    real = module.run
    monkeypatch.setattr(module, "run", stopping)
    said = say("demo", "--out", tmp_path / "demo", "--quiet", "--synthetic")
    assert said.code == 130
    assert said.err.endswith("stopped by Ctrl-C: nothing is written\n")
    assert not (tmp_path / "demo").exists()
