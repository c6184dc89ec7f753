"""A real PostgreSQL for tests: started in a temporary folder on a free port of 127.0.0.1, stopped and removed in the end."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

SETTINGS = (
    "listen_addresses=127.0.0.1", "unix_socket_directories=", "shared_buffers=16MB", "max_connections=60",
    "fsync=off",  # tests kill programs, not the machine
)  # fmt: skip
USER = "anna"
PASSWORD = "s3cret word"
DEADLINE_S = 60


def server_folder() -> Path | None:
    """Return the folder of PostgreSQL's programs: on PATH, or where Debian puts its versions, the newest."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    versions = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(versions, key=lambda path: float(path.parent.name), default=None)


@contextmanager
def running_postgres() -> Iterator[str]:
    """Run a server and yield the address of its database, such as ``postgresql://anna:secret@127.0.0.1:5432/postgres``."""
    folder = server_folder()
    if folder is None:
        missing = "PostgreSQL is not installed: apt-get install --no-install-recommends postgresql"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    place = Path(tempfile.mkdtemp(prefix="foretaste-pg-"))
    prefix = _as_another_user(place)
    secret = place / "password"
    secret.write_text(PASSWORD)
    secret.chmod(0o644)
    base, port = place / "base", _free_port()
    try:
        make = [
            folder / "initdb", "-D", base, "-U", USER, "--pwfile", secret, "-A", "scram-sha-256", "-E", "UTF8",
            "--locale=C.UTF-8", "--no-sync",
        ]  # fmt: skip
        subprocess.run([*prefix, *map(str, make)], check=True, capture_output=True, text=True, cwd=place)
        options = [word for setting in (f"port={port}", *SETTINGS) for word in ("-c", setting)]
        with (place / "log").open("w") as log:
            server = subprocess.Popen(
                [*prefix, str(folder / "postgres"), "-D", str(base), *options], stdout=log, stderr=log, cwd=place
            )
        try:
            _wait(server, port, place / "log")
            yield f"postgresql://{USER}:{PASSWORD.replace(' ', '%20')}@127.0.0.1:{port}/postgres"
        finally:
            server.send_signal(signal.SIGINT)  # now, whoever is still connected
            server.wait(DEADLINE_S)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def emptied(url: str) -> str:
    """Take everything out of a database, and return its address."""
    import psycopg  # noqa: PLC0415 (only where there is a server)

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return url


def _as_another_user(place: Path) -> list[str]:
    """PostgreSQL does not run as root: the user whom its package makes owns the folder then, and runs it."""
    if os.geteuid() != 0:
        return []
    try:
        who = pwd.getpwnam("postgres")
    except KeyError:
        who = pwd.getpwnam("nobody")
    os.chown(place, who.pw_uid, who.pw_gid)
    return ["setpriv", f"--reuid={who.pw_uid}", f"--regid={who.pw_gid}", "--clear-groups"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(server: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    """Wait until the server takes connections; what it said is told where it does not."""
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}")
