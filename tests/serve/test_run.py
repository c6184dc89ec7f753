"""From settings to a process that listens, as a user starts it."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from foretaste import __version__
from foretaste.errors import InputError
from foretaste.serve.app import close_app
from foretaste.serve.deploy.loading import load_served
from foretaste.serve.run import SETTINGS, address, app_of_worker, begun, bind, from_json, to_json
from foretaste.serve.settings import Settings
from foretaste.serve.telemetry.logs import GONE
from tests.serving import saved

COMMAND = [sys.executable, "-c", "from foretaste.cli import main; main()"]


@contextmanager
def running(folder, *options):
    """Start the command, yield its address and its process once it answers, and stop it."""
    command = [*COMMAND, "serve", str(folder), "--port", "0", *map(str, options)]
    env = os.environ | {"FORETASTE_CACHE": str(folder.parent / "cache")}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=folder.parent, env=env) as process:
        try:
            told = ""
            while not (found := re.search(r"http://[^\s\"]+", told)):
                line = process.stderr.readline()
                assert line, f"it ended: {told}"
                told += line
            yield found[0], process
        finally:
            process.kill()


def get(where, path):
    """Return an answer; where the address was told, somebody answers."""
    with urllib.request.urlopen(where + path, timeout=60) as answer:
        return json.load(answer)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_it_answers_and_stops_when_told_to(tmp_path, workers):
    with running(saved(tmp_path / "films"), "--workers", workers) as (where, process):
        assert get(where, "readyz")["status"] == "ready"
        for _ in range(8):
            assert get(where, "healthz")["status"] == "ok"
        with urllib.request.urlopen(where + "metrics", timeout=30) as answer:  # whichever worker is asked knows of all
            assert b'responses_total{method="GET",route="/healthz",status="200"} 8.0' in answer.read()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) in {0, -signal.SIGTERM}
        assert "Traceback" not in process.stderr.read()


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_its_log_is_json_from_the_first_line_and_says_what_is_served(tmp_path, workers):
    folder = saved(tmp_path / "films")
    command = [*COMMAND, "serve", str(folder), "--port", "0", "--workers", str(workers), "--read-only"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        try:
            first = json.loads(process.stderr.readline())
            assert get(first["address"], "healthz")["status"] == "ok"
            process.send_signal(signal.SIGTERM)
            rest = [json.loads(line) for line in process.stderr.read().splitlines()]
        finally:
            process.kill()
    version = json.loads((folder / "manifest.json").read_text())["checksum"][:12]
    assert (first["event"], first["bundle"], first["challenger"]) == ("serving", f"films {version}", None)
    assert (first["store"], first["keys"], first["read_only"]) == ("sqlite:///foretaste.db", False, True)
    assert (first["workers"], first["foretaste"]) == (workers, __version__)
    assert rest == [], "what the server says of itself is left out"


def test_what_the_log_says_at_the_start_holds_no_password(tmp_path):
    served = load_served(saved(tmp_path / "films"))
    settings = Settings(bundle=Path("films"), store="postgresql://me:hunter%202@db/r?password=other", keys=Path("k"))
    facts = begun(settings, "http://x/", [("main", served), ("challenger", served)])
    assert facts["store"] == f"postgresql://me:{GONE}@db/r?password={GONE}"
    assert facts["challenger"] == facts["bundle"] == f"films {served.version}"
    assert facts["keys"]


@pytest.mark.slow
def test_what_cannot_be_served_is_refused_in_words(tmp_path):
    folder = saved(tmp_path / "films")
    (folder / "arrays.safetensors").write_bytes(b"")
    command = [*COMMAND, "serve", str(folder), "--port", "0", "--workers", "2"]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60, cwd=tmp_path)
    assert ended.returncode == 2
    assert "arrays.safetensors is damaged or truncated" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_port_that_is_taken_is_refused_before_anything_is_loaded():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        words = f"cannot listen at 127.0.0.1, port {port}: address already in use"
        with pytest.raises(InputError, match=words) as refused:
            bind(Settings(bundle=Path("films"), port=port))
    assert "--port" in str(refused.value)


def test_an_address_that_is_not_this_machines_is_refused():
    with pytest.raises(InputError, match=r"cannot listen at 192\.0\.2\.7, port 0"):
        bind(Settings(bundle=Path("films"), host="192.0.2.7", port=0, read_only=True))


def test_the_address_names_the_port_that_was_free():
    settings = Settings(bundle=Path("films"), port=0)
    with bind(settings) as listener:
        assert address(settings, listener) == f"http://127.0.0.1:{listener.getsockname()[1]}/"


def test_workers_find_the_settings_that_were_given(tmp_path):
    settings = Settings(
        bundle=tmp_path / "films",
        keys=tmp_path / "keys",
        workers=3,
        rate_per_s=2.5,
        share=0.1,
        names=("a.org", "b.org"),
        cache=tmp_path / "cache",
    )
    assert from_json(to_json(settings)) == settings
    assert from_json(to_json(Settings(bundle=Path("films")))) == Settings(bundle=Path("films"))


def test_a_worker_keeps_no_password_of_the_store_in_its_environment(tmp_path, monkeypatch):
    done = []
    monkeypatch.setattr("foretaste.serve.run.configure", lambda _: None)
    monkeypatch.setattr("foretaste.serve.run.spare_collector", lambda: done.append("spared"))
    settings = Settings(bundle=saved(tmp_path / "films"), store=f"sqlite:///{tmp_path / 'ratings.db'}")
    monkeypatch.setenv(SETTINGS, to_json(settings))
    app = app_of_worker()
    close_app(app)
    assert (app.state.settings, done) == (settings, ["spared"])
    assert SETTINGS not in os.environ


def test_the_collector_does_not_look_through_what_was_imported():
    code = "import gc\nfrom foretaste.serve.run import spare_collector\nspare_collector()\n"
    code += "print(gc.get_freeze_count(), len(gc.get_objects()))"
    ended = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60)
    spared, looked_through = map(int, ended.stdout.split())
    assert spared > 50_000 > 100 * looked_through
