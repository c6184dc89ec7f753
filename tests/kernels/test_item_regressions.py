"""Small regressions: against numpy in float64, item by item, and the choice of what an item is regressed on."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from foretaste.arrays import as_csr
from foretaste.kernels import item_regressions, threads
from foretaste.kernels.item_regressions import regress_items


def clicks(rows: int = 200, items: int = 40, seed: int = 0) -> csr_array:
    """Return ones of three kinds of people; item 7 is empty, and nobody holds item 8 with another one."""
    rng = np.random.default_rng(seed)
    liked = rng.random((3, items)) ** 3
    held = rng.random((rows, items)) < 0.5 * liked[rng.integers(0, 3, rows)]
    held[:, 7], held[:, 8] = False, False
    held[0], held[0, 8] = False, True
    return as_csr(csr_array(held.astype(np.float32)))


def diagonal(X: csr_array, l2: float, scale: float, weights: np.ndarray) -> np.ndarray:
    return (scale * (weights @ X.toarray()) + l2).astype(np.float32)


def by_hand(X: csr_array, item: int, size: int, l2: float, scale: float, weights: np.ndarray):
    """Return support, weights and what is left of one item, in float64."""
    dense = X.toarray().astype(np.float64)
    G = dense.T @ (weights[:, None] * dense)
    d = scale * G.diagonal() + l2
    gain = np.where(G[:, item] > 0, G[:, item] / np.sqrt(d), -np.inf)
    gain[item] = -np.inf
    order = np.argsort(-gain, kind="stable")[:size]
    support = np.sort(order[np.isfinite(gain[order])])
    A = G[np.ix_(support, support)] + np.diag(d[support] - G[support, support])
    w = np.linalg.solve(A, G[support, item])
    return support, w, d[item] - G[support, item] @ w


@pytest.mark.parametrize("size", [1, 6, 15, 40, 100])
@pytest.mark.parametrize(("l2", "scale", "weighted"), [(3.0, 1.0, False), (40.0, 2.0, True)])
def test_each_item_is_the_regression_of_the_formula(size, l2, scale, weighted):
    X = clicks()
    weights = np.random.default_rng(1).random(200) + 0.5 if weighted else np.ones(200)  # no two gains are equal then
    near, weight, left = regress_items(X, size, size, diagonal(X, l2, scale, weights), weights)
    assert near.shape == weight.shape == (40, size)
    for item in range(40):
        support, w, rest = by_hand(X, item, size, l2, scale, weights)
        n = len(support)
        if weighted or size >= 40:
            assert near[item, :n].tolist() == support.tolist()
            np.testing.assert_allclose(weight[item, :n], w, atol=1e-5)
        assert left[item] == pytest.approx(rest, rel=1e-4 if weighted or size >= 40 else 0.1)
        assert (near[item, n:] == -1).all()
        assert not weight[item, n:].any()


def test_the_largest_weights_are_kept():
    X = clicks()
    near, weight, left = regress_items(X, 20, 20, diagonal(X, 3, 1, np.ones(200)), np.ones(200))
    few, small, rest = regress_items(X, 20, 4, diagonal(X, 3, 1, np.ones(200)), np.ones(200))
    np.testing.assert_array_equal(rest, left)
    for item in range(40):
        best = np.argsort(-np.abs(weight[item]), kind="stable")[:4]
        best = np.sort(best[near[item, best] >= 0])
        assert few[item, : len(best)].tolist() == near[item, best].tolist()
        np.testing.assert_array_equal(small[item, : len(best)], weight[item, best])


def test_an_item_without_company_has_no_weights():
    X = clicks()
    near, weight, left = regress_items(X, 10, 10, diagonal(X, 3, 2, np.ones(200)), np.ones(200))
    assert (near[[7, 8]] == -1).all()
    assert not weight[[7, 8]].any()
    assert left[[7, 8]].tolist() == [3, 5]


def test_the_number_of_threads_and_of_pieces_changes_no_bit(monkeypatch):
    X = clicks(300, 90)
    wanted = regress_items(X, 12, 8, diagonal(X, 5, 2, np.ones(300)), np.ones(300))
    monkeypatch.setattr(threads, "count", lambda: 1)
    monkeypatch.setattr(item_regressions, "ITEMS", 7)
    for found, array in zip(
        regress_items(X, 12, 8, diagonal(X, 5, 2, np.ones(300)), np.ones(300)), wanted, strict=True
    ):
        np.testing.assert_array_equal(found, array)
