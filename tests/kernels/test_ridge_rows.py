"""One ridge regression a row, against numpy's dense solve."""

import multiprocessing
import threading

import numpy as np
import pytest
from scipy.sparse import csr_array

from foretaste.arrays import as_csr
from foretaste.kernels import ridge_rows, threads
from foretaste.kernels.ridge_rows import solve_rows, solve_rows_with_spread


def problem(seed: int = 0, rows: int = 30, cols: int = 25, k: int = 6) -> tuple[csr_array, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    row, col = np.nonzero(rng.random((rows, cols)) < 0.3 * (np.arange(rows) % 5 > 0)[:, None])
    X = as_csr(csr_array((rng.normal(size=len(row)), (row, col)), shape=(rows, cols)))
    return X, rng.normal(size=(cols, k)).astype(np.float32), rng.uniform(0.1, 5, k)


@pytest.mark.parametrize("k", [1, 2, 6, 7, 8, 40, 70])
@pytest.mark.parametrize("cols", [25, 500])
def test_each_row_is_the_dense_ridge_solution(k: int, cols: int) -> None:
    X, features, l2 = problem(k=k, cols=cols)  # of 500 columns, a row has more entries than a block
    out = solve_rows(X, features, l2)
    for row in range(X.shape[0]):
        cells = slice(X.indptr[row], X.indptr[row + 1])
        F, x = features[X.indices[cells]].astype(np.float64), X.data[cells].astype(np.float64)
        wanted = np.linalg.solve(F.T @ F + np.diag(l2), F.T @ x)
        np.testing.assert_allclose(out[row], wanted, rtol=1e-5, atol=5e-6)
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


def test_what_is_explained_already_is_taken_off_the_target() -> None:
    X, features, l2 = problem()
    offset = np.random.default_rng(1).normal(size=X.shape[1]).astype(np.float32)
    less = csr_array((X.data - offset[X.indices], X.indices, X.indptr), shape=X.shape)
    found = solve_rows(X, features, l2, offset=offset)
    np.testing.assert_allclose(found, solve_rows(less, features, l2), rtol=1e-5, atol=1e-6)


def test_a_long_row_is_summed_as_well_as_a_short_one() -> None:
    """A million entries added up in single precision alone would be off in the fourth digit."""
    n = 1_000_000
    X = as_csr(csr_array(np.full((1, n), 3.3, np.float32)))
    found = solve_rows(X, np.ones((n, 1), np.float32), np.ones(1))[0, 0]
    assert np.cumsum(X.data)[-1] != pytest.approx(n * np.float64(X.data[0]), rel=1e-4)
    assert found == pytest.approx(np.float64(X.data[0]) * n / (n + 1), rel=1e-6)


def test_the_number_of_threads_changes_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    X, features, l2 = problem(rows=400, k=9)
    whole = solve_rows_with_spread(X, features, l2, spread=np.abs(features))
    monkeypatch.setattr(ridge_rows, "PIECE", 20_000)
    assert len(ridge_rows._edges(X.indptr, 9)) > 10
    for number in (1, 2, 3):
        monkeypatch.setattr(threads, "count", lambda number=number: number)
        parts = solve_rows_with_spread(X, features, l2, spread=np.abs(features))
        assert [array.tobytes() for array in parts] == [array.tobytes() for array in whole]


@pytest.mark.parametrize("rows", [1, 2, 1000])
def test_pieces_cover_all_rows_once(monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    monkeypatch.setattr(ridge_rows, "PIECE", 1000)
    start = np.concatenate([[0], np.cumsum(np.random.default_rng(0).pareto(1, rows).astype(np.int64))])
    edges = ridge_rows._edges(start, 5)
    assert edges == sorted(set(edges))
    assert (edges[0], edges[-1]) == (0, rows)


def test_a_small_problem_wakes_nobody() -> None:
    X, _, _ = problem()
    assert ridge_rows._edges(X.indptr, 20) == [0, 30]


def test_two_threads_may_solve_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    X, features, l2 = problem(rows=400, k=9)
    wanted = solve_rows(X, features, l2).tobytes()
    monkeypatch.setattr(ridge_rows, "PIECE", 20_000)
    monkeypatch.setattr(threads, "count", lambda: 2)
    found: list[bytes] = []
    callers = [
        threading.Thread(target=lambda: found.extend(solve_rows(X, features, l2).tobytes() for _ in range(50)))
        for _ in range(2)
    ]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(120)
    assert found == [wanted] * 100


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_solves_too(monkeypatch: pytest.MonkeyPatch) -> None:
    X, features, l2 = problem(rows=400, k=9)
    monkeypatch.setattr(ridge_rows, "PIECE", 20_000)
    monkeypatch.setattr(threads, "count", lambda: 2)
    wanted = solve_rows(X, features, l2).tobytes()  # threads of the parent have worked by now
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()
    process = context.Process(target=lambda: answers.put(solve_rows(X, features, l2).tobytes() == wanted))
    process.start()
    process.join(60)
    assert process.exitcode == 0
    assert answers.get()


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


def test_a_row_is_drawn_to_what_is_expected_of_it() -> None:
    X, features, l2 = problem()
    rng = np.random.default_rng(1)
    spread, prior = rng.random(features.shape).astype(np.float32), rng.normal(size=(30, 6)).astype(np.float32)
    kept = prior.copy()
    out, own = solve_rows_with_spread(X, features, l2, spread=spread, prior=prior)
    np.testing.assert_array_equal(prior, kept)
    np.testing.assert_array_equal(own, solve_rows_with_spread(X, features, l2, spread=spread)[1])
    for row in range(X.shape[0]):
        cells = slice(X.indptr[row], X.indptr[row + 1])
        cols = X.indices[cells]
        F, x = features[cols].astype(np.float64), X.data[cells].astype(np.float64)
        A = F.T @ F + np.diag(spread[cols].sum(0, dtype=np.float64) + l2)
        np.testing.assert_allclose(out[row], np.linalg.solve(A, F.T @ x + l2 * prior[row]), rtol=1e-4, atol=1e-5)
    empty = np.diff(X.indptr) == 0
    np.testing.assert_array_equal(out[empty], prior[empty])
