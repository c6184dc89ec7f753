"""Charts with a row a slice, a shape a model: where each is good and where it is not."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from foretaste.digits import fixed
from foretaste.report.drawing import (
    INK,
    LETTER,
    MUTED,
    NUMBERS,
    SERIES,
    SHAPES,
    TIP,
    Size,
    Spec,
    below,
    data,
    layered,
    reach,
    reserved,
    wrapped,
)
from foretaste.report.legend import key_chart
from foretaste.report.words import axis_of, short

STEP = 30
"""Pixels of a row."""
NAMES = {True: 26, False: 13}
"""Letters of a slice's name, at most."""


def bins_chart(part: Mapping[str, Any], names: Sequence[str], size: Size) -> Spec:
    """Return a chart of one way to slice.

    Args:
        part: One of the report's slices.
        names: Models to draw; the interval of the first is drawn too.
        size: Of the page.
    """
    bins = part["bins"]
    rows = [
        {"bin": place, "model": name, **one["models"][name], "tip": _tip(name, one, part["metric"])}
        for place, one in enumerate(bins)
        for name in names
        if (one["models"].get(name) or {}).get("value") is not None
    ]
    first = [row for row in rows if row["model"] == names[0]]
    ends = reach([row["value"] for row in rows] + [row.get(end) for row in first for end in ("low", "high")])
    shown = [short(str(one["label"]), NAMES[size.wide]) for one in bins]
    counts = [f"{one['n']:,}" for one in bins]
    left = max(map(len, shown)) * LETTER + 12
    width = round(size.width - left - max(map(len, counts)) * LETTER - 24)
    x_axis = alt.Axis(
        title=wrapped(axis_of(part["metric"]), size, width), tickCount=max(width // 75, 2), format=NUMBERS
    )
    x, y = alt.Scale(domain=ends, nice=False), alt.Y("bin:O", axis=None, sort="ascending")
    span = data([row for row in first if row.get("low") is not None]).mark_rule(
        strokeWidth=3, opacity=0.4, color=SERIES[0]
    )
    layers = (
        [span.encode(x=alt.X("low:Q", scale=x, axis=x_axis), x2=alt.X2("high:Q"), y=y, description=TIP)]
        if first
        else []
    )
    for place in reversed(range(len(names))):
        dots = data([row for row in rows if row["model"] == names[place]]).mark_point(
            filled=place == 0, opacity=1, size=80, shape=SHAPES[place], color=SERIES[place], strokeWidth=1.8
        )
        layers.append(dots.encode(x=alt.X("value:Q", scale=x, axis=x_axis), y=y, description=TIP))
    plot = layered([*layers, *_texts(shown, counts, width, y)], width, alt.Step(STEP))
    return below([key_chart(names, size, left, hollow=True), plot], 14)


def _texts(shown: Sequence[str], counts: Sequence[str], width: int, y: Any) -> list[Any]:
    """Return the names of the slices at the left, and how many hidden ratings each holds at the right."""
    rows = [{"bin": n, "shown": name, "n": count} for n, (name, count) in enumerate(zip(shown, counts, strict=True))]
    base = data(rows).encode(y=y)
    ends = reserved(-max(map(len, shown)) * LETTER - 12, width + max(map(len, counts)) * LETTER + 12)
    left = base.mark_text(align="right", dx=-10, fontSize=13, color=INK, aria=False)
    right = base.mark_text(align="left", dx=10, fontSize=12.5, color=MUTED, aria=False)
    return [
        ends,
        left.encode(x=alt.XValue(0), text=alt.Text("shown:N")),
        right.encode(x=alt.XValue(width), text=alt.Text("n:N")),
    ]


def _tip(name: str, one: Mapping[str, Any], metric: str) -> str:
    value, low, high = (one["models"][name].get(key) for key in ("value", "low", "high"))
    ends = "" if low is None or high is None else f", 95 % {fixed(low)} to {fixed(high)}"
    return f"{name}, {one['label']}: {metric.upper()} {fixed(value)}{ends}"
