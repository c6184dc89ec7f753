"""Every metric of every model at 80 columns: a line a metric, a column a model, as many tables as the models need."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.cells import cell_len
from rich.table import Table

from foretaste.cli.tables import number
from foretaste.metrics.registry import METRICS

ARROWS = {"lower": "-", "higher": "+", "zero": "0"}
"""What stands behind a metric: whether less or more is better, or what is near to zero."""
MOST = 24
"""Letters of a model's name in a heading, at most; the first table has all of it."""


def metric_tables(rows: Sequence[Mapping[str, Any]], *, width: int = 120) -> list[Table]:
    """Return tables that are no wider than the terminal, each with the same metrics for some of the models.

    Args:
        rows: Of a comparison.
        width: Columns of the terminal.
    """
    metrics = [name for name in METRICS if any(row.get(name) is not None for row in rows)]
    words = [f"{METRICS[name].label} {ARROWS[METRICS[name].better]}" for name in metrics]
    columns = [[_name(row), *(number(row.get(name), 4) for name in metrics)] for row in rows]
    left = max(map(cell_len, ["metric", *words]), default=0) + 4
    used = left
    out: list[Table] = []
    part: list[list[str]] = []
    for column in columns:
        wide = max(map(cell_len, column)) + 3
        if part and used + wide > width:
            out.append(_table(words, part, first=not out))
            part, used = [], left
        part.append(column)
        used += wide
    return [*out, _table(words, part, first=not out)] if metrics else []


def _name(row: Mapping[str, Any]) -> str:
    name = str(row["model"])
    return name if cell_len(name) <= MOST else f"{name[: MOST - 3]}..."


def _table(words: Sequence[str], columns: Sequence[Sequence[str]], *, first: bool) -> Table:
    title = "Every metric (+ higher is better, - lower, 0 the nearer to it)" if first else "Every metric, continued"
    table = Table(title=title, title_justify="left", header_style="bold")
    table.add_column("metric", no_wrap=True)
    for name, *_ in columns:
        table.add_column(name, justify="right", no_wrap=True)
    for place, label in enumerate(words, 1):
        table.add_row(label, *(column[place] for column in columns))
    return table
