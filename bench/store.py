"""What the ratings store takes: one write, many writers, reading, and a million ratings in and out.

    python bench/store.py                          # SQLite in a temporary folder, and PostgreSQL where it is installed
    python bench/store.py --ratings 100000 --json
    python bench/store.py --store postgresql://anna@host/empty

A write is acknowledged when it is on the disk. The time of one is mostly the flush of the disk, so that is measured beside it:
the same bytes appended to a file and flushed, in turn with the writes. PostgreSQL is started in a temporary folder with its
defaults (fsync on). Import and export run as the commands do, each in a process of its own; memory is the peak of that
process, and its processor time tells more than the clock on a busy machine.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from foretaste.data.synthetic import make_world
from foretaste.data.writers import write_ratings
from foretaste.errors import StoreError
from foretaste.store import Store

WRITES = 1_500
CHILD = "import sys, resource, json, time\nfrom foretaste.cli.app import run\nstart = time.perf_counter()\n"
CHILD += "code = run(sys.argv[1:])\nseconds = time.perf_counter() - start\n"
CHILD += "used = resource.getrusage(resource.RUSAGE_SELF)\n"
CHILD += "print(json.dumps([code, seconds, used.ru_utime + used.ru_stime, 1024 * used.ru_maxrss]))"


def main() -> None:
    parser = argparse.ArgumentParser(description="What the ratings store takes.")
    parser.add_argument("--ratings", type=int, default=1_000_000)
    parser.add_argument("--store", help="An empty store instead of SQLite and PostgreSQL.")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    out = {}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        world = folder / "ratings.csv"
        users = max(args.ratings // 100, 20)
        write_ratings(make_world(users, min(max(users, 400), 10_000), args.ratings, seed=0).ratings, world)
        for name, url in stores(folder, args.store):
            out[name] = {**writes(url, folder), **many(url), **bulk(url, world, folder)}
            if not args.json:
                show(name, out[name])
    if args.json:
        print(json.dumps(out))


def stores(folder: Path, given: str | None) -> Iterator[tuple[str, str]]:
    if given:
        yield "store", given
        return
    yield "SQLite", f"sqlite:///{folder / 'ratings.db'}"
    with contextlib.suppress(FileNotFoundError), server() as url:
        yield "PostgreSQL", url


@contextlib.contextmanager
def server() -> Iterator[str]:
    """Run PostgreSQL as the tests do, but with its defaults."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from tests import postgres  # noqa: PLC0415

    if postgres.server_folder() is None:
        raise FileNotFoundError
    safe = tuple(setting for setting in postgres.SETTINGS if not setting.startswith(("fsync", "shared_buffers")))
    postgres.SETTINGS = safe
    with postgres.running_postgres() as url:
        yield url


def writes(url: str, folder: Path) -> dict[str, float]:
    """Time one write after the other, reading, and the flush of the disk."""
    taken: dict[str, list[float]] = {"put": [], "flush": [], "ratings": [], "revision": []}

    def timed(name: str, call: Callable[[], object]) -> None:
        start = time.perf_counter()
        call()
        taken[name].append(time.perf_counter() - start)

    def flush(file: int) -> None:
        os.write(file, b"x" * 4096)
        os.fdatasync(file)

    file = os.open(folder / "flushed", os.O_WRONLY | os.O_CREAT)
    with Store(url) as store:
        for item in range(200):
            store.put("anna", item, 3)
        for n in range(WRITES):
            timed("put", lambda n=n: store.put(f"u{n % 200}", n, 4.5))
            timed("flush", lambda: flush(file))
            timed("ratings", lambda: store.ratings("anna"))
            timed("revision", lambda: store.revision("anna"))
    os.close(file)
    ms = {name: 1000 * np.array(times) for name, times in taken.items()}
    return {
        "put_per_s": 1000 / float(ms["put"].mean()),
        **{f"{name}_{q}_ms": float(np.quantile(ms[name], p)) for name in ms for q, p in (("p50", 0.5), ("p99", 0.99))},
    }


def many(url: str, threads: int = 20, each: int = 100) -> dict[str, float]:
    """Time writes of many threads at once, as a server has them."""
    taken: list[float] = []
    failed: list[StoreError] = []
    with Store(url) as store:

        def write(number: int) -> None:
            for n in range(each):
                start = time.perf_counter()
                try:
                    store.put(f"t{number}", n, 4.5)
                except StoreError as error:
                    failed.append(error)
                taken.append(time.perf_counter() - start)

        team = [threading.Thread(target=write, args=(number,)) for number in range(threads)]
        start = time.perf_counter()
        for thread in team:
            thread.start()
        for thread in team:
            thread.join()
        seconds = time.perf_counter() - start
    return {
        "threads_put_per_s": threads * each / seconds,
        "threads_put_p99_ms": 1000 * float(np.quantile(taken, 0.99)),
        "threads_failed": len(failed),
    }


def bulk(url: str, world: Path, folder: Path) -> dict[str, float]:
    """Time import into a store with few ratings, the same again, and export."""
    out: dict[str, float] = {}
    jobs = {
        "import": ("data", "import", str(world), "--store", url),
        "again": ("data", "import", str(world), "--store", url),
        "export": ("data", "export", str(folder / "out.csv"), "--store", url),
    }
    for name, words in jobs.items():
        environment = {**os.environ, "FORETASTE_CACHE": str(folder / "cache")}
        command = [sys.executable, "-c", CHILD, *words]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        code, seconds, cpu, peak = json.loads(done.stdout.splitlines()[-1])
        if code:
            raise RuntimeError(done.stderr)
        out |= {f"{name}_s": seconds, f"{name}_cpu_s": cpu, f"{name}_peak_bytes": peak}
    return out


def show(name: str, found: dict[str, float]) -> None:
    print(
        f"{name}: one write p50 {found['put_p50_ms']:.2f} ms, p99 {found['put_p99_ms']:.2f} ms "
        f"({found['put_per_s']:,.0f} a second; the disk's flush alone p50 {found['flush_p50_ms']:.2f} ms, "
        f"p99 {found['flush_p99_ms']:.2f} ms); 20 threads {found['threads_put_per_s']:,.0f} a second, "
        f"p99 {found['threads_put_p99_ms']:.1f} ms, {found['threads_failed']} failed"
    )
    print(
        f"  reading: 200 ratings of a user p50 {found['ratings_p50_ms']:.2f} ms, the revision {found['revision_p50_ms']:.2f} ms"
    )
    for job in ("import", "again", "export"):
        seconds, cpu, peak = (found[f"{job}_{what}"] for what in ("s", "cpu_s", "peak_bytes"))
        print(f"  {job}: {seconds:.1f} s ({cpu:.1f} s of its own processor), peak {peak / 1e6:,.0f} MB")


if __name__ == "__main__":
    main()
