"""Reports with every part: a small comparison that is really run, and by hand what other rooms add to it."""

import copy
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from foretaste.data.filters import as_clicks
from foretaste.data.synthetic import make_world
from foretaste.entries import Entry
from foretaste.experiment import run
from foretaste.metrics.registry import METRICS
from foretaste.recipe import parse_recipe
from foretaste.source import Source

MODELS = ("mean", "bias", "biased_mf", "ridge", "popularity")
RANKERS = ("popularity", "cosine_knn", "ease")
LONG = "a_model_whose_name_goes_on_and_on_for_sixty_letters_or_even_more"
ODD = "<b>bold</b> & 'quoted' \"label\""
MANY = (
    "mean",
    "bias",
    "item_knn",
    "factors_32",
    "factors_64",
    "factors_128",
    "ridge",
    "two_sided_ridge",
    LONG,
    ODD,
    "sparse_fc",
    "popularity",
)
GIVEN = [0, 1, 2, 5, 10, 20]
BINS = {
    "given": ("ratings the person has shown", ("1 to 9", "10 to 19", "20 to 49", "50 to 99", "100 and more")),
    "popularity": ("training ratings of the item", ("nobody rated", "1 to 9", "10 to 99", "100 and more")),
    "genre": (
        "genre",
        (
            "Action",
            "Adventure",
            "Animation",
            "Children's",
            "Comedy",
            "Crime",
            "Documentary",
            "Drama",
            "Science Fiction",
        ),
    ),
    "rating": ("the actual rating", tuple(f"{n / 2:g}" for n in range(1, 11))),
}
CURVE = {"train": [0.7634, 0.62, 0.58, 0.561, 0.552, 0.547], "valid": [0.99, 0.93, 0.91, 0.905, 0.908, None]}


@cache
def _run(models: tuple[str, ...], clicks: bool, folds: int) -> dict[str, Any]:
    world = make_world(240, 90, 6000, seed=2)
    ratings = as_clicks(world.ratings, 3.5) if clicks else world.ratings
    recipe = parse_recipe({"title": "A small world", "split": {"kind": "new-users", "folds": folds}})
    recipe = replace(recipe, models=tuple(map(Entry, models)))
    return run(recipe, Source(ratings, world.catalog, name="world.csv")).report()


def measured(models: tuple[str, ...] = MODELS, *, clicks: bool = False, folds: int = 0) -> dict[str, Any]:
    """Return the report of a comparison that was run, a copy of its own."""
    return copy.deepcopy(_run(models, clicks, folds))


def whole() -> dict[str, Any]:
    """Return a report with every part."""
    return added(measured() | {"folds": _folds(measured(folds=3))} | {"models": _with_folds(measured(folds=3))})


def _folds(report: dict[str, Any]) -> list[dict[str, Any]]:
    return report["folds"]


def _with_folds(report: dict[str, Any]) -> list[dict[str, Any]]:
    spread = [{k: v for k, v in row.items() if "_fold_" in k} for row in report["models"]]
    return [row | more for row, more in zip(measured()["models"], spread, strict=True)]


def many() -> dict[str, Any]:
    """Return a report of twelve models, of which some have long names and one has tags in it; their numbers are close."""
    made, rng = measured(), np.random.default_rng(0)
    last, *_ = made["models"][::-1]
    rows = []
    for place, name in enumerate(MANY):
        row = copy.deepcopy(made["models"][place % 4] if name != "popularity" else last) | {"model": name}
        if row["rmse"] is not None:
            row |= {
                "rmse": 0.85 + 0.002 * place,
                "rmse_low": 0.83,
                "rmse_high": 0.88 + 0.002 * place,
                "fit_s": 10.0 ** (place % 5 - 2),
            }
            row |= {f"difference{end}": v - 0.003 * place for end, v in (("", 0.0), ("_low", -0.01), ("_high", 0.01))}
        rows.append(row)
    for end in ("", "_low", "_high"):
        rows[6].pop(f"difference{end}", None)
    verdict = "ridge wins against mean, the best of the others: RMSE 0.8620 against 0.8700, difference -0.0080, 95 % "
    verdict += "-0.0120 to -0.0040."
    made |= {"models": rows, "verdict": verdict, "title": f"Many {ODD}"}
    return added(made, rng.integers(1000))


