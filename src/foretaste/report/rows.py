"""Charts with a row a model: dots with intervals, one panel a metric, a column of numbers beside that nothing can overlap."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import altair as alt

from foretaste.digits import fixed
from foretaste.report.drawing import (
    INK,
    LETTER,
    MUTED,
    NUMBERS,
    SERIES,
    TIP,
    Size,
    Spec,
    below,
    beside,
    data,
    layered,
    reach,
    reserved,
    wrapped,
)
from foretaste.report.words import short

STEP, TALL = 30, 54
"""Pixels of a row where names stand beside it, and where they stand above."""
NAMES = 26
"""Letters of a name beside a row, at most; all of it is in the table."""
BY_FACTORS = 30.0
"""A panel whose largest value is so many times its smallest is drawn by factors."""


@dataclass(frozen=True)
class Row:
    """A line of a panel.

    Args:
        name: Of the model.
        value: Where its dot is; None leaves the line empty.
        low: Lower end of the interval; None where there is none.
        high: Upper end.
        words: The number beside it.
        strong: Whether it is the one that the report is about.
        more: Further dots, such as one a fold.
    """

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    words: str = ""
    strong: bool = False
    more: Sequence[float] = field(default_factory=tuple)


@dataclass(frozen=True)
class Panel:
    """A metric.

    Args:
        title: Of the axis, with its unit.
        rows: One a model, in the same order in all panels.
        zero: Whether the axis begins at zero, or holds it.
        factors: Whether the axis may go by factors.
        band: Ends of what is within the noise.
        line: Where a line is to stand, such as at no difference.
        whole: Ends of the axis where they are given.
    """

    title: str
    rows: Sequence[Row]
    zero: bool = False
    factors: bool = False
    band: tuple[float, float] | None = None
    line: float | None = None
    whole: tuple[float, float] | None = None


def rows_chart(panels: Sequence[Panel], size: Size, *, across: int = 3) -> Spec:
    """Return the panels beside each other on a wide page, below each other on a narrow one.

    Args:
        panels: With the same models.
        size: Of the page.
        across: Panels in a line of a wide page, at most.
    """
    if not size.wide:
        return below([_panel(p, size, size.width - 12, named=True) for p in panels], 26)
    lines = [panels[start : start + across] for start in range(0, len(panels), across)]
    return below([_line(line, size, min(across, len(panels))) for line in lines], 26)


def _line(panels: Sequence[Panel], size: Size, across: int) -> Spec:
    """Return panels that stand beside each other: names once, at the left."""
    rows = [row for panel in panels for row in panel.rows]
    names = _room([row.name for row in rows])
    numbers = [_room([row.words for row in panel.rows]) for panel in panels]
    each = (size.width - names - sum(numbers) - 22 * (across - 1)) / across
    if len(panels) < across:
        each = min(each, (size.width - names) / across - max(numbers) - 22)
    made = [_panel(panel, size, max(each, 60), named=place == 0) for place, panel in enumerate(panels)]
    return beside(made, 22)


def _panel(panel: Panel, size: Size, width: float, *, named: bool) -> Spec:
    """Return one panel: band, line, intervals, dots, names and numbers."""
    scale, x_axis = _x(panel, size, width)
    y = alt.Y("place:O", axis=None, sort="ascending")
    values = [_values(place, row) for place, row in enumerate(panel.rows)]
    layers = [*_behind(panel, scale, x_axis)]
    for strong in (False, True):
        base = data([v for v in values if v["strong"] is strong and v["value"] is not None]).encode(y=y)
        colour, shape, area = (SERIES[0], "diamond", 120) if strong else (SERIES[1], "circle", 80)
        known = base.transform_filter("isValid(datum.low)")
        layers.append(
            known.mark_rule(strokeWidth=3, color=colour, opacity=0.55).encode(
                x=alt.X("low:Q", scale=scale, axis=x_axis), x2=alt.X2("high:Q"), description=TIP
            )
        )
        dots = base.mark_point(filled=True, opacity=1, size=area, shape=shape, color=colour)
        layers.append(dots.encode(x=alt.X("value:Q", scale=scale, axis=x_axis), description=TIP))
    more = [
        {"place": place, "value": v, "tip": f"{row.name}: {fixed(v)}"}
        for place, row in enumerate(panel.rows)
        for v in row.more
    ]
    if more:
        small = data(more).mark_point(size=38, opacity=0.9, color=MUTED, strokeWidth=1.3, filled=False)
        layers.append(small.encode(x=alt.X("value:Q", scale=scale, axis=x_axis), y=y, description=TIP))
    layers += _texts(values, y, size, width, named=named)
    step = STEP if size.wide else TALL
    return layered(layers, width, alt.Step(step))


def _values(place: int, row: Row) -> dict[str, Any]:
    ends = "" if row.low is None or row.high is None else f", 95 % {fixed(row.low)} to {fixed(row.high)}"
    point = "not measured" if row.value is None else fixed(row.value)
    return {
        "place": place, "name": row.name, "value": row.value, "low": row.low, "high": row.high, "words": row.words,
        "strong": row.strong, "tip": f"{row.name}: {point}{ends}",
    }  # fmt: skip


def _x(panel: Panel, size: Size, width: float) -> tuple[Any, Any]:
    """Return scale and axis: linear, or by factors where values are far apart."""
    known = [v for row in panel.rows for v in (row.value, row.low, row.high, *row.more) if v is not None]
    title = wrapped(panel.title, size, width + 60)
    ticks = max(int(width // 60), 2)
    if panel.factors and min(known) > 0 and max(known) > BY_FACTORS * min(known):
        return (
            alt.Scale(type="log", domain=[min(known) / 1.3, max(known) * 1.3], nice=False),
            alt.Axis(title=title, tickCount=max(ticks // 2, 2), format=NUMBERS, gridOpacity=0.6),
        )
    ends = list(panel.whole or reach([*known, *(panel.band or ()), panel.line], zero=panel.zero))
    if panel.line is None and min(known) >= 0:  # an error or a share is never less
        ends[0] = max(ends[0], 0.0)
    return alt.Scale(domain=ends, nice=False), alt.Axis(title=title, tickCount=ticks, format=NUMBERS)


def _behind(panel: Panel, scale: Any, x_axis: Any) -> list[Any]:
    """Return what the dots stand on: the band of noise and the line."""
    out = []
    if panel.band is not None:
        low, high = panel.band
        tip = f"within the noise of this split: -{fixed(-low)} to +{fixed(high)}"
        box = data([{"from": low, "to": high, "tip": tip}]).mark_rect(color=MUTED, opacity=0.18)
        out.append(box.encode(x=alt.X("from:Q", scale=scale, axis=x_axis), x2=alt.X2("to:Q"), description=TIP))
    if panel.line is not None:
        rule = data([{"at": panel.line}]).mark_rule(color=INK, strokeWidth=1.2, aria=False)
        out.append(rule.encode(x=alt.X("at:Q", scale=scale, axis=x_axis)))
    return out


def _room(words: Sequence[str]) -> float:
    """Return the pixels that words beside the rows take, with air."""
    return min(max(map(len, words), default=0), NAMES) * LETTER + 16


def _texts(values: list[dict[str, Any]], y: Any, size: Size, width: float, *, named: bool) -> list[Any]:
    """Return names and numbers: beside the rows of a wide page, above those of a narrow one."""
    if not size.wide:
        numbers = max((len(v["words"]) for v in values), default=0)
        room = int((width - numbers * LETTER - 12) / LETTER)
        rows = [v | {"shown": short(v["name"], room)} for v in values]
        base = data(rows).encode(y=y)
        return [
            base.mark_text(align="left", dy=-18, fontSize=13, color=INK, aria=False).encode(
                x=alt.XValue(0), text=alt.Text("shown:N")
            ),
            base.mark_text(align="right", dy=-18, fontSize=13, color=INK, aria=False).encode(
                x=alt.XValue(round(width)), text=alt.Text("words:N")
            ),
        ]
    base = data([v | {"shown": short(v["name"], NAMES)} for v in values]).encode(y=y)
    left = -_room([v["name"] for v in values]) if named else 0
    out = [
        reserved(left, width + _room([v["words"] for v in values])),
        base.mark_text(align="left", dx=8, fontSize=12.5, color=INK, aria=False).encode(
            x=alt.XValue(round(width)), text=alt.Text("words:N")
        ),
    ]
    if named:
        out.append(
            base.mark_text(align="right", dx=-10, fontSize=13, color=INK, aria=False).encode(
                x=alt.XValue(0), text=alt.Text("shown:N")
            )
        )
    return out
