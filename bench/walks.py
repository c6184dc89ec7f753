"""What bounds a training step: the four walks of the engine one by one, and the same walks with less of one cost.

python bench/walks.py --users 43200 --items 26672 --ratings 12000000 --width 1500 --batch 128

  as it is          the rows that a batch touches, the most rated item first
  any order         rows in an order that has nothing to do with popularity: more gaps between those that are touched
  side by side      as many rows without a gap: memory is read as one stretch
  in the cache      all items on 32 rows: no row comes from memory, the arithmetic is the same

Each with 1 thread and with all, medians over steps, taking turns. `in the cache` on all threads is what arithmetic and the
caches take; what is above it is memory.
"""

import argparse
import json
import os
import time
from dataclasses import replace

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import torch

from foretaste.data.matrix import user_item_matrix
from foretaste.data.synthetic import make_world
from foretaste.kernels import fast, threads
from foretaste.kernels.batch import Batch, make_batch, places
from foretaste.kernels.optimiser import RowOptimiser
from foretaste.kernels.row_table import RowTable

WALKS = ("encode", "decode", "decode_step", "encode_step")
IN_CACHE = 32


def main() -> None:
    args = _arguments()
    world = make_world(args.users, args.items, args.ratings, seed=0)
    X = user_item_matrix(world.ratings, world.catalog)
    del world
    rule = RowOptimiser(args.rule, args.state)
    encoder, decoder = (RowTable(0.01 * torch.randn(args.items, args.width), rule) for _ in range(2))
    encoder.rate = decoder.rate = 1e-6
    order, all_threads, out = np.random.default_rng(0).permutation(args.users), threads.count(), {}
    batches = [np.sort(order[start : start + args.batch]) for start in range(0, args.users, args.batch)][: args.steps]
    for rows in batches:
        for name, batch in _variants(X, rows).items():
            for parts in (1, all_threads):
                threads.count = lambda parts=parts: parts  # type: ignore[assignment, misc]
                for walk, ms in _walk(encoder, decoder, batch).items():
                    out.setdefault(name, {}).setdefault(parts, {}).setdefault(walk, []).append(ms)
    table = {
        name: {
            f"{parts} threads": {walk: float(np.median(ms[1:])) for walk, ms in found.items()}
            for parts, found in by.items()
        }
        for name, by in out.items()
    }
    if args.json:
        print(json.dumps(table, indent=2))
        return
    print(f"{'ms a walk':14}{'threads':>9}" + "".join(f"{walk:>13}" for walk in (*WALKS, "together")))
    for name, by in table.items():
        for parts, found in by.items():
            numbers = [*found.values(), sum(found.values())]
            print(f"{name:14}{parts.split()[0]:>9}" + "".join(f"{ms:13.1f}" for ms in numbers))


def _variants(X, rows: np.ndarray) -> dict[str, Batch]:  # type: ignore[no-untyped-def]
    batch = make_batch(X, rows, places(X))
    return {
        "as it is": batch,
        "any order": make_batch(X, rows),
        "side by side": replace(batch, items=np.arange(len(batch.items), dtype=np.int32)),
        "in the cache": replace(batch, items=np.arange(len(batch.items), dtype=np.int32) % IN_CACHE),
    }


def _walk(encoder: RowTable, decoder: RowTable, batch: Batch) -> dict[str, float]:
    values, times, started = torch.from_numpy(batch.ratings), {}, time.perf_counter()

    def lap(walk: str) -> None:
        nonlocal started
        times[walk] = 1e3 * (time.perf_counter() - started)
        started = time.perf_counter()

    hidden = fast.encode(encoder, values, batch)
    lap("encode")
    cells = fast.decode(decoder, None, hidden, batch)
    lap("decode")
    back = fast.decode_step(decoder, None, hidden, 1e-6 * cells, batch)
    lap("decode_step")
    fast.encode_step(encoder, values, back, batch)
    lap("encode_step")
    return times


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (
        ("users", 43_200), ("items", 26_672), ("ratings", 12_000_000), ("width", 1500), ("batch", 128), ("steps", 12)
    ):  # fmt: skip
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--rule", default="rmsprop")
    parser.add_argument("--state", default="row")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
