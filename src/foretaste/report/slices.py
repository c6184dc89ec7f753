"""For whom and for what a model is good: the error by slice, and the learning curve of newcomers."""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from foretaste.report.bins import bins_chart
from foretaste.report.drawing import figure
from foretaste.report.lines import MOST, Line, lines_chart
from foretaste.report.parts import Figure, Section, Table
from foretaste.report.words import axis_of, foremost, judged_of, lower_wins, number, title_of

FEW = 4
"""Models in a chart by slice, at most."""


def slices_section(report: Mapping[str, Any]) -> Section | None:
    """Return a chart and a table a way to slice; nothing where none was made."""
    figures, tables, left_out = [], [], 0
    for part in report.get("slices", ()):
        among = _measured(part)
        if not among:
            continue
        names = foremost(report, FEW, among, part["metric"]) or among[:FEW]
        left_out = max(left_out, len(among) - len(names))
        label = f"{title_of(part['metric'])} by {part['title']}, of {', '.join(names)}"
        what = "hidden ratings" if lower_wins(part["metric"]) else "hidden likes"
        caption = f"{title_of(part['metric'])} by {part['title']}. At the right: {what}."
        figures.append(figure(label, partial(bins_chart, part, names), caption))
        tables.append(_table(part, among))
    if not figures:
        return None
    notes = [
        f"Bars are the 95 % interval of {judged_of(report) or 'the first model'}; a slice with few ratings has a wide one."
    ]
    if left_out:
        notes.append(f"The {FEW} foremost models are drawn; the tables hold all of them.")
    lead = "One number hides who pays for it. Each row is a part of the hidden ratings."
    return Section("slices", "Error by slice", lead, figures, tables, notes)


def _measured(part: Mapping[str, Any]) -> list[str]:
    """Return the models that have a value in any bin."""
    found = [
        name
        for one in part["bins"]
        for name, value in one["models"].items()
        if value and value.get("value") is not None
    ]
    return list(dict.fromkeys(found))


def _table(part: Mapping[str, Any], names: Sequence[str]) -> Table:
    shown = [str(one["label"]) for one in part["bins"]]
    counts = ("hidden ratings", *(f"{one['n']:,}" for one in part["bins"]))
    rows = [
        (name, *(number((one["models"].get(name) or {}).get("value"), 3) for one in part["bins"])) for name in names
    ]
    if len(shown) > 8:  # a column a genre would be wider than the page
        cells = [tuple(row) for row in zip(*(counts, *rows), strict=True)][1:]
        turned = [(label, *row) for label, row in zip(shown, cells, strict=True)]
        if len(names) > 7:
            turned = [(label, name, row[1 + n], row[0]) for label, row in zip(shown, cells, strict=True)
                      for n, name in enumerate(names)]  # fmt: skip
            return Table(("slice", "model", title_of(part["metric"]), "ratings"), turned, _summary(part))
        return Table((part["by"], "ratings", *names), turned, _summary(part))
    return Table(("model", *shown), [counts, *rows], _summary(part))


def _summary(part: Mapping[str, Any]) -> str:
    words = re.split(r"[:;]", part["title"])[0]
    return f"{title_of(part['metric'])} by {words} in numbers"


def newcomers_section(report: Mapping[str, Any]) -> Section | None:
    """Return the learning curves over how much a newcomer has shown: of errors, and of lists; nothing where there are none."""
    parts = [report[key] for key in ("newcomers", "newcomer_lists") if report.get(key) and report[key]["models"]]
    if not parts:
        return None
    people, judged = parts[0].get("people"), judged_of(report)
    lead = "How good a model is for somebody who has just come, by how many ratings they have given."
    lead += f" Measured on {people:,} people whom training never saw." if people else ""
    told = [part.get("sentences", {}).get(judged) for part in parts]
    notes = [
        *(sentence for sentence in told if sentence),
        "Each step hides the same ratings and shows more of the others. The band is the judged model's 95 % interval.",
    ]
    if any(len(part["models"]) > MOST for part in parts):
        notes.append(f"The {MOST} foremost models are drawn; the tables hold all of them.")
    figures = [_curve(report, part) for part in parts]
    return Section(
        "newcomers", "Learning curve for newcomers", lead, figures, [_steps_table(part) for part in parts], notes
    )


def _curve(report: Mapping[str, Any], part: Mapping[str, Any]) -> Figure:
    metric, judged = part["metric"], judged_of(report)
    names = foremost(report, MOST, list(part["models"]), metric) or list(part["models"])[:MOST]
    lines = [Line(name, *_points(part["models"][name]), strong=name == judged) for name in names]
    steps = [str(given) for given in part["given"]]
    titles = "ratings shown (number)", axis_of(metric)
    better = "Lower" if lower_wins(metric) else "Higher"
    label = f"{title_of(metric)} by ratings shown, of {', '.join(names)}"
    draw = partial(lines_chart, lines, steps, titles)
    return figure(label, draw, f"{title_of(metric)} of newcomers. {better} is better.")


def _points(points: Sequence[Mapping[str, Any]]) -> tuple[list[float | None], list[float | None], list[float | None]]:
    """Return the values of a line, and the ends of their intervals."""
    values, lows, highs = ([point.get(key) for point in points] for key in ("value", "low", "high"))
    return values, lows, highs


def _steps_table(part: Mapping[str, Any]) -> Table:
    rows = [(name, *(number(point.get("value")) for point in points)) for name, points in part["models"].items()]
    head = ("model", *(f"{given} shown" for given in part["given"]))
    return Table(head, rows, f"{title_of(part['metric'])} of newcomers in numbers")
