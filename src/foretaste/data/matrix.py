"""Ratings and a catalogue become the users x items matrix that models read."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from foretaste.arrays import Csr
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


def _matrix(ratings: Ratings, catalog: Catalog, values: NDArray[np.generic]) -> Csr:
    cols = catalog.columns(ratings.item_ids)
    if (cols < 0).any():
        raise DataError(f"item {ratings.item_ids[np.argmax(cols < 0)]!r} is not in the catalogue")
    cells = (ratings.user_code, cols[ratings.item_code])
    matrix = sparse.coo_array((values, cells), shape=(ratings.n_users, len(catalog))).tocsr()
    if matrix.nnz < len(ratings):
        raise DataError(
            f"{len(ratings) - matrix.nnz} (user, item) pairs stand more than once",
            hint="call drop_duplicates(ratings, policy) first",
        )
    return matrix
