"""Facts and shape: the power law against samples of known exponent, the rest against counts by hand."""

import numpy as np
import pytest

from foretaste.data.describe import describe
from foretaste.doctor.shape import facts, popularity, power_law, too_small
from tests.doctor.planting import case_of, codes, world_case


@pytest.mark.parametrize("exponent", [2.0, 2.5, 3.0])
def test_the_exponent_of_a_sample_is_found(exponent):
    """Rounded samples of a power law from 20 on: above so much the continuous formula is right within its error."""
    rng = np.random.default_rng(4)
    counts = np.floor(19.5 * (1 - rng.random(40_000)) ** (-1 / (exponent - 1)) + 0.5).clip(1, 10**12).astype(np.int64)
    upper = counts[counts >= np.median(counts)]
    assert power_law(upper) == pytest.approx(exponent, abs=0.05)


def test_few_counts_have_no_law():
    assert power_law(np.arange(1, 60)) is None
    assert power_law(np.full(80, 3)) > 2


def test_facts_are_those_of_describe_and_no_second_version_of_them():
    case = world_case()
    told, described = facts(case), describe(case.ratings, case.catalog).to_dict()
    assert {name: value for name, value in told.items() if name in described} == {
        name: described[name] for name in told if name in described
    }
    assert set(told) - set(described) == {"users_with_one", "items_with_one", "power_law"}
    assert case_of([1, 1, 2], [1, 2, 1], [3.0] * 3).rows.n_users == 2
    assert facts(case_of([1, 1, 2], [1, 2, 1], [3.0] * 3))["users_with_one"] == 1


@pytest.mark.parametrize(("users", "items", "told"), [(1, 5, True), (5, 2, True), (3, 3, False)])
def test_fewer_than_three(users, items, told):
    case = case_of([k % users for k in range(9)], [k % items for k in range(9)], [3.0] * 9)
    assert codes(too_small(case)) == ["too-small"] * told


def test_bestsellers_and_rarities_are_noted():
    n = 120
    user = list(range(1_000)) + list(range(n))
    item = [0] * 500 + [1] * 500 + [2 + k for k in range(n)]
    assert codes(popularity(case_of(user, item, [3.0] * len(user)))) == ["-steep-popularity", "-rare-items"]
    assert codes(popularity(world_case())) == []
