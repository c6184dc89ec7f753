"""What README and docs show is run: every Python block in order, every command line of a shell block."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from foretaste.cli.app import run
from foretaste.serve import run as serving
from foretaste.serve.app import close_app, create_app

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FAST = ["--set", "widths=[8]", "--set", "epochs=1", "--quiet"]
SLOW = {"train", "compare"}


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder in which ml-latest-small is a small world with three real titles, so that examples work offline."""
    data = tmp_path / "data" / "ml-latest-small"
    assert run(["data", "synth", str(data), "--users", "60", "--items", "60", "--ratings", "1500"]) == 0
    films = (data / "movies.csv").read_text(encoding="utf-8").splitlines()
    for line, title in enumerate(("Toy Story (1995)", '"Matrix, The (1999)"', "Heat (1995)"), 1):
        films[line] = f"{films[line].split(',')[0]},{title},Drama"
    (data / "movies.csv").write_text("\n".join(films) + "\n", encoding="utf-8")
    (tmp_path / "recipes").symlink_to(ROOT / "recipes")
    (tmp_path / "ratings.csv").symlink_to(data / "ratings.csv")
    monkeypatch.setenv("FORETASTE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("FORETASTE_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p, "python")], ids=lambda p: p.stem)
def test_python_blocks_run(page, place):
    code = "\n".join(blocks(page, "python"))
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=dict(os.environ)
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p, "sh")], ids=lambda p: p.stem)
def test_commands_run(page, place, capsys, monkeypatch):
    monkeypatch.setattr(serving, "run_service", lambda settings, **_: close_app(create_app(settings)))
    commands = [
        c for block in blocks(page, "sh") for c in block.replace("\\\n", " ").splitlines() if c.startswith("foretaste ")
    ]
    for command in commands:
        words = shlex.split(command, comments=True)[1:]
        if "--recipe" in words:
            continue  # recipes are run, shrunk, by tests/test_experiment.py
        quick = FAST if words[0] in SLOW and "autorec" in words else []
        if words[0] == "tune" and "two_sided_ridge" in words:
            quick = ["--set", "epochs=2", "--quiet"]
        if "all-rating" in words:
            words[words.index("--folds") + 1] = "2"
        code = run([*words, *quick])
        assert code == 0, f"{command}\n{capsys.readouterr().err}"


def test_links_between_pages_lead_somewhere():
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            if not target.startswith(("http", "mailto")):
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_options_named_in_the_readme_exist(capsys):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    known = set()
    for command in (
        "demo",
        "train",
        "tune",
        "evaluate",
        "compare",
        "recommend",
        "predict",
        "newcomers",
        "doctor",
        "explain",
        "serve",
        "key",
    ):
        assert run([command, "--help"]) == 0
        known |= set(re.findall(r"--[a-z][a-z-]+", capsys.readouterr().out))
    for block in blocks(ROOT / "README.md", "sh"):
        for line in block.splitlines():
            if line.startswith("foretaste ") and not line.startswith("foretaste data"):
                assert set(re.findall(r" (--[a-z][a-z-]+)", line)) <= known, line
    assert "--rate" in text
