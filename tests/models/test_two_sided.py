"""The two-sided ridge model: codes of items from the autoencoder, and whoever comes by one regression on them."""

import numpy as np
import pytest

from foretaste.arrays import as_csr
from foretaste.errors import NotFittedError, ParamsError
from foretaste.models.ridge import RidgeAutoencoder
from foretaste.models.two_sided import TwoSidedRidge
from tests.models.test_ridge import COLD_ITEM, EMPTY_ROW, X, matrix

NEW = matrix(seed=3, rows=8)


@pytest.mark.parametrize("members", [1, 2])
def test_a_person_is_a_ridge_regression_on_the_codes_of_the_items(members: int) -> None:
    model = TwoSidedRidge(
        latent=3, epochs=3, members=members, damping_user=4.0, damping_item=2.0, penalty_user=6.0
    ).fit(X)
    T = as_csr(X.T.tocsr())
    inner = RidgeAutoencoder(latent=3, epochs=3, members=members, damping_user=2.0, damping_item=4.0).fit(T)
    codes = inner.encode(T).astype(np.float64)
    z, a = np.concatenate(codes[:, :, 1:], axis=1) / np.sqrt(members), codes[:, :, 0].mean(0)
    known = np.diff(X.indptr) > 0
    tables = [m["table_"][known].astype(np.float64) for m in inner.members_]
    prior = np.r_[
        np.mean([t[:, 4].mean() for t in tables]), np.concatenate([t[:, 1:4].mean(0) for t in tables]) / members**0.5
    ]
    L, mean, sigma = np.diag([4.0] + [6.0] * 3 * members), float(model.mean_[0]), float(model.sigma_[0])
    found = model.score(NEW)
    for row in range(NEW.shape[0]):
        cells = slice(NEW.indptr[row], NEW.indptr[row + 1])
        cols = NEW.indices[cells]
        F = np.column_stack([np.ones(len(cols)), z[cols]])
        left = (NEW.data[cells].astype(np.float64) - mean) / sigma - a[cols] - F @ prior
        p = prior + np.linalg.solve(F.T @ F + L, F.T @ left)
        wanted = mean + sigma * (a + p[0] + z @ p[1:])
        np.testing.assert_allclose(found[row], wanted.clip(*model.scale_), atol=3e-4)


def test_a_few_ratings_and_many_give_the_same() -> None:
    model = TwoSidedRidge(latent=3, epochs=3).fit(X)
    alone = NEW[:1]
    assert alone.nnz < X.shape[1] < NEW.nnz  # the two ways of folding in
    np.testing.assert_allclose(model.score(alone)[0], model.score(NEW)[0], atol=1e-5)


def test_nothing_known_of_a_person_is_the_mean_person() -> None:
    model = TwoSidedRidge(latent=3, epochs=3).fit(X)
    np.testing.assert_allclose(model.fold_in(X)[EMPTY_ROW], model.person_, atol=1e-6)


def test_nothing_known_of_an_item_is_the_persons_mean() -> None:
    model = TwoSidedRidge(latent=3, epochs=3).fit(X)
    assert (model.code_[COLD_ITEM] == 0).all()
    assert model.item_effect_[COLD_ITEM] == 0


def test_the_watched_model_is_the_whole_one() -> None:
    seen = []

    def measure(model: TwoSidedRidge) -> float:
        seen.append(model.score(NEW))
        return float(len(seen) != 2)

    model = TwoSidedRidge(latent=3, epochs=3).fit(X, watch=measure)
    assert len(seen) == 3
    np.testing.assert_array_equal(model.score(NEW), seen[1])  # the best epoch's is kept
    again = TwoSidedRidge(model.refit_params()).fit(X)
    assert again.params.stop_after == 2
    assert again.params.damping_user == model.params.damping_user
    np.testing.assert_array_equal(again.score(NEW), model.score(NEW))


def test_settings_and_order_of_calls_are_checked_with_words() -> None:
    with pytest.raises(ParamsError, match="penalty_user is 0"):
        TwoSidedRidge(penalty_user=0)
    with pytest.raises(ParamsError, match="latent is 0"):
        TwoSidedRidge(latent=0)
    with pytest.raises(NotFittedError, match="TwoSidedRidge is not fitted"):
        TwoSidedRidge().fold_in(X)
