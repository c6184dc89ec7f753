"""How much sooner foretaste reaches the best validation RMSE that dense training of the same network reaches.

python bench/sooner.py --users 60000 --items 26672 --ratings 16700000 --width 1500 --batch 128 --epochs 8

One world, one split by people, AutoRec of one hidden layer. What dense training reaches after each epoch is what foretaste
reaches with full state: a test holds its steps to dense torch's, so the curve is taken from it and not from the hours of dense
epochs. What a dense epoch takes is the median of its steps, measured here beside foretaste's own, times their number. Then the
default, row state, trains from the same start; it is timed whole, with all that `fit` does. Never run on a GPU.
"""

import argparse
import json
import os
import time

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import torch
from engine import Dense

from foretaste import AutoRec
from foretaste.data.synthetic import make_world
from foretaste.evaluation import hidden_rmse
from foretaste.split.holdout import Split
from foretaste.split.new_users import split_new_users

DENSE_STEPS = 8


def main() -> None:
    args = _arguments()
    world = make_world(args.users, args.items, args.ratings, seed=0)
    split = split_new_users(world.ratings, world.catalog, seed=0)
    del world
    steps = -(-split.train.shape[0] // args.batch)
    full, row = (_curve(args, split, state) for state in ("full", "row"))
    ms = _dense_step(args, split)
    best = min(full["rmse"])
    dense_s = (1 + int(np.argmin(full["rmse"]))) * steps * ms / 1e3
    reached = [epoch for epoch, rmse in enumerate(row["rmse"], 1) if rmse <= best]
    ours_s = float(sum(row["epoch_s"][: reached[0]])) if reached else None
    out = {
        "dense_best_rmse": best,
        "dense_ms_per_batch": ms,
        "dense_s": dense_s,
        "foretaste_s": ours_s,
        "times_sooner": dense_s / ours_s if ours_s else None,
        "rmse_full_state": full["rmse"],
        "rmse_row_state": row["rmse"],
        "epoch_s": row["epoch_s"],
    }
    if args.json:
        print(json.dumps(out, indent=2))
        return
    print(f"{split.train.shape[0]:,} people in training, {split.train.nnz:,} ratings, {steps} steps an epoch")
    for name, curve in (("full state, as dense", full), ("row state", row)):
        print(f"{name:21} validation RMSE by epoch: {' '.join(f'{rmse:.4f}' for rmse in curve['rmse'])}")
    print(f"dense torch reaches {best:.4f} after {dense_s:,.0f} s ({ms:.0f} ms a step)")
    if ours_s:
        print(f"foretaste reaches it after {ours_s:,.0f} s: {dense_s / ours_s:.1f} times sooner")
    else:
        print(f"foretaste with row state stays above it: {min(row['rmse']):.4f} in {sum(row['epoch_s']):,.0f} s")


def _curve(args: argparse.Namespace, split: Split, state: str) -> dict[str, list[float]]:
    rmse: list[float] = []
    ends: list[float] = []

    def measure(model) -> float:  # type: ignore[no-untyped-def]
        ends.append(time.perf_counter())  # an epoch ends before it is judged
        rmse.append(hidden_rmse(model, split.valid))
        begins.append(time.perf_counter())
        return rmse[-1]

    model = AutoRec(widths=(args.width,), batch_size=args.batch, mask_input=False, epochs=args.epochs, state=state,
                    patience=args.epochs)  # fmt: skip
    begins = [time.perf_counter()]
    model.fit(split.train, watch=measure)
    return {"rmse": rmse, "epoch_s": [end - begin for begin, end in zip(begins, ends, strict=False)]}


def _dense_step(args: argparse.Namespace, split: Split) -> float:
    encoder, decoder = (torch.randn(split.train.shape[1], args.width) * args.width**-0.5 for _ in range(2))
    dense, order = Dense(encoder, decoder, "adam"), np.random.default_rng(0).permutation(split.train.shape[0])
    times = []
    for step in range(DENSE_STEPS):
        started = time.perf_counter()
        dense.step(split.train, np.sort(order[step * args.batch : (step + 1) * args.batch]))
        times.append(1e3 * (time.perf_counter() - started))
    return float(np.median(times[2:]))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (
        ("users", 60_000), ("items", 26_672), ("ratings", 16_700_000), ("width", 1500), ("batch", 128), ("epochs", 8)
    ):  # fmt: skip
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
