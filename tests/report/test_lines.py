"""Lines with their names: nothing on top of each other."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretaste.report.drawing import NARROW, WIDE, to_svg
from foretaste.report.lines import APART, Line, apart, lines_chart

TITLES = "ratings shown (number)", "RMSE (rating points)"


def line(name, *values, strong=False):
    return Line(
        name,
        values,
        [v - 0.1 if v is not None else None for v in values],
        [v + 0.1 if v is not None else None for v in values],
        strong,
    )


def test_lines_points_band_and_names_are_drawn():
    lines = [line("ridge", 1.0, 0.9, 0.8, strong=True), line("bias", 1.1, None, 1.05)]
    for size in (WIDE, NARROW):
        svg = to_svg(lines_chart(lines, ["0", "5", "20"], TITLES, size), "x")
        titles = re.findall("<title>(.*?)</title>", svg)
        assert titles[0] == "ridge at 0: 1.0000, 95 % 0.9000 to 1.1000"
        assert len(titles) == 5
        assert svg.count('class="mark-area') == 1
        for words in (">ridge<", ">bias<", ">0<", ">5<", ">20<", *TITLES):
            assert words in svg


def test_a_line_without_an_interval_has_no_band():
    bare = Line("ridge", [1.0, 0.9], [None, None], [None, None], strong=True)
    svg = to_svg(lines_chart([bare], ["0", "1"], TITLES, WIDE), "x")
    assert "mark-area" not in svg
    assert "<title>ridge at 1: 0.9000</title>" in svg


def test_one_step_is_a_point():
    svg = to_svg(lines_chart([line("ridge", 1.0)], ["0"], TITLES, WIDE), "x")
    assert svg.count("<title>") == 1


def test_quotes_in_the_names_of_steps_are_words():
    svg = to_svg(lines_chart([line("ridge", 1.0, 2.0)], ["it's", '"5"'], TITLES, WIDE), "x")
    assert "it&#39;s" in svg or "it's" in svg


@pytest.mark.parametrize(
    ("wanted", "placed"),
    [
        ([50.0], [50.0]),
        ([10.0, 100.0], [10.0, 100.0]),
        ([50.0, 50.0], [41.5, 58.5]),
        ([58.0, 52.0], [63.5, 46.5]),
        ([-5.0], [0.0]),
        ([99.0, 101.0], [83.0, 100.0]),
    ],
)
def test_names_that_are_close_move_apart_about_their_mean(wanted, placed):
    assert apart(wanted, 100) == pytest.approx(placed)


@given(st.lists(st.floats(0, 300), min_size=1, max_size=12))
def test_no_two_names_are_closer_than_a_line_and_all_keep_their_order(wanted):
    placed = apart(wanted, 300)
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    gaps = [placed[b] - placed[a] for a, b in pairwise(order)]
    assert all(gap >= APART - 1e-6 for gap in gaps)
    assert min(placed) >= 0
    assert max(placed) <= 300 + 1e-6
