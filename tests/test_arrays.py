"""Shapes and checks: stored zeros are observations and never vanish."""

import numpy as np
import pytest
from scipy import sparse

from foretaste.arrays import as_csr, pick, row_of, seeded_keys, with_values
from foretaste.errors import ShapeError

X = as_csr(sparse.csr_array(([1.0, 0.0, 2.0], ([0, 0, 2], [1, 2, 0])), shape=(3, 3)))


@pytest.mark.parametrize("form", ["csr", "csc", "coo", "lil", "dok"])
@pytest.mark.parametrize("index", [np.int32, np.int64])
def test_every_form_becomes_float32_with_int32_indices(form, index):
    cells = (np.array([0, 2], dtype=index), np.array([1, 0], dtype=index))
    csr = as_csr(sparse.coo_array((np.array([3.0, 4.0]), cells), shape=(3, 2)).asformat(form))
    assert (csr.data.dtype, csr.indices.dtype) == (np.float32, np.int32)
    assert csr.toarray().tolist() == [[0, 3], [0, 0], [4, 0]]


def test_stored_zeros_stay():
    assert X.nnz == 3
    assert as_csr(X.tocoo()).nnz == 3
    assert as_csr(X.tocsc()).nnz == 3


def test_a_diagonal_matrix_with_a_zero_is_not_a_cell_twice():
    assert as_csr(sparse.dia_array(([[1.0, 0.0, 2.0]], [0]), shape=(3, 3))).diagonal().tolist() == [1, 0, 2]


def test_rows_are_sorted_and_the_callers_matrix_is_left_alone():
    given = sparse.csr_array((np.array([1.0, 2.0]), np.array([2, 0]), np.array([0, 2])), shape=(1, 3))
    before = given.indices.copy()
    assert as_csr(given).indices.tolist() == [0, 2]
    assert given.indices.tolist() == before.tolist()


@pytest.mark.parametrize(
    ("matrix", "words"),
    [
        (np.eye(2), "expected a scipy sparse matrix of users x items, got ndarray"),
        (sparse.csr_array(([np.inf], ([0], [0])), shape=(1, 1)), "not a finite number"),
        (sparse.coo_array(([1.0, 1.0], ([0, 0], [0, 0])), shape=(1, 1)), "stores a cell twice"),
    ],
)
def test_what_is_no_matrix_of_ratings_is_refused(matrix, words):
    with pytest.raises(ShapeError, match=words):
        as_csr(matrix)


def test_rows_of_entries():
    assert row_of(X).tolist() == [0, 0, 2]


def test_other_values_in_the_same_cells():
    assert with_values(X, np.array([5, 6, 7])).tocoo().data.tolist() == [5, 6, 7]


def test_picked_entries_keep_shape_and_order():
    kept = pick(X, np.array([False, True, True]))
    assert (kept.shape, kept.nnz, kept.indices.tolist(), kept.data.tolist()) == ((3, 3), 2, [2, 0], [0, 2])


def test_keys_are_the_raw_stream_that_numpy_guarantees():
    assert seeded_keys(3, 2).tolist() == [1579948266424812280, 4368382809143759861]
