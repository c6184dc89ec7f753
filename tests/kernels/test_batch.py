"""The cells of a block of rows, indexed both ways."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from foretaste.arrays import as_csr, row_of
from foretaste.errors import ShapeError
from foretaste.kernels import batch as batch_module
from foretaste.kernels.batch import make_batch, places


def random_rows(seed: int, rows: int = 6, items: int = 9, density: float = 0.3) -> csr_array:
    rng = np.random.default_rng(seed)
    row, col = np.nonzero(rng.random((rows, items)) < density)
    return as_csr(csr_array((rng.integers(0, 6, len(row)), (row, col)), shape=(rows, items)))


def test_a_batch_worked_by_hand() -> None:
    X = as_csr(csr_array(([5, 3, 4, 1], ([0, 0, 2, 2], [7, 2, 2, 9])), shape=(3, 10)))
    batch = make_batch(X)
    assert batch.items.tolist() == [2, 7, 9]
    assert batch.cols.tolist() == [2, 7, 2, 9]
    assert batch.ratings.tolist() == [3, 5, 4, 1]
    assert batch.row.tolist() == [0, 0, 2, 2]
    assert batch.local.tolist() == [0, 1, 0, 2]
    assert batch.row_start.tolist() == [0, 2, 2, 4]
    assert batch.by_item.tolist() == [0, 2, 1, 3]
    assert batch.item_row.tolist() == [0, 2, 0, 2]
    assert batch.item_start.tolist() == [0, 2, 3, 4]
    assert (batch.n_rows, len(batch)) == (3, 4)


@given(st.integers(0, 2**32 - 1), st.floats(0, 1))
def test_both_orders_name_the_same_cells(seed: int, density: float) -> None:
    X = random_rows(seed, density=density)
    rows = np.random.default_rng(seed).permutation(X.shape[0])[:4]
    part, batch = X[rows], make_batch(X, rows)
    assert (np.diff(batch.items) > 0).all()
    for found, wanted in ((batch.cols, part.indices), (batch.ratings, part.data), (batch.row, row_of(part))):
        np.testing.assert_array_equal(found, wanted)
    np.testing.assert_array_equal(batch.items[batch.local], part.indices)
    np.testing.assert_array_equal(batch.row_start, part.indptr)
    np.testing.assert_array_equal(batch.item_row, batch.row[batch.by_item])
    assert sorted(batch.by_item.tolist()) == list(range(part.nnz))
    for place in range(len(batch.items)):
        cells = batch.by_item[batch.item_start[place] : batch.item_start[place + 1]]
        assert len(cells) > 0
        assert (batch.local[cells] == place).all()
        assert (np.diff(cells) > 0).all()  # within an item, row by row: the same sum in the same order on every run


def test_a_stored_zero_is_a_cell() -> None:
    batch = make_batch(as_csr(csr_array(([0.0], ([0], [3])), shape=(1, 5))))
    assert batch.items.tolist() == [3]
    assert len(batch) == 1


def test_rows_without_cells_make_an_empty_batch() -> None:
    batch = make_batch(as_csr(csr_array((2, 4))))
    assert len(batch.items) == len(batch) == len(batch.by_item) == 0
    assert batch.row_start.tolist() == [0, 0, 0]
    assert batch.item_start.tolist() == [0]


def test_the_most_rated_column_has_the_first_row_of_the_tables() -> None:
    X = as_csr(csr_array(([1.0, 1, 1, 1, 1], ([0, 1, 2, 0, 1], [2, 2, 2, 4, 1])), shape=(3, 5)))
    place = places(X)
    assert place.tolist() == [3, 1, 0, 4, 2]  # ties in the order of the columns
    batch = make_batch(X, [0, 1], place)
    assert batch.items.tolist() == [0, 1, 2]  # rows of the tables
    assert batch.cols.tolist() == [2, 4, 1, 2]  # columns of X, as they are stored
    assert batch.local.tolist() == [0, 2, 1, 0]


def test_rows_that_are_not_there_are_refused() -> None:
    X = random_rows(0)
    for rows, wrong in (([0, 6], 6), ([-1, 2], -1)):
        with pytest.raises(ShapeError, match=f"row {wrong} is asked for, expected 0 to 5"):
            make_batch(X, rows)


def test_more_ratings_than_positions_can_count_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    X = random_rows(0)
    monkeypatch.setattr(batch_module, "MOST", X.nnz)
    with pytest.raises(ShapeError, match=f"the batch holds {X.nnz} ratings, expected fewer than {X.nnz}"):
        make_batch(X)
    assert len(make_batch(X, [0])) < X.nnz
