"""One ridge regression a row, against numpy's dense solve."""

import numba
import numpy as np
import pytest
from scipy.sparse import csr_array

from foretaste.arrays import as_csr
from foretaste.kernels.ridge_rows import solve_rows, solve_rows_with_spread


def problem(seed: int = 0, rows: int = 30, cols: int = 25, k: int = 6) -> tuple[csr_array, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    row, col = np.nonzero(rng.random((rows, cols)) < 0.3 * (np.arange(rows) % 5 > 0)[:, None])
    X = as_csr(csr_array((rng.normal(size=len(row)), (row, col)), shape=(rows, cols)))
    return X, rng.normal(size=(cols, k)).astype(np.float32), rng.uniform(0.1, 5, k)


@pytest.mark.parametrize("k", [1, 2, 6, 40])
def test_each_row_is_the_dense_ridge_solution(k: int) -> None:
    X, features, l2 = problem(k=k)
    out = solve_rows(X, features, l2)
    for row in range(X.shape[0]):
        cells = slice(X.indptr[row], X.indptr[row + 1])
        F, x = features[X.indices[cells]].astype(np.float64), X.data[cells].astype(np.float64)
        wanted = np.linalg.solve(F.T @ F + np.diag(l2), F.T @ x)
        np.testing.assert_allclose(out[row], wanted, rtol=1e-5, atol=1e-6)
    assert out.dtype == np.float32
    assert out.shape == (30, k)


def test_rows_without_entries_are_zeros() -> None:
    X, features, l2 = problem()
    empty = np.diff(X.indptr) == 0
    assert empty.any()
    assert (solve_rows(X, features, l2)[empty] == 0).all()
    assert (solve_rows(as_csr(csr_array((3, 25))), features, l2) == 0).all()
    assert solve_rows(as_csr(csr_array((0, 25))), features, l2).shape == (0, 6)


def test_a_stored_zero_is_a_target() -> None:
    one = np.ones((2, 1), np.float32)
    both = as_csr(csr_array(([4.0, 0.0], ([0, 0], [0, 1])), shape=(1, 2)))
    np.testing.assert_allclose(solve_rows(both, one, np.array([2.0])), [[4 / (2 + 2)]])


def test_the_number_of_threads_changes_no_bit() -> None:
    X, features, l2 = problem(rows=400, k=9)
    before = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        alone = solve_rows(X, features, l2)
        numba.set_num_threads(min(2, numba.config.NUMBA_NUM_THREADS))
        together = solve_rows(X, features, l2)
    finally:
        numba.set_num_threads(before)
    assert alone.tobytes() == together.tobytes()


def test_the_input_stays_as_it_was() -> None:
    X, features, l2 = problem()
    for array in (X.data, X.indices, X.indptr, features, l2):
        array.flags.writeable = False
    solve_rows(X, features, l2)


def test_uncertain_features_are_penalised_by_their_variance_at_every_entry() -> None:
    X, features, l2 = problem()
    spread = np.random.default_rng(1).random(features.shape).astype(np.float32)
    out, own = solve_rows_with_spread(X, features, l2, spread=spread)
    np.testing.assert_array_equal(out, solve_rows(X, features, l2, spread=spread))
    for row in range(X.shape[0]):
        cells = slice(X.indptr[row], X.indptr[row + 1])
        cols = X.indices[cells]
        F, x = features[cols].astype(np.float64), X.data[cells].astype(np.float64)
        A = F.T @ F + np.diag(spread[cols].sum(0, dtype=np.float64) + l2)
        np.testing.assert_allclose(out[row], np.linalg.solve(A, F.T @ x), rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(own[row], np.diag(np.linalg.inv(A)), rtol=1e-4)


def test_an_empty_row_is_as_uncertain_as_its_prior() -> None:
    _, features, l2 = problem()
    own = solve_rows_with_spread(as_csr(csr_array((2, 25))), features, l2)[1]
    np.testing.assert_allclose(own, [1 / l2, 1 / l2], rtol=1e-6)
