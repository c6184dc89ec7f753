"""Sums of item weights: against the product of dense matrices, whatever the number of rows, bands and cells."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from foretaste.arrays import as_csr, ones
from foretaste.kernels import item_weights
from foretaste.kernels.item_weights import sum_cells, sum_sparse, sum_sparse_cells, sum_weights


def case(rows: int, items: int, columns: int) -> tuple[csr_array, np.ndarray]:
    rng = np.random.default_rng(0)
    X = csr_array((rng.random((rows, items)) < 0.3) * rng.normal(size=(rows, items)))
    return as_csr(X), rng.normal(size=(items, columns)).astype(np.float32)


@pytest.mark.parametrize("shape", [(9, 30, 30), (1, 1, 1), (4, 20, 1300), (0, 5, 5), (3, 5, 0)])
def test_rows_are_summed_whatever_the_values(shape):
    X, weights = case(*shape)
    found = sum_weights(X, weights)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, ones(X).toarray() @ weights, atol=1e-5)


def test_a_row_alone_is_summed_as_among_others():
    X, weights = case(40, 60, 1100)
    whole = sum_weights(X, weights)
    for row in range(40):
        np.testing.assert_array_equal(sum_weights(X[[row]], weights)[0], whole[row])


@pytest.mark.parametrize("size", [1, 7, 4096])
def test_cells_are_those_of_the_whole(size, monkeypatch):
    monkeypatch.setattr(item_weights, "CELLS", size)
    X, weights = case(12, 30, 30)
    rng = np.random.default_rng(1)
    rows, cols = rng.integers(0, 12, 100), rng.integers(0, 30, 100)
    np.testing.assert_array_equal(sum_cells(X, weights, rows, cols), sum_weights(X, weights)[rows, cols])
    assert sum_cells(X, weights, rows[:0], cols[:0]).shape == (0,)


def sparse_case(rows: int, items: int, kept: int) -> tuple[csr_array, np.ndarray, np.ndarray, np.ndarray]:
    """Return rows, the items with a weight for each column, these weights, and the same as a dense matrix."""
    rng = np.random.default_rng(2)
    X, _ = case(rows, items, 1)
    near, weight, dense = (
        np.full((items, kept), -1, np.int32),
        np.zeros((items, kept), np.float32),
        np.zeros((items, items)),
    )
    for col in range(items):
        n = rng.integers(0, kept + 1)
        near[col, :n] = np.sort(rng.permutation(items)[:n])
        weight[col, :n] = rng.normal(size=n)
        dense[near[col, :n], col] = weight[col, :n]
    return X, near, weight, dense


@pytest.mark.parametrize("shape", [(70, 40, 9), (1, 40, 9), (0, 5, 2)])
def test_sparse_weights_are_summed_as_dense_ones(shape):
    X, near, weight, dense = sparse_case(*shape)
    found = sum_sparse(X, as_csr(csr_array(dense)))
    np.testing.assert_allclose(found, ones(X).toarray() @ dense, atol=1e-5)
    rng = np.random.default_rng(3)
    rows, cols = rng.integers(0, max(shape[0], 1), 99 * (shape[0] > 0)), rng.integers(0, shape[1], 99 * (shape[0] > 0))
    np.testing.assert_array_equal(sum_sparse_cells(X, near, weight, rows, cols), found[rows, cols])
