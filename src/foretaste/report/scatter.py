"""Predicted against actual ratings: where the predictions of each actual rating fall, and their mean."""

from collections.abc import Mapping
from functools import partial
from itertools import pairwise
from typing import Any

import altair as alt

from foretaste.report.drawing import INK, NUMBERS, SERIES, TIP, Size, Spec, data, figure, layered
from foretaste.report.parts import Section, Table
from foretaste.report.words import number

DEEPEST = 0.85
"""Opacity of the fullest cell."""


def scatter_section(report: Mapping[str, Any]) -> Section | None:
    """Return the predictions of one model by actual rating; nothing where it was not made."""
    found = report.get("scatter")
    if not found or not any(map(sum, found["counts"])):
        return None
    label = f"Predicted against actual ratings of {found['model']}: the mean prediction of each actual rating, and the spread"
    chart = figure(label, partial(_chart, found))
    lead = (
        f"{found['model']}: each column holds the hidden ratings of one value, darker where more of its predictions fall. "
        "The diamonds are their mean; on the dashed line a mean would be right."
    )
    cells = [
        (f"{actual:g}", f"{sum(counts):,}", number(mean, 3))
        for actual, counts, mean in zip(found["actual"], found["counts"], found["mean"], strict=True)
    ]
    table = Table(("actual rating", "hidden ratings", "mean prediction"), cells, "Predicted against actual in numbers")
    notes = [
        "Diamonds flatter than the dashed line are no fault: who knows little predicts near the middle, which lowers the "
        "error. A model that predicts extremes as often as they happen has a larger one."
    ]
    return Section("scatter", "Predicted against actual", lead, (chart,), (table,), notes)


def _chart(found: Mapping[str, Any], size: Size) -> Spec:
    actual, edges = list(found["actual"]), list(found["bins"])
    step = min((b - a for a, b in pairwise(actual)), default=1.0)
    cells = []
    for value, counts in zip(actual, found["counts"], strict=True):
        all_of_them = max(sum(counts), 1)
        for (low, high), n in zip(pairwise(edges), counts, strict=True):
            if n:
                tip = (
                    f"actual {value:g}, predicted {low:.2f} to {high:.2f}: {n:,} ratings, {100 * n / all_of_them:.0f} %"
                )
                ends = {"x": value - 0.46 * step, "x2": value + 0.46 * step, "y": low, "y2": high}
                cells.append(ends | {"share": n / all_of_them, "tip": tip})
    most = max(cell["share"] for cell in cells)
    low, high = min(actual[0] - step / 2, edges[0]), max(actual[-1] + step / 2, edges[-1])
    width = min(size.width - 70, 520)
    ticks = actual if len(actual) <= width / 34 else actual[:: -(-len(actual) * 34 // width)]
    scale = alt.Scale(domain=[low, high], nice=False)
    x = alt.X(
        "x:Q",
        scale=scale,
        axis=alt.Axis(title="actual rating (rating points)", values=ticks, grid=False, format=NUMBERS),
    )
    y = alt.Y("y:Q", scale=scale, axis=alt.Axis(title="predicted rating (rating points)", tickCount=8, format=NUMBERS))
    boxes = data([c | {"depth": DEEPEST * c["share"] / most} for c in cells]).mark_rect(color=SERIES[1])
    boxes = boxes.encode(
        x=x, x2=alt.X2("x2:Q"), y=y, y2=alt.Y2("y2:Q"), description=TIP, opacity=alt.Opacity("depth:Q", scale=None)
    )
    line = data([{"x": v, "y": v} for v in (low, high)]).mark_line(
        strokeDash=[5, 4], color=INK, strokeWidth=1.2, aria=False
    )
    means = [
        {"x": value, "y": mean, "tip": f"actual {value:g}: mean prediction {mean:.3f}"}
        for value, mean in zip(actual, found["mean"], strict=True)
        if mean is not None
    ]
    dots = data(means).mark_point(filled=True, opacity=1, size=90, shape="diamond", color=SERIES[0])
    path = data(means).mark_line(color=SERIES[0], strokeWidth=2, aria=False)
    layers = [boxes, line.encode(x=x, y=y), path.encode(x=x, y=y), dots.encode(x=x, y=y, description=TIP)]
    return layered(layers, width, round(width * (0.72 if size.wide else 1)))
