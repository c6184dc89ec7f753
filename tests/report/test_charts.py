"""The chart: SVG with a mark and an interval a model."""

import re

from foretaste.report.charts import metric_chart

ROWS = [
    {"model": "mean", "rmse": 1.05, "rmse_low": 1.0, "rmse_high": 1.1},
    {"model": "autorec", "rmse": 0.86, "rmse_low": 0.8, "rmse_high": 0.9},
    {"model": "popularity", "rmse": None, "rmse_low": None, "rmse_high": None},
]


def test_every_rating_model_is_drawn_with_its_number():
    svg = metric_chart(ROWS)
    assert svg.startswith("<svg")
    for words in ("1.0500", "0.8600", "mean", "autorec"):
        assert words in svg
    assert "popularity" not in svg


def test_the_best_is_on_top():
    svg = metric_chart(ROWS)
    assert svg.index(">autorec<") < svg.index(">mean<")


def test_where_nobody_predicts_ratings_lists_are_drawn_and_more_is_better():
    lists = [ROWS[2] | {"model": name, "ndcg@100": value, "ndcg@100_low": 0.1, "ndcg@100_high": 0.5}
             for name, value in (("popularity", 0.2), ("edlae", 0.4))]  # fmt: skip
    svg = metric_chart([*lists, ROWS[2] | {"model": "nobody", "ndcg@100": None}])
    assert "NDCG@100 of hidden likes" in svg
    assert svg.index(">edlae<") < svg.index(">popularity<")
    assert "0.4000" in svg
    assert "nobody" not in svg


def test_without_anything_measured_there_is_no_chart():
    assert metric_chart(ROWS[2:]) == ""


def test_a_long_name_has_more_room_than_its_letters_take_in_a_narrow_font():
    """It was cut off at the left where the browser's font was wider than the measured one."""

    def left(name):
        svg = metric_chart([ROWS[0] | {"model": name}])
        return float(re.search(r'<svg[^>]* width="([0-9.]+)"', svg)[1]) - 600

    assert left("two_sided_ridge") > 15 * 8
    assert left("two_sided_ridge") > left("mean") + 11 * 7
