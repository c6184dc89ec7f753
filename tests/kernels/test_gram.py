"""X'X and its inverse against numpy's dense ones in double precision, and that nothing of their size is ever made twice."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from foretaste.arrays import as_csr
from foretaste.errors import NotPositiveDefiniteError, ResourceError, ShapeError
from foretaste.kernels import gram as module
from foretaste.kernels import threads
from foretaste.kernels.gram import factorise, gram, invert, mirror, solve

seeds = st.integers(0, 2**32 - 1)


def matrix(seed: int, rows: int, cols: int, density: float = 0.3) -> csr_array:
    """Return values of which some are stored zeros; some rows and columns may be empty."""
    rng = np.random.default_rng(seed)
    row, col = np.nonzero(rng.random((rows, cols)) < density)
    return as_csr(csr_array((rng.integers(-2, 6, len(row)) / 2, (row, col)), shape=(rows, cols)))


def positive(seed: int, n: int, l2: float = 5.0) -> np.ndarray:
    return gram(matrix(seed, 2 * n, n), l2=l2)


@given(seeds, st.integers(0, 40), st.integers(0, 90), st.sampled_from([0.0, 0.1, 0.9]), st.booleans())
@settings(max_examples=60, deadline=None)
def test_the_gram_matrix_is_the_dense_product(seed, rows, cols, density, weighted):
    X = matrix(seed, rows, cols, density)
    weights = np.random.default_rng(seed).random(rows) if weighted else None
    dense = X.toarray().astype(np.float64)
    wanted = dense.T @ ((np.ones(rows) if weights is None else weights)[:, None] * dense) + 3 * np.eye(cols)
    found = gram(X, l2=3, weights=weights)
    assert (found.dtype, found.shape, found.flags.c_contiguous) == (np.float32, (cols, cols), True)
    np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-6)
    np.testing.assert_array_equal(found, found.T)


def test_many_ratings_of_one_item_are_added_up_in_double_precision():
    X = as_csr(csr_array(np.full((300_000, 1), 1.1, np.float32)))
    assert gram(X)[0, 0] == np.float32(300_000 * np.float64(np.float32(1.1)) ** 2)


def test_the_number_of_threads_changes_no_bit(monkeypatch):
    X, found = matrix(0, 300, 200), []
    for number in (1, 2):
        monkeypatch.setattr(threads, "count", lambda number=number: number)
        A = gram(X, l2=2)
        mirror(A)
        found.append(A.tobytes())
    assert found[0] == found[1]


def test_the_matrix_is_not_written_to():
    X = matrix(0, 30, 20)
    for array in (X.data, X.indices, X.indptr):
        array.flags.writeable = False
    gram(X)


@given(seeds, st.integers(0, 150), st.sampled_from([7, 64, 256]))
@settings(max_examples=40, deadline=None)
def test_the_inverse_is_numpys(seed, n, panel):
    A = positive(seed, n)
    wanted = np.linalg.inv(A.astype(np.float64))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "PANEL", panel)
        invert(A)
    np.testing.assert_allclose(A, wanted, rtol=1e-4, atol=1e-5 * np.abs(wanted).max(initial=0))
    np.testing.assert_array_equal(A, A.T)


def test_only_the_upper_half_is_read():
    A = positive(0, 40)
    B = A.copy()
    B[np.tril_indices(40, -1)] = np.nan
    invert(A)
    invert(B)
    np.testing.assert_array_equal(A, B)


def test_popular_and_rare_columns_side_by_side_are_inverted_well():
    """As ratings have them; the condition is above fifty thousand, and each column's weights are right all the same."""
    rng = np.random.default_rng(0)
    share = np.geomspace(0.9, 0.001, 700)
    X = as_csr(csr_array((rng.random((3000, 700)) < share).astype(np.float32)))
    A = gram(X, l2=0.1)
    exact = np.linalg.inv(A.astype(np.float64))
    eigen = np.linalg.eigvalsh(A.astype(np.float64))
    assert eigen[-1] / eigen[0] > 5e4
    invert(A)
    np.testing.assert_allclose(A / A.diagonal(), exact / exact.diagonal(), atol=2e-5)


