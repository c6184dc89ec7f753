"""Mean, bias and popularity against closed forms."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from foretaste.arrays import as_csr, cell_blocks
from foretaste.errors import BundleError
from foretaste.models import baselines
from foretaste.models.baselines import Bias, Mean, Popularity


def matrix(seed: int = 0, rows: int = 40, items: int = 15) -> csr_array:
    """Return random ratings 0 to 5 with some stored zeros, an empty row and an item without ratings."""
    rng = np.random.default_rng(seed)
    stored = rng.random((rows, items)) < 0.3
    stored[4], stored[:, 6] = False, False
    row, col = np.nonzero(stored)
    return as_csr(csr_array((rng.integers(0, 6, len(row)), (row, col)), shape=(rows, items)))


def ridge(X: csr_array, damping_item: float, damping_user: float) -> tuple[float, np.ndarray, np.ndarray]:
    """Return mu and the exact joint minimum over all effects, by the dense normal equations."""
    rows, items = X.shape
    row, col = X.nonzero() if (X.data != 0).all() else (np.repeat(np.arange(rows), np.diff(X.indptr)), X.indices)
    design = np.zeros((X.nnz, items + rows))
    design[np.arange(X.nnz), col] = 1
    design[np.arange(X.nnz), items + row] = 1
    mu = X.data.astype(np.float64).mean()
    penalty = np.diag(np.r_[np.full(items, damping_item), np.full(rows, damping_user)])
    effects = np.linalg.solve(design.T @ design + penalty, design.T @ (X.data - mu))
    return mu, effects[:items], effects[items:]


@pytest.mark.parametrize(("damping_item", "damping_user"), [(5, 5), (0.5, 20), (10, 1)])
def test_bias_is_the_joint_ridge_solution(damping_item: float, damping_user: float) -> None:
    X = matrix()
    mu, item, user = ridge(X, damping_item, damping_user)
    model = Bias(damping_item=damping_item, damping_user=damping_user, epochs=500).fit(X)
    np.testing.assert_allclose(model.mean_, mu, rtol=1e-6)
    np.testing.assert_allclose(model.item_effect_, item, atol=1e-6)
    np.testing.assert_allclose(model.user_effect(X), user, atol=1e-5)
    wanted = np.clip(mu + item[None, :] + user[:, None], 0, 5)
    np.testing.assert_allclose(model.score(X), wanted, atol=1e-5)


def test_the_default_number_of_alternations_is_near_the_end() -> None:
    X = matrix(rows=300)
    _, item, _ = ridge(X, 5, 5)
    np.testing.assert_allclose(Bias().fit(X).item_effect_, item, atol=1e-3)


def test_bias_worked_by_hand() -> None:
    """Ratings 5, 3 / 4: mu 4. One alternation from b_u = 0.

    Items first: b_0 = (1 + 0) / (2 + 1) = 1/3, b_1 = -1 / (1 + 1) = -1/2. A newcomer who gives item 0 five stars has
    b_u = (5 - 4 - 1/3) / (1 + 2) = 2/9 with damping_user 2; item 1 is then 4 - 1/2 + 2/9 = 67/18.
    """
    X = csr_array(([5.0, 3.0, 4.0], ([0, 0, 1], [0, 1, 0])))
    model = Bias(damping_item=1, damping_user=2, epochs=1).fit(X)
    np.testing.assert_allclose(model.item_effect_, [1 / 3, -1 / 2], rtol=1e-6)
    newcomer = csr_array(([5.0], ([0], [0])), shape=(1, 2))
    np.testing.assert_allclose(model.user_effect(newcomer), [2 / 9], rtol=1e-6)
    np.testing.assert_allclose(model.score(newcomer), [[4 + 1 / 3 + 2 / 9, 67 / 18]], rtol=1e-6)


def test_an_empty_row_gets_mean_and_item_effect() -> None:
    model = Bias().fit(matrix())
    empty = csr_array((1, 15))
    assert model.user_effect(empty).tolist() == [0]
    np.testing.assert_allclose(model.score(empty)[0], np.clip(model.mean_[0] + model.item_effect_, 0, 5))


def test_an_item_without_ratings_has_no_effect_with_and_without_damping() -> None:
    for damping in (0, 5):
        model = Bias(damping_item=damping, damping_user=damping).fit(matrix())
        assert model.item_effect_[6] == 0
        assert np.isfinite(model.score(matrix())).all()


def test_without_damping_effects_that_are_exact_are_found() -> None:
    item, user = np.array([-1.0, 0, 1]), np.array([-0.5, 0.5])
    X = csr_array(3 + item + user[:, None])
    np.testing.assert_allclose(Bias(damping_item=0, damping_user=0).fit(X).score(X), X.toarray(), rtol=1e-6)


def test_mean_counts_stored_zeros_and_nothing_else() -> None:
    X = csr_array(([4.0, 0.0, 5.0], ([0, 0, 1], [0, 2, 1])), shape=(2, 4))
    assert Mean().fit(X).score(csr_array((1, 4))).tolist() == [[3, 3, 3, 3]]


def test_popularity_counts_entries_whatever_their_values() -> None:
    X = csr_array(([4.0, 0.0, 5.0, 1.0], ([0, 0, 1, 2], [0, 2, 0, 0])), shape=(3, 4))
    model = Popularity().fit(X)
    assert model.score(csr_array((2, 4))).tolist() == [[3, 0, 1, 0]] * 2
    assert model.predict(csr_array((2, 4)), [1, 0], [2, 0]).tolist() == [1, 3]


def test_item_effects_of_another_catalogue_are_refused_with_words() -> None:
    arrays = Bias().fit(matrix()).arrays()
    with pytest.raises(BundleError, match=r"item_effect_ has shape \(14,\), expected \(15,\)"):
        Bias.from_arrays(Bias.Params(), arrays | {"item_effect_": arrays["item_effect_"][:14]})


def test_a_pass_in_blocks_of_ratings_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    X = matrix()
    whole = Bias(damping_item=0, damping_user=2).fit(X)
    spread = whole.residual_spread(X)
    for size in (1, 20):
        monkeypatch.setattr(baselines, "cell_blocks", lambda M, size=size: cell_blocks(M, size))
        part = Bias(damping_item=0, damping_user=2).fit(X)
        np.testing.assert_allclose(part.item_effect_, whole.item_effect_, atol=1e-6)
        np.testing.assert_allclose(part.residual_spread(X), spread, rtol=1e-6)
