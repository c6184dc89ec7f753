"""Ratings and a catalogue become the users x items matrix that models read."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from foretaste.arrays import AnyArray, Csr, IntArray
from foretaste.data.catalog import Catalog
from foretaste.data.ratings import Ratings
from foretaste.errors import DataError


def user_item_matrix(ratings: Ratings, catalog: Catalog) -> Csr:
    """Return users x items, float32: row i is `ratings.user_ids[i]`, column j is `catalog.item_ids[j]`.

    Args:
        ratings: No (user, item) pair twice.
        catalog: Holds every item of the ratings; may hold more, whose columns stay empty.

    Raises:
        DataError: A pair stands twice, or an item is not in the catalogue.
    """
    return _matrix(ratings, catalog, ratings.rating)


def time_matrix(ratings: Ratings, catalog: Catalog) -> NDArray[np.int64]:
    """Return the Unix seconds of every rating in the storage order of `user_item_matrix`, int64 (n,).

    Raises:
        DataError: The ratings have no times.
    """
    if ratings.time is None:
        raise DataError("the ratings have no times", hint="name the time column with --columns time=NAME")
    times: NDArray[np.int64] = _matrix(ratings, catalog, ratings.time).data
    return times


def _in_storage_order(users: IntArray, indices: IntArray) -> bool:
    later = users[1:] > users[:-1]
    later |= (users[1:] == users[:-1]) & (indices[1:] > indices[:-1])
    return bool(later.all())


def _matrix(ratings: Ratings, catalog: Catalog, values: AnyArray) -> Csr:
    cols = catalog.columns(ratings.item_ids)
    if (cols < 0).any():
        missing = ratings.item_ids[cols < 0].tolist()[0]
        raise DataError(f"item {missing!r} is not in the catalogue")
    users, shape = ratings.user_code, (ratings.n_users, len(catalog))
    indices = ratings.item_code if np.array_equal(cols, np.arange(len(cols))) else cols[ratings.item_code]
    if _in_storage_order(users, indices):  # as GroupLens ships its files: nothing has to be moved
        start = np.concatenate([[0], np.cumsum(np.bincount(users, minlength=shape[0]))])
        return sparse.csr_array((values.copy(), indices.copy(), start.astype(np.int32)), shape=shape)
    matrix = sparse.coo_array((values, (users, indices)), shape=shape).tocsr()
    if matrix.nnz < len(ratings):
        raise DataError(
            f"{len(ratings) - matrix.nnz} (user, item) pairs stand more than once",
            hint="call drop_duplicates(ratings, policy) first",
        )
    return matrix
