"""Milliseconds a training step takes: foretaste's outer layers against the same autoencoder in dense torch.

python bench/engine.py --users 43200 --items 26672 --ratings 12000000 --width 1500 --batch 128 --steps 12

Both networks (items-width-items, ReLU, masked squared error, RMSprop on the outer tables) start from the same weights and learn
from the same batches, taking turns, in one process. Dense torch has rows x items blocks and walks over whole tables; foretaste
touches what the batch holds. `share_of_bound` is the time of the fewest bytes and operations at the speeds of this machine that
are measured here first, as a share of the time of foretaste. Never run on a GPU.
"""

import argparse
import json
import os
import time

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import torch

from foretaste.arrays import Csr
from foretaste.data.matrix import user_item_matrix
from foretaste.data.synthetic import make_world
from foretaste.kernels.batch import make_batch
from foretaste.kernels.layers import decode_cells, encode_rows
from foretaste.kernels.optimiser import RowOptimiser
from foretaste.kernels.row_table import RowTable
from foretaste.memory import peak_memory

RATE = 1e-3


class Ours:
    """The network on foretaste's kernels."""

    def __init__(self, encoder: torch.Tensor, decoder: torch.Tensor, state: str) -> None:
        rule = RowOptimiser("rmsprop", state, beta2=0.99)
        self.encoder, self.decoder = RowTable(encoder.clone(), rule), RowTable(decoder.clone(), rule)
        self.bias = RowTable(torch.zeros(len(decoder), 1), rule, 1)
        for table in (self.encoder, self.decoder, self.bias):
            table.rate = RATE

    def step(self, X: Csr, rows: np.ndarray, mean: float) -> float:
        batch = make_batch(X, rows)
        target = torch.from_numpy(batch.ratings - np.float32(mean))
        code = torch.relu(encode_rows(self.encoder, target, batch, "fast"))
        loss = (decode_cells(code, self.decoder, self.bias, batch, "fast") - target).square().mean()
        loss.backward()  # type: ignore[no-untyped-call]
        return float(loss.detach())


class Dense:
    """The same network as torch users write it: dense rows, a mask, torch's own RMSprop over whole tables."""

    def __init__(self, encoder: torch.Tensor, decoder: torch.Tensor) -> None:
        self.weights = [encoder.clone().requires_grad_(), decoder.clone().requires_grad_(), torch.zeros(len(decoder))]
        self.weights[2].requires_grad_()
        self.optimiser = torch.optim.RMSprop(self.weights, lr=RATE, alpha=0.99)

    def step(self, X: Csr, rows: np.ndarray, mean: float) -> float:
        part = X[rows]
        mask = torch.zeros(part.shape)
        where = (
            torch.from_numpy(np.repeat(np.arange(len(rows)), np.diff(part.indptr))),
            torch.from_numpy(part.indices).long(),
        )
        mask[where] = 1
        x = torch.zeros(part.shape)
        x[where] = torch.from_numpy(part.data - np.float32(mean))
        encoder, decoder, bias = self.weights
        error = (torch.relu(x @ encoder) @ decoder.T + bias - x) * mask
        loss = error.square().sum() / mask.sum()
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()
        return float(loss.detach())


def main() -> None:
    args = _arguments()
    world = make_world(args.users, args.items, args.ratings, seed=0)
    X, mean = user_item_matrix(world.ratings, world.catalog), float(world.ratings.rating.mean())
    del world
    speeds = machine()
    draws = torch.Generator().manual_seed(0)
    encoder, decoder = (torch.randn(args.items, args.width, generator=draws) * args.width**-0.5 for _ in range(2))
    order = np.random.default_rng(0).permutation(args.users)
    batches = [np.sort(order[k * args.batch : (k + 1) * args.batch]) for k in range(args.steps)]
    with peak_memory() as peak:
        alone = Ours(encoder, decoder, args.state)
        for rows in batches[:3]:
            alone.step(X, rows, mean)
    del alone
    networks = {"foretaste": Ours(encoder, decoder, args.state), "torch_dense": Dense(encoder, decoder)}
    times: dict[str, list[float]] = {name: [] for name in networks}
    losses: dict[str, list[float]] = {name: [] for name in networks}
    for rows in batches:  # by turns: what disturbs the machine disturbs both
        for name, network in networks.items():
            started = time.perf_counter()
            losses[name].append(network.step(X, rows, mean))
            times[name].append(time.perf_counter() - started)
    report(args, X, batches, times, losses, speeds, peak.bytes)


def report(args, X, batches, times, losses, speeds, peak):  # type: ignore[no-untyped-def]
    ms = {name: 1e3 * float(np.median(values[2:])) for name, values in times.items()}
    cells = float(np.mean([X[rows].nnz for rows in batches]))
    items = float(np.mean([len(np.unique(X[rows].indices)) for rows in batches]))
    moved = 5 * items * args.width * 4  # encoder read, read again and written, decoder read and written
    work = 5 * 2 * cells * args.width  # encode, its gradient, decode, its two gradients
    bound = 1e3 * max(moved / speeds["bytes_per_s"], work / speeds["flop_per_s"])
    difference = float(np.max(np.abs(np.subtract(losses["foretaste"], losses["torch_dense"]))))
    out = {
        "ms_per_batch": ms,
        "times_faster": {"torch_dense": ms["torch_dense"] / ms["foretaste"]},
        "share_of_bound": bound / ms["foretaste"],
        "gb_per_s": moved / ms["foretaste"] / 1e6,
        "gflop_per_s": work / ms["foretaste"] / 1e6,
        "machine": {"gb_per_s": speeds["bytes_per_s"] / 1e9, "gflop_per_s": speeds["flop_per_s"] / 1e9},
        "peak_bytes": peak,
        "loss_difference": difference,
        "cells_per_batch": cells,
        "items_per_batch": items,
    }
    if args.json:
        print(json.dumps(out, indent=2))
        return
    ours, theirs = ms["foretaste"], ms["torch_dense"]
    top_gb, top_gflop = speeds["bytes_per_s"] / 1e9, speeds["flop_per_s"] / 1e9
    print(
        f"{args.users:,} x {args.items:,}, width {args.width}, batch {args.batch}; a batch holds {cells:,.0f} ratings",
        end="",
    )
    print(f" of {items:,.0f} items")
    print(f"foretaste    {ours:8.1f} ms a batch, {cells / ours:,.0f}k ratings/s, peak {peak / 1e9:.2f} GB")
    print(f"dense torch  {theirs:8.1f} ms a batch: {theirs / ours:.1f} times as long")
    print(f"{out['gb_per_s']:.1f} of {top_gb:.1f} GB/s, {out['gflop_per_s']:.1f} of {top_gflop:.0f} GFLOP/s, ", end="")
    print(f"share of the bound {out['share_of_bound']:.2f}")
    print(f"largest difference of the loss in {len(batches)} steps: {difference:.1e}")


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
    ):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--state", choices=("row", "full"), default="row", help="second moments of foretaste's tables")
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser.parse_args()


if __name__ == "__main__":
    main()
