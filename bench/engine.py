"""Milliseconds a training step takes: foretaste's outer layers against the same autoencoder in dense torch and in Keras.

python bench/engine.py --users 43200 --items 26672 --ratings 12000000 --width 1500 --batch 128 --steps 12
python bench/engine.py --keras-python OTHER/bin/python     with a Python that has TensorFlow
python bench/engine.py --epoch                             also one whole pass over the ratings

All networks (items-width-items, ReLU, masked squared error, RMSprop) start from the same weights and learn from the same
batches, taking turns of four batches in one run. The dense ones have rows x items blocks and walk over whole tables;
foretaste touches what the batch holds. What is timed has one second moment for each 64 units of a row (``--state full``: one
a weight). Beside it runs, untimed, foretaste with full state: its losses must be those of the dense ones, `loss_difference`
is the largest difference. `share_of_bound` is the time that the fewest bytes and operations take at the speeds of this
machine, which are measured first, as a share of the time of foretaste. Never run on a GPU.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import torch

from foretaste.arrays import Csr
from foretaste.data.matrix import user_item_matrix
from foretaste.data.synthetic import make_world
from foretaste.kernels.batch import make_batch, places
from foretaste.kernels.layers import decode_cells, encode_rows
from foretaste.kernels.optimiser import RowOptimiser
from foretaste.kernels.row_table import RowTable
from foretaste.memory import peak_memory

RATE, DECAY = 1e-4, 0.99
TURN = 4  # batches


class Ours:
    """The network on foretaste's kernels."""

    def __init__(self, encoder: torch.Tensor, decoder: torch.Tensor, state: str, X: Csr) -> None:
        rule, self.place = RowOptimiser("rmsprop", state, beta2=DECAY), places(X)
        order = np.argsort(self.place)
        self.encoder, self.decoder = RowTable(encoder[order], rule), RowTable(decoder[order], rule)
        self.bias = RowTable(torch.zeros(len(decoder), 1), rule, 1)
        for table in (self.encoder, self.decoder, self.bias):
            table.rate = RATE

    def step(self, X: Csr, rows: np.ndarray) -> float:
        batch = make_batch(X, rows, self.place)
        target = torch.from_numpy(batch.ratings)
        code = torch.relu(encode_rows(self.encoder, target, batch, "fast"))
        loss = (decode_cells(code, self.decoder, self.bias, batch, "fast") - target).square().mean()
        loss.backward()  # type: ignore[no-untyped-call]
        return float(loss.detach())


class Dense:
    """The same network as torch users write it: dense rows, a mask, torch's own optimiser over whole tables."""

    def __init__(self, encoder: torch.Tensor, decoder: torch.Tensor, rule: str = "rmsprop") -> None:
        self.weights = [encoder.clone().requires_grad_(), decoder.clone().requires_grad_(), torch.zeros(len(decoder))]
        self.weights[2].requires_grad_()
        if rule == "adam":
            self.optimiser: torch.optim.Optimizer = torch.optim.Adam(self.weights, lr=RATE)
        else:
            self.optimiser = torch.optim.RMSprop(self.weights, lr=RATE, alpha=DECAY)

    def step(self, X: Csr, rows: np.ndarray) -> float:
        part = X[rows]
        where = (
            torch.from_numpy(np.repeat(np.arange(len(rows)), np.diff(part.indptr))),
            torch.from_numpy(part.indices).long(),
        )
        x, mask = torch.zeros(part.shape), torch.zeros(part.shape)
        x[where], mask[where] = torch.from_numpy(part.data), 1
        encoder, decoder, bias = self.weights
        error = (torch.relu(x @ encoder) @ decoder.T + bias - x) * mask
        loss = error.square().sum() / mask.sum()
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()
        return float(loss.detach())


