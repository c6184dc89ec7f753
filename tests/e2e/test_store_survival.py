"""What the service acknowledged is there after it was killed: `foretaste serve` as a process of its own, and SIGKILL."""

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time

import pytest

from foretaste.store import Store
from tests.serving import saved

START = "import sys; from foretaste.cli.app import run; sys.exit(run(sys.argv[1:]))"
THREADS, AFTER = 6, 300


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return saved(tmp_path_factory.mktemp("served") / "films")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    return f"sqlite:///{tmp_path / 'ratings.db'}" if request.param == "sqlite" else request.getfixturevalue("database")


@pytest.fixture
def service(folder, url):
    """A service in a process of its own, and its port."""
    words = ["serve", str(folder), "--store", url, "--port", "0", "--rate-limit", "0"]
    env = os.environ | {"FORETASTE_CACHE": str(folder.parent / "cache")}
    process = subprocess.Popen([sys.executable, "-c", START, *words], stderr=subprocess.PIPE, text=True, env=env)
    try:
        told = next(line for line in process.stderr if "http://127.0.0.1:" in line)
        port = int(told.partition("127.0.0.1:")[2].partition("/")[0])
        wait_for(port)
        yield process, port
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def wait_for(port):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError("nobody listens")


@pytest.mark.slow
def test_no_write_that_the_service_acknowledged_is_lost_when_it_is_killed(service, url):
    process, port = service
    acknowledged, enough = [], threading.Event()

    def write(thread):
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            for n in range(10_000):
                item, rating = n % 60 + 1, n % 10 / 2 + 0.5
                body = json.dumps({"rating": rating})
                client.request("PUT", f"/v1/users/u{thread}/ratings/{item}", body, {"content-type": "application/json"})
                answer = client.getresponse()
                told = json.loads(answer.read())
                assert answer.status == 200, told
                acknowledged.append((f"u{thread}", str(item), rating, told["revision"]))
                if len(acknowledged) >= AFTER:
                    enough.set()
        except (OSError, http.client.HTTPException):
            return  # killed: what it was answering was not acknowledged
        finally:
            client.close()

    writers = [threading.Thread(target=write, args=(thread,)) for thread in range(THREADS)]
    for writer in writers:
        writer.start()
    assert enough.wait(60), acknowledged
    process.kill()
    for writer in writers:
        writer.join(30)
    assert AFTER <= len(acknowledged) < THREADS * 10_000
    with Store(url) as store:
        kept = {(f"u{n}", one.item): one for n in range(THREADS) for one in store.ratings(f"u{n}")}
    for user, item, rating, revision in acknowledged:
        found = kept[user, item]
        assert (found.rating, found.revision) == (rating, revision) or found.revision > revision
