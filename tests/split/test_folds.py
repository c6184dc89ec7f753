"""Everything is judged once: single ratings, or people."""

import tracemalloc

import numpy as np
import pytest

from foretaste.data.catalog import Catalog
from foretaste.data.ratings import Ratings
from foretaste.errors import DataError, ParamsError
from foretaste.split import Hide, split_folds, split_new_users, split_random, split_user_folds


def table(n, n_users=20):
    placed = np.random.default_rng(0).permutation(n_users * 20)[:n]
    return Ratings.from_arrays(placed // 20 + 100, placed % 20, placed % 5 + 1.0, np.arange(n))


CATALOG = Catalog(np.arange(20))


def test_the_first_fold_of_ratings_is_the_random_split_of_that_share():
    first = next(split_folds(table(200), CATALOG, folds=10, seed=3))
    alone = split_random(table(200), CATALOG, test=0.1, seed=3)
    for part in ("train", "full"):
        np.testing.assert_array_equal(getattr(first, part).toarray(), getattr(alone, part).toarray())
    np.testing.assert_array_equal(first.test.hidden.toarray(), alone.test.hidden.toarray())
    np.testing.assert_array_equal(first.valid.hidden.toarray(), alone.valid.hidden.toarray())
    assert (first.kind, first.settings) == ("k-fold", {"seed": 3, "fold": 1, "folds": 10, "valid": 0.1})


@pytest.mark.parametrize("rule", ["20%", "newest:2"])
def test_the_first_fold_of_people_is_the_split_of_new_users_of_that_share(rule):
    rule = Hide.parse(rule)
    first = next(split_user_folds(table(200), CATALOG, folds=4, rule=rule, seed=3))
    alone = split_new_users(table(200), CATALOG, test=0.25, rule=rule, seed=3)
    assert first.test.user_ids.tolist() == alone.test.user_ids.tolist()
    np.testing.assert_array_equal(first.test.hidden.toarray(), alone.test.hidden.toarray())
    np.testing.assert_array_equal(first.valid.seen.toarray(), alone.valid.seen.toarray())
    np.testing.assert_array_equal(first.train.toarray(), alone.train.toarray())
    assert (first.kind, first.settings["fold"], first.settings["folds"]) == ("new-users", 1, 4)


def test_the_folds_are_the_same_on_every_machine():
    """The raw stream of PCG64 is guaranteed, so these may never change."""
    ratings = table(40)
    values = ratings.rating[np.lexsort((ratings.item_code, ratings.user_code))]
    order = np.argsort(np.random.PCG64(7).random_raw(40), kind="stable")
    for fold, split in enumerate(split_folds(ratings, CATALOG, folds=4, seed=7)):
        assert sorted(split.test.hidden.data) == sorted(values[order[10 * fold : 10 * fold + 10]])
    people = np.argsort(np.random.PCG64(7).random_raw(ratings.n_users), kind="stable")
    second = list(split_user_folds(ratings, CATALOG, folds=2, seed=7))[1]
    assert second.test.user_ids.tolist() == ratings.user_ids[np.sort(people[ratings.n_users // 2 :])].tolist()


def test_each_fold_hides_so_many_in_total():
    folds = split_user_folds(table(200), CATALOG, folds=4, rule=Hide.parse("total:7"))
    assert [split.test.hidden.nnz for split in folds] == [7] * 4


def test_the_share_to_choose_on_is_of_what_a_fold_does_not_judge():
    ratings = next(split_folds(table(200), CATALOG, folds=5, valid=0.25))
    assert (ratings.test.hidden.nnz, ratings.valid.hidden.nnz, ratings.train.nnz) == (40, 40, 120)
    people = next(split_user_folds(table(200), CATALOG, folds=5, valid=0.25))
    assert (len(people.test.user_ids), len(people.valid.user_ids), people.train.shape[0]) == (4, 4, 12)


def test_folds_are_made_one_after_the_other():
    placed = np.arange(200_000)
    ratings = Ratings.from_arrays(placed // 100, placed % 100, placed % 5 + 1.0)
    folds = split_folds(ratings, Catalog(np.arange(100)), folds=20)
    tracemalloc.start()
    for split in folds:
        one = split.full.data.nbytes + split.full.indices.nbytes
        del split
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 12 * one  # the two matrices of a fold and what making them takes; twenty folds would be 40


@pytest.mark.parametrize("split", [split_folds, split_user_folds])
def test_what_cannot_be_folded_is_refused_at_once(split):
    with pytest.raises(ParamsError, match="folds is 1, expected at least 2"):
        split(table(9), CATALOG, folds=1)
    with pytest.raises(ParamsError, match="valid is 1, expected a share between 0 and 1"):
        split(table(9), CATALOG, valid=1.0)


def test_too_little_for_so_many_folds_is_refused():
    words = (
        "the data has 4 ratings, expected at least 5 for 5 folds\nhint: take fewer folds, or one split: --split random"
    )
    with pytest.raises(DataError, match=words):
        split_folds(table(4), CATALOG)
    two = Ratings.from_arrays([1, 1, 2, 2], [1, 2, 1, 2], [1.0, 2, 3, 4])
    with pytest.raises(
        DataError, match="the data has 2 users, expected at least 4 for 2 folds\nhint: take fewer folds"
    ):
        split_user_folds(two, Catalog(two.item_ids), folds=2)
