"""Accuracy for people unseen in training over several seeds of the split: mean, bias, biased_mf and autorec.

python bench/newcomers.py ml-latest-small --seeds 5
"""

import argparse
import json
import sys

import numpy as np

from foretaste.comparison import Entry
from foretaste.evaluation import predict_hidden
from foretaste.experiment import load, run
from foretaste.recipe import Recipe
from foretaste.statistics import bootstrap_sums, interval, sum_by_person

MODELS = ("mean", "bias", "biased_mf", "autorec")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="?", default="ml-latest-small")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    source = load(args.data)
    recipe = Recipe(models=tuple(Entry(name) for name in MODELS))
    table, pooled, people = [], [], []
    for seed in range(args.seeds):
        experiment = run(recipe.with_seed(seed), source)
        rows = {row["model"]: row for row in experiment.comparison.rows}
        table.append({name: rows[name]["rmse"] for name in MODELS} | {"verdict": experiment.comparison.verdict})
        line = "  ".join(f"{name} {rows[name]['rmse']:.4f}" for name in MODELS)
        print(f"seed {seed}: {line}  | {experiment.comparison.verdict}", file=sys.stderr)
        pooled.append(_errors(experiment))
        people.append(experiment.split.test.user_ids)
    columns = sum_by_person(np.concatenate(pooled), np.concatenate(people))
    total, draws = columns.sum(0), bootstrap_sums(columns, seed=0)
    out: dict[str, object] = {"seeds": table, "pooled_rmse": {}, "autorec_minus": {}}
    values = np.sqrt(draws[:, :-1] / draws[:, -1:])
    for position, name in enumerate(MODELS):
        out["pooled_rmse"][name] = float(np.sqrt(total[position] / total[-1]))  # type: ignore[index]
        low, high = interval(values[:, -1] - values[:, position])
        out["autorec_minus"][name] = [low, high]  # type: ignore[index]
    out["autorec_below_bias"] = sum(row["autorec"] < row["bias"] for row in table)
    if args.json:
        print(json.dumps(out, indent=2))
        return
    print(f"\nautorec below bias in {out['autorec_below_bias']} of {args.seeds} seeds; test parts pooled over seeds:")
    for name in MODELS:
        low, high = out["autorec_minus"][name]  # type: ignore[index]
        print(f"  {name:10} RMSE {out['pooled_rmse'][name]:.4f}   autorec minus this: 95 % {low:+.4f} to {high:+.4f}")  # type: ignore[index]


def _errors(experiment):  # type: ignore[no-untyped-def]
    hidden = experiment.split.test.hidden
    rows = np.repeat(np.arange(hidden.shape[0]), np.diff(hidden.indptr))
    columns = []
    for line in experiment.comparison.fitted:
        error = predict_hidden(line.model, experiment.split.test).astype(np.float64) - hidden.data
        columns.append(np.bincount(rows, weights=error**2, minlength=hidden.shape[0]))
    return np.column_stack([*columns, np.diff(hidden.indptr)])


if __name__ == "__main__":
    main()
