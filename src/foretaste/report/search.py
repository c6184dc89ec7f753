"""A search as a picture: the best value so far over the trials, and the value against each setting."""

import html
from collections.abc import Mapping, Sequence
from typing import Any

from foretaste.errors import MissingExtraError

try:
    import altair as alt
    import vl_convert
except ImportError as missing:
    raise MissingExtraError(
        f"a plot needs {missing.name}, which is not installed", hint="pip install 'foretaste[report]'"
    ) from missing

from foretaste.report.drawing import CONFIG, MUTED, PAPER, SERIES
from foretaste.report.page import style_sheet

WIDTH, HEIGHT, ACROSS = 210, 150, 3
"""Size of a small chart in pixels, and how many stand side by side."""
FACTOR = 20
"""A setting whose largest value is so many times its smallest is drawn by factors."""
TICKS = 25
"""Numbers below the trials, at most."""
FEWEST = 3
"""Values from which on settings are drawn one by one."""
DOT, LINE, DEFAULTS = SERIES[1], MUTED, SERIES[0]
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<style>
{style}
.scroll svg {{ max-width: none; }}
</style>
</head>
"""


def search_page(found: Mapping[str, Any]) -> str:
    """Return an HTML page without any outside request.

    Args:
        found: From `Tuned.to_json`.
    """
    title, metric = f"Search on {found['data']['source']}", found["metric"]
    on = "RMSE on validation ratings" if metric == "rmse" else f"{metric.upper()} on validation, higher is better"
    words = [f"<h1>{html.escape(title)}</h1>", f"<p>{on}; the test part was not looked at.</p>"]
    words += [
        f"<h2>{html.escape(line['model'])}</h2><p>{html.escape(_words(line, metric))}</p>"
        f'<div class="scroll">{_svg([line], metric, titles=False, paper="transparent")}</div>'
        for line in found["models"]
    ]
    head = HEAD.format(policy=POLICY, title=html.escape(title), style=style_sheet())
    return f"{head}<body>{''.join(words)}</body>\n</html>\n"


def search_chart(found: Mapping[str, Any]) -> str:
    """Return the charts of all models as one SVG.

    Args:
        found: From `Tuned.to_json`.
    """
    return _svg(found["models"], found["metric"])


def _words(line: Mapping[str, Any], metric: str) -> str:
    default, best = line[f"default_{metric}"], line[f"best_{metric}"]
    if best is None:
        return "No trial came to its end."
    before = "no value" if default is None else f"{default:.4f}"
    few = f" and {line['few_trials']} on {line['few_share']:g} of the people" if line["few_trials"] else ""
    given_up = f"; {line['pruned']} of them were given up and are not drawn" if line["pruned"] else ""
    settings = ", ".join(f"{name} = {_word(value)}" for name, value in line["settings"].items())
    return f"Defaults {before}, best {best:.4f} in {line['trials']} trials{few}{given_up}. {settings}."


def _word(value: object) -> str:
    return str(list(value) if isinstance(value, tuple) else value)


def _svg(lines: Sequence[Mapping[str, Any]], metric: str, *, titles: bool = True, paper: str = PAPER) -> str:
    chart = alt.vconcat(*(_model(line, metric, line["model"] if titles else "") for line in lines)).resolve_scale(
        y="independent", x="independent"
    )
    svg: str = vl_convert.vegalite_to_svg(chart.to_dict() | {"config": CONFIG | {"background": paper}})
    return svg


def _model(line: Mapping[str, Any], metric: str, title: str) -> Any:
    """Return the charts of one model: of trials on everything, and below them of those on few people."""
    done = [trial for trial in line["tried"] if trial[metric] is not None]
    shares = sorted({trial["people"] for trial in done}, reverse=True) or [1.0]
    blocks = []
    for share in shares:
        points = [trial for trial in done if trial["people"] == share]
        small = [_against(points, metric, name) for name in (points[0]["settings"] if len(points) >= FEWEST else ())]
        rows = [alt.hconcat(*small[start : start + ACROSS]) for start in range(0, len(small), ACROSS)]
        words = title if share == 1 else f"{title} on {share:g} of the people".strip()
        blocks.append(alt.vconcat(_over_time(points, metric, words), *rows).resolve_scale(x="independent", y="shared"))
    return alt.vconcat(*blocks).resolve_scale(x="independent", y="independent")


def _over_time(points: Sequence[Mapping[str, Any]], metric: str, title: str) -> Any:
    """Return every value and the best so far, trial after trial."""
    rows: list[dict[str, Any]] = []
    better = min if metric == "rmse" else max
    for point in sorted(points, key=lambda point: point["number"]):
        best = better([point[metric], *(row["best"] for row in rows[-1:])])
        rows.append({"trial": point["number"] + 1, "value": point[metric], "best": best, "kind": _kind(point)})
    last = rows[-1]["trial"] if rows else 1
    axis = alt.Axis(values=list(range(1, last + 1, -(-last // TICKS))), format="d")
    base = alt.Chart(alt.InlineData(values=rows), title=title).encode(
        x=alt.X("trial:Q", title="trial", axis=axis, scale=alt.Scale(domain=[1, max(last, 2)], nice=False, padding=8))
    )
    line = base.mark_line(interpolate="step-after", color=LINE, strokeWidth=2).encode(y=_value("best", metric))
    wide = ACROSS * WIDTH + (ACROSS - 1) * 60
    return (
        line + base.mark_circle(size=45, opacity=0.9).encode(y=_value("value", metric), color=_colour())
    ).properties(width=wide, height=HEIGHT)


def _against(points: Sequence[Mapping[str, Any]], metric: str, name: str) -> Any:
    """Return the value against one setting, in the order of its size; by factors where it spans more than one."""
    values = [point["settings"][name] for point in points]
    number = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values)
    rows = [
        {"setting": value if number else _word(value), "value": point[metric], "kind": _kind(point)}
        for value, point in zip(values, points, strict=True)
    ]
    x = _numbers(name, values) if number else _options(name, values)
    chart = alt.Chart(alt.InlineData(values=rows)).mark_circle(size=45, opacity=0.9)
    return chart.encode(x=x, y=_value("value", metric), color=_colour()).properties(width=WIDTH, height=HEIGHT)


def _numbers(name: str, values: Sequence[float]) -> Any:
    by_factors = min(values) > 0 and max(values) >= FACTOR * min(values)
    scale = alt.Scale(type="log" if by_factors else "linear", zero=False, nice=False, padding=8)
    axis = alt.Axis(tickCount=4, format=".6~g", labelOverlap=True)
    return alt.X("setting:Q", title=name, scale=scale, axis=axis)


def _options(name: str, values: Sequence[Any]) -> Any:
    lists = all(isinstance(value, (tuple, list)) for value in values)
    order = [_word(value) for value in (sorted(values) if lists else values)]
    return alt.X("setting:N", title=name, sort=list(dict.fromkeys(order)), axis=alt.Axis(labelAngle=0))


def _kind(point: Mapping[str, Any]) -> str:
    return "defaults" if point["number"] == 0 else "tried"


def _colour() -> Any:
    return alt.Color("kind:N", scale=alt.Scale(domain=["tried", "defaults"], range=[DOT, DEFAULTS]), title=None)


def _value(field: str, metric: str) -> Any:
    return alt.Y(
        f"{field}:Q", title=f"{metric.upper()} on validation", scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=5)
    )
