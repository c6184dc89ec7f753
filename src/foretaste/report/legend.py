"""The key of a chart: a shape and a name a model, laid out in as many lines as the width asks for."""

from collections.abc import Sequence
from typing import Any

import altair as alt

from foretaste.report.drawing import INK, LETTER, SERIES, SHAPES, Size, Spec, data, layered
from foretaste.report.words import short

LINE = 20
"""Pixels of a line of the key."""
MOST = 30
"""Letters of a name in it."""


def key_chart(names: Sequence[str], size: Size, left: float, *, hollow: bool = False) -> Spec:
    """Return the key, to stand above a chart.

    Args:
        names: Of the models, in the order of shapes and colours.
        size: Of the page.
        left: Pixels that the chart has at the left of its plot; the key begins there.
        hollow: Whether all shapes but the first are drawn as rings.
    """
    x, line = -left, 0
    rows: list[dict[str, Any]] = []
    for name in names:
        shown = short(name, MOST)
        wide = 30 + LETTER * len(shown)
        if x > -left and x + wide > size.width - left - 10:
            x, line = -left, line + 1
        rows.append({"x": x + 6, "text": x + 18, "y": line * LINE + 8, "shown": shown})
        x += wide
    layers = []
    for place, row in enumerate(rows):
        at = data([row])
        flat = {"x": alt.X("x:Q", scale=None, axis=None), "y": alt.Y("y:Q", scale=None, axis=None)}
        dot = at.mark_point(
            filled=not (hollow and place), opacity=1, size=80, shape=SHAPES[place], color=SERIES[place], strokeWidth=1.8,
            aria=False,
        )  # fmt: skip
        layers.append(dot.encode(**flat))
        text = at.mark_text(align="left", fontSize=13, color=INK, baseline="middle", aria=False)
        layers.append(text.encode(x=alt.X("text:Q", scale=None, axis=None), y=flat["y"], text=alt.Text("shown:N")))
    return layered(layers, 10, (line + 1) * LINE)
