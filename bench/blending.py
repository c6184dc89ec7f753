"""What a blend gains over its best member, on validation ratings that nothing was chosen by; no test part is opened.

Of the people of validation, half decide where members stop and how much each counts, and the other half judge.

python bench/blending.py ml-latest-small --split random --set 'members=["item_ridge", "biased_mf"]'
"""

import argparse

import numpy as np

from foretaste.arrays import AnyArray, seeded_keys
from foretaste.evaluation import evaluate, hidden_rmse, rmse_change
from foretaste.experiment import divide
from foretaste.models import Blend
from foretaste.models.blend import BlendParams, best_part
from foretaste.models.params import build_params, parse_setting
from foretaste.recipe import Recipe, SplitParams
from foretaste.source import load
from foretaste.split import Holdout, Split
from foretaste.statistics import sum_by_person
from foretaste.training.watch import Watch


def halves(valid: Holdout, seed: int) -> tuple[Holdout, Holdout]:
    """Return validation people in two halves."""
    first = (seeded_keys(seed, valid.hidden.shape[0]) & np.uint64(1)).astype(bool)
    parts = (np.flatnonzero(first), np.flatnonzero(~first))
    return tuple(Holdout(valid.seen[p], valid.hidden[p], valid.user_ids[p]) for p in parts)  # type: ignore[return-value]


def judge(params: BlendParams, split: Split, seed: int) -> tuple[AnyArray, AnyArray]:
    """Return ids of the second half of people, and of each the squared errors of blend and best member, and the ratings."""
    chosen, judged = halves(split.valid, seed)
    watch = Watch(measure=lambda model: hidden_rmse(model, chosen), holdout=(chosen.seen, chosen.hidden))
    blend = Blend(params).fit(split.train, watch=watch)
    best = best_part(blend.parts)
    result = evaluate(blend, judged, scale=split.scale, member=blend.members_[best or ""])
    made = " + ".join(f"{part.weight:.2f} {part.label}" for part in blend.parts)
    alone = ", ".join(
        f"{label} {evaluate(member, judged, scale=split.scale).points()['rmse']:.4f}"
        for label, member in blend.members_.items()
    )
    print(
        f"  seed {seed}: {made}; RMSE {result.points()['rmse']:.4f}; {alone}; best where it was chosen: {best}",
        flush=True,
    )
    columns = [result.errors.squared, result.member, result.errors.n]  # type: ignore[union-attr]
    return judged.user_ids, np.column_stack(columns)  # type: ignore[arg-type]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", default="ml-latest-small")
    parser.add_argument("--split", default="new-users", choices=("new-users", "random"))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first-seed", type=int, default=100, help="far from the seeds that are reported")
    parser.add_argument(
        "--set", action="append", default=[], help="a setting of the blend, such as members or settings"
    )
    args = parser.parse_args()
    source, settings = load(args.data), dict(parse_setting(word) for word in args.set)
    parts = []
    for seed in range(args.first_seed, args.first_seed + args.seeds):
        split = divide(source, Recipe(split=SplitParams(kind=args.split, seed=seed)))
        parts.append(judge(build_params(BlendParams, {"seed": seed} | settings), split, seed))
    people, sums = (np.concatenate(part) for part in zip(*parts, strict=True))
    blend, best, n = sum_by_person(sums, people).T  # who is asked in two splits is one person
    value, low, high = rmse_change(blend, best, n)
    print(
        f"{args.split}, {len(parts)} splits, {int(n.sum()):,} ratings of {int((n > 0).sum()):,} people: RMSE "
        f"{np.sqrt(blend.sum() / n.sum()):.4f}, best member {np.sqrt(best.sum() / n.sum()):.4f}, difference {value:+.4f}, "
        f"95 % {low:+.4f} to {high:+.4f}"
    )


if __name__ == "__main__":
    main()
