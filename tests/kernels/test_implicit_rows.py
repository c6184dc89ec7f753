"""The step of implicit least squares against the dense formula over all cells."""

import os
import subprocess
import sys

import numpy as np
import pytest
from scipy import sparse

from foretaste.kernels.implicit_rows import PIECE, diagonalise, padded, solve_rows, square


def stored(rows, cols, density, seed=0):
    rng = np.random.default_rng(seed)
    return sparse.csr_array((rng.random((rows, cols)) < density).astype(np.float32))


def factors(rows, latent, seed=0):
    table = np.zeros((rows, padded(latent)), np.float32)
    table[:, :latent] = np.random.default_rng(seed).normal(0, 0.3, (rows, latent))
    return table


def by_hand(X, table, alpha0, l2):
    """Solve min_u sum_all w (x - u . v)^2 + l2 |u|^2 with w = alpha0 at 0 and 1 + alpha0 at (1 + alpha0)^-1, cell by cell."""
    V, out = table.astype(np.float64), []
    for row, penalty in zip(X.toarray(), l2, strict=True):
        weight = np.where(row > 0, 1 + alpha0, alpha0)
        wanted = np.where(row > 0, 1 / (1 + alpha0), 0)
        out.append(np.linalg.solve((V.T * weight) @ V + penalty * np.eye(V.shape[1]), V.T @ (weight * wanted)))
    return np.array(out)


@pytest.mark.parametrize(("latent", "width"), [(1, 8), (8, 8), (9, 16), (100, 104)])
def test_tables_are_padded_to_whole_vectors(latent, width):
    assert padded(latent) == width


@pytest.mark.parametrize("rows", [1, 63, 65, 20_000])
def test_the_square_is_the_product(rows):
    table = factors(rows, 20)
    wide = table.astype(np.float64)
    np.testing.assert_allclose(square(table), wide.T @ wide, rtol=1e-5, atol=1e-4)
    np.testing.assert_array_equal(square(table), square(table).T)


@pytest.mark.parametrize("latent", [1, 5, 16, 37])
def test_turned_factors_have_a_diagonal_and_the_same_products(latent):
    table, other = factors(PIECE + 50, latent), factors(30, latent, seed=1)
    products = table[:100] @ other.T
    sizes = diagonalise(table, other, latent)
    np.testing.assert_allclose(table.T.astype(np.float64) @ table, np.diag(sizes), atol=1e-5 * sizes.max())
    np.testing.assert_allclose(table[:100] @ other.T, products, atol=1e-5)
    assert not table[:, latent:].any()  # what is not in use stays so, or it would grow
    assert not other[:, latent:].any()
    assert not sizes[latent:].any()


@pytest.mark.parametrize("latent", [1, 6, 24])
@pytest.mark.parametrize("alpha0", [0.02, 0.5, 5.0])
def test_a_row_is_the_regression_on_all_cells(latent, alpha0):
    X, table = stored(30, 200, 0.1), factors(200, latent)
    l2 = np.linspace(0.1, 5, 30, dtype=np.float32)
    sizes = diagonalise(table, np.zeros_like(table), latent)
    for begin in (0.0, 0.5):  # where it begins makes no difference to where it ends
        out = np.full((30, padded(latent)), begin, np.float32)
        solve_rows(X, table, np.float32(alpha0) * sizes, l2, out, steps=100, tolerance=1e-6)
        np.testing.assert_allclose(out, by_hand(X, table, alpha0, l2), atol=2e-5)


def test_few_steps_come_nearer_and_nearer():
    X, table, l2 = stored(40, 300, 0.2), factors(300, 32), np.full(40, 0.5, np.float32)
    sizes = diagonalise(table, np.zeros_like(table), 32)
    wanted, errors = by_hand(X, table, 0.1, l2), []
    for steps in (0, 1, 3, 8):
        out = np.zeros((40, 32), np.float32)
        solve_rows(X, table, np.float32(0.1) * sizes, l2, out, steps=steps, tolerance=0)
        errors.append(np.abs(out - wanted).max())
    assert errors[3] < errors[2] / 5 < errors[1] / 10 < errors[0] / 20


def test_an_empty_row_is_zero_wherever_it_began():
    X, out = sparse.csr_array((2, 50), dtype=np.float32), np.ones((2, 8), np.float32)
    solve_rows(X, factors(50, 8), np.ones(8, np.float32), np.ones(2, np.float32), out, steps=3, tolerance=1e-6)
    assert not out.any()


def test_rows_do_not_depend_on_their_company():
    X, table, l2 = stored(300, 400, 0.3), factors(400, 40), np.full(300, 0.5, np.float32)
    sizes = diagonalise(table, np.zeros_like(table), 40)
    whole, alone = np.zeros((300, 40), np.float32), np.zeros((1, 40), np.float32)
    solve_rows(X, table, sizes, l2, whole, steps=3, tolerance=1e-6)
    for row in (0, 150, 299):
        alone[:] = 0
        solve_rows(X[[row]], table, sizes, l2[:1], alone, steps=3, tolerance=1e-6)
        np.testing.assert_array_equal(alone[0], whole[row])


CHILD = """
import hashlib
import numpy as np
from scipy import sparse
from foretaste.models.ials_sides import Sides
from foretaste.models.ials_weights import Weights
X = sparse.random_array((3000, 500), density=0.05, format="csr", rng=np.random.default_rng(0), dtype=np.float32)
sides = Sides(X, 40, Weights(0.3, 0.01, 1.0), seed=0)
for _ in range(3):
    sides.alternate(3)
print(hashlib.sha256(sides.item.tobytes() + sides.user.tobytes()).hexdigest())
"""


@pytest.mark.slow
def test_the_number_of_threads_makes_no_difference():
    found = set()
    for threads in ("1", "2"):
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
        environment = os.environ | dict.fromkeys(names, threads)
        done = subprocess.run(
            [sys.executable, "-c", CHILD], capture_output=True, text=True, check=True, env=environment
        )
        found.add(done.stdout)
    assert len(found) == 1
