"""Charts as SVG text, drawn by altair and vl-convert in this process: nothing is loaded from anywhere."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import vl_convert

ROOM = 6
"""Pixels around the chart; more at the left, as a browser's font may be wider than the one that the labels were measured in."""


TITLES = {
    "rmse": "RMSE on hidden ratings, 95 % over users (left is better)",
    "ndcg@100": "NDCG@100 of hidden likes, 95 % over users (right is better)",
}


def metric_chart(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return an SVG of each model's RMSE with its 95 % interval, or of its NDCG@100 where no model predicts ratings.

    Args:
        rows: Rows of a comparison.

    Returns:
        Best first; empty where nobody has either.
    """
    metric = "rmse" if any(row["rmse"] is not None for row in rows) else "ndcg@100"
    points = [
        {"model": row["model"], "value": row[metric], "low": row[f"{metric}_low"], "high": row[f"{metric}_high"]}
        for row in rows
        if row.get(metric) is not None
    ]
    if not points:
        return ""
    order = [p["model"] for p in sorted(points, key=lambda p: p["value"], reverse=metric != "rmse")]
    base = alt.Chart(alt.InlineData(values=points)).encode(
        y=alt.Y("model:N", sort=order, title=None, axis=alt.Axis(labelLimit=240, labelFontSize=13))
    )
    axis = alt.X("low:Q", title=TITLES[metric], scale=alt.Scale(zero=False))
    span = base.mark_rule(strokeWidth=3, color="#8aa4c8").encode(x=axis, x2="high:Q")
    dot = base.mark_circle(size=110, color="#1f4e8c", opacity=1).encode(x=alt.X("value:Q"))
    text = base.mark_text(dy=-13, fontSize=12, color="#334").encode(x="value:Q", text=alt.Text("value:Q", format=".4f"))
    room = {"left": ROOM + 2 * max(len(p["model"]) for p in points), "right": ROOM, "top": ROOM, "bottom": ROOM}
    chart = (span + dot + text).properties(width=600, height=44 * len(points), padding=room)
    chart = chart.configure_view(stroke=None)
    svg: str = vl_convert.vegalite_to_svg(chart.to_dict())
    return svg
