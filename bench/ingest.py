"""How fast a file of ratings becomes a users x items matrix: cold, and again from the cache.

    python bench/ingest.py                      # 20 million rows in the shape of MovieLens 20M, in a temp folder
    python bench/ingest.py --rows 1000000 --json
    python bench/ingest.py --file ratings.csv

Every reading happens in a fresh Python. Seconds run from before `import foretaste` to the finished CSR matrix; the peak
is the resident memory of that process (ru_maxrss), which counts the pages of the CSV file that it has mapped.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

USERS, ITEMS, ROWS = 138_493, 26_744, 20_000_000
LIMITS = {"cold": (10.0, 1.5), "cached": (1.5, 1.5)}
"""Aims: seconds, and GB at the peak."""


def main() -> None:
    args = _arguments()
    if args.child == "make":
        make_file(Path(args.file), args.rows)
    elif args.child == "read":
        print(json.dumps(read_file(Path(args.file))))
    else:
        with tempfile.TemporaryDirectory(prefix="foretaste-bench-") as folder:
            report(measure(Path(folder), args.file, args.rows), as_json=args.json)


def measure(folder: Path, file: str | None, rows: int) -> dict[str, dict[str, float]]:
    """Run every step in a process of its own: a child's peak would otherwise begin at its parent's."""
    path = Path(file) if file else folder / "ratings.csv"
    if file is None:
        _child("make", path, folder, rows)
    subprocess.run(["cat", str(path)], check=True, stdout=subprocess.DEVNULL)  # both readings find it in the page cache
    return {name: json.loads(_child("read", path, folder, rows)) for name in ("cold", "cached")}


def read_file(path: Path) -> dict[str, float]:
    start = time.perf_counter()
    from foretaste.data.matrix import user_item_matrix  # noqa: PLC0415 (importing is part of what is timed)
    from foretaste.data.readers import read_data  # noqa: PLC0415

    ratings, catalog = read_data(path)
    read_s = time.perf_counter() - start
    matrix = user_item_matrix(ratings, catalog)
    total_s = time.perf_counter() - start
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu_s, peak_gb = used.ru_utime + used.ru_stime, used.ru_maxrss * 1024 / 1e9
    n_users, n_items = matrix.shape
    return {
        "seconds": total_s, "read_s": read_s, "cpu_s": cpu_s, "peak_gb": peak_gb, "ratings": matrix.nnz, "users": n_users,
        "items": n_items, "file_mb": path.stat().st_size / 1e6,
    }  # fmt: skip


def make_file(path: Path, rows: int) -> None:
    """Write ratings sorted by user and item as GroupLens ships them, no pair twice, activity and popularity very unequal."""
    import numpy as np  # noqa: PLC0415 (only the child that makes the file needs them)
    import polars as pl  # noqa: PLC0415

    rng = np.random.default_rng(20)
    users = max(USERS * rows // ROWS, 1000)
    items = max(ITEMS * rows // ROWS, 2000)
    activity = np.cumsum(rng.lognormal(0.0, 1.2, users))
    popularity = np.cumsum(rng.permutation(1 / np.arange(1, items + 1) ** 0.9))
    keys = np.empty(0, np.int64)
    while len(keys) < rows:
        want = int((rows - len(keys)) * 1.6) + 1000
        user = np.searchsorted(activity, rng.random(want) * activity[-1])
        item = np.searchsorted(popularity, rng.random(want) * popularity[-1])
        keys = np.unique(np.concatenate([keys, user.astype(np.int64) * items + item]))
    keys = keys[np.sort(rng.permutation(len(keys))[:rows])]
    movie_ids = np.sort(rng.permutation(5 * items)[:items]) + 1
    columns = {
        "userId": keys // items + 1,
        "movieId": movie_ids[keys % items],
        "rating": rng.integers(1, 11, rows) * 0.5,
        "timestamp": rng.integers(789_652_009, 1_427_784_002, rows),
    }
    pl.DataFrame(columns).write_csv(path)


def report(results: dict[str, dict[str, float]], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(results, indent=2))
        return
    first = results["cold"]
    print(f"{first['ratings']:,.0f} ratings, {first['users']:,.0f} x {first['items']:,.0f}, {first['file_mb']:,.0f} MB")
    for name, result in results.items():
        seconds, peak_gb = LIMITS[name]
        print(
            f"{name:7s} {result['seconds']:6.2f} s (aim {seconds:g} s), reading {result['read_s']:.2f} s, "
            f"cpu {result['cpu_s']:.2f} s; peak {result['peak_gb']:.2f} GB (aim {peak_gb:g} GB)"
        )


def _child(what: str, path: Path, folder: Path, rows: int) -> str:
    command = [sys.executable, __file__, "--child", what, "--file", str(path), "--rows", str(rows)]
    env = os.environ | {"FORETASTE_CACHE": str(folder / "cache")}
    return subprocess.run(command, check=True, env=env, stdout=subprocess.PIPE, text=True).stdout


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=ROWS, help="rows of the file that is made")
    parser.add_argument("--file", help="read this file instead of making one")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--child", choices=("make", "read"), help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
