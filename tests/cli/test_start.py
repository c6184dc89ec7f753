"""The first and the last moment: Ctrl-C while libraries load, closed streams, poor encodings."""

import os
import signal
import subprocess
import sys
import time

import pytest

from foretaste import Bundle
from foretaste.cli import start as module

FAST = "--model bias --no-gate --quiet"


def test_starting_imports_next_to_nothing():
    code = "import sys, foretaste.cli; print(*sorted({m.partition('.')[0] for m in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"typer", "rich", "numpy", "logging", "pathlib"} & (set(done.stdout.split()) - site_modules())


def site_modules():
    code = "import sys; print(*sorted({m.partition('.')[0] for m in sys.modules}))"
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())


def test_main_exits_with_the_code(monkeypatch):
    monkeypatch.setattr("foretaste.cli.app.run", lambda: 7)
    before = signal.getsignal(signal.SIGINT)
    try:
        with pytest.raises(SystemExit, match="7"):
            module.main()
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.slow
@pytest.mark.parametrize("wait_s", [0.1, 0.2, 0.35])
def test_ctrl_c_while_libraries_load_is_one_word_and_exit_130(wait_s):
    slow = "import sys, time; from foretaste.cli import main; sys.modules['typer'] = None\n"
    slow += "class Slow:\n    def find_spec(self, name, *_):\n        print('here', flush=True); time.sleep(30)\n"
    slow += "del sys.modules['typer']; sys.meta_path.insert(0, Slow()); main()"
    process = subprocess.Popen([sys.executable, "-c", slow], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "here\n"
    time.sleep(wait_s)
    os.kill(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, "stopped\n")


@pytest.mark.slow
def test_without_stdout_json_is_refused_before_any_work(shell, world, tmp_path):
    said = shell(f"foretaste train {world} --out b {FAST} --json >&-")
    assert said.code == 2
    assert said.err.startswith("error: stdout is closed, so --json has nowhere to go\nhint: ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("closed", ["2>&-", ">&-", "<&- >&- 2>&-"])
def test_training_needs_no_stream_at_all(shell, world, tmp_path, closed):
    said = shell(f"foretaste train {world} --out b {FAST} {closed}")
    assert said.code == 0, said.err
    assert Bundle.load(tmp_path / "b").model.name == "bias"
    assert (tmp_path / "b" / "report.html").is_file()


@pytest.mark.slow
def test_an_encoding_without_accents_is_no_failure(shell, tmp_path):
    rows = "".join(f"{user},{item},{1 + (user * item) % 5}\n" for user in range(1, 31) for item in range(1, 9))
    films = "".join(f"{item},Amélie {item} (2001),Drama\n" for item in range(1, 9))
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "ratings.csv").write_text("userId,movieId,rating\n" + rows, encoding="utf-8")
    (tmp_path / "d" / "movies.csv").write_text("movieId,title,genres\n" + films, encoding="utf-8")
    said = shell(f"export PYTHONIOENCODING=ascii; foretaste train d --out b {FAST} && foretaste recommend b --rate 1=5")
    assert said.code == 0, said.err
    assert "Am\\xe9lie" in said.out
    said = shell("export PYTHONIOENCODING=ascii; foretaste recommend b --rate 1=5 -k 1 --json")
    assert said.json()["items"][0]["title"].startswith("Amélie")
