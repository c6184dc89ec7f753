"""How near the models come to the noise floor of a synthetic world, the RMSE of a model that knows the truth.

python bench/world.py --users 6000 --items 3500 --ratings 1000000
"""

import argparse
import json
import time

from foretaste.arrays import row_of
from foretaste.data.synthetic import make_world
from foretaste.entries import Entry
from foretaste.experiment import run
from foretaste.recipe import Recipe
from foretaste.source import Source

MODELS = ("mean", "bias", "biased_mf", "autorec", "item_knn", "two_sided_ridge", "ridge", "blend")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=6_000)
    parser.add_argument("--items", type=int, default=3_500)
    parser.add_argument("--ratings", type=int, default=1_000_000)
    parser.add_argument("--models", default=",".join(MODELS))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    started = time.perf_counter()
    world = make_world(args.users, args.items, args.ratings, seed=args.seed)
    made_s = time.perf_counter() - started
    recipe = Recipe(models=tuple(Entry(name) for name in args.models.split(","))).with_seed(args.seed)
    experiment = run(recipe, Source(world.ratings, world.catalog))
    floor = floor_of_test(world, experiment)
    out = {"floor": floor, "made_s": round(made_s, 1), "models": {}}
    for row in experiment.comparison.rows:
        above = row["rmse"] / floor - 1
        out["models"][row["model"]] = {"rmse": row["rmse"], "above_floor": above, "fit_s": row["fit_s"]}  # type: ignore[index]
    if args.json:
        print(json.dumps(out, indent=2))
        return
    print(f"{world.ratings!r}, made in {made_s:.1f} s; noise floor of the test part: RMSE {floor:.4f}")
    for name, line in out["models"].items():  # type: ignore[attr-defined]
        print(
            f"  {name:10} RMSE {line['rmse']:.4f}  {100 * line['above_floor']:5.1f} % above the floor  {line['fit_s']:.1f} s"
        )
    print(experiment.comparison.verdict)


def floor_of_test(world, experiment):  # type: ignore[no-untyped-def]
    """Return the floor on the hidden cells of the test part alone."""
    hidden = experiment.split.test.hidden
    users = experiment.split.test.user_ids[row_of(hidden)]
    asked = set(zip(users.tolist(), world.catalog.item_ids[hidden.indices].tolist(), strict=True))
    pairs = zip(world.ratings.user.tolist(), world.ratings.item.tolist(), strict=True)
    return world.floor_on([row for row, pair in enumerate(pairs) if pair in asked])


if __name__ == "__main__":
    main()
