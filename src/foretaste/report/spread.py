"""How much the numbers move: from fold to fold of the data, and from seed to seed of the models."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from foretaste.report.drawing import figure
from foretaste.report.parts import Section, Table
from foretaste.report.rows import Panel, Row, rows_chart
from foretaste.report.words import axis_of, judged_of, metric_of, number, title_of


def folds_section(report: Mapping[str, Any]) -> Section | None:
    """Return every fold of every model, with mean and standard deviation; nothing where there were none."""
    if not report.get("folds"):
        return None
    rows, folds, metric, judged = report["models"], report["folds"], metric_of(report["models"]), judged_of(report)
    lines, cells = [], []
    for place, row in enumerate(rows):
        values = [fold["models"][place].get(metric) for fold in folds]
        mean, sd = row.get(f"{metric}_fold_mean"), row.get(f"{metric}_fold_sd")
        more = [v for v in values if v is not None]
        if more:
            words = f"{number(mean)} ± {number(sd)}" if sd is not None else number(mean)
            lines.append(Row(str(row["model"]), mean, words=words, strong=row["model"] == judged, more=more))
        mae = () if metric != "rmse" else (number(row.get("mae_fold_mean")), number(row.get("mae_fold_sd")))
        cells.append((str(row["model"]), number(mean), number(sd), *(number(v, 3) for v in values), *mae))
    head = (
        "model",
        "mean",
        "sd",
        *(str(fold["fold"]) for fold in folds),
        *(("MAE mean", "sd") if metric == "rmse" else ()),
    )
    chart = [figure(
        f"{title_of(metric)} of each model in each fold, and its mean",
        partial(rows_chart, [Panel(axis_of(metric), lines)]),
    )] if lines else []  # fmt: skip
    notes = [
        "The tables above pool all folds: every hidden rating counts once, and somebody who is asked in several folds is one "
        f"person. mean and sd are over the {len(folds)} folds, the standard deviation of a sample."
    ]
    lead = "Rings are folds, the filled mark is their mean."
    return Section("folds", f"{title_of(metric)} by fold", lead, chart, (Table(head, cells),), notes)


def seeds_section(report: Mapping[str, Any]) -> Section | None:
    """Return what the seed of a model does to it, apart from what the choice of people does; nothing without several."""
    found = report.get("seeds")
    if not found or not found.get("models"):
        return None
    metric, judged = found["metric"], judged_of(report)
    lines = [
        Row(
            name, one["mean"], words=f"{number(one['mean'])} ± {number(one.get('sd_seeds'))}", strong=name == judged,
            more=[v for v in one["values"] if v is not None],
        )
        for name, one in found["models"].items()
    ]  # fmt: skip
    chart = figure(
        f"{title_of(metric)} of each model with each seed, and its mean",
        partial(rows_chart, [Panel(axis_of(metric), lines)]),
    )
    head = ("model", "mean", "sd over seeds", "se over people")
    cells = [
        (name, number(one["mean"]), number(one.get("sd_seeds")), number(one.get("se_users")))
        for name, one in found["models"].items()
    ]
    seeds = ", ".join(map(str, found["seeds"]))
    notes = [
        f"Seeds {seeds}. sd over seeds is how much a model moves when it begins from other random numbers; se over people is "
        "how much the number would move with other people. The larger of the two is what to beat."
    ]
    lead = "Rings are seeds, the filled mark is their mean."
    return Section("seeds", "From seed to seed", lead, (chart,), (Table(head, cells, "Seeds in numbers"),), notes)
