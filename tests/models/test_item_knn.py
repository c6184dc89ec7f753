"""Item neighbours: the formula written down, its limits, and what damaged arrays are answered with."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from foretaste.arrays import as_csr, row_of
from foretaste.data.synthetic import make_world
from foretaste.errors import BundleError, ParamsError
from foretaste.evaluation import hidden_rmse
from foretaste.models.baselines import Bias
from foretaste.models.item_knn import ItemKnn
from foretaste.split import split_new_users, split_random

EMPTY_ROW, COLD_ITEM = 5, 7


def matrix(seed: int = 0, rows: int = 60, items: int = 25) -> csr_array:
    """Return ratings of rank 2 with noise; row 5 and item 7 are empty."""
    rng = np.random.default_rng(seed)
    truth = 3 + rng.normal(size=(rows, 2)) @ rng.normal(size=(2, items)) + 0.2 * rng.normal(size=(rows, items))
    stored = rng.random((rows, items)) < 0.5
    stored[EMPTY_ROW], stored[:, COLD_ITEM] = False, False
    row, col = np.nonzero(stored)
    return as_csr(csr_array((truth[row, col].clip(0, 5), (row, col)), shape=(rows, items)))


def by_hand(train: csr_array, X: csr_array, p: ItemKnn.Params) -> np.ndarray:
    """Return scores for the rows of X, a loop over pairs in float64."""
    bias = Bias(damping_item=p.damping_item, damping_user=p.damping_user).fit(train)
    sigma = bias.residual_spread(train)[0]

    def residuals(M: csr_array) -> tuple[np.ndarray, np.ndarray]:
        left, held = np.zeros(M.shape), np.zeros(M.shape, bool)
        rows, values = row_of(M), M.data - bias.predict(M, row_of(M), M.indices)
        left[rows, M.indices], held[rows, M.indices] = values / sigma, True
        return left, held

    (e, held), (own, has) = residuals(train), residuals(X)
    items = train.shape[1]
    w = np.zeros((items, items))
    for i in range(items):
        for j in range(items):
            both = held[:, i] & held[:, j]
            if i != j and both.any():
                like = (e[both, i] @ e[both, j] + p.shrink * p.prior) / (
                    np.sqrt((e[both, i] ** 2).sum() * (e[both, j] ** 2).sum()) + p.shrink
                )
                w[i, j] = max(like, 0) * (both.sum() ** 2 / held[:, j].sum()) ** p.audience
    out = bias.score(X).astype(np.float64)
    for row in range(X.shape[0]):
        for i in range(items):
            near = [j for j in np.argsort(-w[i], kind="stable")[: p.kept] if has[row, j] and w[i, j] > 0][
                : p.neighbours
            ]
            out[row, i] += sigma * (w[i, near] @ own[row, near]) / (p.damping + w[i, near].sum())
    return out


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"neighbours": 3},
        {"kept": 6},
        {"audience": 0.5, "prior": -0.2, "shrink": 2.0},
        {"damping": 5.0, "damping_user": 0},
    ],
)
def test_scores_are_the_formula(settings: dict[str, float]) -> None:
    train, X = matrix(), matrix(seed=1, rows=12)
    model = ItemKnn(**settings).fit(train)
    wanted = by_hand(train, X, model.params)
    unclipped = model.predict(X, *np.indices(X.shape).reshape(2, -1)).reshape(X.shape)  # predict clips as score does
    np.testing.assert_allclose(unclipped, wanted.clip(*model.scale_), atol=2e-5)
    np.testing.assert_allclose(model.score(X), unclipped, atol=2e-6)


def test_who_rated_nothing_and_what_nobody_rated_get_the_bias_model() -> None:
    X = matrix()
    found, bias = ItemKnn().fit(X).score(X), Bias().fit(X).score(X).clip(X.data.min(), X.data.max())
    np.testing.assert_allclose(found[EMPTY_ROW], bias[EMPTY_ROW], rtol=1e-6)
    np.testing.assert_allclose(found[:, COLD_ITEM], bias[:, COLD_ITEM], rtol=1e-6)
    assert not np.allclose(found[0], bias[0], atol=0.01)


def test_much_damping_is_the_bias_model() -> None:
    X = matrix()
    np.testing.assert_allclose(
        ItemKnn(damping=1e9).fit(X).score(X), Bias().fit(X).score(X).clip(X.data.min(), X.data.max()), atol=1e-5
    )


def test_it_keeps_no_more_neighbours_than_asked_for_and_than_there_are() -> None:
    X = matrix()
    assert ItemKnn(kept=4).fit(X).near_.shape == (25, 4)
    assert ItemKnn().fit(X).near_.shape == (25, 25)
    assert ItemKnn(kept=4).n_parameters(25, 60) == 1 + 25 + 1 + 2 * 25 * 4


def test_it_beats_the_bias_model_for_those_who_trained_and_for_newcomers() -> None:
    world = make_world(600, 300, 30_000, seed=3)
    for split in (
        split_random(world.ratings, world.catalog, seed=1),
        split_new_users(world.ratings, world.catalog, seed=1),
    ):
        error = [hidden_rmse(model.fit(split.train), split.valid) for model in (ItemKnn(), Bias())]
        assert error[0] < 0.97 * error[1]


def test_few_ratings_do_no_harm() -> None:
    world = make_world(600, 2000, 9_000, seed=3)
    split = split_random(world.ratings, world.catalog, seed=1)
    error = [hidden_rmse(model.fit(split.train), split.valid) for model in (ItemKnn(), Bias())]
    assert error[0] < 1.005 * error[1]


def test_neighbours_that_are_no_columns_are_refused_with_words() -> None:
    model = ItemKnn(kept=3).fit(matrix())
    for name, value, words in (
        ("near_", 25, r"near_ holds \d+ to 25, expected 0 to 24"),
        ("near_", -1, r"near_ holds -1 to \d+, expected 0 to 24"),
        ("weight_", -0.5, r"weight_ holds -0\.5, expected 0 or more"),
    ):
        arrays = {key: array.copy() for key, array in model.arrays().items()}
        arrays[name][4, 1] = value
        with pytest.raises(BundleError, match=f"the arrays of item_knn are incomplete: {words}"):
            ItemKnn.from_arrays(model.params, arrays)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"neighbours": 0}, "neighbours is 0, expected 1 to 1000000"),
        ({"damping": 0}, "damping is 0, expected at least 1e-06"),
        ({"shrink": 0}, "shrink is 0, expected at least 1e-06"),
        ({"prior": 1.5}, "prior is 1.5, expected -1 to 1"),
        ({"audience": -1}, "audience is -1, expected 0 to 4"),
        ({"damping_item": -1}, "damping_item is -1, expected at least 0"),
        ({"damping_user": -1}, "damping_user is -1, expected at least 0"),
        ({"kept": 0}, "kept is 0, expected 1 to 1000000"),
    ],
)
def test_settings_out_of_range_are_refused_with_words(setting: dict[str, float], words: str) -> None:
    with pytest.raises(ParamsError) as caught:
        ItemKnn(**setting)
    assert str(caught.value) == words


def test_what_may_be_searched_holds_the_defaults() -> None:
    model = ItemKnn()
    assert all(reach.contains(getattr(model.params, name)) for name, reach in model.space.items())
