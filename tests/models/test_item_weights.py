"""Closed-form item models: the weights against numpy in float64, with every setting."""

import re

import numpy as np
import pytest
from scipy.sparse import csr_array

from foretaste.arrays import as_csr
from foretaste.errors import ParamsError, ResourceError
from foretaste.models.ease import Ease, Edlae
from foretaste.models.item_weights import ItemWeightsParams, row_weights, solve_weights
from foretaste.models.slim import Slim


def clicks(rows: int = 300, items: int = 60, seed: int = 0) -> csr_array:
    """Return ones of some taste: people of three kinds, items of uneven popularity; item 7 is empty."""
    rng = np.random.default_rng(seed)
    liked = rng.random((3, items)) ** 3
    held = rng.random((rows, items)) < 0.5 * liked[rng.integers(0, 3, rows)]
    held[:, 7] = False
    return as_csr(csr_array(held.astype(np.float32)))


def by_hand(
    X: csr_array, l2: float, dropout: float = 0, length: float = 0, growth: float = 0, tilt: float = 0
) -> np.ndarray:
    """Return the item weights by the formula, in float64."""
    dense = X.toarray().astype(np.float64)
    n = dense.sum(1)
    w = np.maximum(n, 1) ** -length
    w *= n.sum() / (w * n).sum()
    G = dense.T @ (w[:, None] * dense)
    P = np.linalg.inv(
        G + np.diag(l2 * (np.maximum(G.diagonal(), 1) / 100) ** growth + dropout / (1 - dropout) * G.diagonal())
    )
    B = -P / P.diagonal() * (P.diagonal() / P.diagonal()[G.diagonal() > 0].mean()) ** tilt
    np.fill_diagonal(B, 0)
    return B


@pytest.mark.parametrize("l2", [1.0, 30.0, 1000.0])
@pytest.mark.parametrize("dropout", [0, 0.5])
@pytest.mark.parametrize(("length", "growth", "tilt"), [(0, 0, 0), (0.5, 0, 0), (0, 0.5, 0), (0, 0, 0.5), (1, 1, 1)])
def test_the_weights_are_those_of_the_formula(l2, dropout, length, growth, tilt):
    X = clicks()
    found = solve_weights(X, l2, dropout=dropout, length=length, growth=growth, tilt=tilt)
    assert found.dtype == np.float32
    assert not found.diagonal().any()
    np.testing.assert_allclose(found, by_hand(X, l2, dropout, length, growth, tilt), atol=1e-5)


@pytest.mark.parametrize("empty", [[0], [3, 4, 9], [11], list(range(6)), list(range(1, 12))])
def test_items_that_nobody_has_cost_nothing_and_change_nothing(empty):
    X = clicks(60, 12, seed=3)
    dense = X.toarray()
    dense[:, empty] = 0
    X, used = as_csr(csr_array(dense)), np.setdiff1d(np.arange(X.shape[1]), empty)
    found = solve_weights(X, 5.0, dropout=0.2, length=0.5, growth=0.3, tilt=0.4)
    np.testing.assert_array_equal(found[empty], 0)
    np.testing.assert_array_equal(found[:, empty], 0)
    alone = by_hand(csr_array(dense[:, used]), 5.0, 0.2, 0.5, 0.3, 0.4)
    np.testing.assert_allclose(found[np.ix_(used, used)], alone, atol=1e-5)
    np.testing.assert_allclose(solve_weights(X, 5.0), by_hand(X, 5.0), atol=1e-5)  # of the whole formula too


def test_each_column_is_a_ridge_regression_on_the_others():
    X = clicks().toarray().astype(np.float64)
    found = solve_weights(clicks(), 5.0)
    for col in (0, 3, 59):
        rest = np.delete(X, col, axis=1)
        wanted = np.linalg.solve(rest.T @ rest + 5 * np.eye(59), rest.T @ X[:, col])
        np.testing.assert_allclose(np.delete(found[:, col], col), wanted, atol=1e-5)


def test_dropping_a_share_is_regression_on_all_ways_to_drop_it():
    """Of two items with dropout 1/2, each row that holds one shows it half of the time."""
    X = as_csr(csr_array([[1.0, 1], [1, 1], [1, 0]]))
    found = solve_weights(X, 1.0, dropout=0.5)
    rng = np.random.default_rng(0)
    shown = 2 * np.repeat(X.toarray(), 200_000, axis=0) * (rng.random((600_000, 2)) < 0.5)
    asked = np.repeat(X.toarray(), 200_000, axis=0)
    wanted = shown[:, 0] @ asked[:, 1] / (shown[:, 0] @ shown[:, 0] + 200_000)
    assert found[0, 1] == pytest.approx(wanted, abs=5e-3)


def test_rows_weigh_less_the_longer_they_are_and_an_entry_weighs_1_on_average():
    X = clicks()
    count = np.diff(X.indptr)
    for length in (0.0, 0.5, 1.0):
        found = row_weights(X, length)
        assert found @ count == pytest.approx(count.sum())
        np.testing.assert_allclose(found * np.maximum(count, 1) ** length, found[0] * count[0] ** length)


def test_the_penalty_in_use_is_kept_for_the_next_fit():
    model = Ease().fit(clicks())
    assert model.l2_ > 0
    assert model.refit_params() == Ease.Params(l2=model.l2_)
    again = Ease(model.refit_params()).fit(clicks())
    np.testing.assert_array_equal(again.weights_, model.weights_)
    assert Ease(l2=7).fit(clicks()).l2_ == 7


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"l2": -1.0}, "l2 is -1, expected at least 0"),
        ({"length": 3.0}, "length is 3, expected 0 to 2"),
        ({"growth": -1.0}, "growth is -1, expected 0 to 2"),
        ({"tilt": 2.0}, "tilt is 2, expected 0 to 1"),
    ],
)
def test_settings_outside_their_range_are_refused_with_words(settings, words):
    with pytest.raises(ParamsError, match=words):
        ItemWeightsParams(**settings)


@pytest.mark.parametrize("kind", [Ease, Edlae])
def test_what_does_not_fit_names_smaller_models_and_what_the_sparse_one_takes(kind):
    wide = as_csr(csr_array((np.ones(10, np.float32), (np.arange(10), np.arange(10))), shape=(10, 3_000_000)))
    with pytest.raises(
        ResourceError, match=f"{kind.__name__} of 10 users x 3,000,000 items needs about 36,0"
    ) as caught:
        kind().fit(wide)
    assert caught.value.hint.startswith("choose elsa, whose memory follows the items, or slim, which keeps few weights")
    size = float(re.search(r"about ([0-9.]+) GB here", caught.value.hint)[1])
    assert size == pytest.approx(Slim().forecast(wide).total / 1e9, rel=0.2)
