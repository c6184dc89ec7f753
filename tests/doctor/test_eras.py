"""A scale that changes at a point in time is found there, and people who come and go change nothing."""

import numpy as np
import pytest

from foretaste.doctor.eras import change_of_scale
from foretaste.doctor.values import two_scales
from tests.doctor.planting import case_of, codes, world_case

RNG = np.random.default_rng(4)
STARS = RNG.choice([1.0, 2, 3, 4, 5], 2_000, p=[0.06, 0.11, 0.27, 0.34, 0.22])
TIME = np.sort(RNG.integers(1_000_000_000, 1_500_000_000, 2_000))
USER = RNG.integers(0, 60, 2_000)


@pytest.mark.parametrize("factor", [2, 20, 0.5])
@pytest.mark.parametrize("at", [300, 1_000, 1_037, 1_750])
def test_the_change_is_found_where_it_is(factor, at):
    rating = STARS * np.where(np.arange(2_000) < at, 1, factor)
    mixed = RNG.permutation(2_000)
    change = change_of_scale(rating[mixed], TIME[mixed], USER[mixed])
    assert change.tops == (5, 5 * factor)
    assert abs(change.before - at) <= 12  # the first rating that only the other scale has
    assert change.time == TIME[change.before]


@pytest.mark.parametrize("rating", [STARS, STARS * np.where(np.arange(2_000) < 1_000, 1, 1.6), np.full(2_000, 4.0)])
def test_one_scale_has_no_change(rating):
    assert change_of_scale(rating, TIME, USER) is None


def test_few_ratings_few_people_one_time_and_counts_that_grow_have_none():
    rating = STARS * np.where(np.arange(2_000) < 1_000, 1, 2)
    assert change_of_scale(rating[950:1_050], TIME[950:1_050], USER[950:1_050]) is None
    assert change_of_scale(rating, np.full(2_000, 5), USER) is None
    assert change_of_scale(rating, TIME, np.arange(2_000) // 1_000) is None
    plays = np.where(np.arange(2_000) < 1_000, 1, 40) * RNG.zipf(1.7, 2_000).clip(1, 10_000)
    assert change_of_scale(plays.astype(float), TIME, USER) is None


def test_ratings_that_double_one_day_are_on_two_scales():
    world = world_case()
    table = world.ratings
    middle = np.median(table.time)
    doubled = table.rating * np.where(table.time > middle, 2, 1)
    (only,) = two_scales(case_of(table.user, table.item, doubled, table.time))
    assert only.code == "two-scales"
    assert "ratings are older than 20" in only.evidence
    assert "go up to about 5; the newer ones go up to about 10." in only.evidence
    assert codes(two_scales(case_of(table.user, table.item, table.rating, table.time))) == []
    assert codes(two_scales(case_of(table.user, table.item, doubled))) == []
