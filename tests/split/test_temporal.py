"""One point in time for all: before it is known, after it is asked."""

import numpy as np
import pytest

from foretaste.data.catalog import Catalog
from foretaste.data.ratings import Ratings
from foretaste.errors import DataError, ParamsError
from foretaste.split import Hide, split_new_users_time, split_time

CATALOG = Catalog(np.arange(10))
DAY = 86_400


def table(user, time, item=None):
    """Ratings whose value is their own number, from 1."""
    n = len(user)
    return Ratings.from_arrays(user, np.arange(n) % 10 if item is None else item, np.arange(1.0, n + 1), time)


def test_the_newest_ratings_are_asked_and_the_next_newest_chosen_on():
    ratings = table([1] * 10 + [2] * 10, np.arange(20)[::-1])
    split = split_time(ratings, CATALOG, test=0.2, valid=0.25)
    assert sorted(split.test.hidden.data) == [1, 2, 3, 4]
    assert sorted(split.valid.hidden.data) == [5, 6, 7, 8]
    assert sorted(split.train.data) == list(range(9, 21))
    assert (split.kind, split.new_people) == ("time", False)
    assert split.settings["valid_from"] == "1970-01-01T00:00:12Z"
    assert split.settings["test_from"] == "1970-01-01T00:00:16Z"


def test_all_parts_have_a_row_for_everybody_and_newcomers_an_empty_one():
    ratings = table([1] * 8 + [2, 2, 3], [*range(8), 8, 9, 9])
    split = split_time(ratings, CATALOG, test=0.3)
    for X in (split.train, split.full, split.valid.seen, split.test.seen, split.test.hidden):
        assert X.shape == (3, 10)
    assert np.diff(split.test.seen.indptr).tolist() == [8, 0, 0]
    facts = split.describe()
    assert (facts["test_users_unseen"], facts["test_hidden_unseen"], facts["valid_users_unseen"]) == (2, 3, 0)
    assert (facts["test_users"], facts["test_hidden"], facts["dropped"]) == (2, 3, 0)


def test_ratings_of_one_second_stay_together_and_the_share_is_met_as_near_as_they_allow():
    ratings = table([1] * 10 + [2] * 10, [0] * 5 + [1] * 5 + [2] * 4 + [3] * 6)
    assert split_time(ratings, CATALOG, test=0.1).test.hidden.nnz == 6
    assert split_time(ratings, CATALOG, test=0.45).test.hidden.nnz == 10
    assert split_time(ratings, CATALOG, test=0.99).test.hidden.nnz == 10  # two times have to stay before the cut
    assert split_time(ratings, CATALOG, test=0.1, valid=0.9).valid.hidden.nnz == 9


PEOPLE = table(
    [1, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 4],
    [0, 1, 21, 35, 2, 3, 4, 20, 22, 24, 31, 30, 31, 32, 33, 34],
    [0, 1, 2, 3, 0, 1, 2, 0, 1, 2, 3, 0, 1, 2, 3, 4],
)


def test_people_who_came_after_the_cut_are_asked_for_their_newest():
    split = split_new_users_time(PEOPLE, CATALOG, test=0.25, valid=0.33)
    assert split.test.user_ids.tolist() == [4]
    assert (split.test.seen.data.tolist(), split.test.hidden.data.tolist()) == ([12, 13, 14, 15], [16])
    assert split.valid.user_ids.tolist() == [3]
    assert (split.valid.seen.data.tolist(), split.valid.hidden.data.tolist()) == ([8, 9], [10])  # 11 is after the cut
    assert sorted(split.train.data) == [1, 2, 5, 6, 7]  # 3 was rated after the earlier cut
    assert sorted(split.full.data) == [1, 2, 3, 5, 6, 7, 8, 9, 10]
    assert (split.kind, split.new_people, split.settings["hide"]) == ("new-users-time", True, "newest:20%")
    facts = split.describe()
    assert (facts["later_unused"], facts["dropped"], facts["train_users"]) == (2, 2, 2)


def test_another_rule_may_hide_what_newcomers_rated():
    split = split_new_users_time(PEOPLE, CATALOG, test=0.25, valid=0.33, rule=Hide.parse("3"), seed=5)
    assert (split.test.hidden.nnz, split.valid.hidden.nnz) == (3, 2)
    assert split.settings["hide"] == "3"


def test_people_of_one_second_come_together():
    ratings = table(np.repeat([1, 2, 3, 4, 5], 2), np.repeat([0, 1, 7, 7, 7], 2) * DAY)
    split = split_new_users_time(ratings, CATALOG, test=0.1)
    assert split.test.user_ids.tolist() == [3, 4, 5]
    assert split.settings["test_from"] == "1970-01-08T00:00:00Z"


def test_a_file_out_of_storage_order_keeps_its_times():
    shuffled = PEOPLE.select(np.random.default_rng(0).permutation(len(PEOPLE)))
    for split in (split_time, split_new_users_time):
        first, second = split(PEOPLE, CATALOG), split(shuffled, CATALOG)
        np.testing.assert_array_equal(first.full.toarray(), second.full.toarray())
        np.testing.assert_array_equal(first.test.hidden.toarray(), second.test.hidden.toarray())


@pytest.mark.parametrize("split", [split_time, split_new_users_time])
def test_without_times_there_is_no_cut(split):
    words = "cannot divide by time: the ratings have no times\nhint: name the time column with --columns time=NAME, or "
    with pytest.raises(DataError, match=words):
        split(table([1, 2, 3], None), CATALOG)


@pytest.mark.parametrize(
    ("split", "user", "time", "words"),
    [
        (split_time, [1, 2, 3], [5] * 3, "3 ratings were given at only 1 time, expected at least 3: for training"),
        (split_time, [1, 2, 3], [5, 5, 6], "3 ratings were given at only 2 times, expected at least 3"),
        (split_new_users_time, [1, 1, 2, 2], [5, 6, 5, 7], "2 users came at only 1 time, expected at least 3"),
        (split_new_users_time, [1, 2, 3], [5, 5, 6], "3 users came at only 2 times, expected at least 3"),
    ],
)
def test_too_few_times_are_refused(split, user, time, words):
    with pytest.raises(DataError, match=f"cannot divide by time: {words}.*\nhint: .*--split random"):
        split(table(user, time), CATALOG)


@pytest.mark.parametrize("split", [split_time, split_new_users_time])
@pytest.mark.parametrize("share", [0.0, 1.0])
def test_shares_out_of_range_are_refused(split, share):
    with pytest.raises(ParamsError, match=r"test is .*, expected a share between 0 and 1"):
        split(PEOPLE, CATALOG, test=share)
    with pytest.raises(ParamsError, match="valid is"):
        split(PEOPLE, CATALOG, valid=share)
