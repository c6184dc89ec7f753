"""Each vector function against numpy, in both floating types; what they make together is tested through the layers."""

import numpy as np
import pytest
from numba import njit

from foretaste.kernels import vectors as v
from foretaste.kernels.optimiser import PANEL

ROWS = np.array([2, 0, 2, 4], np.int32)
every_type = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def numbers(dtype: type, *shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


def close(found: np.ndarray, wanted: np.ndarray) -> None:
    np.testing.assert_allclose(found, wanted, rtol=1e-5 if found.dtype == np.float32 else 1e-12, atol=1e-6)


@njit
def spread(out, table, item, rows, weight):
    v.fetch_row(v.pointer(table, 0), item)
    v.spread_row(v.pointer(out, 0), v.pointer(table, 0), item, v.pointer(rows, 0), v.pointer(weight, 0), 1, len(rows))


@every_type
def test_a_row_is_spread_over_the_rows_of_its_cells(dtype):
    out, table, weight = numbers(dtype, 5, PANEL), numbers(dtype, 3, PANEL, seed=1), numbers(dtype, 4, seed=2)
    wanted = out.copy()
    np.add.at(wanted, ROWS[1:], weight[1:, None] * table[1])  # row 2 twice in all, once from the second cell on
    spread(out, table, np.int32(1), ROWS, weight)
    close(out, wanted)


@njit
def summed(total, source, rows, weight):
    return v.sum_rows(v.pointer(total, 0), v.pointer(source, 0), v.pointer(rows, 0), v.pointer(weight, 0), 0, len(rows))


@every_type
def test_rows_are_summed_and_so_are_the_squares_of_the_sum(dtype):
    total, source, weight = numbers(dtype, 1, PANEL), numbers(dtype, 5, PANEL, seed=1), numbers(dtype, 4, seed=2)
    squares = summed(total, source, ROWS, weight)
    close(total[0], weight @ source[ROWS])
    assert squares == pytest.approx(float(np.square(total).sum()), rel=1e-5)
    assert summed(total, source, ROWS[:0], weight) == 0
    assert (total == 0).all()


@njit
def both(total, out, source, table, item, factor, rows, weight):
    return v.sum_and_spread(
        v.pointer(total, 0), v.pointer(out, 0), v.pointer(source, 0), v.pointer(table, 0), item, factor,
        v.pointer(rows, 0), v.pointer(weight, 0), 0, len(rows),
    )  # fmt: skip


@every_type
def test_summing_and_spreading_in_one_walk_is_one_after_the_other(dtype):
    total, out, source, table = (numbers(dtype, 5, PANEL, seed=s) for s in range(4))
    weight, wanted = numbers(dtype, 4, seed=5), out.copy()
    np.add.at(wanted, ROWS, dtype(0.5) * weight[:, None] * table[3])
    squares = both(total, out, source, table, np.int32(3), dtype(0.5), ROWS, weight)
    close(out, wanted)
    close(total[0], weight @ source[ROWS])
    assert squares == pytest.approx(float(np.square(total[0]).sum()), rel=1e-5)


@njit
def dots(partial, table, item, source, rows):
    v.add_dots(
        v.pointer(partial, 0), v.pointer(table, 0), item, v.pointer(source, 0), v.pointer(rows, 0), 1, len(rows), 1
    )


@every_type
def test_dots_are_added_as_four_sums(dtype):
    partial, table, source = np.ones((3, 4), dtype), numbers(dtype, 3, PANEL), numbers(dtype, 5, PANEL, seed=1)
    dots(partial, table, np.int32(2), source, ROWS)
    close(partial.sum(1), 4 + source[ROWS[1:]] @ table[2])


@njit
def move(table, source, square, factor, step, root, small):
    v.blend_row(v.pointer(table, 0), 0, factor, -step, v.pointer(source, 0), 1)
    v.blend_square(v.pointer(square, 0), 1, factor, step, v.pointer(source, 0), 2)
    v.move_over_root(v.pointer(table, 0), 1, factor, step, v.pointer(source, 0), 0, v.pointer(square, 0), root, small)
    v.put_number(v.pointer(table, PANEL), np.int32(3), v.number_at(v.pointer(source, 0), np.int32(5)))


@every_type
def test_rows_move_as_the_formulas_say(dtype):
    table, source = numbers(dtype, 3, PANEL), numbers(dtype, 3, PANEL, seed=1)
    square, before = np.square(numbers(dtype, 3, PANEL, seed=2)), table.copy()
    factor, step, root, small = (dtype(x) for x in (0.9, 0.25, 1.5, 0.01))
    wanted = factor * square[1] + step * source[2] ** 2
    move(table, source, square, factor, step, root, small)
    close(square[1], wanted)
    close(table[0], factor * before[0] - step * source[1])
    moved = factor * before[1] - step * source[0] / (np.sqrt(wanted) * root + small)
    moved[3] = source[0, 5]  # number 3 of the row that begins at PANEL
    close(table[1], moved)
    np.testing.assert_array_equal(table[2], before[2])
