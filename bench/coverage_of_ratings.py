"""How often intervals of predicted ratings hold, on people and ratings that no calibration has seen.

python bench/coverage_of_ratings.py ml-latest-small --seeds 10
python bench/coverage_of_ratings.py 6000x3500x1000000 --test 0.5 --models biased_mf

A world is named by users x items x ratings; with --scale its half stars become full stars from 1 to 5, or 0 to 100.
"""

import argparse
import itertools
import json
from dataclasses import replace

import numpy as np

from foretaste.arrays import pick, row_blocks
from foretaste.calibration import Calibration
from foretaste.cells import cells_of, join_cells
from foretaste.data.ratings import Ratings
from foretaste.data.synthetic import make_world
from foretaste.entries import Entry
from foretaste.evaluation import predict_hidden
from foretaste.experiment import divide
from foretaste.fitting import Fitted, fit_entry
from foretaste.intervals import SHOWN, SLICED, coverage_of, ends_of, join_ends
from foretaste.metrics.ranking import ndcg
from foretaste.order import likes
from foretaste.ranking import rank
from foretaste.recipe import Recipe, SplitParams
from foretaste.source import Source, load
from foretaste.split import Hide, Holdout, Split, hide

MODELS = "two_sided_ridge,ridge,biased_mf,item_knn,blend,two_heads"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", default="ml-latest-small")
    parser.add_argument("--models", default=MODELS)
    parser.add_argument("--split", default="new-users")
    parser.add_argument("--test", type=float, default=0.1)
    parser.add_argument("--valid", type=float, default=0.1)
    parser.add_argument("--scale", choices=("half", "full", "hundred"), default="half")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    params = SplitParams(kind=args.split, test=args.test, valid=args.valid)
    told = []
    for model in args.models.split(","):
        parts = [measured(args.data, args.scale, params, model, seed) for seed in range(args.seeds)]
        told.append(together(model, parts))
        if not args.json:
            show(told[-1])
    if args.json:
        print(json.dumps(told, indent=2))


def source_of(name: str, scale: str, seed: int) -> Source:
    if "x" not in name or not name.replace("x", "").isdigit():
        return load(name)
    world = make_world(*map(int, name.split("x")), seed=seed)
    ratings = world.ratings
    values = {
        "half": ratings.rating,
        "full": np.clip(np.floor(ratings.rating + 0.5), 1, 5),
        "hundred": np.clip(
            np.round(20 * ratings.rating + np.random.default_rng(seed).normal(0, 5, len(ratings))), 0, 100
        ),
    }[scale].astype(np.float32)
    table = Ratings.from_arrays(ratings.user + 1_000_000 * seed, ratings.item, values, ratings.time)
    return Source(table, world.catalog, name=name)


def measured(name: str, scale: str, params: SplitParams, model: str, seed: int) -> dict:
    """Fit a model once and return what it said of the test part, and of newcomers in it."""
    split = divide(source_of(name, scale, seed), Recipe(split=replace(params, seed=seed)))
    line = fit_entry(Entry(model), split, seed=seed)
    assert line.order is not None
    assert line.calibration is not None
    test, counts = split.test, line.order.count
    cells, predicted = cells_of(test, counts), predict_hidden(line.model, test)
    valid = cells_of(split.valid, counts)
    first = fit_entry(Entry(model), split, seed=seed, refit=False)  # what was calibrated, before the second fit
    assert first.order is not None
    off = np.sort(np.abs(predict_hidden(first.model, split.valid) - valid.actual))
    constant = off[min(int(np.ceil((len(off) + 1) * SLICED)), len(off)) - 1]
    newcomers = []
    for shown in SHOWN if split.new_people else ():
        rows = np.flatnonzero(np.diff(test.seen.indptr) > shown)
        X = test.seen[rows]
        seen = hide(X, Hide("given", shown), seed=seed)[0] if shown else pick(X, np.zeros(X.nnz, bool))
        part = Holdout(seen, test.hidden[rows], test.user_ids[rows])
        of, said = cells_of(part, counts), predict_hidden(line.model, part)
        low, high = line.calibration.interval(said, of.given, of.known, SLICED)
        flat = np.abs(said - of.actual) <= constant
        newcomers.append([len(of), ((of.actual >= low) & (of.actual <= high)).sum(), (high - low).sum(), flat.sum()])
    return {
        "split": split, "cells": cells, "predicted": predicted, "ends": ends_of(line.calibration, cells, predicted),
        "newcomers": np.array(newcomers, float), "flat": np.abs(predicted - cells.actual) <= constant,
        "ids": test.user_ids, "calibrated_on": line.calibration.n, "lists": lists_of(line, split),
        "first": share_inside(line.calibration, first, split),
    }  # fmt: skip


def share_inside(calibration: Calibration, line: Fitted, split: Split) -> float:
    """Return the share of hidden test ratings inside intervals at 80 % around what this fit predicts."""
    assert line.order is not None
    cells = cells_of(split.test, line.order.count)
    low, high = calibration.interval(predict_hidden(line.model, split.test), cells.given, cells.known, SLICED)
    return float(((cells.actual >= low) & (cells.actual <= high)).mean())


