"""The two numba loops by themselves, against numpy."""

import math

import numpy as np

from foretaste.kernels.adam_rows import adam_rows, read_rows


def test_reading_catches_up_decay_in_the_table_and_in_the_copy() -> None:
    table = np.arange(12, dtype=np.float32).reshape(4, 3)
    before, decayed, out = table.copy(), np.array([0.0, -0.5, -1.0, -2.0]), np.empty((2, 3), np.float32)
    read_rows(table, decayed, -2.0, np.array([3, 1]), out)
    np.testing.assert_array_equal(out[0], before[3])
    np.testing.assert_allclose(out[1], before[1] * math.exp(-1.5), rtol=1e-6)
    np.testing.assert_array_equal(table[[3, 1]], out)
    np.testing.assert_array_equal(table[[0, 2]], before[[0, 2]])
    assert decayed.tolist() == [0, -2, -1, -2]


def test_a_step_worked_by_hand() -> None:
    """The first step of Adam moves each weight by the rate against the sign of its gradient."""
    table, first, second = (np.zeros((3, 2), np.float32) for _ in range(3))
    steps = np.zeros(3, np.float32)
    grad = np.array([[4.0, -0.25]], np.float32)
    adam_rows(table, first, second, steps, np.array([1]), grad, 0.1, 0.9, 0.999, 1e-8)
    np.testing.assert_allclose(table, [[0, 0], [-0.1, 0.1], [0, 0]], rtol=1e-5)
    np.testing.assert_allclose(first[1], 0.1 * grad[0], rtol=1e-6)
    np.testing.assert_allclose(second[1], 0.001 * grad[0] ** 2, rtol=1e-4)
    assert steps.tolist() == [0, 1, 0]


def test_many_rows_follow_the_formula_each_at_its_own_step() -> None:
    rng = np.random.default_rng(0)
    table, first = rng.normal(size=(2, 50, 7)).astype(np.float32)
    second = rng.random((50, 7)).astype(np.float32)
    steps = rng.integers(0, 100, 50).astype(np.float32)
    rows, grad = rng.permutation(50)[:20], rng.normal(size=(20, 7)).astype(np.float32)
    t = (steps[rows] + 1).astype(np.float64)[:, None]
    m = 0.9 * first[rows].astype(np.float64) + 0.1 * grad
    v = 0.999 * second[rows].astype(np.float64) + 0.001 * grad.astype(np.float64) ** 2
    wanted = table.astype(np.float64)
    wanted[rows] -= 0.01 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    adam_rows(table, first, second, steps, rows, grad, 0.01, 0.9, 0.999, 1e-8)
    np.testing.assert_allclose(table, wanted, rtol=1e-5, atol=1e-6)


def test_a_gradient_of_zero_from_the_start_moves_nothing() -> None:
    table = np.ones((2, 3), np.float32)
    first, second = np.zeros((2, 3), np.float32), np.zeros((2, 3), np.float32)
    zero = np.zeros((2, 3), np.float32)
    adam_rows(table, first, second, np.zeros(2, np.float32), np.arange(2), zero, 0.1, 0.9, 0.999, 1e-8)
    assert (table == 1).all()
