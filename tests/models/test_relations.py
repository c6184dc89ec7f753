"""Weights of both directions, and whom a blend asks."""

import numpy as np
import pytest
from scipy import sparse

from foretaste.arrays import as_csr
from foretaste.models import Bias, BiasedMf, Blend, CosineKnn, Ease, Ials, ItemKnn, Popularity, RankBlend, TwoHeads
from foretaste.models.relations import both_ways, has_meaning, spokesman

RNG = np.random.default_rng(3)
STORED = RNG.random((40, 9)) < 0.4
STORED[:, 8] = False
X = as_csr(sparse.csr_array(np.where(STORED, RNG.integers(1, 6, STORED.shape), 0)))
FACTORS = BiasedMf(latent=2, epochs=3).fit(X)
NEIGHBOURS = ItemKnn(neighbours=3).fit(X)


def test_only_what_was_kept_both_ways_counts():
    near = np.array([[1, 2, -1], [0, 2, -1], [1, -1, -1]], np.int32)
    weight = np.array([[4, 9, 0], [1, 5, 0], [0.2, 0, 0]], np.float32)
    np.testing.assert_allclose(both_ways(near, weight, 0), [0, 2, 0])  # 2 keeps nothing of 0
    np.testing.assert_allclose(both_ways(near, weight, 1), [2, 0, 1])
    np.testing.assert_allclose(both_ways(near, weight, 2), [0, 1, 0])


def test_weights_of_zero_and_places_that_are_empty_are_no_neighbours():
    near, weight = np.array([[1, 0], [0, -1]], np.int32), np.array([[3, 0], [0, 7]], np.float32)
    np.testing.assert_array_equal(both_ways(near, weight, 0), [0, 0])
    np.testing.assert_array_equal(both_ways(near, weight, 1), [0, 0])


@pytest.mark.parametrize("model", [CosineKnn(neighbours=5), ItemKnn(kept=4)], ids=lambda model: model.name)
def test_neighbours_against_all_weights_written_out(model):
    model.fit(X)
    whole = np.zeros((9, 9))
    for item in range(9):
        for other, weight in zip(model.near_[item], model.weight_[item], strict=True):
            whole[item, other] = max(whole[item, other], weight)
    for col in range(9):
        np.testing.assert_allclose(model.item_relations(col), np.sqrt(whole[col] * whole[:, col]), atol=1e-6)


def test_closed_form_weights_give_partial_correlations():
    model = Ease(l2=2).fit(X)
    dense = STORED.astype(float)
    P = np.linalg.inv(dense.T @ dense + 2 * np.eye(9))
    wanted = -P / np.sqrt(np.outer(np.diag(P), np.diag(P)))
    for col in range(8):
        found = model.item_relations(col)
        np.testing.assert_allclose(np.delete(found, col), np.delete(wanted[col], col), atol=1e-4)
        assert found[col] == 0


def test_the_heaviest_member_that_knows_speaks():
    assert has_meaning(FACTORS)
    assert has_meaning(NEIGHBOURS)
    assert not has_meaning(Bias().fit(X))
    assert spokesman([(Bias().fit(X), 0.9), (FACTORS, 0.04), (NEIGHBOURS, 0.06)]) is NEIGHBOURS
    assert spokesman([(FACTORS, 0.0)]) is None
    assert spokesman([]) is None


def test_a_blend_says_what_its_heaviest_able_member_says():
    members = ["bias", "biased_mf", "item_knn"]
    settings = ["biased_mf.latent=2", "biased_mf.epochs=3", "item_knn.neighbours=3"]
    blend = Blend(members=members, settings=settings, weights=[0.6, 0.3, 0.1]).fit(X)
    np.testing.assert_array_equal(blend.item_vectors(), FACTORS.item_vectors())
    assert blend.item_relations(0) is None
    blend = Blend(members=members, settings=settings, weights=[0.6, 0.1, 0.3]).fit(X)
    assert blend.item_vectors() is None
    np.testing.assert_array_equal(blend.item_relations(1), NEIGHBOURS.item_relations(1))
    nothing = RankBlend(members=["popularity", "popularity"], weights=[0.5, 0.5]).fit(X)
    assert nothing.item_vectors() is None
    assert nothing.item_relations(0) is None


def test_a_pair_says_what_its_ranker_says_and_nothing_of_what_nobody_likes():
    pair = TwoHeads(ranker="ials", rater="bias", settings=["ranker.latent=2"]).fit(X)
    vectors = pair.item_vectors()
    np.testing.assert_array_equal(vectors[pair.cols_], pair.ranker_.item_vectors())
    assert not vectors[8].any()
    weighed = TwoHeads(ranker="ease", rater="bias", settings=["ranker.l2=2"]).fit(X)
    found = weighed.item_relations(0)
    np.testing.assert_array_equal(found[weighed.cols_], weighed.ranker_.item_relations(0))
    assert not weighed.item_relations(8).any()
    assert weighed.item_vectors() is None
    alone = TwoHeads(ranker="popularity", rater="bias").fit(X)
    assert alone.item_vectors() is None
    assert alone.item_relations(0) is None
    assert Popularity().fit(X).item_vectors() is None
    assert has_meaning(Ials(latent=2).fit(X))
