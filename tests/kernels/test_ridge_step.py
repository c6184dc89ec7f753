"""A step of the ridge autoencoder, against finite differences through the solve and Adam by hand."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array

from foretaste.arrays import as_csr, row_of
from foretaste.kernels import ridge_codes, ridge_step, threads, tiles
from foretaste.kernels.ridge_codes import Columns, code_rows, quiet, width_of
from foretaste.kernels.ridge_step import BETAS, EPSILON, move
from tests.kernels.ridge_cases import COLS, PENALTY, K, dense_code, plain, problem, some_noise


def dense_loss(X, seen, parts, penalty) -> float:
    """Return half the squared errors at hidden cells."""
    q, b = parts[:2]
    total = 0.0
    for row in range(X.shape[0]):
        z = dense_code(X, row, seen, parts, penalty)
        for cell in range(X.indptr[row], X.indptr[row + 1]):
            if not seen[cell]:
                col = X.indices[cell]
                total += 0.5 * (X.data[cell] - b[col] - q[col] @ z) ** 2
    return total


def gradients(X, seen, columns, penalty, noise):
    """Return what the kernel takes for the gradient: Adam's first moments after one step from nothing."""
    copy = Columns(*(part.copy() for part in (columns.table, columns.prior, columns.precision)))
    moments = tuple(np.zeros_like(part) for part in (copy.table, copy.prior, copy.precision) for _ in range(2))
    found = code_rows(X, seen, copy, penalty, noise)
    rule = np.array([0, 1, 1, 1, 0, 0, 0, 0], np.float32)
    move(X, seen, copy, penalty, noise, found, moments, rule)
    return [moment / (1 - BETAS[0]) for moment in moments[::2]]


@pytest.mark.parametrize("noisy", [False, True])
@pytest.mark.parametrize("seed", [0, 1])
def test_the_gradient_goes_through_the_solve(seed: int, noisy: bool) -> None:
    X, columns, seen = problem(seed=seed)
    noise = some_noise(COLS, width_of(K)) if noisy else quiet(COLS, width_of(K))
    table, prior, precision = gradients(X, seen, columns, PENALTY, noise)
    parts = plain(columns, K, noise if noisy else None)
    found = [table[:, :K], table[:, K], prior[:, :K], precision[:, 0]]
    step = 1e-5
    for part, mine in zip(range(4), found, strict=True):
        wanted = np.zeros_like(parts[part])
        for place in np.ndindex(wanted.shape):
            sides = []
            for sign in (1, -1):
                moved = [p.copy() for p in parts]
                moved[part][place] += sign * step
                sides.append(dense_loss(X, seen, moved, PENALTY))
            wanted[place] = (sides[0] - sides[1]) / (2 * step)
        if part == 0:
            assert (mine[:, 0] == 0).all()  # the 1 in front is fixed
            wanted[:, 0] = 0
        np.testing.assert_allclose(mine, wanted, rtol=2e-3, atol=2e-4 * np.abs(wanted).max())


def test_a_step_is_adams() -> None:
    X, columns, seen = problem()
    noise = quiet(COLS, width_of(K))
    plain_gradients = gradients(X, seen, columns, PENALTY, noise)
    parts = [columns.table, columns.prior, columns.precision]
    before = [part.astype(np.float64) for part in parts]
    rng = np.random.default_rng(4)
    moments = tuple(rng.uniform(0.01, 0.1, part.shape).astype(np.float32) for part in parts for _ in range(2))
    start = [moment.astype(np.float64) for moment in moments]
    rate, t, scale, l2 = 0.01, 7, 0.25, [0.3, 0.2, 0.1, 0.4]
    rule = np.array([rate, 1 - BETAS[0] ** t, 1 - BETAS[1] ** t, scale, *l2], np.float32)
    move(X, seen, columns, PENALTY, noise, code_rows(X, seen, columns, PENALTY, noise), moments, rule)
    decay = np.full((COLS, width_of(K)), l2[0])
    decay[:, K] = l2[2]
    free = np.s_[:, 1 : K + 1], np.s_[:, :K], np.s_[:, :]
    for i, (kind, penalty) in enumerate(zip(free, (decay, l2[1], l2[3]), strict=True)):
        g = plain_gradients[i] * scale + penalty * before[i]
        first, second = BETAS[0] * start[2 * i] + 0.1 * g, BETAS[1] * start[2 * i + 1] + 0.001 * g**2
        wanted = before[i] - rate * first / rule[1] / (np.sqrt(second / rule[2]) + EPSILON)
        np.testing.assert_allclose(parts[i][kind], wanted[kind], rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(moments[2 * i][kind], first[kind], rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(moments[2 * i + 1][kind], second[kind], rtol=1e-4, atol=1e-6)
    assert (columns.table[:, 0] == 1).all()
    assert (columns.table[:, K + 1 :] == 0).all()


def test_threads_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    X, columns, seen = problem(rows=200, cols=500, share=0.3)
    noise = some_noise(500, width_of(K))
    whole = gradients(X, seen, columns, PENALTY, noise)
    calls = []
    for room in (ridge_codes, ridge_step):
        monkeypatch.setattr(room, "PIECE", 3000)
        monkeypatch.setattr(room, "share", lambda work, n: (calls.append(n), threads.share(work, n)))
    for found, wanted in zip(gradients(X, seen, columns, PENALTY, noise), whole, strict=True):
        np.testing.assert_array_equal(found, wanted)
    assert min(calls) > 5  # it was shared out


def test_a_column_without_entries_is_moved_by_its_decay_alone() -> None:
    X, columns, seen = problem()
    keep = X.indices != 2
    X = as_csr(csr_array((X.data[keep], (row_of(X)[keep], X.indices[keep])), shape=X.shape))
    for gradient in gradients(X, seen[keep], columns, PENALTY, quiet(COLS, width_of(K))):
        assert (gradient[2] == 0).all()


def test_a_change_of_the_pieces_is_noted_where_numba_looks() -> None:
    assert hashlib.sha256(Path(tiles.__file__).read_bytes()).hexdigest().startswith(ridge_step.TILES)
    assert len(ridge_step.TILES) == 12
