"""Users are divided; every rating is in exactly one part."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foretaste.data.catalog import Catalog
from foretaste.data.matrix import user_item_matrix
from foretaste.data.ratings import Ratings
from foretaste.errors import DataError, ParamsError
from foretaste.split import Hide, split_new_users


def table(n_users, seed=0, n_items=9):
    rng = np.random.default_rng(seed)
    cells = np.argwhere(rng.random((n_users, n_items)) < 0.6)
    cells = np.concatenate([cells, np.column_stack([np.arange(n_users), np.full(n_users, n_items)])])
    return Ratings.from_arrays(
        cells[:, 0] + 10, cells[:, 1], rng.integers(0, 6, len(cells)) * 1.0, rng.permutation(len(cells))
    )


@settings(max_examples=40)
@given(st.integers(3, 40), st.integers(0, 9), st.sampled_from(["20%", "2", "newest:1"]))
def test_everybody_is_in_one_part_and_nothing_is_dropped(n_users, seed, rule):
    ratings = table(n_users, seed)
    catalog = Catalog(ratings.item_ids)
    split = split_new_users(ratings, catalog, rule=Hide.parse(rule), seed=seed)
    held = [split.valid, split.test]
    assert split.train.shape[0] + sum(len(h.user_ids) for h in held) == n_users
    assert not set(split.valid.user_ids) & set(split.test.user_ids)
    assert min(split.train.shape[0], *(len(h.user_ids) for h in held)) >= 1
    assert split.train.nnz + sum(h.seen.nnz + h.hidden.nnz for h in held) == len(ratings)
    assert split.full.nnz == split.train.nnz + split.valid.seen.nnz + split.valid.hidden.nnz
    X = user_item_matrix(ratings, catalog)
    for holdout in held:
        rows = np.searchsorted(ratings.user_ids, holdout.user_ids)
        np.testing.assert_array_equal(holdout.whole().toarray(), X[rows].toarray())
    again = split_new_users(ratings, catalog, rule=Hide.parse(rule), seed=seed)
    np.testing.assert_array_equal(again.test.hidden.toarray(), split.test.hidden.toarray())
    np.testing.assert_array_equal(again.test.user_ids, split.test.user_ids)


def test_shares_are_the_talks_and_the_seed_decides():
    ratings = table(100)
    catalog = Catalog(ratings.item_ids)
    split = split_new_users(ratings, catalog)
    assert (len(split.test.user_ids), len(split.valid.user_ids), split.train.shape[0]) == (10, 18, 72)
    assert split.test.user_ids.tolist() == sorted(split.test.user_ids.tolist())
    assert split_new_users(ratings, catalog, seed=1).test.user_ids.tolist() != split.test.user_ids.tolist()


def test_the_split_is_the_same_on_every_machine():
    """The raw stream of PCG64 is guaranteed, so these ids may never change."""
    ratings = table(12)
    split = split_new_users(ratings, Catalog(ratings.item_ids), test=0.25, seed=7)
    order = np.argsort(np.random.PCG64(7).random_raw(12), kind="stable")
    assert split.test.user_ids.tolist() == sorted((order[:3] + 10).tolist())


def test_an_item_that_only_test_users_rated_keeps_its_column_and_is_counted():
    ratings = Ratings.from_arrays([1, 1, 2, 2, 3, 3, 4, 4], [1, 2, 1, 2, 1, 2, 1, 9], [3.0, 4] * 4)
    seeds = (split_new_users(ratings, Catalog(ratings.item_ids), rule=Hide.parse("1"), seed=s) for s in range(50))
    split = next(s for s in seeds if 4 in s.test.user_ids and s.test.hidden.indices.tolist() == [2])
    assert split.train.shape[1] == 3
    facts = split.describe()
    assert (facts["test_hidden"], facts["test_hidden_cold"], facts["dropped"]) == (1, 1, 0)


def test_the_scale_is_the_whole_files():
    ratings = Ratings.from_arrays([1, 2, 3, 3], [1, 1, 1, 2], [-10.0, 0, 3, 10])
    assert split_new_users(ratings, Catalog(ratings.item_ids)).scale == (-10, 10)


@pytest.mark.parametrize("n", [1, 2])
def test_too_few_users_are_refused(n):
    ratings = Ratings.from_arrays(list(range(n)), [1] * n, [3.0] * n)
    with pytest.raises(
        DataError, match=f"the data has {n} user.*, expected at least 3 to divide\nhint: .*--split random"
    ):
        split_new_users(ratings, Catalog(ratings.item_ids))


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1])
def test_shares_out_of_range_are_refused(share):
    ratings = table(5)
    with pytest.raises(ParamsError, match=r"test is .*, expected a share between 0 and 1"):
        split_new_users(ratings, Catalog(ratings.item_ids), test=share)
    with pytest.raises(ParamsError, match="valid is"):
        split_new_users(ratings, Catalog(ratings.item_ids), valid=share)


def test_of_a_single_click_nothing_is_hidden_and_of_two_one_and_both_are_counted():
    user = np.concatenate([np.arange(20), np.arange(20, 40).repeat(2)])
    clicks = Ratings.from_arrays(user, np.concatenate([np.zeros(20, int), np.tile([0, 1], 20)]))
    split = split_new_users(clicks, Catalog(clicks.item_ids), test=0.5)
    for held, name in ((split.test, "test"), (split.valid, "valid")):
        seen, hidden = np.diff(held.seen.indptr), np.diff(held.hidden.indptr)
        np.testing.assert_array_equal(seen, 1)
        np.testing.assert_array_equal(hidden, held.user_ids >= 20)
        facts = split.describe()
        assert facts[f"{name}_users"] == (held.user_ids >= 20).sum() > 0
        assert facts[f"{name}_users_unasked"] == (held.user_ids < 20).sum() > 0
        assert f"{name}_users_unseen" not in facts  # nobody can be


def test_whoever_a_total_leaves_nothing_is_counted():
    clicks = Ratings.from_arrays(np.arange(40), np.arange(40) % 3)
    split = split_new_users(clicks, Catalog(clicks.item_ids), test=0.5, valid=0.5, rule=Hide("total", 4))
    facts = split.describe()
    assert (facts["test_users_unseen"], facts["test_hidden_unseen"], facts["test_users_unasked"]) == (4, 4, 16)
    assert facts["valid_users_unseen"] == 4
