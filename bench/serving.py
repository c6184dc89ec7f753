"""How fast `foretaste serve` answers, how much it holds, and whether it fails while its model is swapped.

    python bench/serving.py                        # about three minutes; --full asks 100,000 times
    python bench/serving.py --only speed --json

An autoencoder of width 512 with random weights (timing knows no difference) is served as a user would start it, over 10,000
and over 60,000 films. Visitors of locust ask for lists from 20 ratings. At 100 requests a second there are 100 visitors who ask
once a second each, whether or not others have been answered, so that a slow answer delays no later request. The highest rate is
that of 16 connections that ask again at once, by wrk where it is installed. A route of FastAPI that returns a constant is asked
the same way: what it takes is what the machine and the client take. Then the same 16 ask many times more, while the model is
swapped five times, and the memory of the process is read every so often.
"""

import argparse
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from scipy.sparse import csr_array
from scoring import bundle_of

from foretaste.arrays import as_csr
from foretaste.data.catalog import Catalog

WIDTH, GIVEN, CONNECTIONS, SWAPS, BODIES, WARM_S = 512, 20, 16, 5, 5_000, 2.0
GENRES = ("Action", "Animation", "Comedy", "Crime", "Drama", "Horror", "Romance", "Sci-Fi", "Thriller", "War")
SLOWEST = 25
"""Requests a second below which it is given up."""
HERE = Path(__file__).parent
BARE = """
import sys, uvicorn
from fastapi import FastAPI
app = FastAPI()
@app.get("/")
async def constant(): return {"status": "ok"}
uvicorn.run(app, port=int(sys.argv[1]), access_log=False, log_level="error")
"""
LUA = """
local bodies = {}
for line in io.lines("%s") do bodies[#bodies + 1] = line end
local n = 0
request = function()
  n = n %% #bodies + 1
  return wrk.format("POST", "/v1/recommendations", {["Content-Type"] = "application/json"}, bodies[n])
end
"""


def main() -> None:
    args = _arguments()
    with tempfile.TemporaryDirectory(prefix="foretaste-bench-") as made:
        folder = Path(made) if args.folder is None else args.folder
        out: dict[str, Any] = {"load_before": os.getloadavg()[0], "cores": os.cpu_count()}
        if args.only in {None, "speed"}:
            out["bare"] = speed_of_bare(args.seconds)
            for items in args.items:
                out[str(items)] = speed_of(folder, items, args.seconds)
        if args.only in {None, "swaps"}:
            out["swaps"] = swapped(folder, args.items[0], 100_000 if args.full else args.requests)
    print(json.dumps(out, indent=2) if args.json else words(out))


def speed_of_bare(seconds: float) -> dict[str, float]:
    """Measure a route that does nothing."""
    port = _free_port()
    with running([sys.executable, "-c", BARE, str(port)], port, "/"):
        latency = percentiles(ask(port, "/", seconds=seconds, users=100, each=1.0))
        return {**latency, "per_s": highest(port, "/", None, seconds)}


def speed_of(folder: Path, items: int, seconds: float) -> dict[str, float]:
    """Measure a model over so many films."""
    bundle, bodies = world(folder, items)
    port, started = _free_port(), time.perf_counter()
    with running(serving(bundle, port), port, "/readyz") as process:
        ready_s = time.perf_counter() - started
        check(port, bodies)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/map", timeout=300) as answer:
            answer.read()  # the map is made once in the background: not while requests are timed
        fresh, before = memory(process), busy(process)
        latency = percentiles(ask(port, "/v1/recommendations", bodies, seconds=seconds, users=100, each=1.0))
        middle, asked = busy(process), answered(port)
        rate = highest(port, "/v1/recommendations", bodies, seconds)
        cpu = {
            "cpu_ms": (middle - before) * 1e3 / asked,
            "cpu_ms_at_most": (busy(process) - middle) * 1e3 / (answered(port) - asked),
        }
        return {"ready_s": ready_s, **latency, "per_s": rate, "mb_at_start": fresh, "mb": memory(process), **cpu}


def swapped(folder: Path, items: int, requests: int) -> dict[str, Any]:
    """Ask many times while the model is swapped, and read the memory."""
    bundle, bodies = world(folder, items)
    other = world(folder, items, seed=1)[0]
    port = _free_port()
    with running(serving(bundle, port), port, "/readyz") as process:
        before, held, names = memory(process), [], [other.name, bundle.name] * SWAPS
        done, swaps, slowest = 0, 0, 0.0
        with asking(port, "/v1/recommendations", bodies, total=requests) as asked:
            deadline = time.perf_counter() + 60 + requests / SLOWEST
            while asked.poll() is None:
                if time.perf_counter() > deadline:
                    raise SystemExit(f"after {done:,} requests it takes too long")
                time.sleep(0.2)
                done = answered(port)
                while len(held) < 10 * done // requests:
                    held.append(memory(process))
                if swaps < SWAPS and done > (swaps + 1) * requests / (SWAPS + 1):
                    slowest = max(slowest, swap(port, names[swaps]))
                    swaps += 1
        result = asked.result()
        times = percentiles(result["times"])
        return {**times, "requests": len(result["times"]), "failed": result["failed"], "why": result["why"],
                "swaps": swaps, "slowest_swap_s": slowest, "mb_before": before, "mb_at_each_tenth": held,
                "per_s": len(result["times"]) / max(t for t, _ in result["times"])}  # fmt: skip


