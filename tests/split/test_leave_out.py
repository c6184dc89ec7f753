"""One rating of everybody is asked: the newest, or a random one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretaste.data.catalog import Catalog
from foretaste.data.ratings import Ratings
from foretaste.errors import DataError
from foretaste.split import split_leave_last_out, split_leave_one_out

ITEMS = Catalog(np.arange(5))
USER = [7, 7, 7, 7, 8, 8, 9, 3, 3, 3]
ITEM = [0, 1, 2, 3, 4, 0, 1, 2, 3, 4]
TIME = [50, 20, 90, 40, 5, 6, 1, 8, 8, 2]


def table(time=TIME):
    """User 7 has four ratings, 8 two, 9 one, and 3 has three, the newest two of them at one second."""
    return Ratings.from_arrays(USER, ITEM, np.arange(1.0, 11), time)


def cells(X, user_ids):
    """Return (user, item) of what is stored."""
    coo = X.tocoo()
    return sorted(zip(user_ids[coo.row].tolist(), coo.col.tolist(), strict=True))


def test_the_newest_is_asked_and_the_one_before_is_to_choose_on():
    split = split_leave_last_out(table(), ITEMS)
    ids = split.test.user_ids
    assert ids.tolist() == split.valid.user_ids.tolist() == [3, 7, 8, 9]
    test, valid, train = (cells(X, ids) for X in (split.test.hidden, split.valid.hidden, split.train))
    assert [cell for cell in test if cell[0] != 3] == [(7, 2), (8, 0)]  # 9 has one rating, and keeps it
    assert [cell for cell in valid if cell[0] != 3] == [(7, 0)]  # 8 has one left to learn from
    assert [cell for cell in train if cell[0] != 3] == [(7, 1), (7, 3), (8, 4), (9, 1)]
    assert {cell for cell in test + valid if cell[0] == 3} == {(3, 2), (3, 3)}  # chance says which of these is newest
    assert (3, 4) in train
    facts = split.describe()
    assert (split.kind, split.new_people, split.settings) == (
        "leave-last-out",
        False,
        {"seed": 0, "test_users_tied": 1},
    )
    assert (facts["test_hidden"], facts["test_users_unasked"], facts["valid_hidden"], facts["valid_users_unasked"]) == (
        3,
        1,
        2,
        2,
    )
    assert facts["dropped"] == 0
    assert cells(split.test.seen, ids) == sorted(train + valid)  # at that point everything is chosen


def test_the_seed_breaks_ties_of_time_and_nothing_else():
    made = [split_leave_last_out(table(), ITEMS, seed=seed) for seed in range(12)]
    assert {tuple(cells(split.test.hidden, split.test.user_ids))[1:] for split in made} == {((7, 2), (8, 0))}
    assert {min(cells(split.test.hidden, split.test.user_ids)) for split in made} == {(3, 2), (3, 3)}


def test_times_decide_and_the_order_of_the_file_does_not():
    order = np.random.default_rng(4).permutation(len(USER))
    for split in (split_leave_last_out, split_leave_one_out):
        first, second = (split(ratings, ITEMS, seed=2) for ratings in (table(), table().select(order)))
        assert (first.test.hidden.toarray() == second.test.hidden.toarray()).all()
        assert (first.valid.hidden.toarray() == second.valid.hidden.toarray()).all()


def test_a_random_one_needs_no_times_and_is_any_of_them():
    made = [split_leave_one_out(table(None), ITEMS, seed=seed) for seed in range(40)]
    asked = {item for split in made for user, item in cells(split.test.hidden, split.test.user_ids) if user == 7}
    chosen = {item for split in made for user, item in cells(split.valid.hidden, split.valid.user_ids) if user == 7}
    assert asked == chosen == {0, 1, 2, 3}
    for split in made:
        assert np.diff(split.test.hidden.indptr).tolist() == [1, 1, 1, 0]
        assert np.diff(split.valid.hidden.indptr).tolist() == [1, 1, 0, 0]
        assert np.diff(split.train.indptr).tolist() == [1, 2, 1, 1]
    assert (made[3].kind, made[3].settings, made[3].describe()["dropped"]) == ("leave-one-out", {"seed": 3}, 0)


def test_each_of_a_persons_ratings_is_asked_equally_often():
    """Three ratings and 600 seeds: 200 of each, and a chi-square of 2 degrees of freedom is below 13.8 in 999 of 1,000."""
    ratings = Ratings.from_arrays([1, 1, 1], [0, 1, 2], [1.0, 2, 3])
    asked = [split_leave_one_out(ratings, ITEMS, seed=seed).test.hidden.indices[0] for seed in range(600)]
    counts = np.bincount(asked, minlength=3)
    assert ((counts - 200) ** 2 / 200).sum() < 13.8


@given(st.lists(st.integers(1, 6), min_size=1, max_size=6), st.integers(0, 9))
def test_nothing_that_is_asked_is_older_than_what_its_person_learns_from(counts, seed):
    counts = [*counts, 3]
    user, item = np.repeat(np.arange(len(counts)), counts), np.concatenate([np.arange(n) for n in counts])
    time = np.random.default_rng(seed).integers(0, 4, len(user))
    ratings = Ratings.from_arrays(user, item, np.arange(1.0, len(user) + 1), time)
    split = split_leave_last_out(ratings, Catalog(np.arange(6)), seed=seed)
    when = [
        {user: time[X.data[X.indptr[user] : X.indptr[user + 1]].astype(int) - 1] for user in range(len(counts))}
        for X in (split.train, split.valid.hidden, split.test.hidden)
    ]
    for place, n in enumerate(counts):
        train, valid, test = (part[place] for part in when)
        assert (len(test), len(valid), len(train)) == (n > 1, n > 2, n - (n > 1) - (n > 2))
        assert train.max() <= valid.min(initial=9) <= 9
        assert max(train.max(), valid.max(initial=-1)) <= test.min(initial=9)
    tied = sum(
        n > 1 and np.sort(time[user == place])[-2] == time[user == place].max() for place, n in enumerate(counts)
    )
    assert split.settings["test_users_tied"] == tied


def test_without_times_there_is_no_newest():
    words = (
        "cannot leave the newest rating of each user out: the ratings have no times\n"
        "hint: a random one: --split leave-one-out; or name the time column with --columns time=NAME"
    )
    with pytest.raises(DataError) as caught:
        split_leave_last_out(table(None), ITEMS)
    assert str(caught.value) == words


@pytest.mark.parametrize("split", [split_leave_last_out, split_leave_one_out])
@pytest.mark.parametrize(("n", "words"), [(4, "2 ratings"), (2, "1 rating")])
def test_people_with_too_little_each_are_refused(split, n, words):
    few = Ratings.from_arrays([1, 2, 1, 2][:n], [0, 1, 2, 3][:n], [1.0] * n, range(n))
    with pytest.raises(
        DataError, match=f"nobody has more than {words}, expected somebody with 3: .*\nhint: .*--split random"
    ):
        split(few, ITEMS)