class Keras:
    """The notebook's network in a process of its own, which waits while the others work; it says itself how long it took."""

    def __init__(self, python: str, encoder: torch.Tensor, decoder: torch.Tensor, folder: Path) -> None:
        self.folder, self.ms = folder, 0.0
        settings = {"items": len(encoder), "width": encoder.shape[1], "rate": RATE, "decay": DECAY}
        (folder / "settings.json").write_text(json.dumps(settings))
        np.savez(folder / "weights.npz", encoder=encoder.numpy(), decoder=decoder.numpy())
        script = Path(__file__).with_name("keras_autorec.py")
        self.process = subprocess.Popen(
            [python, str(script), str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.answer()

    def answer(self) -> dict[str, float]:
        line = self.process.stdout.readline()  # type: ignore[union-attr]
        if not line:
            raise SystemExit("the Python of --keras-python stopped: does it have tensorflow?")
        return json.loads(line)  # type: ignore[no-any-return]

    def step(self, X: Csr, rows: np.ndarray) -> float:
        part, path = X[rows], self.folder / "batch.npz"
        np.savez(path, indptr=part.indptr, indices=part.indices, data=part.data)
        self.process.stdin.write(f"{path}\n")  # type: ignore[union-attr]
        self.process.stdin.flush()  # type: ignore[union-attr]
        answer = self.answer()
        self.ms = answer["ms"]
        return answer["loss"]


def main() -> None:
    args = _arguments()
    world = make_world(args.users, args.items, args.ratings, seed=0)
    X = user_item_matrix(world.ratings, world.catalog)
    X.data -= np.float32(world.ratings.rating.mean())
    del world
    speeds = machine()
    draws = torch.Generator().manual_seed(0)
    encoder, decoder = (torch.randn(args.items, args.width, generator=draws) * args.width**-0.5 for _ in range(2))
    order = np.random.default_rng(0).permutation(args.users)
    every = [np.sort(order[start : start + args.batch]) for start in range(0, args.users, args.batch)]
    with peak_memory() as peak:
        alone, started = Ours(encoder, decoder, args.state, X), time.perf_counter()
        alone.step(X, every[0])
        first = time.perf_counter() - started  # compiled code is loaded here, or made, if it is the first run of all
        for rows in every[1:] if args.epoch else every[1:3]:
            alone.step(X, rows)
        epoch = time.perf_counter() - started if args.epoch else None
    del alone
    with tempfile.TemporaryDirectory() as folder:
        networks = {
            "foretaste": Ours(encoder, decoder, args.state, X),
            "torch_dense": Dense(encoder, decoder),
            "foretaste_full": Ours(encoder, decoder, "full", X),
        }
        if args.keras_python:
            networks["keras"] = Keras(args.keras_python, encoder, decoder, Path(folder))
        times, losses = take_turns(networks, X, every[: args.steps])
        if args.keras_python:
            networks["keras"].process.communicate()
    report(args, X, every[: args.steps], times, losses, speeds, peak.bytes, (first, epoch))


def take_turns(networks, X, batches):  # type: ignore[no-untyped-def]
    """Let each network learn from a few batches, then the next; what disturbs the machine disturbs all of them.

    The first batch of a turn is learnt from but not timed: in training a step follows its like, here it follows another's.
    """
    times, losses = {name: [] for name in networks}, {name: [] for name in networks}
    for turn in range(0, len(batches), TURN):
        for name, network in networks.items():
            for place, rows in enumerate(batches[turn : turn + TURN]):
                started = time.perf_counter()
                losses[name].append(network.step(X, rows))
                ms = network.ms if name == "keras" else 1e3 * (time.perf_counter() - started)
                if place or len(batches) == 1:
                    times[name].append(ms)
    return times, losses


def report(args, X, batches, times, losses, speeds, peak, seconds):  # type: ignore[no-untyped-def]
    ms = {name: float(np.median(values)) for name, values in times.items() if name != "foretaste_full"}
    cells = float(np.mean([X[rows].nnz for rows in batches]))
    items = float(np.mean([len(np.unique(X[rows].indices)) for rows in batches]))
    moved = 5 * items * args.width * 4  # encoder read, read again and written, decoder read and written
    moved += 4 * items * args.width * 4 if args.state == "full" else 0  # second moments of both, read and written
    work = 5 * 2 * cells * args.width  # encode, its gradient, decode, its two gradients
    bound = 1e3 * max(moved / speeds["bytes_per_s"], work / speeds["flop_per_s"])
    others = {name: value for name, value in ms.items() if name != "foretaste"}
    difference = max(float(np.abs(np.subtract(losses["foretaste_full"], losses[name])).max()) for name in others)
    first, epoch = seconds
    out = {
        "ms_per_batch": ms,
        "times_faster": {name: value / ms["foretaste"] for name, value in others.items()},
        "share_of_bound": bound / ms["foretaste"],
        "bound_ms": bound,
        "gb_per_s": moved / ms["foretaste"] / 1e6,
        "gflop_per_s": work / ms["foretaste"] / 1e6,
        "machine": {"gb_per_s": speeds["bytes_per_s"] / 1e9, "gflop_per_s": speeds["flop_per_s"] / 1e9},
        "peak_bytes": peak,
        "first_batch_s": first,
        "epoch_s": epoch,
        "loss_difference": difference,
        "cells_per_batch": cells,
        "items_per_batch": items,
    }
    if args.json:
        print(json.dumps(out, indent=2))
        return
    shape = f"{args.users:,} users x {args.items:,} items, {X.nnz:,} ratings, width {args.width}, batch {args.batch}"
    print(f"{shape}: {cells:,.0f} ratings of {items:,.0f} items a batch")
    print(
        f"{'foretaste':12}{ms['foretaste']:9.1f} ms a batch, {cells / ms['foretaste'] / 1e3:,.2f} M ratings/s", end=""
    )
    print(f", peak {peak / 1e9:.2f} GB" + (f", an epoch {epoch:.1f} s" if epoch else ""))
    print(f"first batch of the process {first:.2f} s (compiled code is loaded, or made once)")
    for name, value in others.items():
        print(f"{name:12}{value:9.1f} ms a batch: {value / ms['foretaste']:.1f} times as long")
    machine_gb, machine_gflop = out["machine"]["gb_per_s"], out["machine"]["gflop_per_s"]
    print(
        f"{out['gb_per_s']:.1f} of {machine_gb:.1f} GB/s, {out['gflop_per_s']:.1f} of {machine_gflop:.0f} GFLOP/s; ",
        end="",
    )
    print(f"the fewest bytes would take {bound:.1f} ms: share of the bound {out['share_of_bound']:.2f}")
    print(f"largest difference of the loss in {len(batches)} steps, full state: {difference:.1e}")


def machine() -> dict[str, float]:
    """Measure what this machine can do at best: copy memory, multiply matrices."""
    source, target = torch.ones(60_000_000), torch.zeros(60_000_000)
    square = torch.ones(2048, 2048)
    best_copy = min(_timed(lambda: target.copy_(source)) for _ in range(5))
    best_product = min(_timed(lambda: square @ square) for _ in range(5))
    return {"bytes_per_s": 2 * 4 * len(source) / best_copy, "flop_per_s": 2 * 2048**3 / best_product}


def _timed(call) -> float:  # type: ignore[no-untyped-def]
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (
        ("users", 43_200),
        ("items", 26_672),
        ("ratings", 12_000_000),
        ("width", 1500),
        ("batch", 128),
        ("steps", 12),
    ):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--state", choices=("row", "full"), default="row", help="second moments of foretaste's tables")
    parser.add_argument(
        "--keras-python", metavar="PATH", help="a Python that has TensorFlow: time the notebook's network too"
    )
    parser.add_argument("--epoch", action="store_true", help="also time one pass over all ratings")
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser.parse_args()


if __name__ == "__main__":
    main()
