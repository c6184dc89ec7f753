"""Altair's charts become SVG text in this process: two sizes, one palette for light and dark, a title on every mark.

The colours in the SVG are those of a light page; `dark_rules` turns them where the reader prefers the dark. The palette follows
Okabe and Ito (2008), a little darker on white and lighter on black, so that lines stand out from both; shapes and dashes say
the same as colours do.
"""

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import vl_convert

from foretaste.report.parts import Figure

INK, MUTED, GRID, PAPER = "#1b2430", "#55606d", "#e2e7ed", "#ffffff"
SERIES = ("#c74e00", "#0072b2", "#00805e", "#a8488a", "#8a6100", "#5b6673")
"""Vermilion is the judged model's, wherever it is drawn."""
DARK = {
    INK: "#e6ebf2", MUTED: "#a9b4c1", GRID: "#2d3643", PAPER: "#12171d",
    **dict(zip(SERIES, ("#ff9146", "#5bb8ee", "#2fc49b", "#e59ac6", "#e3b341", "#aeb8c4"), strict=True)),
}  # fmt: skip
"""What each colour of a light page is on a dark one."""
SHAPES = ("diamond", "circle", "square", "triangle-up", "cross", "triangle-down")
DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [4, 4], [1, 3])
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', Arial, sans-serif"
LETTER = 8.3
"""Pixels of a letter of 13 pixels in a wide font; labels are given that room, as fonts differ from machine to machine."""


CONFIG = {
    "background": "transparent", "font": FONT, "padding": 4, "view": {"stroke": None},
    "axis": {
        "labelColor": MUTED, "titleColor": INK, "gridColor": GRID, "domainColor": MUTED, "tickColor": MUTED,
        "labelFontSize": 12, "titleFontSize": 12.5, "titleFontWeight": "normal",
        "titlePadding": 12, "labelOverlap": "greedy", "labelSeparation": 12,
        "labelLimit": 0, "titleLimit": 0,
    },
    "axisLeft": {"minExtent": 34},
    "legend": {"labelColor": INK, "labelFontSize": 12, "orient": "top"},
    "title": {"color": INK, "fontSize": 13, "anchor": "start", "fontWeight": "bold", "limit": 0, "offset": 14},
}  # fmt: skip
"""How all charts look."""
NUMBERS = ",~r"
"""How an axis writes its numbers: 0.85, 1,200."""


@dataclass(frozen=True)
class Size:
    """One of the two widths that every chart is drawn in.

    Args:
        width: Pixels, all labels included.
        wide: Whether names stand beside the marks, or above them.
    """

    width: int
    wide: bool


WIDE, NARROW = Size(870, True), Size(330, False)


Spec = dict[str, Any]
"""A chart as Vega-Lite reads it; charts are put together as such, since altair copies whatever it joins."""
TIP = alt.Description("tip:N")
"""What a mark says when it is pointed at."""


def figure(label: str, draw: Callable[[Size], Spec], caption: str = "") -> Figure:
    """Return a figure, drawn in both sizes."""
    return Figure(label, to_svg(draw(WIDE), label), to_svg(draw(NARROW), label), caption)


def to_svg(chart: Spec, label: str) -> str:
    """Return a chart as SVG that knows no size but its own proportions, with a name and a title on every mark.

    Args:
        chart: Marks whose `description` is given show it when they are pointed at.
        label: What it shows.
    """
    svg: str = vl_convert.vegalite_to_svg(chart | {"config": CONFIG})
    return _plainer(svg, label)


def _plainer(svg: str, label: str) -> str:
    """Give the picture one name, and its marks titles in place of what a screen reader would read one by one."""
    mark = re.compile(r'<(path|line|rect) aria-label="([^"]*)" role="graphics-symbol"([^>]*?)/>')
    svg = mark.sub(r"<\1 class='mark'\3><title>\2</title></\1>", svg)
    svg = re.sub(r' (?:aria-label|aria-roledescription|aria-hidden|role)="[^"]*"', "", svg)
    svg = re.sub(r' (?:d|transform)="[^"]*"', lambda found: re.sub(r"(\.\d\d)\d+", r"\1", found[0]), svg)
    head = f'<svg role="img" aria-label="{html.escape(label)}"'
    return svg.replace("<svg", head, 1).replace(' class="marks"', "", 1)


def dark_rules() -> str:
    """Return the style sheet that turns the colours of charts where the page is dark."""
    return "\n".join(
        f'svg [fill="{light}"] {{ fill: {dark}; }} svg [stroke="{light}"] {{ stroke: {dark}; }}'
        for light, dark in DARK.items()
    )


def data(rows: Sequence[dict[str, Any]]) -> Any:
    """Return rows as the data of a chart."""
    return alt.Chart(alt.InlineData(values=tuple(rows)))


def layered(layers: Sequence[Any], width: float, height: Any) -> Spec:
    """Return marks on top of each other.

    Args:
        layers: Charts of altair.
        width: Pixels of the plot.
        height: The same, or `alt.Step` for so many a row.
    """
    tall = height.to_dict() if isinstance(height, alt.Step) else height
    return {"layer": [_spec(layer) for layer in layers], "width": round(width), "height": tall}


def beside(parts: Sequence[Spec], spacing: int) -> Spec:
    """Return charts beside each other."""
    return {"hconcat": list(parts), "spacing": spacing}


def below(parts: Sequence[Spec], spacing: int) -> Spec:
    """Return charts below each other."""
    return {"vconcat": list(parts), "spacing": spacing}


def _spec(layer: Any) -> Spec:
    """Return one layer with its data in it."""
    made = layer.to_dict(validate=False)
    sets = made.pop("datasets", {})
    if "name" in made["data"]:
        made["data"] = {"values": sets[made["data"]["name"]]}
    return {name: value for name, value in made.items() if name not in {"$schema", "config"}}


def reserved(left: float, right: float) -> Any:
    """Return a mark that nobody sees, from one end of a chart to the other: it keeps room for letters of any font.

    Args:
        left: Pixels from the plot's left side; below zero is beside it.
        right: The same of the other end.
    """
    ends = alt.XValue(round(left)), alt.X2Value(round(right))
    return data([{}]).mark_rule(opacity=0, aria=False).encode(x=ends[0], x2=ends[1], y=alt.YValue(0))


def reach(values: Sequence[float | None], *, zero: bool = False) -> list[float]:
    """Return the ends of a scale that holds all values, with a little air around them."""
    known = [float(v) for v in values if v is not None] + ([0.0] if zero else [])
    low, high = min(known), max(known)
    air = 0.06 * (high - low) or abs(high) * 0.05 or 1.0
    return [low if zero and low == 0 else low - air, high if zero and high == 0 else high + air]


def wrapped(title: str, size: Size, room: float | None = None) -> list[str] | str:
    """Return a title in as many lines as the room asks for."""
    most = int((room or size.width) / 6.9)
    if len(title) <= most:
        return title
    lines = [""]
    for word in title.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > most:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
