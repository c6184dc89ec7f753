"""What commands print where lists are judged and no ratings are predicted: the table of lists and how to read it."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from foretaste.cli.tables import ends_of, fitting_table, names, number, print_accuracy, print_line, signed
from foretaste.metrics.registry import METRICS
from foretaste.report.words import decided_by, difference_key, judged_of
from foretaste.verdict import blend_sentence

METRIC = "ndcg@100"
COLUMNS = {METRIC: "NDCG@100", "recall@20": "recall@20", "recall@50": "recall@50", "ndcg@20": "NDCG@20"}
"""What is shown of each list, and what its column is called."""
LEAST = ("memory", "NDCG@20", "fit", "95 %", "recall@50")
"""Columns that go where the terminal is narrow, first the one that is missed least."""
NOTE = (
    "Lists of the whole catalogue, without what somebody has shown, judged by what they like of the rest; higher is better. "
    "recall@k: what is liked in the first k / min(k, all that is liked). 95 % by bootstrap over users."
)


def print_quality(screen: Console, report: Mapping[str, Any], title: str | None = None) -> None:
    """Print what was measured: errors and lists where a model predicts ratings, else lists alone.

    Args:
        screen: Where to.
        report: With the rows of a comparison under `models`, and what each fold said under `folds` if there were some.
        title: Of the first table.
    """
    rows = report["models"]
    if any(row.get("rmse") is not None for row in rows):
        print_accuracy(screen, report, title or "Accuracy on hidden ratings")
        return
    screen.print(list_quality_table(report, title or "Lists of what people like", width=screen.width))
    if report.get("folds"):
        screen.print(list_fold_table(rows, report["folds"], width=screen.width))
    for line in list_notes(report):
        print_line(screen, line)


def list_quality_table(report: Mapping[str, Any], title: str, *, width: int = 120) -> Table:
    """Return the table of a comparison by lists, with intervals and paired differences, as far as the width goes."""
    rows, key = report["models"], difference_key(decided_by(report))
    columns = {"model": names(rows)}
    for metric, name in COLUMNS.items():
        columns[name] = [number(row.get(metric), 4) for row in rows]
        if metric == METRIC:
            columns["95 %"] = [ends_of(row, metric, _short) for row in rows]
            if any(key in row for row in rows):
                columns["difference"] = [ends_of(row, key, signed) for row in rows]
    if any(row.get("fit_s") is not None for row in rows):
        columns["fit"] = ["" if row.get("fit_s") is None else f"{row['fit_s']:.1f} s" for row in rows]
        columns["memory"] = [
            "" if row.get("peak_bytes") is None else f"{row['peak_bytes'] / 1e6:.0f} MB" for row in rows
        ]
    best = max((row[METRIC] for row in rows if row.get(METRIC) is not None), default=None)
    bold = [best is not None and row.get(METRIC) == best for row in rows]
    return fitting_table(title, columns, LEAST, width, bold)


def list_fold_table(
    rows: Sequence[Mapping[str, Any]], folds: Sequence[Mapping[str, Any]], *, width: int = 120
) -> Table:
    """Return the mean over folds and its standard deviation, and the NDCG@100 of each fold as far as the width goes."""
    columns = {
        "model": names(rows),
        "mean": [number(row[f"{METRIC}_fold_mean"], 4) for row in rows],
        "sd": [number(row[f"{METRIC}_fold_sd"], 4) for row in rows],
    }
    every = [str(fold["fold"]) for fold in folds]
    for name, fold in zip(every, folds, strict=True):
        columns[name] = [number(row[METRIC], 3) for row in fold["models"]]
    return fitting_table("NDCG@100 by fold", columns, tuple(reversed(every)), width)


def list_notes(report: Mapping[str, Any]) -> list[str]:
    """Return the lines below the tables: what the columns are, and how to read them."""
    rows, decides, judged = report["models"], decided_by(report), judged_of(report)
    lines = []
    if judged is not None and any(difference_key(decides) in row for row in rows):
        label = METRICS[decides].label
        lines.append(f"difference: {label} of {judged} minus this model's, 95 % interval, paired over users.")
    lines += [blend_sentence(row) for row in rows if row.get("members")]
    return [*lines, NOTE]


def _short(value: float) -> str:
    return number(value, 3)
