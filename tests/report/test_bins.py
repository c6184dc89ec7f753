"""Charts by slice: a shape a model, an interval of the first."""

import re

from foretaste.report.bins import bins_chart
from foretaste.report.drawing import NARROW, WIDE, to_svg

BINS = [
    {"label": "1 to 9", "n": 1234, "models": {"ridge": {"value": 0.9, "low": 0.8, "high": 1.0}, "bias": {"value": 1.0}}},
    {"label": "a genre with a long name", "n": 5, "models": {"ridge": {"value": 0.7, "low": None, "high": None}, "bias": None}},
]  # fmt: skip
PART = {"by": "given", "title": "ratings shown", "metric": "rmse", "bins": BINS}


def test_dots_intervals_names_and_counts_are_drawn():
    for size, name in ((WIDE, "a genre with a long name"), (NARROW, "a genre with…")):
        svg = to_svg(bins_chart(PART, ["ridge", "bias"], size), "x")
        titles = re.findall("<title>(.*?)</title>", svg)
        assert sorted(titles) == ["bias, 1 to 9: RMSE 1.0000", *["ridge, 1 to 9: RMSE 0.9000, 95 % 0.8000 to 1.0000"] * 2,
                                  "ridge, a genre with a long name: RMSE 0.7000"]  # fmt: skip
        for words in (">1 to 9<", f">{name}<", ">1,234<", ">5<", "RMSE (rating points)", ">ridge<", ">bias<"):
            assert words in svg


def test_the_key_shows_what_the_chart_draws():
    key, plot = bins_chart(PART, ["ridge", "bias"], WIDE)["vconcat"]
    marks = [[m["filled"] for m in (x["mark"] for x in part["layer"]) if m["type"] == "point"] for part in (key, plot)]
    assert marks == [[True, False], [False, True]]  # in the plot the first is drawn last, on top
