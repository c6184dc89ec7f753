"""What each model takes: seconds to fit, memory at the peak."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from foretaste.report.drawing import figure
from foretaste.report.parts import Section
from foretaste.report.rows import Panel, Row, rows_chart
from foretaste.report.words import judged_of, megabytes, seconds

LEAST = 1e-3
"""Seconds below which a fit is drawn as so many."""


def costs_section(report: Mapping[str, Any]) -> Section | None:
    """Return speed and memory; nothing where they were not measured."""
    rows, judged = report["models"], judged_of(report)
    if not any(row.get("fit_s") is not None for row in rows):
        return None

    def lines(name: str, unit: float, words: Any, least: float) -> list[Row]:
        return [
            Row(
                str(row["model"]), None if row.get(name) is None else max(row[name] / unit, least),
                words=words(row.get(name)), strong=row["model"] == judged,
            )
            for row in rows
        ]  # fmt: skip

    panels = [
        Panel("time to fit (seconds)", lines("fit_s", 1.0, seconds, LEAST), zero=True, factors=True),
        Panel("peak memory (MB)", lines("peak_bytes", 1e6, megabytes, 0.0), zero=True, factors=True),
    ]
    machine = report.get("made", {}).get("machine", {})
    where = ""
    if machine.get("cpus"):
        where = f" Measured on {machine['cpus']} processor{'s' * (machine['cpus'] != 1)}"
        where += f" with {machine['memory_bytes'] / 1e9:.0f} GB." if machine.get("memory_bytes") else "."
    lead = "Choosing and fitting together; memory is of the whole process while it ran."
    chart = figure("Seconds to fit and peak memory of each model", partial(rows_chart, panels, across=2))
    return Section("costs", "Speed and memory", lead + where, (chart,))
