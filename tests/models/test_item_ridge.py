"""The ridge autoencoder of item rows: the same model on the transposed matrix."""

import numpy as np

from foretaste.arrays import as_csr
from foretaste.models.item_ridge import ItemRidge
from foretaste.models.ridge import RidgeAutoencoder
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
