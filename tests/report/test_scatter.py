"""Predicted against actual: cells, means, and the line where both are equal."""

import re

from foretaste.report.scatter import scatter_section

FOUND = {"model": "ridge", "actual": [1, 2], "bins": [0.5, 1.5, 2.5], "counts": [[3, 1], [0, 4]], "mean": [1.25, 2.0]}


def test_every_cell_that_holds_something_is_drawn_with_its_share():
    section = scatter_section({"scatter": FOUND})
    titles = re.findall("<title>(.*?)</title>", section.figures[0].wide)
    assert titles == [
        "actual 1, predicted 0.50 to 1.50: 3 ratings, 75 %",
        "actual 1, predicted 1.50 to 2.50: 1 ratings, 25 %",
        "actual 2, predicted 1.50 to 2.50: 4 ratings, 100 %",
        "actual 1: mean prediction 1.250",
        "actual 2: mean prediction 2.000",
    ]
    assert section.tables[0].rows == [("1", "4", "1.250"), ("2", "4", "2.000")]
    for words in ("actual rating (rating points)", "predicted rating (rating points)"):
        assert words in section.figures[0].narrow


def test_a_level_that_nobody_gave_and_one_level_alone():
    empty = FOUND | {"counts": [[0, 0], [0, 4]], "mean": [None, 2.0]}
    assert scatter_section({"scatter": empty}).tables[0].rows[0] == ("1", "0", "-")
    alone = {"model": "m", "actual": [3], "bins": [1, 3, 5], "counts": [[0, 2]], "mean": [4.0]}
    assert "actual 3, predicted" in scatter_section({"scatter": alone}).figures[0].wide


def test_without_predictions_there_is_no_section():
    assert scatter_section({}) is None
    assert scatter_section({"scatter": FOUND | {"counts": [[0, 0], [0, 0]]}}) is None