@given(seeds, st.integers(1, 90), st.integers(0, 5))
@settings(max_examples=30, deadline=None)
def test_the_factor_and_what_is_solved_with_it(seed, n, problems):
    A = positive(seed, n)
    whole, right = A.astype(np.float64), np.random.default_rng(seed).normal(size=(problems, n)).astype(np.float32)
    wanted = np.linalg.solve(whole, right.T.astype(np.float64)).T
    factorise(A)
    U = np.triu(A).astype(np.float64)
    np.testing.assert_allclose(U.T @ U, whole, rtol=1e-4, atol=1e-5 * whole.max())
    np.testing.assert_array_equal(A[np.tril_indices(n, -1)], whole.astype(np.float32)[np.tril_indices(n, -1)])
    solve(A, right)
    np.testing.assert_allclose(right, wanted, rtol=1e-3, atol=1e-4)


def peak_of(call, *arguments) -> int:
    """Return the bytes that numpy held at most, beyond what it held before."""
    tracemalloc.start()
    try:
        call(*arguments)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_no_second_matrix_is_ever_made():
    """Its size is one; a copy, of half of it or as float64, would be above a half."""
    n = 1600
    X, size = matrix(0, 400, n, 0.1), 4 * n * n
    assert peak_of(gram, X) < 1.05 * size + 12 * X.nnz + 8 * n * 4
    A = gram(X, l2=5)
    assert peak_of(mirror, A) < 0.01 * size
    B = A.copy()
    assert peak_of(factorise, B) < 0.01 * size
    assert peak_of(solve, B, np.ones((800, n), np.float32)) < 0.01 * size
    assert peak_of(invert, A) < 0.4 * size


def test_what_does_not_fit_is_refused_before_anything_is_made():
    with pytest.raises(ResourceError, match=r"the Gram matrix of 9,000,000 items needs about 324,000.0 GB") as caught:
        gram(csr_array((1, 9_000_000), dtype=np.float32))
    assert caught.value.hint is not None
    assert caught.value.hint.startswith("keep fewer items")


@pytest.mark.parametrize("verb", [factorise, invert])
@pytest.mark.parametrize("col", [0, 5, 299])
def test_a_matrix_that_is_not_positive_definite_is_refused_with_its_column(verb, col):
    A = positive(0, 300)
    A[col, col] = -1
    with pytest.raises(NotPositiveDefiniteError) as caught:
        verb(A)
    assert str(caught.value) == (
        f"the matrix of 300 x 300 is not positive definite in single precision: column {col} follows from those before it,"
        " or is not finite\nhint: raise l2, which stands on its diagonal"
    )


@pytest.mark.parametrize("verb", [factorise, invert])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_is_refused(verb, value):
    A = positive(0, 300)
    A[280, 290] = value
    with pytest.raises(NotPositiveDefiniteError, match=r"column 2[89]0 "):
        verb(A)


@pytest.mark.parametrize("verb", [factorise, invert])
def test_two_equal_columns_need_a_penalty(verb):
    X = as_csr(csr_array(np.repeat(matrix(1, 50, 4).toarray(), 2, axis=1)))
    with pytest.raises(NotPositiveDefiniteError, match="column"):
        verb(gram(X))
    verb(gram(X, l2=0.1))


@pytest.mark.parametrize("A", [np.eye(3), np.eye(3, 4, dtype=np.float32), np.eye(6, dtype=np.float32)[::2, ::2]])
def test_only_single_precision_in_c_order_is_taken(A):
    for call in (lambda: factorise(A), lambda: invert(A), lambda: solve(A, np.ones((1, 3), np.float32))):
        with pytest.raises(
            ShapeError, match=r"the matrix is float(32|64) \(3, [34]\), expected float32 \(n, n\) in C order"
        ):
            call()


@pytest.mark.parametrize("right", [np.ones((1, 3)), np.ones((3, 1), np.float32), np.ones(3, np.float32)])
def test_right_sides_of_another_kind_are_refused(right):
    with pytest.raises(ShapeError, match=r"right sides are float.* expected float32 \(problems, 3\) in C order"):
        solve(np.eye(3, dtype=np.float32), right)
