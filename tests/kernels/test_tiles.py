"""Each piece of vector code against numpy, at widths of one vector and of several."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from numba import njit

from foretaste.kernels import tiles
from foretaste.kernels.ridge_rows import TILES
from foretaste.kernels.tiles import LANES, add_multiple, add_row, add_square, copy_row

WIDTHS = [LANES * vectors for vectors in (1, 2, 3, 4, 5, 7)]


def block(width: int, dtype: type = np.float32, rows: int = 64) -> np.ndarray:
    return np.random.default_rng(width).normal(size=(rows, width)).astype(dtype)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("n", [0, 1, 64])
def test_the_upper_half_of_a_square_is_added(width, n):
    F, total = block(width), block(width, np.float64, width)
    before = total.copy()
    add_square(F, n, total)
    upper, below = np.triu_indices(width), np.arange(width)[:, None] // LANES > np.arange(width)[None, :] // LANES
    wanted = before + F[:n].astype(np.float64).T @ F[:n].astype(np.float64)
    np.testing.assert_allclose(total[upper], wanted[upper], rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(total[below], before[below])


@njit
def _rows(target, source):  # type: ignore[no-untyped-def]
    copy_row(target, 1, source, 3)
    add_row(target, 1, source, 5, target.shape[1])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("width", WIDTHS)
def test_rows_are_copied_and_added_from_wider_ones(width, dtype):
    target, source = block(width, dtype, 3), block(2 * width, dtype, 6)
    wanted = target.copy()
    wanted[1] = source[3, :width] + source[5, width:]
    _rows(target, source)
    np.testing.assert_array_equal(target, wanted)


@njit
def _multiple(target, factor, source, col):  # type: ignore[no-untyped-def]
    add_multiple(target, 2, factor, source, 1, col)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("width", WIDTHS)
def test_a_multiple_of_a_row_is_added_from_a_column_on(width, dtype):
    for col in range(0, width + 1, LANES):
        target, source = block(width, dtype, 3), block(width, dtype, 2)
        wanted = target.copy()
        wanted[2, col:] += dtype(0.3) * source[1, col:]
        _multiple(target, dtype(0.3), source, col)
        np.testing.assert_allclose(target, wanted, rtol=1e-5, atol=1e-6)


def test_a_row_may_be_added_to_its_neighbour():
    both = block(24, np.float64, 3)
    wanted = both.copy()
    wanted[2, 8:] -= 2 * wanted[1, 8:]
    _multiple(both, -2.0, both, 8)
    np.testing.assert_allclose(both, wanted)


def test_a_change_of_the_pieces_is_noted_where_numba_looks():
    """Numba compiles anew only where the file of the calling function changed; else an old machine code would stay in use."""
    assert hashlib.sha256(Path(tiles.__file__).read_bytes()).hexdigest().startswith(TILES)
    assert len(TILES) == 12
