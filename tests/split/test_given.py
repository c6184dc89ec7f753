"""The caller's own files are used as they are."""

import numpy as np
import pytest

from foretaste.data.catalog import Catalog, id_array
from foretaste.data.ratings import Ratings
from foretaste.errors import DataError, ParamsError
from foretaste.split import split_given
from foretaste.split.given import joint_catalog

TRAIN = Ratings.from_arrays([1, 1, 1, 2, 2, 3], [10, 20, 30, 10, 20, 30], [5.0, 0, 3, 4, 1, 2])
TEST = Ratings.from_arrays([2, 9, 1], [30, 10, 40], [3.0, 6, 2])


def split(**settings):
    return split_given(TRAIN, TEST, joint_catalog(Catalog(TRAIN.item_ids), Catalog(TEST.item_ids)), **settings)


def test_exactly_the_test_file_is_hidden_and_test_users_bring_what_the_train_file_has():
    made = split()
    assert made.test.user_ids.tolist() == [1, 2, 9]
    np.testing.assert_array_equal(made.test.hidden.toarray(), [[0, 0, 0, 2], [0, 0, 3, 0], [6, 0, 0, 0]])
    np.testing.assert_array_equal(made.test.seen.toarray(), [[5, 0, 3, 0], [4, 1, 0, 0], [0, 0, 0, 0]])
    assert made.test.seen.nnz == 5  # the zero of user 1 is a rating


def test_the_whole_train_file_trains_in_the_end():
    made = split(valid=0.3)
    assert made.full.nnz == 6
    assert (made.train.nnz, made.valid.hidden.nnz) == (4, 2)
    assert made.valid.n_common() == 0
    np.testing.assert_array_equal(made.valid.whole().toarray(), made.full.toarray())


def test_the_scale_covers_both_files_and_strangers_are_counted():
    made = split()
    assert made.scale == (0, 6)
    assert made.settings["test_users_unseen"] == 1
    assert made.describe()["test_hidden_cold"] == 1


def test_the_seed_decides_only_what_is_chosen_on():
    first, second = (split(seed=s, valid=0.5) for s in (0, 3))
    assert first.valid.hidden.indices.tolist() != second.valid.hidden.indices.tolist()
    np.testing.assert_array_equal(first.test.hidden.toarray(), second.test.hidden.toarray())


def test_a_rating_in_both_files_is_refused():
    with pytest.raises(DataError, match=r"the train and the test file share 1 rating, the first of user .* for item "):
        split_given(TRAIN, Ratings.from_arrays([1], [10], [2.0]), Catalog(TRAIN.item_ids))


def test_ids_of_two_kinds_are_refused():
    words = Ratings.from_arrays(["ann"], [10], [2.0])
    with pytest.raises(DataError, match="user ids are numbers in one file and text in the other"):
        split_given(TRAIN, words, Catalog(TRAIN.item_ids))
    with pytest.raises(DataError, match="item ids are numbers in one file and text in the other"):
        joint_catalog(Catalog(TRAIN.item_ids), Catalog(id_array(["a"])))


def test_a_train_file_of_one_rating_is_refused():
    with pytest.raises(DataError, match="the train file has 1 rating, expected at least 2"):
        split_given(Ratings.from_arrays([1], [10], [2.0]), TEST, Catalog(TEST.item_ids))


def test_a_share_out_of_range_is_refused():
    with pytest.raises(ParamsError, match="valid is 0, expected a share between 0 and 1"):
        split(valid=0.0)


def test_one_catalogue_holds_both_files_and_the_titles_of_the_first():
    train = Catalog(np.array([1, 3]), ("One", "Three"), (("Drama",), ()))
    joint = joint_catalog(train, Catalog(np.array([2, 3])))
    assert joint.item_ids.tolist() == [1, 2, 3]
    assert joint.titles == ("One", "", "Three")
    assert joint.genres == (("Drama",), (), ())
