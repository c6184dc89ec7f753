"""People on a scale turned round are told by two signs together; critics and noise have one at most."""

import numpy as np
import pytest

from foretaste.doctor.turned import agreement, reversed_people
from tests.doctor.planting import case_of, codes, world_case


def flipped(share, *, seed=1, users=300, items=200, ratings=12_000):
    table = world_case(users, items, ratings, seed=seed).ratings
    turned = np.random.default_rng(seed).random(table.n_users) < share
    return case_of(table.user, table.item, np.where(turned[table.user_code], 5.5 - table.rating, table.rating)), turned


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("share", [0.1, 0.2, 0.3])
def test_people_who_are_turned_round_are_told(share, seed):
    case, turned = flipped(share, seed=seed)
    (only,) = reversed_people(case)
    assert (only.code, only.severity) == ("reversed-people", "warning")
    assert "write 5.5 minus the rating" in only.advice
    named = [int(one.split()[1].rstrip(":")) for one in only.examples]
    assert all(turned[np.searchsorted(case.ratings.user_ids, named)])


@pytest.mark.parametrize("seed", range(4))
def test_nobody_is_in_a_clean_world(seed):
    assert codes(reversed_people(world_case(300, 200, 12_000, seed=seed))) == []
    assert codes(reversed_people(world_case(150, 900, 9_000, seed=seed))) == []


def test_of_a_half_nobody_can_say_which():
    assert codes(reversed_people(flipped(0.5, users=600)[0])) == []


def test_where_nobody_agrees_with_anybody_nobody_is_against():
    table = world_case(300, 200, 12_000).ratings
    case = case_of(table.user, table.item, np.random.default_rng(0).permutation(table.rating))
    assert codes(reversed_people(case)) == []


def test_people_of_the_opposite_taste_are_not_turned_round_where_they_like_as_much():
    rng = np.random.default_rng(3)
    user, item = np.repeat(np.arange(200), 40), np.tile(np.arange(40), 200)
    sign = np.where(user < 30, -1, 1) * np.where(item % 2, 1, -1)
    rating = np.rint(3.7 + 0.8 * sign + 0.5 * rng.standard_normal(len(user))).clip(1, 5)
    assert (agreement(case_of(user, item, rating).ratings)[0][:30] < -2).all()
    assert codes(reversed_people(case_of(user, item, rating))) == []


def test_clicks_and_few_ratings_say_nothing():
    assert codes(reversed_people(case_of([1, 2] * 15, list(range(15)) * 2))) == []
    assert codes(reversed_people(case_of([1, 2], [1, 2], [3.0, 4.0]))) == []


def test_agreement_is_fishers_z_of_the_correlation_with_the_others():
    table = world_case(60, 40, 1_800).ratings
    z, mean = agreement(table)
    X = np.full((table.n_users, table.n_items), np.nan)
    X[table.user_code, table.item_code] = table.rating
    known = np.isfinite(X).sum(0) >= 5
    for user in np.flatnonzero(np.isfinite(z))[:20]:
        seen = np.isfinite(X[user]) & known
        others = np.nanmean(np.delete(X, user, 0)[:, seen], 0)
        r = np.corrcoef(X[user, seen], others)[0, 1]
        assert z[user] == pytest.approx(np.arctanh(r) * np.sqrt(seen.sum() - 3), rel=1e-4)
        assert mean[user] == pytest.approx(X[user, seen].mean(), rel=1e-5)
