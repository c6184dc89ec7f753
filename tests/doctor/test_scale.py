"""Scales, marks and zeros, on values counted by hand, scaled and moved."""

import numpy as np
import pytest

from foretaste.doctor.scale import gap_in, marks, odd_zeros, quantile, spans_a_scale, usual_step


def counted(table):
    values = np.array(sorted(table), float)
    return values, np.array([table[value] for value in sorted(table)])


STARS = {1: 60, 2: 110, 3: 270, 4: 340, 5: 210}
HALVES = {0.5: 10, 1: 20, 1.5: 20, 2: 60, 2.5: 60, 3: 200, 3.5: 140, 4: 270, 4.5: 90, 5: 130}
SHOP = {1: 120, 2: 50, 3: 80, 4: 150, 5: 600}
PLAYS = {n: int(4000 / n**2) + 1 for n in (*range(1, 60), 80, 120, 300, 900)}
SLIDER = {float(n): 50 for n in range(101)}


def test_a_quantile_is_the_value_below_which_that_share_lies():
    values, counts = counted(STARS)
    ratings = np.repeat(values, counts)
    for q in (0.05, 0.3, 0.5, 0.95):
        assert quantile(values, counts, q) == np.quantile(ratings, q, method="inverted_cdf")


@pytest.mark.parametrize("table", [STARS, HALVES, SHOP, SLIDER])
def test_scales_end_and_counts_do_not(table):
    assert spans_a_scale(*counted(table))
    assert not spans_a_scale(*counted(PLAYS))


def test_the_usual_step():
    assert usual_step(counted(STARS)[0]) == 1
    assert usual_step(counted(HALVES)[0]) == 0.5
    assert usual_step(np.array([3.0])) == 0


@pytest.mark.parametrize(
    "table", [STARS, HALVES, SHOP, PLAYS, SLIDER, {0: 900, **SHOP}, {-1: 50, 1: 60}, {-1: 5, 0: 9, 1: 20}]
)
def test_no_value_of_a_scale_is_a_mark(table):
    assert marks(*counted(table)) == ()


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        ({99: 300}, (99,)), ({-1: 12}, (-1,)), ({-1: 12, 99: 300}, (99, -1)), ({9999: 1}, (9999,)), ({50: 2}, (50,)),
        ({6: 40}, ()), ({7: 40}, ()),
    ],
)  # fmt: skip
@pytest.mark.parametrize("table", [STARS, HALVES, SHOP])
def test_values_off_the_scale_are_marks(table, extra, expected):
    assert marks(*counted(table | extra)) == expected


def test_jester_writes_99_for_jokes_nobody_rated():
    table = {round(-10 + 0.25 * n, 2): 40 for n in range(81)}
    assert marks(*counted(table)) == ()
    assert marks(*counted(table | {99: 900})) == (99,)


def test_numbers_that_nobody_writes_for_no_answer_are_marks_only_where_they_are_few():
    assert marks(*counted(STARS | {50: 200})) == (50,)
    assert marks(*counted(STARS | {50: 300})) == ()
    assert marks(*counted(STARS | {50: 200, 200: 200})) == (200,)  # and not both
    assert marks(*counted(STARS | {99: 3000})) == (99,)


@pytest.mark.parametrize("n", [5, 8, 11])
def test_in_numbers_that_double_the_last_is_no_mark(n):
    assert marks(*counted({2.0**k: 10 * min(k, n - k) for k in range(1, n)})) == ()


def test_too_few_ratings_say_nothing():
    assert marks(*counted({1: 3, 2: 3, 3: 3, 99: 3})) == ()
    assert odd_zeros(*counted({0: 9, 1: 1, 2: 1, 3: 1})) is None


@pytest.mark.parametrize("factor", [1, 2, 20])
def test_zeros_are_odd_in_a_pile_beside_the_scale_or_in_handfuls(factor):
    def odd(table):
        return odd_zeros(*counted({value * factor: n for value, n in table.items()}))

    assert odd(STARS) is None
    assert odd({0: 30, **STARS}) is None  # a scale from 0 to 5
    assert odd({0: 500, **STARS})[1] is False  # as in a set of books with implicit zeros
    assert "500 zeros" in odd({0: 500, **STARS})[0]
    assert odd({0: 4, **STARS})[1] is True  # as in Ciao
    assert odd({0: 40, **{value + 1: n for value, n in HALVES.items()}})[1] is False  # 0, then 1.5 in halves


def test_zeros_in_the_middle_of_a_scale_mean_what_they_say_but_for_a_spike_on_a_slider():
    assert odd_zeros(*counted({-2: 30, -1: 60, 0: 400, 1: 90, 2: 50})) is None
    slider = {round(-10 + 0.1 * n, 1): 10 for n in range(201)}
    assert odd_zeros(*counted(slider)) is None
    words, few = odd_zeros(*counted(slider | {0.0: 400}))
    assert "400 zeros" in words
    assert not few


def test_people_below_a_smaller_top():
    values, counts = counted({**STARS, 20: 60, 40: 110, 60: 270, 80: 340, 100: 210})
    tops = np.array([5.0] * 40 + [4.0] * 5 + [100.0] * 45 + [80.0] * 5)
    assert gap_in(values, counts, tops) == 5
    assert gap_in(*counted(SLIDER), np.array([100.0] * 60 + [90.0] * 30 + [50.0] * 5)) is None
    assert gap_in(*counted(HALVES), np.array([5.0] * 80 + [4.5] * 15 + [1.0] * 2)) is None
    assert gap_in(*counted(PLAYS), np.array([1.0] * 80 + [900.0] * 15)) is None


def test_rows_of_two_scales_where_everybody_uses_both():
    values, counts = counted({**STARS, 20: 20, 40: 110, 60: 270, 80: 340, 100: 210})
    assert gap_in(values, counts, np.full(90, 100.0)) == 5
    assert gap_in(*counted(SLIDER), np.full(90, 100.0)) is None
