"""Where trials are given up: medians by hand, grace, and trials of different length."""

import math

import pytest

from foretaste.tuning.pruning import FEWEST, best_so_far, limits, too_high

INF = math.inf


def one(*lines: tuple[float, ...]) -> list[list[tuple[float, ...]]]:
    """Return curves of trials with one part."""
    return [[line] for line in lines]


def test_nothing_is_given_up_before_there_are_enough_trials() -> None:
    assert limits(one(*[(1.0, 1.0)] * (FEWEST - 1))) == ()
    assert not too_high([[99.0]], ())


def test_the_limit_is_the_median_of_the_best_so_far() -> None:
    found = limits(one((5, 4), (6, 3), (7, 9), (8, 1), (9, 2)))
    assert found == ((7, 3),)  # best so far of the third is 7, 7


def test_the_first_quarter_of_the_epochs_is_left_alone() -> None:
    found = limits(one(*[tuple(range(8, 0, -1))] * FEWEST))
    assert found == ((INF, INF, 6, 5, 4, 3, 2, 1),)
    assert not too_high([[99.0, 99.0]], found)
    assert too_high([[99.0, 99.0, 99.0]], found)


def test_a_trial_that_stopped_sooner_counts_with_its_best() -> None:
    found = limits(one((3,), (3,), (3,), (9, 9, 1), (9, 9, 1)))
    assert found == ((3, 3, 3),)


def test_each_part_has_its_own_limits() -> None:
    found = limits([[(1,), (5,)]] * FEWEST)
    assert found == ((1,), (5,))
    assert too_high([[1.5]], found)
    assert not too_high([[0.9], [4.9]], found)
    assert too_high([[0.9], [5.1]], found)


def test_only_parts_that_all_trials_have_are_judged() -> None:
    assert limits([[(1,)]] + [[(1,), (2,)]] * FEWEST) == ((1,),)
    assert not too_high([[0.5], [99.0]], ((1,),))


def test_an_earlier_good_value_saves_a_trial() -> None:
    assert not too_high([[1.0, 9.0]], ((5, 2),))
    assert too_high([[3.0, 9.0]], ((5, 2),))


def test_who_is_as_good_as_the_median_goes_on() -> None:
    assert not too_high([[2.0]], ((2.0,),))


def test_a_longer_trial_is_held_against_the_last_limit() -> None:
    assert too_high([[9.0, 9.0, 9.0]], ((10, 5),))


def test_infinite_values_are_given_up() -> None:
    assert too_high([[INF]], ((1,),))


def test_before_the_first_part_nothing_is_judged() -> None:
    assert not too_high([], ((1,),))


@pytest.mark.parametrize(("line", "best"), [([], []), ([2, 3, 1], [2, 2, 1]), ([INF, 1], [INF, 1])])
def test_best_so_far(line: list[float], best: list[float]) -> None:
    assert best_so_far(line) == best
