"""Sums of table rows against the dense product."""

import numpy as np
import pytest
from scipy.sparse import csr_array, random_array

from foretaste.arrays import as_csr
from foretaste.kernels import row_sums, threads
from foretaste.kernels.row_sums import sum_rows


@pytest.mark.parametrize("width", [1, 7, 64, 131])
def test_sums_are_the_dense_product(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_sums, "USERS", 5)  # the last piece has three
    rng = np.random.default_rng(0)
    X = as_csr(random_array((13, 40), density=0.3, format="csr", dtype=np.float32, rng=rng))
    table = rng.normal(size=(40, width)).astype(np.float32)
    np.testing.assert_allclose(sum_rows(X, table), X.toarray() @ table, rtol=1e-5, atol=1e-5)


def test_rows_without_ratings_sum_to_zero() -> None:
    assert (sum_rows(as_csr(csr_array((3, 5))), np.ones((5, 4), np.float32)) == 0).all()


def test_the_number_of_threads_changes_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_sums, "USERS", 16)
    rng = np.random.default_rng(1)
    X = as_csr(random_array((60, 90), density=0.3, format="csr", dtype=np.float32, rng=rng))
    table, found = rng.normal(size=(90, 70)).astype(np.float32), []
    for parts in (1, 2, 3):
        monkeypatch.setattr(threads, "count", lambda parts=parts: parts)
        found.append(sum_rows(X, table))
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])
