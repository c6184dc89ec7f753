"""A small data folder, a command runner, and one trained bundle for all tests of the commands."""

import json
import shlex
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from foretaste.cli.app import run

FAST = ["--model", "autorec", "--set", "widths=[8]", "--set", "epochs=2"]


@dataclass
class Said:
    """What a command said."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """Return stdout as JSON."""
        return json.loads(self.out)


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Run a command in this process."""

    def call(*arguments: object) -> Said:
        capsys.readouterr()
        code = run([str(a) for a in arguments])
        text = capsys.readouterr()
        return Said(code, text.out, text.err)

    return call


@pytest.fixture
def shell(tmp_path: Path) -> Callable[[str], Said]:
    """Run a line of the shell in a new process, in the test's folder; `foretaste` is this one."""
    code = "import sys; sys.argv[0] = 'foretaste'; from foretaste.cli import main; main()"
    script = f'foretaste() {{ {shlex.quote(sys.executable)} -c {shlex.quote(code)} "$@"; }}\n'

    def call(line: str) -> Said:
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", script + line], cwd=tmp_path, capture_output=True, check=False
        )
        return Said(done.returncode, done.stdout.decode(), done.stderr.decode())

    return call


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A MovieLens-shaped folder of 60 users, 40 items and 900 ratings."""
    folder = tmp_path_factory.mktemp("world") / "tiny"
    assert run(["data", "synth", str(folder), "--users", "60", "--items", "40", "--ratings", "900", "--seed", "3"]) == 0
    return folder


@pytest.fixture(scope="session")
def bundle(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle trained on it."""
    folder = tmp_path_factory.mktemp("bundle") / "b"
    assert run(["train", str(world), "--out", str(folder), *FAST, "--quiet"]) == 0
    return folder


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the cache inside the test."""
    monkeypatch.setenv("FORETASTE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_COLOR", "1")
