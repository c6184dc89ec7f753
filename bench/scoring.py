"""What scoring and ranking cost beside the bare matrix product, and what lists for a whole file of people take.

    python bench/scoring.py                       # 12 blocks of the 60,000 users; --full takes them all
    python bench/scoring.py --width 512 --json
    python bench/scoring.py --people 1000000      # and Parquet -> lists -> Parquet with the command line

An autoencoder with random weights scores rows of a synthetic world and the 100 best unseen items of each row are listed,
shrunk by their evidence as a bundle does it. Product, `score`, and `score` with `rank` take turns, block by block, in one
process; times are medians over blocks, for the rows of all users. The product is numpy's, of the same codes and decoder, into
memory that is there already. The part with people runs in processes of its own, on a model of 3,000 items and width 32.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from foretaste.arrays import Csr
from foretaste.bundle import Bundle
from foretaste.data.catalog import Catalog
from foretaste.data.matrix import user_item_matrix
from foretaste.data.synthetic import make_world
from foretaste.memory import peak_memory
from foretaste.models.autorec import AutoRec, AutoRecParams, weight_shapes
from foretaste.models.baselines import Bias
from foretaste.order import Order

SAMPLE = 12
"""Blocks of rows that stand for all users."""
RATED = 278
"""Ratings a user has: 16.7 million of 60,000."""


def main() -> None:
    args = _arguments()
    if args.child == "make":
        make_people(Path(args.folder), args.people)
        return
    if args.child:
        print(json.dumps(people(Path(args.folder), args.people, args.child)))
        return
    blocks = -(-args.users // args.block)
    taken = blocks if args.full else min(SAMPLE, blocks)
    rows = min(taken * args.block, args.users)
    world = make_world(rows, args.items, rows * args.rated, seed=0)
    X = user_item_matrix(world.ratings, world.catalog)
    out = measure(bundle_of(X, args.width), X, args.k, args.block)
    scale = args.users / X.shape[0]
    result = {
        "seconds": {name: seconds * scale for name, seconds in out["seconds"].items()},
        "ratio": out["seconds"]["score_and_rank"] / out["seconds"]["matmul"],
        "ms_per_block": out["ms_per_block"],
        "gflop_per_s": 2e-9 * X.shape[0] * args.items * args.width / out["seconds"]["matmul"],
        "peak_bytes": out["peak_bytes"],
        "rows_measured": X.shape[0],
    }
    if args.people:
        result["people"] = people_alone(args.people)
    report(args, result)


def bundle_of(X: Csr, width: int) -> Bundle:
    """Return an autoencoder with random weights and the evidence of some rows."""
    params, draw = AutoRecParams(widths=(width,)), np.random.default_rng(0)
    arrays = {
        name: draw.standard_normal(shape, dtype=np.float32) * np.float32(shape[-1] ** -0.5)
        for name, shape in weight_shapes(params, X.shape[1]).items()
    }
    arrays["decoder"] *= np.float32(0.2)
    arrays["decoder_bias"] *= 0
    bias = Bias().fit(X)
    arrays |= {name: bias.arrays()[name] for name in ("n_items_", "scale_", "mean_", "item_effect_")}
    model = AutoRec.from_arrays(params, arrays | {"sigma_": bias.residual_spread(X)})
    count = np.bincount(X.indices, minlength=X.shape[1]).astype(np.float32)
    order = Order(count, float(X.data.mean() - 2 * X.data.std()), 0.03 * X.shape[0])
    return Bundle(model, Catalog(np.arange(X.shape[1])), order, (float(X.data.min()), float(X.data.max())))


def measure(bundle: Bundle, X: Csr, k: int, block: int) -> dict[str, dict[str, float] | float]:
    """Time the three on each block of rows, by turns."""
    model, decoder = bundle.model, bundle.model.arrays()["decoder"]
    room = np.empty((block, X.shape[1]), np.float32)
    times: dict[str, list[float]] = {"matmul": [], "score": [], "score_and_rank": []}
    with peak_memory() as peak:
        for start in [0, *range(0, X.shape[0], block)]:  # the first one twice: loading and compiling count nowhere
            rows = X[start : start + block]
            code, _ = model.encode(rows)
            part = room[: rows.shape[0]]
            calls = {
                "matmul": lambda code=code, part=part: np.matmul(code, decoder.T, out=part),
                "score": lambda rows=rows: model.score(rows),
                "score_and_rank": lambda rows=rows: bundle.rank_rows(rows, k),
            }
            for name, call in calls.items():
                started = time.perf_counter()
                call()
                times[name].append((time.perf_counter() - started) / rows.shape[0])
    per_row = {name: float(np.median(values[1:])) for name, values in times.items()}
    return {
        "seconds": {name: value * X.shape[0] for name, value in per_row.items()},
        "ms_per_block": {name: 1e3 * value * block for name, value in per_row.items()},
        "peak_bytes": peak.bytes,
    }


def people(folder: Path, n: int, kind: str) -> dict[str, float]:
    """Run the command line on a file of people, and return its seconds and its peak."""
    import polars as pl  # noqa: PLC0415 (only this part needs it)

    data, out = folder / f"{kind}.parquet", folder / "lists.parquet"
    code = "import sys; from foretaste.cli.app import run; raise SystemExit(run(sys.argv[1:]))"
    words = ["recommend", str(folder / "bundle"), "--data", str(data), "--out", str(out), "-k", "10", "--quiet"]
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code, *words], check=True, stderr=subprocess.DEVNULL)
    seconds, used = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    ratings, lines = (int(pl.scan_parquet(path).select(pl.len()).collect().item()) for path in (data, out))
    return {
        "seconds": seconds, "people_per_s": n / seconds, "peak_bytes": used * 1024, "ratings": ratings, "lines": lines,
    }  # fmt: skip


def make_people(folder: Path, n: int) -> None:
    """Write a small bundle and two files with 15 ratings for each of n people, in order and mixed."""
    import polars as pl  # noqa: PLC0415

    world = make_world(2000, 3000, 60_000, seed=0)
    bundle_of(user_item_matrix(world.ratings, world.catalog), 32).save(folder / "bundle")
    draw = np.random.default_rng(1)
    user = np.repeat(np.arange(n), 15)
    item = draw.integers(0, 200, len(user)) + 200 * np.tile(np.arange(15), n)  # no pair twice
    frame = pl.DataFrame({"user_id": user, "item_id": item, "rating": draw.integers(1, 11, len(user)) / 2})
    frame.write_parquet(folder / "sorted.parquet")
    frame.sample(fraction=1, shuffle=True, seed=1).write_parquet(folder / "mixed.parquet")


def people_alone(n: int) -> dict[str, dict[str, float]]:
    """Make the files and run the commands, each in a process of its own: a child's peak would begin at its parent's."""
    with tempfile.TemporaryDirectory(prefix="foretaste-bench-") as folder:
        out = {}
        for kind in ("make", "sorted", "mixed"):
            command = [sys.executable, __file__, "--child", kind, "--folder", folder, "--people", str(n)]
            out[kind] = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return {kind: json.loads(out[kind]) for kind in ("sorted", "mixed")}


def report(args: argparse.Namespace, result: dict) -> None:  # type: ignore[type-arg]
    if args.json:
        print(json.dumps(result, indent=2))
        return
    rows = "all rows" if result["rows_measured"] >= args.users else f"from {result['rows_measured']:,} rows"
    print(f"{args.users:,} users x {args.items:,} items, width {args.width}, lists of {args.k} ({rows})")
    for name, seconds in result["seconds"].items():
        per_block = result["ms_per_block"][name]
        print(f"{name:15s} {seconds:8.1f} s, {per_block:7.1f} ms for {args.block} rows")
    print(f"ratio {result['ratio']:.2f} (aim 1.6), product {result['gflop_per_s']:.0f} GFLOP/s, ", end="")
    print(f"peak {result['peak_bytes'] / 1e9:.2f} GB")
    for kind, run in result.get("people", {}).items():
        print(f"{kind} file: {run['ratings']:,} ratings -> {run['lines']:,} lines in {run['seconds']:.1f} s, ", end="")
        print(f"{run['people_per_s']:,.0f} people/s, peak {run['peak_bytes'] / 1e9:.2f} GB")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("users", 60_000), ("items", 26_672), ("width", 1500), ("k", 100), ("block", 512)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--rated", type=int, default=RATED, help="ratings of a user, on average")
    parser.add_argument("--full", action="store_true", help="measure all users, not a sample of blocks")
    parser.add_argument("--people", type=int, default=0, help="also time lists for so many people of a file")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser.parse_args()


if __name__ == "__main__":
    main()
