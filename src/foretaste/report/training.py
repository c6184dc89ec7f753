"""How training went: the loss on training rows and what was watched on validation, epoch after epoch, model by model."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import altair as alt

from foretaste.report.drawing import (
    INK,
    NUMBERS,
    SERIES,
    TIP,
    Size,
    Spec,
    below,
    beside,
    data,
    figure,
    layered,
    reach,
    wrapped,
)
from foretaste.report.parts import Section, Table
from foretaste.report.words import lower_wins, number, short, title_of

HEIGHT = 120
"""Pixels of a panel."""
TICKS = 8
"""Numbers below it, at most."""


def curves_section(report: Mapping[str, Any]) -> Section | None:
    """Return the curves of every model that was trained in epochs; nothing where none was."""
    curves = [curve for curve in report.get("curves", ()) if curve["epochs"]]
    if not curves:
        return None
    figures = [
        figure(
            f"Training of {_name(curve)}: loss by epoch, and {title_of(curve['metric'])} on validation",
            partial(_chart, curve),
        )
        for curve in curves
    ]
    lead = "Left the loss on the training rows, right what the model was stopped by. The ring is its best epoch."
    cells = [
        (_name(curve), str(one["epoch"]), number(one["train"]), number(one.get("valid")))
        for curve in curves
        for one in curve["epochs"]
    ]
    table = Table(("model", "epoch", "train", "validation"), cells, "Every epoch in numbers")
    notes = [
        "Where the left curve still falls while the right one rises, the model learns the training ratings by heart. The two "
        "have units of their own: a loss may hold penalties and weights, and says nothing across models."
    ]
    return Section("training", "Training curves", lead, figures, (table,), notes)


def _name(curve: Mapping[str, Any]) -> str:
    phase = curve.get("phase", "choose")
    return str(curve["model"]) if phase == "choose" else f"{curve['model']} ({phase})"


def _chart(curve: Mapping[str, Any], size: Size) -> Spec:
    """Return the panels of a model: beside each other on a wide page, else below."""
    metric = curve["metric"]
    width = round((size.width - 170) / 2) if size.wide else size.width - 70
    trained = [{"epoch": one["epoch"], "value": one["train"]} for one in curve["epochs"] if one["train"] is not None]
    watched = [
        {"epoch": one["epoch"], "value": one["valid"]} for one in curve["epochs"] if one.get("valid") is not None
    ]
    title, panels = [short(_name(curve), 60 if size.wide else 38)], []
    if trained:
        panels.append(_panel(trained, "training loss", "loss", (width, size)))
    if watched:
        best = (min if lower_wins(metric) else max)(watched, key=lambda row: row["value"])
        panels.append(_panel(watched, f"{title_of(metric)} on validation", title_of(metric), (width, size), best))
        title.append(f"best {title_of(metric)} {best['value']:.4f} at epoch {best['epoch']}")
    joined = beside(panels, 50) if size.wide else below(panels, 16)
    return joined | {"title": title if not size.wide else ": ".join(title)}


def _panel(
    rows: Sequence[dict[str, Any]], title: str, name: str, room: tuple[int, Size], best: dict[str, Any] | None = None
) -> Spec:
    """Return one curve with a point an epoch, and a ring round the best of what was watched."""
    width, size = room
    last, colour = max(row["epoch"] for row in rows), SERIES[best is None]
    marks = [row | {"tip": f"epoch {row['epoch']}: {name} {row['value']:.4f}"} for row in rows]
    x = alt.X(
        "epoch:Q",
        scale=alt.Scale(domain=[min(row["epoch"] for row in rows), max(last, 2)], nice=False, padding=8),
        axis=alt.Axis(
            title="epoch (passes over the data)", values=list(range(0, last + 1, max(-(-last // TICKS), 1))), format="d",
            grid=False,
        ),
    )  # fmt: skip
    y = alt.Y(
        "value:Q",
        scale=alt.Scale(domain=reach([row["value"] for row in rows]), nice=False),
        axis=alt.Axis(title=wrapped(title, size, HEIGHT + 30), tickCount=4, format=NUMBERS),
    )
    base = data(marks).encode(x=x, y=y)
    layers = [
        base.mark_line(color=colour, strokeWidth=2, strokeDash=[6, 3] if best is None else [1, 0], aria=False),
        base.mark_point(filled=True, opacity=1, size=26, color=colour).encode(description=TIP),
    ]
    if best is not None:
        ring = data([best]).encode(x=x, y=y)
        layers.append(ring.mark_point(size=150, color=INK, strokeWidth=1.8, aria=False))
    return layered(layers, width, HEIGHT)
