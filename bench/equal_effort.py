"""Every rating model searched with the same number of trials, then judged over folds, with a blend and fresh divisions beside.

Settings are searched on the validation part of one division (seed 100); its test part has no say. Then every model is judged
over five folds with those settings, and once more on three divisions with other seeds, where only the order is asked.
Searching and judging use one data set: ratings that were validation ratings of the search are hidden ratings of some fold.

python bench/equal_effort.py ml-latest-small --split random --trials 16
python bench/equal_effort.py ml-latest-small --split new-users --trials 16
"""

import argparse
import json
import sys
from dataclasses import replace

from foretaste.comparison import Comparison
from foretaste.entries import Entry
from foretaste.experiment import divide_folds, run
from foretaste.folds import compare_folds
from foretaste.models import model_class
from foretaste.recipe import Recipe, SplitParams
from foretaste.source import load
from foretaste.tuning import Search, tune

BASELINES = ("mean", "bias", "biased_mf", "item_knn")
OURS = {"random": ("two_sided_ridge", "item_ridge"), "new-users": ("ridge", "two_sided_ridge")}
BLENDED = {
    "random": ("item_ridge", "two_sided_ridge", "item_knn", "biased_mf"),
    "new-users": ("two_sided_ridge", "ridge", "item_knn", "biased_mf"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", default="ml-latest-small")
    parser.add_argument("--split", choices=sorted(OURS), default="random")
    parser.add_argument("--trials", type=int, default=16)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--fresh", type=int, default=3, help="divisions beside the folds")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    source = load(args.data)
    names = (*BASELINES, *OURS[args.split])
    asked = Recipe(split=SplitParams(kind=args.split, test=0.2, seed=100), models=tuple(Entry(name) for name in names))
    tuned = tune(asked, source, Search(trials=args.trials, jobs=args.jobs))
    found = {entry.model: entry for entry in tuned.entries()}
    entries = (*(found[name] for name in names), blended(found, BLENDED[args.split]))
    folded = replace(asked, split=SplitParams(kind=args.split, folds=5), models=entries)
    folds = compare_folds(divide_folds(source, folded), entries)
    fresh = [
        run(replace(asked, split=SplitParams(kind=args.split, test=0.2, seed=seed), models=entries), source).comparison
        for seed in range(1, 1 + args.fresh)
    ]
    if args.json:
        tables = {"folds": folds.to_json(), "fresh": [comparison.to_json() for comparison in fresh]}
        print(json.dumps(tables | {"search": tuned.to_json()}, indent=2, default=str))
        return
    for entry in entries:
        print(f"{entry.model}: {entry.settings}", file=sys.stderr)
    show(folds, fresh)


def blended(found: dict[str, Entry], members: tuple[str, ...]) -> Entry:
    """Return a blend of models with their settings found."""
    words = [f"{name}.{key}={json.dumps(value)}" for name in members for key, value in found[name].settings.items()]
    kind = model_class("blend")
    return Entry(kind.name, {"members": members, "settings": tuple(words)})


def show(folds: Comparison, fresh: list[Comparison]) -> None:
    """Print a Markdown table, and the verdicts."""
    seeds = [f"division {n}" for n in range(1, 1 + len(fresh))]
    print(f"| model | RMSE | 95 % | MAE | without new items | sd over folds | {' | '.join(seeds)} |")
    print("|---" * (6 + len(seeds)) + "|")
    for place, row in enumerate(folds.rows):
        others = " | ".join(f"{comparison.rows[place]['rmse']:.4f}" for comparison in fresh)
        print(
            f"| `{row['model']}` | {row['rmse']:.4f} | {row['rmse_low']:.4f} to {row['rmse_high']:.4f} | {row['mae']:.4f} | "
            f"{row['rmse_warm']:.4f} | {row['rmse_fold_sd']:.4f} | {others} |"
        )
    print(f"\n{folds.verdict}")
    for comparison in fresh:
        print(comparison.verdict)


if __name__ == "__main__":
    main()
