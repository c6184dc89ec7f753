"""Lines over a few steps, each named at its right end; names are moved apart where lines end close together."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from foretaste.digits import fixed
from foretaste.report.drawing import (
    DASHES,
    INK,
    LETTER,
    NUMBERS,
    SERIES,
    SHAPES,
    TIP,
    Size,
    Spec,
    data,
    layered,
    reach,
    reserved,
    wrapped,
)
from foretaste.report.words import short

HEIGHT = {True: 300, False: 250}
"""Pixels of the plot on a wide and on a narrow page."""
NAMES = {True: 26, False: 14}
"""Letters of a name at the end of a line."""
APART = 17
"""Pixels between two names, at least."""
MOST = len(SHAPES)
"""Lines in a chart, at most: more are not told apart."""


@dataclass(frozen=True)
class Line:
    """A model.

    Args:
        name: What it is called.
        values: One a step; None where there is none.
        lows: Lower ends of the intervals.
        highs: Upper ends.
        strong: Whether its interval is drawn as a band.
    """

    name: str
    values: Sequence[float | None]
    lows: Sequence[float | None]
    highs: Sequence[float | None]
    strong: bool = False


def lines_chart(lines: Sequence[Line], steps: Sequence[str], titles: tuple[str, str], size: Size) -> Spec:
    """Return the chart.

    Args:
        lines: `MOST` at most.
        steps: Names of the steps.
        titles: Of the two axes, with their units.
        size: Of the page.
    """
    height = HEIGHT[size.wide]
    shown = [short(line.name, NAMES[size.wide]) for line in lines]
    names = max(map(len, shown)) * LETTER + 30
    width = round(size.width - names - 68)
    ends = reach([v for line in lines for v in (*line.values, *(e for e in (*line.lows, *line.highs) if line.strong))])
    last = max(len(steps) - 1, 1)
    words = json.dumps(list(steps))
    x = alt.X(
        "step:Q",
        scale=alt.Scale(domain=[0, last], nice=False, padding=8),
        axis=alt.Axis(
            title=wrapped(titles[0], size, width + 60), values=list(range(len(steps))), labelExpr=f"{words}[datum.value]",
            grid=False,
        ),
    )  # fmt: skip
    scale = alt.Scale(domain=ends, nice=False)
    y_axis = alt.Axis(title=wrapped(titles[1], size, height), tickCount=6, format=NUMBERS)
    layers = [layer for place, line in enumerate(lines) for layer in _line(line, place, steps, (x, scale, y_axis))]
    layers.append(reserved(0, width + names))
    layers += _names(lines, shown, (ends, height, width), scale)
    return layered(layers, width, height)


def _line(line: Line, place: int, steps: Sequence[str], axes: tuple[Any, Any, Any]) -> list[Any]:
    """Return band, line and points of a model."""
    x, scale, y_axis = axes
    y = alt.Y("value:Q", scale=scale, axis=y_axis)
    points = [
        {"step": n, "value": v, "low": low, "high": high, "tip": _tip(line.name, steps[n], v, low, high)}
        for n, (v, low, high) in enumerate(zip(line.values, line.lows, line.highs, strict=True))
        if v is not None
    ]
    base = data(points).encode(x=x)
    out = []
    if line.strong and all(p["low"] is not None for p in points):
        band = base.mark_area(color=SERIES[place], opacity=0.16, aria=False)
        out.append(band.encode(y=alt.Y("low:Q", scale=scale, axis=y_axis), y2=alt.Y2("high:Q")))
    stroke = base.mark_line(color=SERIES[place], strokeWidth=2.2, strokeDash=DASHES[place], aria=False)
    dots = base.mark_point(filled=True, opacity=1, size=70, shape=SHAPES[place], color=SERIES[place])
    return [*out, stroke.encode(y=y), dots.encode(y=y, description=TIP)]


def _tip(name: str, step: str, value: float, low: float | None, high: float | None) -> str:
    ends = "" if low is None or high is None else f", 95 % {fixed(low)} to {fixed(high)}"
    return f"{name} at {step}: {fixed(value)}{ends}"


def _names(lines: Sequence[Line], shown: Sequence[str], room: tuple[list[float], int, int], scale: Any) -> list[Any]:
    """Return the names at the right, each with a thin line to where its own line ends."""
    (low, high), height, width = room
    last = [next((v for v in reversed(line.values) if v is not None), None) for line in lines]
    known = [i for i, v in enumerate(last) if v is not None]
    wanted = [(high - v) / (high - low) * height for v in last if v is not None]
    placed = dict(zip(known, apart(wanted, height), strict=True))
    out = []
    for i, pixel in placed.items():
        row = {"value": last[i], "at": high - pixel / height * (high - low), "shown": shown[i]}
        base = data([row])
        to = base.mark_rule(color=SERIES[i], strokeWidth=1, aria=False, opacity=0.8)
        out.append(
            to.encode(
                x=alt.XValue(width - 4), x2=alt.X2Value(width + 14), y=alt.Y("value:Q", scale=scale), y2=alt.Y2("at:Q")
            )
        )
        text = base.mark_text(align="left", dx=18, fontSize=13, color=INK, aria=False)
        out.append(text.encode(x=alt.XValue(width), y=alt.Y("at:Q", scale=scale), text=alt.Text("shown:N")))
    return out


def apart(wanted: Sequence[float], height: float, least: float = APART) -> list[float]:
    """Return places as near to the wanted ones as leaves `least` between neighbours, in the order given.

    Places that are too close are moved together, each group about its mean: pool adjacent violators.

    Args:
        wanted: Pixels from the top.
        height: Nothing is moved above 0 or, as long as there is room, below this.
        least: Pixels between two places.
    """
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    groups: list[tuple[float, int]] = []  # mean of what is wanted less the room before it, and how many
    for n, i in enumerate(order):
        groups.append((wanted[i] - n * least, 1))
        while len(groups) > 1 and groups[-1][0] < groups[-2][0]:
            (b, m), (a, k) = groups.pop(), groups.pop()
            groups.append(((a * k + b * m) / (k + m), k + m))
    top = max(height - (len(wanted) - 1) * least, 0.0)
    flat = [min(max(start, 0.0), top) for start, count in groups for _ in range(count)]
    out = [0.0] * len(wanted)
    for n, i in enumerate(order):
        out[i] = flat[n] + n * least
    return out
