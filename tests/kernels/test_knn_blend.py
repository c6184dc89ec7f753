"""What neighbours say, against a loop that sorts and sums."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from foretaste.arrays import as_csr
from foretaste.kernels import knn_blend, threads
from foretaste.kernels.knn_blend import blend_cells, blend_rows

ROWS, ITEMS, KEPT = 150, 40, 25  # rows of more than two words


def problem(seed: int = 0) -> tuple[csr_array, np.ndarray, np.ndarray]:
    """Return rows, and neighbours with falling weights of which some are 0; row 7 is empty, row 8 full."""
    rng = np.random.default_rng(seed)
    stored = rng.random((ROWS, ITEMS)) < rng.uniform(0, 0.6, (ROWS, 1))
    stored[7], stored[8] = False, True
    row, col = np.nonzero(stored)
    X = as_csr(csr_array((rng.normal(size=len(row)), (row, col)), shape=(ROWS, ITEMS)))
    near = np.stack([rng.permutation(ITEMS)[:KEPT] for _ in range(ITEMS)]).astype(np.int32)
    weight = -np.sort(-rng.exponential(size=near.shape).astype(np.float32), axis=1)
    weight[:, 20:] = 0
    weight[5] = 0
    return X, near, weight


def by_hand(X: csr_array, near: np.ndarray, weight: np.ndarray, most: int, damping: float) -> np.ndarray:
    out = np.zeros(X.shape)
    for row in range(X.shape[0]):
        cells = slice(X.indptr[row], X.indptr[row + 1])
        own = dict(zip(X.indices[cells].tolist(), X.data[cells].tolist(), strict=True))
        for item in range(X.shape[1]):
            pairs = [(w, own[j]) for j, w in zip(near[item].tolist(), weight[item].tolist(), strict=True) if j in own]
            nearest = pairs[:most]
            out[row, item] = sum(w * x for w, x in nearest) / (damping + sum(w for w, _ in nearest))
    return out


@pytest.mark.parametrize("most", [1, 3, 1000])
@pytest.mark.parametrize("damping", [0.01, 2.0])
def test_rows_are_the_damped_mean_of_the_nearest(most: int, damping: float) -> None:
    X, near, weight = problem()
    found = blend_rows(X, near, weight, most, damping)
    assert (found.dtype, found.shape) == (np.float32, X.shape)
    np.testing.assert_allclose(found, by_hand(X, near, weight, most, damping), rtol=1e-5, atol=1e-6)
    assert (found[7] == 0).all()
    assert (found[:, 5] == 0).all()


def test_cells_are_those_of_the_rows_to_the_bit() -> None:
    X, near, weight = problem()
    rng = np.random.default_rng(1)
    rows, cols = rng.integers(0, ROWS, 3000), rng.integers(0, ITEMS, 3000)  # some twice, in no order
    found = blend_cells(X, near, weight, rows, cols, 3, 0.5)
    np.testing.assert_array_equal(found, blend_rows(X, near, weight, 3, 0.5)[rows, cols])
    assert blend_cells(X, near, weight, rows[:0], cols[:0], 3, 0.5).shape == (0,)


def test_a_row_alone_is_the_row_among_all() -> None:
    X, near, weight = problem()
    whole = blend_rows(X, near, weight, 4, 0.5)
    for row in (0, 7, 8, 149):
        np.testing.assert_array_equal(blend_rows(X[row : row + 1], near, weight, 4, 0.5)[0], whole[row])
    assert blend_rows(X[:0], near, weight, 4, 0.5).shape == (0, ITEMS)


def test_the_number_of_threads_changes_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    X, near, weight = problem()
    rows, cols = np.nonzero(np.ones(X.shape))
    whole = blend_rows(X, near, weight, 4, 0.5)
    monkeypatch.setattr(knn_blend, "PIECE", 1000)
    assert len(knn_blend._edges(np.arange(ROWS + 1) * ITEMS)) > 5
    for number in (1, 2, 40):
        monkeypatch.setattr(threads, "count", lambda number=number: number)
        np.testing.assert_array_equal(blend_rows(X, near, weight, 4, 0.5), whole)
        np.testing.assert_array_equal(blend_cells(X, near, weight, rows, cols, 4, 0.5), whole.ravel())


@pytest.mark.parametrize("rows", [1, 2, 500])
def test_pieces_cover_all_rows_once(monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    monkeypatch.setattr(knn_blend, "PIECE", 10)
    cost = np.concatenate([[0], np.cumsum(np.random.default_rng(0).pareto(1, rows).astype(np.int64))])
    edges = knn_blend._edges(cost)
    assert edges == sorted(set(edges))
    assert (edges[0], edges[-1]) == (0, rows)
