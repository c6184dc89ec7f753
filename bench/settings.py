"""What settings of a model are worth on validation ratings, over several splits; no test part is opened.

python bench/settings.py ml-latest-small --model biased_mf --split random --seeds 3 --set "" --set unexplained=0
"""

import argparse
import json

import numpy as np

from foretaste.entries import Entry
from foretaste.experiment import divide
from foretaste.fitting import fit_entry
from foretaste.models.params import parse_setting
from foretaste.recipe import Recipe, SplitParams
from foretaste.source import load


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", default="ml-latest-small")
    parser.add_argument("--model", default="autorec")
    parser.add_argument("--split", default="new-users", choices=("new-users", "random"))
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--first-seed", type=int, default=100, help="far from the seeds that are reported")
    parser.add_argument(
        "--set", action="append", help="settings of one line, separated by spaces; none is the defaults"
    )
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    source = load(args.data)
    seeds = range(args.first_seed, args.first_seed + args.seeds)
    splits = {seed: divide(source, Recipe(split=SplitParams(kind=args.split, seed=seed))) for seed in seeds}
    out = {}
    for line in args.set or [""]:
        settings = dict(parse_setting(word) for word in line.split())
        fitted = [
            fit_entry(Entry(args.model, settings), split, seed=seed, refit=False) for seed, split in splits.items()
        ]
        out[line or "defaults"] = {
            "valid_rmse": float(np.mean([f.valid_rmse for f in fitted])),
            "each": [f.valid_rmse for f in fitted],
            "fit_s": float(np.mean([f.fit_s for f in fitted])),
        }
        if not args.json:
            row = out[line or "defaults"]
            each = " ".join(f"{value:.4f}" for value in row["each"])
            print(
                f"{args.model} {line or 'defaults'}: RMSE {row['valid_rmse']:.4f} ({each}), {row['fit_s']:.1f} s a fit",
                flush=True,
            )
    if args.json:
        print(json.dumps(out, indent=2))


if __name__ == "__main__":
    main()
