"""What is expected of a row, and the regression behind it, against dense solutions."""

import numpy as np
from scipy.sparse import csr_array

from foretaste.arrays import as_csr, count_by_column
from foretaste.models.expected import expected, learn_held

COLD = 4


def problem(seed: int = 0) -> tuple[csr_array, np.ndarray, np.ndarray]:
    """Return what is held, its weights 1 / sqrt(n + 1) dense, and targets; row 3 is empty, nobody holds column 4."""
    rng = np.random.default_rng(seed)
    stored = rng.random((60, 15)) < 0.4
    stored[3], stored[:, COLD] = False, False
    X = as_csr(csr_array(stored.astype(np.float32) * 2))
    W = stored / np.sqrt(stored.sum(1, keepdims=True) + 1)
    return X, W, rng.normal(size=(60, 3)).astype(np.float32)


def test_it_is_the_sum_over_what_is_held_by_the_root_of_their_number() -> None:
    X, W, _ = problem()
    held = np.random.default_rng(1).normal(size=(15, 3)).astype(np.float32)
    np.testing.assert_allclose(expected(X, held), W @ held, atol=1e-6)
    assert (expected(X, held)[3] == 0).all()


def test_repeated_steps_end_at_the_ridge_regression_of_each_coordinate() -> None:
    X, W, target = problem()
    l2 = np.array([0.5, 2.0, 20.0])
    held = np.zeros((15, 3), np.float32)
    for _ in range(20):
        held = learn_held(X, X.T.tocsr(), held, target, l2)
    wanted = [np.linalg.solve(W.T @ W + penalty * np.eye(15), W.T @ target[:, k]) for k, penalty in enumerate(l2)]
    np.testing.assert_allclose(held, np.stack(wanted, axis=1), atol=1e-5)
    assert (held[COLD] == 0).all()


def test_each_call_comes_nearer() -> None:
    X, W, target = problem()
    l2, held, values = np.array([0.5, 2.0, 20.0]), np.zeros((15, 3), np.float32), []
    for _ in range(5):
        values.append((np.square(target - W @ held).sum(0) + l2 * np.square(held).sum(0)).sum())
        held = learn_held(X, X.T.tocsr(), held, target, l2)
    assert np.all(np.diff(values) <= 1e-4)
    assert values[1] < 0.95 * values[0]


def test_where_it_has_arrived_or_nothing_is_held_it_stays() -> None:
    X, _, target = problem()
    nothing = np.zeros((15, 3), np.float32)
    assert (learn_held(X, X.T.tocsr(), nothing, 0 * target, np.ones(3)) == 0).all()
    empty = as_csr(csr_array((60, 15)))
    assert (learn_held(empty, empty.T.tocsr(), nothing, target, np.ones(3)) == 0).all()


def test_what_was_there_is_left_alone() -> None:
    X, _, target = problem()
    held = np.ones((15, 3), np.float32)
    held.flags.writeable = target.flags.writeable = False
    assert (learn_held(X, X.T.tocsr(), held, target, np.ones(3)) != held).any()
    assert count_by_column(X)[COLD] == 0
