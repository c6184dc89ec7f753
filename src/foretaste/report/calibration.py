"""Whether the intervals of predicted ratings hold what they promise: at every level, and in every slice."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import altair as alt

from foretaste.report.drawing import INK, NUMBERS, SERIES, TIP, Size, Spec, data, figure, layered
from foretaste.report.parts import Section, Table
from foretaste.report.rows import Panel, Row, rows_chart
from foretaste.report.words import number, percent


def calibration_section(report: Mapping[str, Any]) -> Section | None:
    """Return coverage against level, and by slice; nothing where it was not measured."""
    found = report.get("calibration")
    if not found or not found.get("levels"):
        return None
    figures = [
        figure(
            f"Share of hidden ratings inside the intervals of {found['model']}, against what was asked for",
            partial(_levels, found),
            caption="Measured against promised coverage. On the dashed line an interval holds exactly what it promises.",
        )
    ]  # fmt: skip
    tables = [
        Table(
            ("level", "coverage", "95 %", "mean width"),
            [
                (percent(one["level"]), percent(one["coverage"]), _ends(one), number(one.get("width"), 2))
                for one in found["levels"]
            ],
            "Coverage by level in numbers",
        )
    ]
    promised = found.get("level") or _nearest(found)
    for part in found.get("slices", ()):
        rows = [_row(one) for one in part["bins"]]
        if not any(row.value is not None for row in rows):
            continue
        panel = Panel(f"inside the {100 * promised:g} % interval (% of hidden ratings)", rows, line=100 * promised)
        label = f"Coverage of {100 * promised:g} % intervals by {part['title']}"
        figures.append(figure(label, partial(rows_chart, [panel]), f"By {part['title']}."))
        tables.append(_slice_table(part))
    lead = f"How sure {found['model']} is, and how often it is right. Of its intervals, "
    words = [f"those of {100 * one['level']:g} % hold {percent(one['coverage'])}" for one in found["levels"]]
    lead += f"{', '.join(words)} of the hidden ratings"
    notes = [
        "Width: rating points from the lower to the upper end, on average. Narrow and true is good, wide and true is honest."
    ]
    return Section("calibration", "How sure the predictions are", f"{lead}.", figures, tables, notes)


def _row(one: Mapping[str, Any]) -> Row:
    """Return the coverage of a slice in per cent."""
    value, low, high = (None if one.get(key) is None else 100 * one[key] for key in ("coverage", "low", "high"))
    return Row(str(one["label"]), value, low, high, f"{percent(one.get('coverage'))}, n {one['n']:,}")


def _nearest(found: Mapping[str, Any]) -> float:
    """Return the level that slices are made at: 80 % where it was asked for."""
    return float(min((one["level"] for one in found["levels"]), key=lambda level: abs(level - 0.8)))


def _ends(one: Mapping[str, Any]) -> str:
    if one.get("low") is None or one.get("high") is None:
        return "-"
    return f"{100 * one['low']:.1f} to {100 * one['high']:.1f} %"


def _slice_table(part: Mapping[str, Any]) -> Table:
    rows = [
        (str(one["label"]), f"{one['n']:,}", percent(one.get("coverage")), _ends(one), number(one.get("width"), 2))
        for one in part["bins"]
    ]
    return Table(
        ("slice", "ratings", "coverage", "95 %", "mean width"), rows, f"Coverage by {part['title']} in numbers"
    )


def _levels(found: Mapping[str, Any], size: Size) -> Spec:
    """Return coverage against level, with the line where both are equal."""
    points = [
        {
            "level": 100 * one["level"], "coverage": 100 * one["coverage"],
            "low": None if one.get("low") is None else 100 * one["low"],
            "high": None if one.get("high") is None else 100 * one["high"],
            "tip": f"{percent(one['level'])} interval holds {percent(one['coverage'])}, width {number(one.get('width'), 2)}",
        }
        for one in found["levels"]
    ]  # fmt: skip
    known = [v for p in points for v in (p["level"], p["coverage"], p["low"], p["high"]) if v is not None]
    low, high = max(min(known) - 8, 0), min(max(known) + 8, 100)
    width = min(size.width - 70, 420)
    scale = alt.Scale(domain=[low, high], nice=False)
    x = alt.X("level:Q", scale=scale, axis=alt.Axis(title="promised (% of ratings)", tickCount=6, format=NUMBERS))
    y_axis = alt.Axis(title="measured (% of hidden ratings)", tickCount=6, format=NUMBERS)
    y = alt.Y("coverage:Q", scale=scale, axis=y_axis)
    ideal = data([{"level": v, "coverage": v} for v in (low, high)]).mark_line(strokeDash=[5, 4], color=INK, aria=False)
    spans = data([p for p in points if p["low"] is not None]).mark_rule(strokeWidth=3, opacity=0.5, color=SERIES[1])
    spans = spans.encode(x=x, y=alt.Y("low:Q", scale=scale, axis=y_axis), y2=alt.Y2("high:Q"), description=TIP)
    dots = data(points).mark_point(filled=True, opacity=1, size=90, color=SERIES[1]).encode(x=x, y=y, description=TIP)
    return layered([ideal.encode(x=x, y=y), spans, dots], width, round(width * 0.8))
