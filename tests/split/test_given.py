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
    assert (made.settings["test_users_unseen"], made.settings["test_hidden_unseen"]) == (1, 1)
    assert (made.kind, made.describe()["dropped"]) == ("given", 0)
    assert made.describe()["test_hidden_cold"] == 1


def test_the_seed_decides_only_what_is_chosen_on():
    first, second = (split(seed=s, valid=0.5) for s in (0, 3))
    assert first.valid.hidden.indices.tolist() != second.valid.hidden.indices.tolist()
    np.testing.assert_array_equal(first.test.hidden.toarray(), second.test.hidden.toarray())


SEEN = Ratings.from_arrays([9, 9, 1, 1, 7], [20, 30, 20, 10, 10], [4.0, 0, 7, 1, 3])
"""Of a stranger, of somebody of training (one rating again, with another value), and of somebody who is asked nothing."""


def test_a_seen_file_is_shown_and_never_trains():
    made = split(seen=SEEN)
    assert made.test.user_ids.tolist() == [1, 2, 7, 9]
    np.testing.assert_array_equal(made.test.seen.toarray(), [[1, 7, 3, 0], [4, 1, 0, 0], [3, 0, 0, 0], [0, 4, 0, 0]])
    assert made.test.seen.nnz == 8  # the zero of user 9 is a rating
    np.testing.assert_array_equal(made.test.hidden.toarray(), [[0, 0, 0, 2], [0, 0, 3, 0], [0, 0, 0, 0], [6, 0, 0, 0]])
    assert (made.full.nnz, made.scale) == (6, (0, 7))
    facts = made.describe()
    assert (facts["test_users"], facts["test_users_unasked"], facts["test_users_unseen"], facts["dropped"]) == (
        3,
        1,
        0,
        0,
    )


def strangers_world(n_train=40, n_test=10):
    """People who all have ten clicks; those of the test are none of training, and show eight."""
    rng = np.random.default_rng(3)
    n = n_train + n_test
    user, item = np.arange(n).repeat(10), np.concatenate([rng.permutation(30)[:10] for _ in range(n)])
    asked, last = user >= n_train, np.tile(np.arange(10) >= 8, n)
    parts = [Ratings.from_arrays(user[rows], item[rows]) for rows in (~asked, asked & last, asked & ~last)]
    return *parts, Catalog(np.arange(30))


def test_where_strangers_are_judged_models_are_chosen_on_strangers_who_train_in_the_end():
    train, test, seen, catalog = strangers_world()
    made = split_given(train, test, catalog, seen=seen)
    assert (made.kind, made.new_people, made.settings["valid_hide"]) == ("given-new-users", True, "20%")
    assert (made.train.shape, made.full.shape, made.valid.seen.shape) == ((36, 30), (40, 30), (4, 30))
    assert np.diff(made.valid.hidden.indptr).tolist() == [2] * 4
    np.testing.assert_array_equal(made.full.toarray()[made.valid.user_ids], made.valid.whole().toarray())
    others = np.setdiff1d(train.user_ids, made.valid.user_ids)
    np.testing.assert_array_equal(made.full.toarray()[others], made.train.toarray())
    assert np.diff(made.test.seen.indptr).tolist() == [8] * 10
    facts = made.describe()
    assert (facts["test_users_unseen"], facts["test_users_unasked"], facts["dropped"]) == (0, 0, 0)
    other = split_given(train, test, catalog, seen=seen, seed=1)
    assert other.valid.user_ids.tolist() != made.valid.user_ids.tolist()


def test_whoever_has_a_single_rating_is_not_drawn_to_choose_on():
    train, test, seen, catalog = strangers_world(n_train=20)
    single = train.select((train.user == 7) | (train.user == 9) | (np.arange(len(train)) % 10 == 0))
    made = split_given(single, test, catalog, seen=seen, valid=0.5)
    assert made.valid.user_ids.tolist() == [7, 9]
    assert made.describe()["valid_users_unasked"] == 0


def test_where_most_of_the_test_is_known_single_ratings_are_chosen_on_as_ever():
    made = split(seen=SEEN, valid=0.3)
    assert made.valid.seen is made.train
    assert (made.train.nnz, made.valid.hidden.nnz, made.full.nnz) == (4, 2, 6)
    assert "valid_hide" not in made.settings
    assert made.kind == "given-new-users"  # rows are shown that training does not hold
    assert not made.new_people  # of three who are asked, two are known
    assert made.newcomers.user_ids.tolist() == [7, 9]


def test_too_few_to_draw_strangers_from_are_refused():
    _, test, seen, catalog = strangers_world()
    few = Ratings.from_arrays([1, 2, 3], [1, 2, 3])
    with pytest.raises(
        DataError, match=r"has 3 users, 0 of them with two ratings or more; expected at least 2 and 1 to"
    ):
        split_given(few, test, catalog, seen=seen)


VALID = Ratings.from_arrays([2, 5], [40, 10], [2.0, 5])


def test_a_validation_file_is_hidden_while_models_are_chosen_and_trains_in_the_end():
    shown = Ratings.from_arrays([5, 2], [30, 10], [1.0, 4])
    made = split(valid=VALID, valid_seen=shown)
    np.testing.assert_array_equal(made.train.toarray(), [[5, 0, 3, 0], [4, 1, 0, 0], [0, 0, 2, 0]])
    assert made.valid.user_ids.tolist() == [2, 5]
    np.testing.assert_array_equal(made.valid.seen.toarray(), [[4, 1, 0, 0], [0, 0, 1, 0]])
    np.testing.assert_array_equal(made.valid.hidden.toarray(), [[0, 0, 0, 2], [5, 0, 0, 0]])
    np.testing.assert_array_equal(made.full.toarray(), [[5, 0, 3, 0], [4, 1, 0, 2], [0, 0, 2, 0], [5, 0, 1, 0]])
    np.testing.assert_array_equal(made.test.seen.toarray(), [[5, 0, 3, 0], [4, 1, 0, 2], [0, 0, 0, 0]])
    assert (made.kind, made.settings["valid"], made.settings["valid_users_unseen"]) == ("given-new-users", "file", 0)
    assert made.describe()["dropped"] == 0


def test_a_validation_file_of_known_people_leaves_the_rows_of_training():
    made = split(valid=VALID.select(np.array([0])))
    assert (made.kind, made.train.shape, made.full.shape) == ("given", (3, 4), (3, 4))
    assert split(valid=VALID).kind == "given-new-users"  # the second fit has a row more than the first


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"seen": ([9], [10])}, "the seen and the test file share 1 rating, the first of user 9 for item 10"),
        ({"valid": ([1], [10])}, "the train and the validation file share 1 rating, the first of user 1 for item 10"),
        ({"valid": ([5], [10]), "valid_seen": ([5], [10])}, "the seen and the validation file share 1 rating"),
        (
            {"valid": ([2, 9], [40, 10])},
            "the train or validation and the test file share 1 rating, the first of user 9",
        ),
    ],
)
def test_what_is_hidden_is_in_no_file_that_is_known(files, words):
    with pytest.raises(DataError, match=words) as caught:
        split(**{name: Ratings.from_arrays(*columns) for name, columns in files.items()})
    assert caught.value.hint.startswith("a hidden rating must not be in the ")


def test_what_validation_people_show_needs_a_validation_file():
    with pytest.raises(ParamsError, match="valid_seen comes without a validation file"):
        split(valid_seen=SEEN)


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
    assert joint_catalog(train, Catalog(np.array([2])), Catalog(np.array([0]))).item_ids.tolist() == [0, 1, 2, 3]
