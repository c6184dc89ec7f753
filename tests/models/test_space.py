"""Ranges and choices: what lies inside, what is drawn, and what is refused in which words."""

import numpy as np
import pytest

from foretaste.errors import ParamsError
from foretaste.models.space import Choice, Range


@pytest.mark.parametrize("value", [1, 1.0, 2.5, 4])
def test_a_range_holds_its_ends_and_what_is_between(value: float) -> None:
    assert Range(1, 4).contains(value)


@pytest.mark.parametrize("value", [0.99, 4.01, float("nan"), True, "2", None, (2,)])
def test_a_range_holds_nothing_else(value: object) -> None:
    assert not Range(1, 4).contains(value)


def test_a_whole_range_holds_whole_numbers_only() -> None:
    assert Range(1, 4, whole=True).contains(3)
    assert Range(1, 4, whole=True).contains(3.0)
    assert not Range(1, 4, whole=True).contains(2.5)


@pytest.mark.parametrize("log", [False, True])
def test_drawn_whole_numbers_reach_both_ends_and_are_ints(log: bool) -> None:
    rng = np.random.default_rng(0)
    drawn = [Range(2, 5, log=log, whole=True).draw(rng) for _ in range(400)]
    assert set(drawn) == {2, 3, 4, 5}
    assert all(isinstance(value, int) for value in drawn)
    assert min(drawn.count(value) for value in (2, 5)) > 40  # an end is not half as likely


def test_drawn_values_are_even_in_differences_or_in_factors() -> None:
    rng = np.random.default_rng(1)
    plain = [Range(1, 100).draw(rng) for _ in range(2000)]
    by_factors = [Range(1, 100, log=True).draw(rng) for _ in range(2000)]
    assert np.median(plain) == pytest.approx(50, abs=4)
    assert np.median(by_factors) == pytest.approx(10, abs=1.5)
    assert 1 <= min(by_factors) <= max(by_factors) <= 100


def test_the_same_seed_draws_the_same() -> None:
    first, second = (np.random.default_rng(3) for _ in range(2))
    assert Range(0, 1).draw(first) == Range(0, 1).draw(second)


def test_a_choice_holds_and_draws_its_options() -> None:
    choice = Choice(((64,), (64, 32)))
    assert choice.contains((64, 32))
    assert not choice.contains((32,))
    rng = np.random.default_rng(0)
    assert {choice.draw(rng) for _ in range(20)} == {(64,), (64, 32)}


@pytest.mark.parametrize(
    ("low", "high", "kind", "words"),
    [
        (4, 1, {}, "a range goes from 4 to 1, expected a lower and a higher number"),
        (1, 1, {}, "a range goes from 1 to 1"),
        (1, float("inf"), {}, "a range goes from 1 to inf"),
        (float("nan"), 1, {}, "a range goes from nan to 1"),
        (0, 1, {"log": True}, "a range by factors begins at 0, expected more than 0"),
        (1, 2.5, {"whole": True}, "a range of whole numbers goes from 1 to 2.5"),
    ],
)
def test_a_range_that_is_none_is_refused(low: float, high: float, kind: dict[str, bool], words: str) -> None:
    with pytest.raises(ParamsError, match=words):
        Range(low, high, **kind)


@pytest.mark.parametrize("options", [(), (1,), (1, 2, 1)])
def test_a_choice_of_nothing_is_refused(options: tuple[object, ...]) -> None:
    with pytest.raises(ParamsError, match=r"a choice is between .*, expected two or more different values"):
        Choice(options)
