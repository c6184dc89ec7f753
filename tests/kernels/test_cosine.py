"""Neighbours for clicks against the formula, pair by pair, and rows added up against a product of matrices."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from foretaste.arrays import as_csr
from foretaste.kernels import knn, threads
from foretaste.kernels.cosine import add_up, add_up_cells, by_source, find_likest


def matrix(seed: int = 0, rows: int = 90, items: int = 30) -> csr_array:
    rng = np.random.default_rng(seed)
    stored = rng.random((rows, items)) < rng.uniform(0.05, 0.5, items)
    stored[:, 3], stored[:, 4], stored[2] = False, stored[:, 5], False  # nobody holds 3; 4 and 5 have one audience
    return as_csr(csr_array(stored.astype(np.float32)))


def weights(X: csr_array, length: float, exponent: float, shrink: float) -> np.ndarray:
    """Return all weights, float64 (items, items), from the formula."""
    held = X.toarray() > 0
    share = np.array([float(max(row.sum(), 1)) ** -length for row in held])
    share /= share.mean()
    count = share @ held
    out = np.zeros((X.shape[1],) * 2)
    for i in range(X.shape[1]):
        for j in range(X.shape[1]):
            both = share[held[:, i] & held[:, j]].sum()
            if i != j and both > 0:
                out[i, j] = both / ((count[i] * count[j]) ** exponent + shrink)
    return out


def kept(wanted: np.ndarray, most: int) -> np.ndarray:
    return np.where(wanted >= -np.sort(-wanted, axis=1)[:, most - 1 : most], wanted, 0)


@pytest.mark.parametrize(
    ("length", "exponent", "shrink"), [(0, 0.5, 0), (0.5, 0.5, 3), (1, 0.3, 0.5), (0, 0, 0), (2, 1, 7)]
)
def test_weights_are_the_formula(length: float, exponent: float, shrink: float) -> None:
    X = matrix()
    near, weight = find_likest(X, 30, length=length, exponent=exponent, shrink=shrink)
    assert (near.dtype, weight.dtype) == (np.int32, np.float32)
    found = np.zeros((30, 30))
    np.put_along_axis(found, near, weight, axis=1)
    np.testing.assert_allclose(found, weights(X, length, exponent, shrink), rtol=1e-5)


def test_the_heaviest_are_kept_heaviest_first() -> None:
    X = matrix()
    near, weight = find_likest(X, 7, length=0.5, exponent=0.5, shrink=3)
    assert near.shape == weight.shape == (30, 7)
    np.testing.assert_allclose(weight, -np.sort(-weights(X, 0.5, 0.5, 3), axis=1)[:, :7], rtol=1e-5)


def test_values_do_not_matter() -> None:
    X = matrix()
    for other in (csr_array((X.data * 0, X.indices, X.indptr), shape=X.shape), X * np.float32(5)):
        for a, b in zip(
            find_likest(X, 9, length=0, exponent=0.5, shrink=0),
            find_likest(other, 9, length=0, exponent=0.5, shrink=0),
            strict=True,
        ):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("most", [1, 7, 30])
def test_a_row_is_the_sum_of_the_weights_of_what_it_holds(most: int) -> None:
    X, new = matrix(), matrix(seed=1, rows=150)
    near, weight = find_likest(X, most, length=0.5, exponent=0.4, shrink=3)
    wanted = new.toarray() @ kept(weights(X, 0.5, 0.4, 3), most).T
    found = add_up(new, by_source(near, weight))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)
    rng = np.random.default_rng(0)
    rows, cols = rng.integers(0, 150, 500), rng.integers(0, 30, 500)
    np.testing.assert_allclose(add_up_cells(new, near, weight, rows, cols), wanted[rows, cols], rtol=1e-5, atol=1e-6)
    assert add_up_cells(new, near, weight, rows[:0], cols[:0]).shape == (0,)


def test_weights_of_zero_are_not_carried_along() -> None:
    X = matrix()
    near, weight = find_likest(X, 30, length=0, exponent=0.5, shrink=0)
    assert by_source(near, weight).nnz == (weight > 0).sum() < weight.size


@pytest.mark.parametrize("block", [1, 100])
def test_neither_blocks_nor_threads_change_a_bit(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    X = matrix()
    near, weight = find_likest(X, 9, length=0.5, exponent=0.5, shrink=3)
    scores = add_up(X, by_source(near, weight))
    monkeypatch.setattr(knn, "BLOCK", block)
    monkeypatch.setattr(threads, "count", lambda: 1)
    again = find_likest(X, 9, length=0.5, exponent=0.5, shrink=3)
    np.testing.assert_array_equal(again[0], near)
    np.testing.assert_array_equal(again[1], weight)
    np.testing.assert_array_equal(add_up(X, by_source(near, weight)), scores)
