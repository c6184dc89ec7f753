"""Ratings and a catalogue become a matrix."""

import numpy as np
import pytest

from foretaste.data.catalog import Catalog, id_array
from foretaste.data.matrix import time_matrix, user_item_matrix
from foretaste.data.ratings import Ratings
from foretaste.errors import DataError

USER, ITEM, RATING, TIME = [2, 1, 2, 1], [30, 10, 10, 20], [0.0, 4.0, 3.5, -1.0], [40, 10, 30, 20]


def table(order):
    return Ratings.from_arrays(*(np.array(column)[order] for column in (USER, ITEM, RATING, TIME)))


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [1, 3, 2, 0]], ids=["shuffled", "in storage order"])
def test_cells_stand_where_the_catalogue_says_and_zeros_stay(order):
    ratings, catalog = table(order), Catalog(id_array([30, 20, 10, 99]))
    X = user_item_matrix(ratings, catalog)
    assert X.shape == (2, 4)
    assert X.nnz == 4
    assert X.has_canonical_format
    coo = X.tocoo()
    cells = sorted(zip(coo.row.tolist(), coo.col.tolist(), coo.data.tolist(), strict=True))
    assert cells == [(0, 1, -1.0), (0, 2, 4.0), (1, 0, 0.0), (1, 2, 3.5)]
    assert X.indices.dtype == np.int32
    assert X.data.dtype == np.float32


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [1, 3, 2, 0]], ids=["shuffled", "in storage order"])
def test_times_follow_the_storage_order(order):
    ratings = table(order)
    catalog = Catalog(ratings.item_ids)
    assert time_matrix(ratings, catalog).tolist() == [10, 20, 30, 40]


def test_the_matrix_does_not_share_memory_with_the_table():
    ratings = table([1, 3, 2, 0])
    X = user_item_matrix(ratings, Catalog(ratings.item_ids))
    X.data[:] = 9
    assert ratings.rating.max() == 4


def test_a_pair_twice_is_refused():
    ratings = Ratings.from_arrays([1, 1, 2], [5, 5, 5], [1.0, 2.0, 3.0])
    with pytest.raises(DataError, match=r"1 \(user, item\) pairs stand more than once\nhint: call drop_duplicates"):
        user_item_matrix(ratings, Catalog(ratings.item_ids))


def test_an_item_outside_the_catalogue_is_refused():
    with pytest.raises(DataError, match="item 30 is not in the catalogue"):
        user_item_matrix(table([0, 1, 2, 3]), Catalog(id_array([10, 20])))


def test_without_times_there_is_no_time_matrix():
    ratings = Ratings.from_arrays([1], [2], [3.0])
    with pytest.raises(DataError, match="the ratings have no times"):
        time_matrix(ratings, Catalog(ratings.item_ids))