def lists_of(line: Fitted, split: Split) -> dict[str, np.ndarray]:
    """Return sums over the first 20 of each order: NDCG, people, hidden ratings met, their stars, those below the middle."""
    liked, middle, out = likes(split.test.hidden, split.scale), sum(split.scale) / 2, {}
    assert line.order is not None
    assert line.calibration is not None
    for rows in row_blocks(*split.test.seen.shape):
        seen, hidden = split.test.seen[rows], split.test.hidden[rows]
        scores, given = line.model.score(seen), np.diff(seen.indptr)[:, None]
        orders = {
            "usual": rank(line.model.appeal(seen), seen, 20)
            if line.model.arranges
            else rank(scores, seen, 20, shrink=line.order.shrink),
            "raw predictions": rank(scores, seen, 20),
            "sure": rank(line.calibration.least(scores, given, line.order.count), seen, 20),
        }
        for name, ranking in orders.items():
            quality = ndcg(ranking, liked[rows])
            person, place = np.nonzero(ranking.cols >= 0)
            met = np.asarray(hidden[person, ranking.cols[person, place]]).ravel()
            met = met[met > 0]  # a rating of 0 counts as none here, which the scale of half stars has not
            sums = [np.nansum(quality), np.isfinite(quality).sum(), len(met), met.sum(), (met < middle).sum()]
            out[name] = out.get(name, 0) + np.array(sums)
    return out


def together(model: str, parts: list[dict]) -> dict:
    """Return what all splits say together."""
    split, cells = parts[0]["split"], join_cells([(part["cells"], part["ids"]) for part in parts])
    predicted, ends = np.concatenate([part["predicted"] for part in parts]), join_ends([part["ends"] for part in parts])
    told = coverage_of(ends, cells, predicted, label=model, scale=split.scale, new_people=split.new_people)
    low, high = ends[SLICED]
    inside = (cells.actual >= low) & (cells.actual <= high)
    size = np.cumsum([0] + [len(part["predicted"]) for part in parts])
    told["by_split"] = [float(inside[a:b].mean()) for a, b in itertools.pairwise(size)]
    told["first_fit_by_split"] = [part["first"] for part in parts]
    flat = np.concatenate([part["flat"] for part in parts])
    told["constant"] = {"coverage": float(flat.mean())}
    for name, some in (("known under 10", cells.known < 10), ("given under 50", cells.given < 50)):
        if some.any():
            told["constant"][name] = [int(some.sum()), float(inside[some].mean()), float(flat[some].mean())]
    sums = sum(part["newcomers"] for part in parts)
    told["newcomers"] = [
        {"given": shown, "coverage": hits / n, "width": width / n, "constant": hits_flat / n}
        for shown, (n, hits, width, hits_flat) in zip(SHOWN, sums, strict=False)
    ]
    told["lists"] = {}
    for name in parts[0]["lists"]:
        quality, people, met, stars, low = sum(part["lists"][name] for part in parts)
        told["lists"][name] = {"ndcg@20": quality / people, "met": met, "mean": stars / met, "below": low / met}
    told["calibrated_on"] = [part["calibrated_on"] for part in parts]
    return told


def show(told: dict) -> None:
    calibrated = np.mean(told["calibrated_on"])
    print(
        f"{told['model']}: {told['n']:,} hidden ratings, {len(told['by_split'])} splits, calibrated on {calibrated:,.0f}"
    )
    for level in told["levels"]:
        ends = "" if level["low"] is None else f" ({100 * level['low']:.1f} to {100 * level['high']:.1f})"
        text = (
            f"{100 * level['coverage']:.1f}{ends}, over people {100 * level['people']:.1f}, width {level['width']:.2f}"
        )
        print(f"  {100 * level['level']:.0f} %: {text}")
    for name in ("by_split", "first_fit_by_split"):
        shares = 100 * np.array(told[name])
        print(f"  80 % {name.replace('_', ' ')}: mean {shares.mean():.1f}, standard deviation {shares.std():.1f}")
    for one in told["slices"]:
        print(f"  80 % by {one['title']}")
        for group in one["bins"]:
            print(
                f"    {group['label']:>22} {group['n']:>8,} {100 * group['coverage']:6.1f} width {group['width']:.2f}"
            )
    for name, values in told["constant"].items():
        if name != "coverage":
            print(
                f"  {name}: {values[0]:,} ratings, {100 * values[1]:.1f}; with one width for all {100 * values[2]:.1f}"
            )
    for one in told["newcomers"]:
        text = f"{100 * one['coverage']:.1f} width {one['width']:.2f}; one width for all {100 * one['constant']:.1f}"
        print(f"  80 % of people who show {one['given']:2}: {text}")
    for name, one in told.get("lists", {}).items():
        text = f"NDCG@20 {one['ndcg@20']:.3f}; {one['met']:,.0f} hidden ratings met, mean {one['mean']:.2f}"
        print(f"  lists, {name}: {text}, {100 * one['below']:.1f} % below the middle of the scale")


if __name__ == "__main__":
    main()
