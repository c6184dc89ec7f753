"""Numbers and names in words."""

import pytest

from foretaste.metrics.registry import METRICS
from foretaste.report.words import (
    UNITS,
    axis_of,
    better_of,
    change_span,
    decided_by,
    difference_key,
    foremost,
    judged_of,
    lower_wins,
    megabytes,
    metric_of,
    number,
    p_value,
    people,
    percent,
    seconds,
    short,
    signed,
    size_of,
    span,
    things_of,
    title_of,
    unit_of,
)

ROWS = [
    {"model": "a", "rmse": 0.9, "difference": -0.1},
    {"model": "b", "rmse": 0.8},
    {"model": "c", "rmse": 0.85, "difference": 0.1},
    {"model": "lists", "rmse": None},
]


def test_numbers_that_are_not_there_are_dashes():
    assert (number(None), number(0.12345), percent(None), percent(0.5)) == ("-", "0.1235", "-", "50.0 %")
    assert (signed(None), signed(0.1), signed(-0.25), signed(-0.0)) == ("-", "+0.1000", "-0.2500", "+0.0000")
    assert (span(None, 1.0), span(0.5, 1.0), change_span(-0.1, None), change_span(-0.1, 0.2)) == (
        "-",
        "0.500 to 1.000",
        "-",
        "-0.1000 to +0.2000",
    )
    assert (seconds(None), seconds(1.25), megabytes(None), megabytes(150e6)) == ("-", "1.2 s", "-", "150 MB")
    assert (p_value(None), p_value(0.0001), p_value(0.0312)) == ("-", "< 0.001", "0.031")


def test_every_metric_has_a_name_with_a_unit_and_a_way():
    for name, metric in METRICS.items():
        assert axis_of(name) == f"{metric.label} ({UNITS[metric.unit]})"
        assert better_of(name)
    assert (axis_of("rmse"), better_of("ndcg@20")) == ("RMSE (rating points)", "higher is better")
    assert (lower_wins("rmse"), lower_wins("ndcg@100"), lower_wins("unknown")) == (True, False, False)
    assert (title_of("unknown"), axis_of("unknown"), better_of("unknown")) == ("unknown", "unknown", "")


@pytest.mark.parametrize(("most", "words"), [(7, "letters"), (6, "lette…"), (1, "l…")])
def test_a_long_name_is_cut(most, words):
    assert short("letters", most) == words


def test_the_judged_model_is_the_one_without_a_difference():
    assert judged_of({"models": ROWS}) == "b"
    assert judged_of({"models": ROWS[:1]}) is None
    assert judged_of({"models": ROWS[1:2] * 2}) is None
    assert judged_of({"models": ROWS, "significance": {"subject": "c"}}) == "c"
    lists = [
        {"model": "x", "rmse": None, "ndcg@100": 0.1},
        {"model": "y", "rmse": None, "ndcg@100": 0.2, "ndcg@100_difference": 0.1},
    ]
    assert (judged_of({"models": lists}), metric_of(lists), metric_of(ROWS)) == ("x", "ndcg@100", "rmse")


def test_where_there_is_room_for_few_the_judged_one_comes_first_and_then_the_best():
    everybody = [row["model"] for row in ROWS]
    assert foremost({"models": ROWS}, 2, everybody) == ["b", "c"]
    assert foremost({"models": ROWS}, 9, everybody) == ["b", "c", "a", "lists"]
    assert foremost({"models": ROWS}, 9, ["lists", "a"]) == ["a", "lists"]
    lists = [{"model": "x", "ndcg@100": 0.1}, {"model": "y", "ndcg@100": 0.2}, {"model": "z", "ndcg@100": 0.3}]
    assert foremost({"models": lists}, 2, ["x", "y", "z"]) == ["z", "y"]
    both = [row | {"ndcg@20": place / 10} for place, row in enumerate(ROWS)]
    assert foremost({"models": both}, 2, everybody, "ndcg@20") == ["b", "lists"]


def test_what_decides_is_what_was_tested():
    assert (decided_by({"models": ROWS}), decided_by({"models": ROWS[3:]})) == ("rmse", "ndcg@100")
    assert decided_by({"models": ROWS, "significance": {"metric": "ndcg@20"}}) == "ndcg@20"
    assert (difference_key("rmse"), difference_key("ndcg@20")) == ("difference", "ndcg@20_difference")


def test_data_hold_clicks_where_all_ratings_are_one():
    assert things_of({"data": {"scale": [1, 1]}}) == "click"
    assert things_of({"data": {"scale": [0.5, 5]}, "recipe": {"data": {"task": ""}}}) == "rating"
    assert things_of({"data": {}, "recipe": {"data": {"task": "ranking"}}}) == "click"
    assert (people(1), people(2000)) == ("1 person", "2,000 people")


def test_a_difference_of_shares_has_no_ends():
    assert (unit_of("ndcg@20"), unit_of("rmse"), unit_of("popularity@20"), unit_of("x")) == (
        "share",
        "rating points",
        "ratio",
        "",
    )


def test_what_is_tiny_is_told_by_digits_that_count():
    assert span(8.1e-7, 9.9e-7) == "8.1e-07 to 9.9e-07"
    assert change_span(-3e-8, 4e-8, 9e-7) == "-3e-08 to +4e-08"
    assert (number(9e-7), signed(3e-8, 9e-7)) == ("9e-07", "+3e-08")
    assert (size_of({"rmse": 9e-7}, "rmse"), size_of({"rmse": 9e-7}, "ndcg@20")) == (9e-7, None)
