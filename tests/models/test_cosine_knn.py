"""Neighbours for clicks: what an item scores, and how the exponent is chosen."""

import signal

import numpy as np
import pytest
from scipy.sparse import csr_array

from foretaste.errors import BundleError, ParamsError
from foretaste.models.cosine_knn import TRIED, USUAL, CosineKnn


def likes(users=60, items=24, seed=0):
    rng = np.random.default_rng(seed)
    same = np.arange(users)[:, None] % 3 == np.arange(items) % 3
    return csr_array((rng.random((users, items)) < np.where(same, 0.5, 0.08)).astype(np.float32))


X = likes()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"neighbours": 0}, "neighbours is 0, expected 1 to 1000000"),
        ({"shrink": -1.0}, "shrink is -1, expected at least 0"),
        ({"length": 3.0}, "length is 3, expected 0 to 2"),
        ({"exponent": -0.5}, "exponent is -0.5, expected 0 to 2"),
    ],
)
def test_settings_out_of_range_are_refused_with_words(settings, words):
    with pytest.raises(ParamsError) as caught:
        CosineKnn(**settings)
    assert str(caught.value) == words


def test_scores_are_sums_of_cosines():
    held, new = X.toarray(), likes(seed=1)[:6]
    norm = np.sqrt(held.sum(0))
    cosine = held.T @ held / np.outer(norm, norm)
    np.fill_diagonal(cosine, 0)
    model = CosineKnn(shrink=0, length=0, exponent=0.5).fit(X)
    np.testing.assert_allclose(model.score(new), new.toarray() @ cosine, rtol=1e-5)


def test_few_neighbours_are_the_likest():
    model = CosineKnn(neighbours=2).fit(X)
    assert model.near_.shape == (24, 2)
    assert (model.near_ % 3 == np.arange(24)[:, None] % 3).mean() > 0.8


def measured(values, order=None):
    """Return a model fitted where validation says these values, one after the other, and the exponents that were shown."""
    shown, values = [], iter(values)

    def measure(model):
        shown.append((model.exponent_, model.score(X)))
        return next(values)

    return CosineKnn().fit(X, watch=measure), shown


@pytest.mark.parametrize(
    ("values", "chosen", "shown"),
    [([-0.3, -0.2], 0, 2), ([-0.3, -0.4, -0.4], 1, 3), ([-0.1, -0.2, -0.3, -0.4], 3, 4), ([-0.1, float("nan")], 0, 2)],
)
def test_the_exponent_goes_down_while_validation_gains(values, chosen, shown):
    model, seen = measured(values)
    assert [exponent for exponent, _ in seen] == list(TRIED[:shown])
    assert model.exponent_ == TRIED[chosen]
    np.testing.assert_array_equal(model.score(X), seen[chosen][1])
    assert model.refit_params() == CosineKnn(exponent=TRIED[chosen]).params
    np.testing.assert_array_equal(CosineKnn(model.refit_params()).fit(X).score(X), model.score(X))


def test_an_exponent_given_is_used_as_it_is():
    model = CosineKnn(exponent=0.7).fit(X, watch=lambda _: pytest.fail("nothing is to be chosen"))
    assert model.exponent_ == 0.7
    assert CosineKnn().fit(X).exponent_ == USUAL


def test_ctrl_c_keeps_what_was_measured_last():
    def measure(_):
        signal.raise_signal(signal.SIGINT)
        return 0.0

    model = CosineKnn().fit(X, watch=measure)
    assert (model.stopped_, model.exponent_) == ("interrupted", TRIED[0])
    np.testing.assert_array_equal(model.score(X), CosineKnn(exponent=TRIED[0]).fit(X).score(X))


def test_neighbours_outside_the_catalogue_are_refused_with_words():
    model = CosineKnn().fit(X)
    arrays = model.arrays()
    with pytest.raises(BundleError, match="near_ holds -1 to 23, expected 0 to 23"):
        CosineKnn.from_arrays(model.params, arrays | {"near_": np.where(arrays["near_"] == 0, -1, arrays["near_"])})
