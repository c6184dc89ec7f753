"""The chart: SVG with a mark and an interval a model."""

import re

from foretaste.report.charts import rmse_chart

ROWS = [
    {"model": "mean", "rmse": 1.05, "rmse_low": 1.0, "rmse_high": 1.1},
    {"model": "autorec", "rmse": 0.86, "rmse_low": 0.8, "rmse_high": 0.9},
    {"model": "popularity", "rmse": None, "rmse_low": None, "rmse_high": None},
]


def test_every_rating_model_is_drawn_with_its_number():
    svg = rmse_chart(ROWS)
    assert svg.startswith("<svg")
    for words in ("1.0500", "0.8600", "mean", "autorec"):
        assert words in svg
    assert "popularity" not in svg


def test_the_best_is_on_top():
    svg = rmse_chart(ROWS)
    assert svg.index(">autorec<") < svg.index(">mean<")


def test_without_ratings_there_is_no_chart():
    assert rmse_chart(ROWS[2:]) == ""


def test_a_long_name_has_more_room_than_its_letters_take_in_a_narrow_font():
    """It was cut off at the left where the browser's font was wider than the measured one."""

    def left(name):
        svg = rmse_chart([ROWS[0] | {"model": name}])
        return float(re.search(r'<svg[^>]* width="([0-9.]+)"', svg)[1]) - 600

    assert left("two_sided_ridge") > 15 * 8
    assert left("two_sided_ridge") > left("mean") + 11 * 7
