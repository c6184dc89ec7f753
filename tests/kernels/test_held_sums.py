"""Sums over what is held, against a dense product."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array

from foretaste.arrays import as_csr
from foretaste.kernels import held_sums, threads, tiles
from foretaste.kernels.held_sums import TILES, sum_held


def matrix(seed: int = 0, rows: int = 300, cols: int = 40) -> csr_array:
    """Return values of which some are 0; every seventh row is empty."""
    rng = np.random.default_rng(seed)
    row, col = np.nonzero((rng.random((rows, cols)) < 0.3) & (np.arange(rows) % 7 > 0)[:, None])
    return as_csr(csr_array((rng.integers(0, 3, len(row)), (row, col)), shape=(rows, cols)))


@pytest.mark.parametrize("k", [1, 7, 8, 21])
def test_values_do_not_matter_and_empty_rows_are_zeros(k: int) -> None:
    X, table = matrix(), np.random.default_rng(1).normal(size=(40, k)).astype(np.float32)
    held = csr_array((np.ones(X.nnz), X.indices, X.indptr), shape=X.shape)
    found = sum_held(X, table)
    assert (found.dtype, found.shape) == (np.float32, (300, k))
    np.testing.assert_allclose(found, held @ table.astype(np.float64), atol=1e-5)
    assert (found[::7] == 0).all()
    assert sum_held(X[:0], table).shape == (0, k)
    assert (sum_held(X[:1], table) == 0).all()


def test_the_number_of_threads_changes_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    X, table = matrix(), np.random.default_rng(1).normal(size=(40, 5)).astype(np.float32)
    whole = sum_held(X, table)
    for piece, number in ((50, 1), (50, 3), (1, 2), (5000, 2)):
        monkeypatch.setattr(held_sums, "PIECE", piece)
        monkeypatch.setattr(threads, "count", lambda number=number: number)
        np.testing.assert_array_equal(sum_held(X, table), whole)


def test_numba_compiles_anew_when_the_pieces_change() -> None:
    assert hashlib.sha256(Path(tiles.__file__).read_bytes()).hexdigest().startswith(TILES)
    assert len(TILES) == 12
