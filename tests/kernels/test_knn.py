"""Weights of all pairs of items, against sums written down pair by pair."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from foretaste.arrays import as_csr
from foretaste.kernels import knn, threads
from foretaste.kernels.knn import find_neighbours


def matrix(seed: int = 0, rows: int = 50, items: int = 30) -> csr_array:
    rng = np.random.default_rng(seed)
    stored = rng.random((rows, items)) < rng.uniform(0.05, 0.7, items)
    stored[:, 3], stored[:, 4] = False, stored[:, 5]  # nobody holds 3; 4 and 5 have one audience
    row, col = np.nonzero(stored)
    return as_csr(csr_array((rng.normal(size=len(row)), (row, col)), shape=(rows, items)))


def weights(X: csr_array, shrink: float, prior: float, audience: float) -> np.ndarray:
    """Return all weights, float64 (items, items), from the formula."""
    held, dense = np.zeros(X.shape, bool), X.toarray().astype(np.float64)
    held[np.repeat(np.arange(X.shape[0]), np.diff(X.indptr)), X.indices] = True
    out = np.zeros((X.shape[1],) * 2)
    for i in range(X.shape[1]):
        for j in range(X.shape[1]):
            both = held[:, i] & held[:, j]
            if i != j and both.any():
                a, b = dense[both, i], dense[both, j]
                like = (a @ b + shrink * prior) / (np.sqrt((a @ a) * (b @ b)) + shrink)
                out[i, j] = max(like, 0) * (both.sum() ** 2 / held[:, j].sum()) ** audience
    return out


def spread_out(near: np.ndarray, weight: np.ndarray, items: int) -> np.ndarray:
    out = np.zeros((items, items))
    np.put_along_axis(out, near, weight, axis=1)
    return out


@pytest.mark.parametrize(("shrink", "prior", "audience"), [(5, 0.2, 1), (0.5, 0, 0), (30, -0.1, 0.7), (1e-6, 0, 1)])
def test_weights_are_the_formula(shrink: float, prior: float, audience: float) -> None:
    X = matrix()
    near, weight = find_neighbours(X, 30, shrink=shrink, prior=prior, audience=audience)
    assert (near.dtype, weight.dtype) == (np.int32, np.float32)
    wanted = weights(X, shrink, prior, audience)
    assert 0 < (wanted > 0).mean() < 1
    np.testing.assert_allclose(spread_out(near, weight, 30), wanted, rtol=1e-4, atol=1e-6)


def test_the_heaviest_are_kept_heaviest_first() -> None:
    X = matrix()
    near, weight = find_neighbours(X, 7, shrink=5, prior=0.2, audience=1)
    assert near.shape == weight.shape == (30, 7)
    assert (np.diff(weight, axis=1) <= 0).all()
    np.testing.assert_allclose(weight, -np.sort(-weights(X, 5, 0.2, 1), axis=1)[:, :7], rtol=1e-4)


def test_of_equal_weights_the_lower_column_comes_first() -> None:
    X = as_csr(csr_array(np.ones((4, 5))))
    near, weight = find_neighbours(X, 3, shrink=1, prior=0, audience=1)
    assert near.tolist() == [[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2], [0, 1, 2]]
    np.testing.assert_allclose(weight, 4 / 5 * 4 * 4 / 4)


def test_what_nobody_holds_has_no_neighbour_and_is_none() -> None:
    near, weight = find_neighbours(matrix(), 30, shrink=5, prior=0.9, audience=1)
    assert (weight[3] == 0).all()
    assert (weight[near == 3] == 0).all()


def test_a_stored_zero_is_held() -> None:
    X = as_csr(csr_array(([0.0, 0.0], ([0, 0], [0, 1])), shape=(1, 2)))
    _, weight = find_neighbours(X, 1, shrink=2, prior=0.5, audience=1)
    np.testing.assert_allclose(weight, [[0.5], [0.5]])


@pytest.mark.parametrize("block", [1, 100, 1 << 22])
def test_neither_blocks_nor_threads_change_a_bit(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    X = matrix()
    wanted = [array.tobytes() for array in find_neighbours(X, 9, shrink=5, prior=0.2, audience=1)]
    monkeypatch.setattr(knn, "BLOCK", block)
    for number in (1, 3):
        monkeypatch.setattr(threads, "count", lambda number=number: number)
        found = find_neighbours(X, 9, shrink=5, prior=0.2, audience=1)
        assert [array.tobytes() for array in found] == wanted


def test_the_input_stays_as_it_was() -> None:
    X = matrix()
    for array in (X.data, X.indices, X.indptr):
        array.flags.writeable = False
    find_neighbours(X, 3, shrink=5, prior=0.2, audience=1)
