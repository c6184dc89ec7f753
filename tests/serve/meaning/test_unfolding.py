"""Vectors in the plane: forces against the formula written out, and neighbours against scikit-learn's measure."""

from concurrent.futures import CancelledError
from threading import Event

import numpy as np
import pytest
from sklearn.manifold import trustworthiness

from foretaste.arrays import row_of
from foretaste.serve.meaning import unfolding as module
from foretaste.serve.meaning.unfolding import affinities, principal, pull, repulsion, unfold

RNG = np.random.default_rng(5)


def unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def clusters(n=240, d=12, groups=6, seed=0):
    rng = np.random.default_rng(seed)
    group = np.arange(n) % groups
    return unit(rng.standard_normal((groups, d))[group] + 0.4 * rng.standard_normal((n, d))), group


@pytest.mark.parametrize("block", [3, 7, 512])
def test_points_push_each_other_away_by_the_formula(block, monkeypatch):
    monkeypatch.setattr(module, "BLOCK", block)
    points = RNG.standard_normal((20, 2)).astype(np.float32)
    apart = points[:, None].astype(float) - points[None]
    q = 1 / (1 + np.square(apart).sum(2))
    np.fill_diagonal(q, 0)
    wanted = (np.square(q)[:, :, None] * apart).sum(1) / q.sum()
    np.testing.assert_allclose(repulsion(points), wanted, atol=1e-6)


def test_points_pull_each_other_back_by_the_formula():
    points = RNG.standard_normal((20, 2)).astype(np.float32)
    attraction = affinities(unit(RNG.standard_normal((20, 3))), 4.0)
    apart = points[:, None].astype(float) - points[None]
    wanted = ((attraction.toarray() / (1 + np.square(apart).sum(2)))[:, :, None] * apart).sum(1)
    np.testing.assert_allclose(pull(points, attraction, row_of(attraction)), wanted, atol=1e-7)


def test_each_point_has_as_many_neighbours_as_is_said_and_the_nearest_most():
    vectors, _ = clusters()
    found = affinities(vectors, 10.0)
    dense = found.toarray()
    np.testing.assert_allclose(dense, dense.T, atol=1e-9)
    assert dense.sum() == pytest.approx(1, abs=1e-5)
    assert (np.diag(dense) == 0).all()
    near = vectors @ vectors.T
    for row in (0, 100, 239):
        held = found.indices[found.indptr[row] : found.indptr[row + 1]]
        assert set(np.argsort(-near[row])[1:31]) <= set(held)


@pytest.mark.parametrize("entropy", [np.log(3), np.log(12)])
def test_shares_have_the_entropy_that_is_asked_for(entropy):
    distance = np.sort(RNG.random((6, 40)), axis=1)
    distance -= distance[:, :1]
    share = module._shares(distance, entropy)
    np.testing.assert_allclose(share.sum(1), 1)
    np.testing.assert_allclose(-(share * np.log(share + 1e-300)).sum(1), entropy, atol=1e-6)
    assert (np.diff(share, axis=1) <= 1e-12).all()


def test_principal_components_are_those_of_the_singular_vectors():
    vectors, _ = clusters()
    centred = vectors - vectors.mean(0)
    left, values, _ = np.linalg.svd(centred, full_matrices=False)
    found = principal(vectors)
    np.testing.assert_allclose(np.abs(found), np.abs(left[:, :2] * values[:2]), atol=1e-4)
    assert (found[np.abs(found).argmax(0), [0, 1]] > 0).all()


def test_neighbours_stay_together_where_principal_components_pile_them_up():
    vectors, group = clusters()
    points = unfold(vectors)
    assert points.shape == (240, 2)
    assert points.dtype == np.float32
    np.testing.assert_array_equal(points.min(0), 0)
    np.testing.assert_array_equal(points.max(0), 1)
    apart = np.square(points[:, None] - points[None]).sum(2)
    np.fill_diagonal(apart, np.inf)
    assert (group[apart.argmin(1)] == group).mean() > 0.97
    kept, before = (trustworthiness(vectors, found, n_neighbors=10) for found in (points, principal(vectors)))
    assert kept > 0.93
    assert 1 - kept < (1 - before) / 2


def test_it_ends_the_same_each_time():
    vectors, _ = clusters(n=60)
    np.testing.assert_array_equal(unfold(vectors), unfold(vectors))


def test_the_length_of_a_vector_does_not_count():
    vectors, _ = clusters(n=40)
    stretched = vectors * np.float32(2) ** RNG.integers(-3, 4, (40, 1))
    np.testing.assert_allclose(unfold(stretched, steps=3), unfold(vectors, steps=3), atol=1e-3)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 5, 9])
@pytest.mark.parametrize("d", [1, 2, 5])
def test_few_points_and_few_directions_are_no_special_case(n, d):
    points = unfold(RNG.standard_normal((n, d)).astype(np.float32))
    assert points.shape == (n, 2)
    assert np.isfinite(points).all()
    assert ((points >= 0) & (points <= 1)).all()


def test_vectors_that_are_all_alike_are_no_special_case():
    points = unfold(np.ones((30, 4), np.float32))
    assert np.isfinite(points).all()
    assert ((points >= 0) & (points <= 1)).all()


def test_it_stops_when_it_is_told_to():
    stop = Event()
    stop.set()
    with pytest.raises(CancelledError):
        unfold(clusters(n=20)[0], stop=stop)
