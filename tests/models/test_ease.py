"""EASE and EDLAE: the closed form on a world, what they are for, and the one setting that they choose."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from foretaste.arrays import as_csr
from foretaste.data.catalog import Catalog
from foretaste.data.filters import min_rating
from foretaste.data.synthetic import make_world
from foretaste.errors import ParamsError
from foretaste.metrics.ranking import ndcg
from foretaste.models.base import Recommender
from foretaste.models.baselines import Popularity
from foretaste.models.ease import Ease, Edlae
from foretaste.ranking import rank
from foretaste.split import Split, split_new_users


@pytest.fixture(scope="module")
def split() -> Split:
    """Return likes of people that training has not met; items that nobody likes are among the columns."""
    world = make_world(1200, 500, 70_000, seed=3).ratings
    return split_new_users(min_rating(world, 4.0), Catalog(world.item_ids), test=0.2, valid=0.1, seed=0)


def quality(model: Recommender, split: Split) -> np.ndarray:
    """Return the NDCG@100 of each person of the test part."""
    return ndcg(rank(model.score(split.test.seen), split.test.seen, 100), split.test.hidden)


@pytest.mark.parametrize(
    ("model", "dropout"), [(Ease(l2=50), 0), (Edlae(l2=50, dropout=0.4, length=0, growth=0, tilt=0), 0.4)]
)
def test_plain_settings_are_the_papers_closed_form_in_float64(model, dropout, split):
    X = (split.train.toarray() > 0).astype(np.float64)
    G = X.T @ X
    P = np.linalg.inv(G + np.diag(50 + dropout / (1 - dropout) * G.diagonal()))
    B = -P / P.diagonal()
    np.fill_diagonal(B, 0)
    model.fit(split.train)
    np.testing.assert_allclose(model.weights_, B, atol=1e-5)
    seen = split.test.seen
    np.testing.assert_allclose(model.score(seen), (seen.toarray() > 0) @ B, atol=1e-4)


def test_without_dropout_edlae_is_ease(split):
    settings = {"l2": 70.0, "length": 0.5, "growth": 0.4, "tilt": 0.3}
    ease, edlae = Ease(**settings).fit(split.train), Edlae(**settings, dropout=0).fit(split.train)
    np.testing.assert_array_equal(ease.weights_, edlae.weights_)


def test_values_do_not_count(split):
    likes = as_csr(csr_array((np.ones(split.train.nnz), split.train.indices, split.train.indptr), split.train.shape))
    np.testing.assert_array_equal(Ease(l2=9).fit(likes).weights_, Ease(l2=9).fit(split.train).weights_)


@pytest.mark.parametrize("kind", [Ease, Edlae])
def test_they_know_more_than_the_bestseller_list(kind, split):
    gain = quality(kind().fit(split.train), split) - quality(Popularity().fit(split.train), split)
    gain = gain[~np.isnan(gain)]
    assert gain.mean() > 3 * gain.std() / np.sqrt(len(gain))


@pytest.mark.parametrize("kind", [Ease, Edlae])
def test_the_chosen_penalty_is_about_the_best(kind, split):
    """Chosen on people set aside, or on validation: level with the best of a wide grid, looked up in the test part."""
    seen, hidden = split.valid.seen, split.valid.hidden
    free = kind().fit(split.train)
    told = kind().fit(split.train, watch=lambda m: -np.nanmean(ndcg(rank(m.score(seen), seen, 100), hidden)))
    grid = [np.nanmean(quality(kind(l2=l2).fit(split.train), split)) for l2 in (1.0, 10.0, 100.0, 1000.0, 10_000.0)]
    for model in (free, told):
        assert np.nanmean(quality(model, split)) > max(grid) - 0.01
    assert told.refit_params().l2 == told.l2_ != free.l2_


@pytest.mark.parametrize("dropout", [-0.1, 1.0])
def test_a_dropout_outside_its_range_is_refused_with_words(dropout):
    with pytest.raises(ParamsError, match=f"dropout is {dropout:g}, expected 0 to 0.99"):
        Edlae(dropout=dropout)
