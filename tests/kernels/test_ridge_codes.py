"""The ridge autoencoder's codes, against dense formulas in float64."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array

from foretaste.arrays import as_csr, row_of
from foretaste.kernels import ridge_codes, tiles
from foretaste.kernels.ridge_codes import code_rows, quiet, solve_codes, width_of
from tests.kernels.ridge_cases import COLS, PENALTY, ROWS, K, dense_code, plain, problem, some_noise


@pytest.mark.parametrize("k", [2, 5, 8, 21, 41])
@pytest.mark.parametrize("cols", [12, 300])
def test_each_code_is_the_dense_solution(k: int, cols: int) -> None:
    X, columns, _ = problem(cols=cols, k=k)  # of 300 columns, a row has more entries than a block
    penalty = np.random.default_rng(1).uniform(1, 9, k)
    found = solve_codes(X, columns, penalty)
    seen = np.ones(X.nnz, dtype=bool)
    for row in range(ROWS):
        np.testing.assert_allclose(
            found[row], dense_code(X, row, seen, plain(columns, k), penalty), rtol=1e-4, atol=1e-4
        )
    assert found.dtype == np.float32
    assert found.shape == (ROWS, k)


def test_an_empty_row_has_the_code_zero() -> None:
    X, columns, _ = problem()
    assert (solve_codes(X, columns, PENALTY)[3] == 0).all()
    assert solve_codes(as_csr(csr_array((0, COLS))), columns, PENALTY).shape == (0, K)


@pytest.mark.parametrize("noisy", [False, True])
def test_codes_and_errors_come_from_visible_entries_only(noisy: bool) -> None:
    X, columns, seen = problem()
    noise = some_noise(COLS, width_of(K)) if noisy else quiet(COLS, width_of(K))
    parts = plain(columns, K, noise if noisy else None)
    codes, back, errors = code_rows(X, seen, columns, PENALTY, noise)
    rows = row_of(X)
    for row in range(ROWS):
        z = dense_code(X, row, seen, parts, PENALTY)
        np.testing.assert_allclose(codes[row, :K], z, rtol=1e-4, atol=1e-4)
        mine = rows == row
        wanted = X.data[mine] - parts[1][X.indices[mine]] - parts[0][X.indices[mine]] @ z
        np.testing.assert_allclose(errors[mine], wanted, rtol=1e-3, atol=1e-4)
    assert (codes[:, K:] == 0).all()
    assert (back[:, K:] == 0).all()


def test_a_change_of_the_pieces_is_noted_where_numba_looks() -> None:
    assert hashlib.sha256(Path(tiles.__file__).read_bytes()).hexdigest().startswith(ridge_codes.TILES)
    assert len(ridge_codes.TILES) == 12