def world(folder: Path, items: int, seed: int = 0) -> tuple[Path, Path]:
    """Return a bundle and a file of requests, made where they are not there yet."""
    bundle, bodies = folder / f"films-{items}-{seed}", folder / f"asked-{items}.jsonl"
    draw = np.random.default_rng(seed)
    chance = 1 / np.arange(1, items + 1) ** 0.8
    chance /= chance.sum()
    if not bodies.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with bodies.open("w") as file:
            for _ in range(BODIES):
                given = (1 + draw.choice(items, GIVEN, replace=False, p=chance)).tolist()
                ratings = [{"item": item, "rating": int(draw.integers(1, 11)) / 2} for item in given]
                file.write(json.dumps({"ratings": ratings, "k": 10}) + "\n")
    if not bundle.exists():
        rows = np.repeat(np.arange(300), 100)
        cols = np.concatenate([draw.choice(items, 100, replace=False, p=chance) for _ in range(300)])
        values = (draw.integers(1, 11, len(rows)) / 2).astype(np.float32)
        made = bundle_of(as_csr(csr_array((values, (rows, cols)), shape=(300, items)).sorted_indices()), WIDTH)
        titles = tuple(f"Film {n} of Them ({1930 + n % 90})" for n in range(items))
        genres = tuple(tuple(draw.choice(GENRES, 1 + n % 3, replace=False).tolist()) for n in range(items))
        replace(made, catalog=Catalog(np.arange(1, items + 1), titles, genres)).save(bundle)
    return bundle, bodies


def serving(bundle: Path, port: int) -> list[str]:
    """Return the command that a user would type."""
    code = "import sys; from foretaste.cli.app import run; raise SystemExit(run(sys.argv[1:]))"
    store = f"sqlite:///{bundle.parent / 'ratings.db'}"
    return [sys.executable, "-c", code, "serve", str(bundle), "--port", str(port), "--store", store]


@contextlib.contextmanager
def running(command: list[str], port: int, path: str, wait_s: float = 60) -> Iterator[psutil.Process]:
    """Run a service, wait until it answers, and stop it at the end."""
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            deadline = time.perf_counter() + wait_s
            while get(port, path) is None:
                if process.poll() is not None or time.perf_counter() > deadline:
                    raise SystemExit(f"the service did not start: {' '.join(command)}")
                time.sleep(0.005)
            yield psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(20)


class Asking:
    """Visitors of locust that are asking."""

    def __init__(
        self, port: int, path: str, bodies: Path | None, *, users: int, each: float, more: list[str], total: int
    ):
        self._out = Path(tempfile.mkdtemp(prefix="foretaste-bench-")) / "times.json"
        told = {"PATH_ASKED": path, "EACH_PER_S": str(each), "TOTAL": str(total), "OUT": str(self._out)}
        told |= {} if bodies is None else {"BODIES": str(bodies)}
        command = [sys.executable, "-m", "locust", "-f", str(HERE / "visitors.py"), "--headless", "--only-summary",
                   "-u", str(users), "-r", str(users), "--host", f"http://127.0.0.1:{port}", *more]  # fmt: skip
        quiet = subprocess.DEVNULL
        self.process = subprocess.Popen(command, env={**os.environ, **told}, stdout=quiet, stderr=quiet)

    def poll(self) -> int | None:
        return self.process.poll()

    def result(self) -> dict[str, Any]:
        self.process.wait()
        out: dict[str, Any] = json.loads(self._out.read_text())
        shutil.rmtree(self._out.parent)
        return out


@contextlib.contextmanager
def asking(port: int, path: str, bodies: Path | None, *, total: int) -> Iterator[Asking]:
    """Let visitors ask again at once until they have asked so many times."""
    asked = Asking(port, path, bodies, users=CONNECTIONS, each=0, more=[], total=total)
    try:
        yield asked
    finally:
        if asked.poll() is None:
            asked.process.terminate()


def ask(port: int, path: str, bodies: Path | None = None, *, seconds: float, users: int, each: float) -> list[Any]:
    """Return when each request began and how long it took, after the first seconds."""
    more = ["-t", f"{seconds + WARM_S + 3:.0f}s"]
    result = Asking(port, path, bodies, users=users, each=each, more=more, total=0).result()
    if result["failed"]:
        raise SystemExit(f"{result['failed']} requests failed: {result['why'][0]}")
    first = min(t for t, _ in result["times"])
    return [(t, ms) for t, ms in result["times"] if t > first + WARM_S]


