"""The gain of a search against a calculation by hand, and when it is more than noise."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from foretaste.arrays import as_csr
from foretaste.split import Holdout
from foretaste.tuning.goal import Lists
from foretaste.tuning.noise import Gain, gain
from foretaste.tuning.parts import Part


def part(ids: list[int], asked: list[int]) -> Part:
    """Return a part in which so many ratings of each person are hidden."""
    hidden = np.arange(6)[None, :] < np.array(asked)[:, None]
    seen = as_csr(csr_array((len(ids), 6)))
    return Part(seen, Holdout(seen, as_csr(csr_array(hidden.astype(np.float32))), np.array(ids)))


def test_the_difference_is_of_pooled_errors() -> None:
    best, default = np.array([4.0, 1.0, 0.0]), np.array([5.0, 3.0, 0.0])
    found = gain([part([1, 2, 3], [3, 2, 0])], default, best)
    assert found.difference == pytest.approx(np.sqrt(5 / 5) - np.sqrt(8 / 5))
    assert found.people == 2
    assert not found.beyond_noise  # of two people nothing can be said


def test_of_lists_the_difference_is_of_means_over_those_who_like_something() -> None:
    best, default = np.array([-0.5, -0.25, 0.0]), np.array([-0.25, -0.25, 0.0])
    found = gain([part([1, 2, 3], [3, 2, 0])], default, best, goal=Lists((1.0, 1.0)))
    assert (found.difference, found.people) == (pytest.approx(-0.125), 2)
    rng = np.random.default_rng(0)
    lists = -rng.random(40)
    everybody = gain([part(list(range(40)), [2] * 40)], lists, lists - rng.uniform(0, 0.1, 40), goal=Lists((1.0, 1.0)))
    assert everybody.low < everybody.difference < everybody.high < 0
    assert everybody.beyond_noise


def test_somebody_asked_twice_is_one_person() -> None:
    parts = [part([1, 2], [1, 1]), part([2, 9], [1, 1])]
    assert gain(parts, np.ones(4), np.full(4, 0.5)).people == 3


def test_of_one_person_there_is_a_difference_and_nothing_else() -> None:
    found = gain([part([7], [2])], np.array([8.0]), np.array([2.0]))
    assert found == Gain(-1.0, -1.0, -1.0, 1)
    assert not found.beyond_noise


def test_equal_errors_are_no_gain() -> None:
    same = np.arange(1.0, 41.0)
    found = gain([part(list(range(40)), [2] * 40)], same, same)
    assert (found.difference, found.low, found.high) == (0, 0, 0)
    assert not found.beyond_noise


def test_a_gain_of_everybody_is_more_than_noise_and_one_of_half_is_not() -> None:
    rng = np.random.default_rng(0)
    default = rng.uniform(1, 2, 40)
    parts = [part(list(range(40)), [2] * 40)]
    all_of_them = gain(parts, default, default - 0.5)
    assert all_of_them.high < 0
    assert all_of_them.beyond_noise
    half = gain(parts, default, default + rng.permutation(np.repeat([-0.5, 0.5], 20)))
    assert half.low < 0 < half.high
    assert not half.beyond_noise


def test_the_same_seed_gives_the_same_interval() -> None:
    parts, errors = [part(list(range(12)), [1] * 12)], np.arange(1.0, 13.0)
    first, second, other = (gain(parts, errors, errors[::-1], seed=seed) for seed in (1, 1, 2))
    assert first == second != other


def test_a_loss_can_be_beyond_noise_too() -> None:
    assert Gain(0.1, 0.05, 0.2, 50).beyond_noise
