"""What the lists are like: how much of what is liked they hold, and how wide, how unusual and how even they are."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from foretaste.metrics.registry import METRICS
from foretaste.report.drawing import figure
from foretaste.report.parts import Figure, Section, Table
from foretaste.report.rows import Panel, Row, rows_chart
from foretaste.report.words import axis_of, better_of, judged_of, number, title_of

DRAWN = ("ndcg@20", "ndcg@100", "recall@20")
"""Metrics of the quality of lists that are drawn; the others are in the table."""
BEYOND = ("coverage@20", "novelty@20", "popularity@20", "gini@20")
"""Metrics of what lists are like, whether people like it or not."""
QUALITY = tuple(name for name, metric in METRICS.items() if metric.kind == "lists" and name not in BEYOND)
Rows = Sequence[Mapping[str, Any]]


def lists_section(report: Mapping[str, Any]) -> Section | None:
    """Return the quality of lists, and what is beyond accuracy; nothing where no list was judged."""
    rows, judged = report["models"], judged_of(report)
    quality, beyond = _measured(rows, QUALITY), _measured(rows, BEYOND)
    if not quality and not beyond:
        return None
    figures = [
        _figure(
            rows, [name for name in DRAWN if name in quality], judged, "How much of what people like the lists hold", 3
        ),
        _figure(rows, beyond, judged, "How wide, unusual, popular and even the lists are", 2),
    ]
    tables = [
        _table(rows, names, summary)
        for names, summary in (
            (quality[:8], "Quality of lists in numbers"),
            (quality[8:], "More on the quality of lists"),
            (beyond, "Coverage, novelty, popularity and Gini in numbers"),
        )
        if names
    ]
    told = [(title_of(name), METRICS[name].words, better_of(name)) for name in (*quality, *beyond)]
    tables.append(Table(("metric", "what it says", "which way"), told, "What these metrics say"))
    return Section(
        "lists", "What the lists are like", "The first items that each model would show, of the whole catalogue.",
        [one for one in figures if one is not None], tables,
    )  # fmt: skip


def every_metric(report: Mapping[str, Any]) -> Section:
    """Return everything that was measured, with intervals, in one long table."""
    rows = [
        (
            str(row["model"]),
            title_of(name),
            number(row[name]),
            number(row.get(f"{name}_low")),
            number(row.get(f"{name}_high")),
        )
        for row in report["models"]
        for name in METRICS
        if row.get(name) is not None
    ]
    table = Table(
        ("model", "metric", "value", "low", "high"), rows, "Every metric of every model with its 95 % interval"
    )
    return Section("metrics", "Every number", tables=(table,))


def _measured(rows: Rows, names: Sequence[str]) -> list[str]:
    return [name for name in names if any(row.get(name) is not None for row in rows)]


def _figure(rows: Rows, names: Sequence[str], judged: str | None, label: str, across: int) -> Figure | None:
    known = [name for name in names if any(row.get(name) is not None and f"{name}_low" in row for row in rows)]
    if not known:
        return None
    panels = [
        Panel(
            axis_of(name),
            [
                Row(
                    str(row["model"]), row.get(name), row.get(f"{name}_low"), row.get(f"{name}_high"),
                    "-" if row.get(name) is None else f"{row[name]:.3f}", strong=row["model"] == judged,
                )
                for row in rows
            ],
        )
        for name in known
    ]  # fmt: skip
    return figure(label, partial(rows_chart, panels, across=across))


def _table(rows: Rows, names: Sequence[str], summary: str) -> Table:
    cells = [(str(row["model"]), *(number(row.get(name)) for name in names)) for row in rows]
    return Table(("model", *map(title_of, names)), cells, summary)