def highest(port: int, path: str, bodies: Path | None, seconds: float) -> float:
    """Return requests a second of connections that ask again at once."""
    if shutil.which("wrk") is None:
        times = ask(port, path, bodies, seconds=seconds, users=CONNECTIONS, each=0)
        return len(times) / (max(t for t, _ in times) - min(t for t, _ in times))
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(LUA % bodies if bodies is not None else "")
        script.flush()
        command = [
            "wrk",
            "-t1",
            f"-c{CONNECTIONS}",
            f"-d{seconds:.0f}s",
            "-s",
            script.name,
            f"http://127.0.0.1:{port}{path}",
        ]
        text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in text or "Socket errors" in text:
        raise SystemExit(text)
    return float(next(line.split()[1] for line in text.splitlines() if line.startswith("Requests/sec")))


def percentiles(times: list[Any]) -> dict[str, float]:
    """Return the middle and the tail of times in ms, and how many there were a second."""
    ms = np.array([one for _, one in times])
    span = max(t for t, _ in times) - min(t for t, _ in times)
    return {
        "p50_ms": float(np.percentile(ms, 50)),
        "p99_ms": float(np.percentile(ms, 99)),
        "asked_per_s": len(ms) / span,
    }


def get(port: int, path: str, body: bytes | None = None) -> bytes | None:
    """Return what is answered, or None where nobody does."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()
    except OSError:
        return None


def check(port: int, bodies: Path) -> None:
    """See to it that what is measured is a list."""
    with bodies.open("rb") as file:
        answer = json.loads(get(port, "/v1/recommendations", file.readline()) or b"{}")
    if len(answer.get("items", ())) != 10 or answer["ignored"]:
        raise SystemExit(f"that is no list of ten: {answer}")


def swap(port: int, name: str) -> float:
    """Swap the model, and return the seconds that it took."""
    started = time.perf_counter()
    if get(port, "/v1/admin/swap", json.dumps({"bundle": name}).encode()) is None:
        raise SystemExit(f"{name} was not swapped in")
    return time.perf_counter() - started


def answered(port: int) -> int:
    """Return how many lists the service has given, as it says itself."""
    lines = (get(port, "/metrics") or b"").decode().splitlines()
    head = 'foretaste_responses_total{method="POST",route="/v1/recommendations",status="200"}'
    return int(sum(float(line.split()[-1]) for line in lines if line.startswith(head)))


def memory(process: psutil.Process) -> float:
    """Return what a process holds, in MB."""
    return process.memory_info().rss / 1e6


def busy(process: psutil.Process) -> float:
    """Return the seconds of a CPU that a process has taken: a busy machine changes them less than it changes latency."""
    times = process.cpu_times()
    return float(times.user + times.system)


def words(out: dict[str, Any]) -> str:
    """Return the figures as a table."""
    lines = [f"{out['cores']} cores, client included; load before: {out['load_before']:.1f}"]
    bare = out.get("bare")
    for name, one in out.items():
        if isinstance(one, dict) and "per_s" in one and name != "swaps":
            what = "a constant" if name == "bare" else f"{int(name):,} films"
            beside = "" if one is bare else f"; {one['p50_ms'] / bare['p50_ms']:.1f} times a constant's p50"
            held = f", {one['mb']:.0f} MB, ready after {one['ready_s']:.2f} s" if "mb" in one else ""
            held += f", {one['cpu_ms']:.1f} and {one['cpu_ms_at_most']:.1f} ms of CPU a request" if "mb" in one else ""
            lines.append(
                f"{what:13s} at {one['asked_per_s']:.0f}/s: p50 {one['p50_ms']:.1f} ms, p99 {one['p99_ms']:.1f} ms{beside}; "
                f"{one['per_s']:.0f} requests/s at most{held}"
            )
    if "swaps" in out:
        one = out["swaps"]
        held = " ".join(f"{mb:.0f}" for mb in one["mb_at_each_tenth"])
        lines += [
            f"{one['requests']:,} requests at {one['per_s']:.0f}/s with {one['swaps']} swaps (the slowest took "
            f"{one['slowest_swap_s']:.1f} s): {one['failed']} failed, p50 {one['p50_ms']:.1f} ms, p99 {one['p99_ms']:.1f} ms",
            f"memory: {one['mb_before']:.0f} MB before, then {held} MB",
            *one["why"],
        ]
    return "\n".join(lines)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, nargs="+", default=[10_000, 60_000])
    parser.add_argument("--seconds", type=float, default=20, help="of each measurement")
    parser.add_argument("--requests", type=int, default=20_000, help="asked while the model is swapped")
    parser.add_argument("--full", action="store_true", help="100,000 of them")
    parser.add_argument("--only", choices=("speed", "swaps"))
    parser.add_argument("--folder", type=Path, help="keep what is made here")
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser.parse_args()


if __name__ == "__main__":
    main()
