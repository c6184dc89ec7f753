"""Copies are found by their rows and not by chance, and a filled value by its being everybody's."""

import numpy as np
import pytest

from foretaste.doctor.copies import _rows, copied_people, filled_value
from tests.doctor.planting import case_of, codes, world_case


def columns(case):
    table = case.ratings
    return [table.user.copy(), table.item.copy(), table.rating.copy()]


def with_copies(n, of=5, *, clicks=False):
    """A world with `n` people more who are copies of one."""
    user, item, rating = columns(world_case(150, 900, 9_000) if clicks else world_case())
    rows = np.flatnonzero(user == of)
    for k in range(n):
        user, item = np.append(user, np.full(len(rows), 1000 + k)), np.append(item, item[rows])
        rating = np.append(rating, rating[rows])
    return case_of(user, item, None if clicks else rating), len(rows)


def test_copies_are_counted_and_named():
    case, n = with_copies(12)
    (only,) = copied_people(case)
    assert (only.code, only.severity) == ("copied-people", "warning")
    assert only.evidence.startswith("12 of ")
    assert only.examples == (f"users 5, 1000, 1001, ...: 13 people with the same {n} ratings",)
    assert codes(copied_people(with_copies(1)[0])) == ["-copied-people"]
    assert codes(copied_people(with_copies(12, clicks=True)[0])) == ["copied-people"]


def test_one_other_value_or_item_is_no_copy():
    user, item, rating = columns(with_copies(1)[0])
    row = np.flatnonzero(user == 1000)[0]
    other = rating.copy()
    other[row] = 1.0 if rating[row] != 1 else 2.0
    assert list(copied_people(case_of(user, item, other))) == []
    kept = np.arange(len(user)) != row
    assert list(copied_people(case_of(user[kept], item[kept], rating[kept]))) == []


def test_prints_meet_where_rows_are_equal_and_nowhere_else():
    case, _ = with_copies(3)
    prints, bits = _rows(case.ratings)
    rows = {}
    for user, item, rating in zip(case.ratings.user_code, case.ratings.item_code, case.ratings.rating, strict=True):
        rows.setdefault(int(user), set()).add((int(item), float(rating)))
    same = {frozenset(row) for row in rows.values()}
    assert len(np.unique(prints)) == len(same)
    share = {value: float((case.ratings.rating == value).mean()) for value in np.unique(case.ratings.rating).tolist()}
    by_hand = -sum(np.log2(case.per_item[i] / case.ratings.n_users) + np.log2(share[v]) for i, v in rows[0])
    assert bits[0] == pytest.approx(by_hand)


def test_in_a_questionnaire_people_are_alike_by_chance():
    """Three thousand people answer the same twelve questions, mostly 4 and 5, with a mood of their own: some rows are equal."""
    rng = np.random.default_rng(0)
    mood = rng.standard_normal((3_000, 1))
    answers = np.rint(4.4 + 0.5 * mood + 0.5 * rng.standard_normal((3_000, 12))).clip(1, 5)
    assert len(np.unique(answers, axis=0)) < 3_000
    user, item = np.repeat(np.arange(3_000), 12), np.tile(np.arange(12), 3_000)
    assert list(copied_people(case_of(user, item, answers.ravel()))) == []


def test_who_clicks_what_everybody_clicks_is_no_copy():
    user, item = np.repeat(np.arange(300), 20), np.tile(np.arange(20), 300)
    assert list(copied_people(case_of(user, item))) == []


def filled(share, value=3.0):
    user, item, rating = columns(world_case())
    there = np.zeros((user.max() + 1, item.max() + 1), bool)
    there[user, item] = True
    empty = ~there & (np.random.default_rng(1).random(there.shape) < share)
    empty[~there.any(1)] = False
    more = np.nonzero(empty)
    return case_of(np.append(user, more[0]), np.append(item, more[1]), np.append(rating, np.full(len(more[0]), value)))


def test_a_value_that_was_filled_in_is_told():
    case = filled(0.4)
    (only,) = filled_value(case)
    n = int((case.ratings.rating == 3).sum())
    assert only.code == "filled-value"
    assert only.evidence.startswith(f"{n:,} of {len(case.ratings):,} (")
    assert "ratings are 3, and it is the most frequent one of" in only.evidence
    assert list(filled_value(filled(0.05))) == []


def test_ends_of_the_scale_few_values_clicks_and_people_who_differ_are_not_filled_in():
    assert list(filled_value(filled(0.4, 5.0))) == []
    assert list(filled_value(case_of(np.repeat(np.arange(20), 20), np.tile(np.arange(20), 20)))) == []
    user, item = np.repeat(np.arange(40), 20), np.tile(np.arange(20), 40)
    good = np.tile([1.0, 3, 2, 2, 2, 2, 2, 2, 2, 2], 80)
    assert list(filled_value(case_of(user, item, good))) == []
    differ = np.where(
        user < 30, np.tile([1.0, 2, 3, 3, 3, 3, 3, 3, 3, 4], 80), np.tile([1.0, 2, 5, 4, 5, 5, 4, 4, 1, 2], 80)
    )
    assert list(filled_value(case_of(user, item, differ))) == []


@pytest.mark.parametrize("size", [(150, 200, 6_000), (60, 40, 900), (400, 80, 8_000), (300, 2_000, 15_000)])
def test_a_coarse_middle_that_nearly_everybody_chooses_most_is_not_filled_in(size):
    """People's own ratings, of which 2.5 to 4 stars became one value: it is frequent where the item is."""
    for seed in range(3):
        table = world_case(*size, seed=seed).ratings
        coarse = 1.0 + np.digitize(table.rating, [1.5, 2.5, 4.5, 5.0])
        assert float((coarse == 3).mean()) > 0.5
        assert list(filled_value(case_of(table.user, table.item, coarse))) == []
