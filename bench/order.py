"""Lists from a rating model: raw predicted stars, popularity, and predictions shrunk by evidence, on people unseen in training.

python bench/order.py ml-latest-small --seeds 5
"""

import argparse
import json

import numpy as np

from foretaste.entries import Entry
from foretaste.experiment import divide
from foretaste.fitting import fit_entry
from foretaste.models import Popularity
from foretaste.order import likes, list_quality_by_user
from foretaste.recipe import Recipe
from foretaste.significance import Standing, pairs
from foretaste.source import load
from foretaste.statistics import sum_by_person

NAMES = ("ndcg@20",)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="?", default="ml-latest-small")
    parser.add_argument("--model", default="autorec")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    source = load(args.data)
    parts, people = [], []
    for seed in range(args.seeds):
        split = divide(source, Recipe().with_seed(seed))
        line = fit_entry(Entry(args.model), split, seed=seed)
        seen, liked = split.test.seen, likes(split.test.hidden, split.scale)
        popular = Popularity().fit(split.full)
        raw, shrunk = list_quality_by_user(line.model, [None, line.order], seen, liked, NAMES)[0]
        people.append(split.test.user_ids)
        parts.append(np.column_stack([raw, list_quality_by_user(popular, [None], seen, liked, NAMES)[0, 0], shrunk]))
    values, ids = np.concatenate(parts), np.concatenate(people)
    have = np.isfinite(values).all(1)
    values, ids = values[have], ids[have]
    *tops, n = sum_by_person(np.column_stack([values, np.ones(len(values))]), ids).T
    found = pairs([(Standing.of(tops[2], n), Standing.of(other, n)) for other in tops[:2]])
    names = ("raw predicted stars", "popularity", "shrunk by evidence")
    out = {name: float(values[:, i].mean()) for i, name in enumerate(names)}
    gains = {name: [test.low, test.high] for name, test in zip(names[:2], found, strict=True)}
    if args.json:
        print(json.dumps({"ndcg@20": out, "gain_over": gains, "lists": len(values)}, indent=2))
        return
    n_people = len(set(ids.tolist()))
    print(f"NDCG@20 of hidden likes, {len(values)} lists of {n_people} people over {args.seeds} splits, {args.model}")
    for name, value in out.items():
        gain = f"   shrunk minus this: 95 % {gains[name][0]:+.4f} to {gains[name][1]:+.4f}" if name in gains else ""
        print(f"  {name:20} {value:.4f}{gain}")


if __name__ == "__main__":
    main()