def added(report: dict[str, Any], seed: Any = 0) -> dict[str, Any]:
    """Return a report with what other rooms add, by hand."""
    rng = np.random.default_rng(seed)
    rated = [row for row in report["models"] if row["rmse"] is not None]
    for row in report["models"]:
        for name, metric in METRICS.items():
            if row.get(name) is None and (row["rmse"] is not None or metric.kind != "ratings"):
                value = 8.0 + rng.random() if metric.unit == "bits" else rng.random() * 0.6
                row |= {name: value, f"{name}_low": value * 0.95, f"{name}_high": value * 1.05}
    if not rated:
        return report | _made()
    subject = next((row["model"] for row in rated if "difference" not in row), rated[0]["model"])
    tests = [
        {
            "model": row["model"],
            "difference": row["difference"],
            "low": row["difference_low"],
            "high": row["difference_high"],
            "p": 0.0005 * (n + 1),
            "p_holm": 0.03 * n,
        }
        for n, row in enumerate(r for r in rated if "difference" in r)
    ]
    values = {row["model"]: row["rmse"] for row in rated}
    first = rated[-1]["model"]
    return (
        report
        | _made()
        | {
            "significance": {"metric": "rmse", "subject": subject, "floor": 0.0038, "tests": tests},
            "seeds": {
                "seeds": [0, 1, 2],
                "metric": "rmse",
                "models": {
                    name: {"values": [v - 0.002, v, v + 0.001], "mean": v, "sd_seeds": 0.0015, "se_users": 0.006}
                    for name, v in values.items()
                },
            },
            "slices": [_slice(by, title, labels, values, rng) for by, (title, labels) in BINS.items()],
            "newcomers": _newcomers("rmse", values, 0.2),
            "newcomer_lists": _newcomers("ndcg@20", {name: 0.5 - v / 4 for name, v in values.items()}, -0.2),
            "curves": [
                {
                    "model": name,
                    "phase": "choose",
                    "metric": "rmse",
                    "epochs": [
                        {"epoch": n + 1, "train": t, "valid": v}
                        for n, (t, v) in enumerate(zip(CURVE["train"], CURVE["valid"], strict=True))
                    ],
                }
                for name in list(values)[-2:]
            ],
            "scatter": _scatter(first),
            "calibration": _calibration(first),
        }
    )


def _slice(by: str, title: str, labels: tuple[str, ...], values: dict[str, float], rng: Any) -> dict[str, Any]:
    bins = []
    for n, label in enumerate(labels):
        shift = 0.2 * (1 - n / len(labels))
        models = {
            name: {"value": v + shift, "low": v + shift - 0.03, "high": v + shift + 0.04} for name, v in values.items()
        }
        bins.append({"label": label, "n": int(10 ** rng.uniform(2, 5)), "people": 50, "models": models})
    return {"by": by, "title": title, "metric": "rmse", "bins": bins}


def _newcomers(metric: str, values: dict[str, float], gain: float) -> dict[str, Any]:
    models = {
        name: [
            {"value": v + gain / (g + 1), "low": v + gain / (g + 1) - 0.02, "high": v + gain / (g + 1) + 0.02}
            for g in GIVEN
        ]
        for name, v in values.items()
    }
    return {"metric": metric, "given": GIVEN, "people": 1234, "models": models}


def _scatter(name: str) -> dict[str, Any]:
    actual, edges = [n / 2 for n in range(1, 11)], np.linspace(0.5, 5, 25)
    middles = (edges[1:] + edges[:-1]) / 2
    centres = [2.4 + 0.4 * a for a in actual]
    counts = [
        np.rint(200 * a * np.exp(-((middles - c) ** 2) / 0.3)).astype(int).tolist()
        for a, c in zip(actual, centres, strict=True)
    ]
    return {"model": name, "actual": actual, "bins": edges.tolist(), "counts": counts, "mean": centres}


def _calibration(name: str) -> dict[str, Any]:
    levels = [
        {"level": v, "coverage": v + 0.008, "low": v - 0.01, "high": v + 0.02, "width": 4 * v}
        for v in (0.5, 0.8, 0.9, 0.95)
    ]
    bins = [
        {"label": label, "n": 4321, "coverage": 0.79 + n / 100, "low": 0.77, "high": 0.82 + n / 100, "width": 2.2}
        for n, label in enumerate(BINS["given"][1])
    ]
    return {"model": name, "levels": levels, "slices": [{"by": "given", "title": BINS["given"][0], "bins": bins}]}


def _made() -> dict[str, Any]:
    return {
        "made": {
            "versions": {"foretaste": "0.1.0", "numpy": "2.4.1", "torch": "2.13.0"},
            "seed": 0,
            "fingerprint": "9f" * 16,
            "command": "foretaste compare world.csv --models mean,bias,biased_mf,ridge --seed 0 --report report.html",
            "machine": {"cpus": 2, "memory_bytes": 25_000_000_000},
        },
        "references": [
            {
                "label": "the talk",
                "metric": "MAPE",
                "value": 0.3124,
                "ours": 0.3,
                "ours_is": "mape of ridge",
                "note": "Training ratings.",
            }
        ],
    }
