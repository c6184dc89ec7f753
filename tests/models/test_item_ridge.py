"""The ridge autoencoder of item rows: the same model on the transposed matrix."""

import numpy as np
import pytest

from foretaste.arrays import as_csr
from foretaste.errors import ParamsError
from foretaste.models.item_ridge import ItemRidge
from foretaste.models.ridge import RidgeAutoencoder
from foretaste.models.two_sided import TwoSidedRidge
from tests.models.test_ridge import COLD_ITEM, EMPTY_ROW, X


def test_it_is_the_autoencoder_turned_round() -> None:
    model = ItemRidge(latent=3, epochs=3, damping_user=2.0, damping_item=7.0).fit(X)
    T = as_csr(X.T.tocsr())
    inner = RidgeAutoencoder(latent=3, epochs=3, damping_user=7.0, damping_item=2.0).fit(T)
    rows = np.setdiff1d(np.arange(X.shape[0]), [EMPTY_ROW])
    np.testing.assert_allclose(model.score(X)[rows], inner.score(T).T[rows], atol=1e-5)


def test_an_item_that_nobody_rated_gets_the_persons_mean() -> None:
    model = ItemRidge(latent=3, epochs=3).fit(X)
    found = model.score(X)[:, COLD_ITEM]
    assert found.std() > 0.01
    assert np.isfinite(found).all()


@pytest.mark.parametrize("name", ["damping_item", "damping_user"])
@pytest.mark.parametrize("kind", [ItemRidge, TwoSidedRidge])
def test_a_damping_is_refused_under_its_own_name_and_the_least_one_serves(kind, name) -> None:
    """Inside, the two change places; whoever sets one hears of no other."""
    with pytest.raises(ParamsError, match=f"^{name} is 0, expected at least 1e-06"):
        kind(**{name: 0})
    least = kind(latent=2, epochs=2, **{name: 1e-6}).fit(X)
    assert np.isfinite(least.score(X)).all()
    assert getattr(least.refit_params(), name) == 1e-6
