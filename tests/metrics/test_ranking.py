"""List metrics by hand and against ir_measures."""

import ir_measures
import numpy as np
import pytest
from ir_measures import R, nDCG
from scipy import sparse

from foretaste.arrays import as_csr
from foretaste.metrics.ranking import LISTS, hits, measure_lists, ndcg, recall
from foretaste.ranking import Ranking, rank


def test_by_hand():
    ranking = Ranking(np.array([[2, 0, 1], [1, -1, -1]], dtype=np.int32), np.zeros((2, 3), np.float32))
    relevant = as_csr(sparse.csr_array([[1.0, 0, 0, 1.0], [0, 0, 1.0, 0]]))
    assert hits(ranking, relevant).tolist() == [[False, True, False], [False, False, False]]
    ideal = 1 + 1 / np.log2(3)
    np.testing.assert_allclose(ndcg(ranking, relevant), [(1 / np.log2(3)) / ideal, 0])
    np.testing.assert_allclose(recall(ranking, relevant), [0.5, 0])


def test_padding_is_never_a_hit():
    ranking = Ranking(np.array([[0], [-1]], dtype=np.int32), np.zeros((2, 1), np.float32))
    relevant = as_csr(sparse.csr_array([[0, 0, 1.0], [1.0, 0, 0]]))
    assert not hits(ranking, relevant).any()


def test_who_likes_nothing_has_no_value():
    ranking = Ranking(np.array([[0]], dtype=np.int32), np.zeros((1, 1), np.float32))
    empty = as_csr(sparse.csr_array((1, 3)))
    assert np.isnan(ndcg(ranking, empty)).all()
    assert np.isnan(recall(ranking, empty)).all()


def test_recall_divides_by_what_fits_into_the_list():
    ranking = Ranking(np.array([[0, 1]], dtype=np.int32), np.zeros((1, 2), np.float32))
    assert recall(ranking, as_csr(sparse.csr_array([[1.0, 1.0, 1.0, 1.0]]))).tolist() == [1.0]


def by_another_library(metric, ranking, scores, liked):
    """Return what ir_measures says of each row that likes something."""
    qrels = [
        ir_measures.Qrel(str(r), str(c), 1)
        for r in range(30)
        for c in liked.indices[liked.indptr[r] : liked.indptr[r + 1]]
    ]
    run = [ir_measures.ScoredDoc(str(r), str(c), float(scores[r, c])) for r in range(30) for c in ranking.cols[r]]
    theirs = {int(m.query_id): m.value for m in ir_measures.iter_calc([metric], qrels, run)}
    assert len(theirs) > 20
    return theirs


def random_lists(k):
    rng = np.random.default_rng(k)
    scores = rng.random((30, 140)).astype(np.float32)
    liked = as_csr(sparse.random_array((30, 140), density=0.15, rng=rng))
    liked.data[:] = 1
    return rank(scores, None, k), scores, liked


@pytest.mark.parametrize("k", [1, 5, 20, 100])
def test_ndcg_and_recall_are_those_of_another_library(k):
    ranking, scores, liked = random_lists(k)
    n = np.diff(liked.indptr)
    for row, wanted in by_another_library(nDCG @ k, ranking, scores, liked).items():
        assert ndcg(ranking, liked)[row] == pytest.approx(wanted, abs=1e-6)
    for row, wanted in by_another_library(R @ k, ranking, scores, liked).items():  # which divides by all that is liked
        assert recall(ranking, liked)[row] == pytest.approx(wanted * n[row] / min(k, n[row]), abs=1e-6)


def test_every_metric_looks_at_its_own_part_of_one_list():
    ranking, scores, liked = random_lists(100)
    found = dict(zip(LISTS, measure_lists(ranking, liked), strict=True))
    assert list(found) == ["ndcg@20", "ndcg@100", "recall@20", "recall@50"]
    np.testing.assert_array_equal(found["recall@50"], recall(rank(scores, None, 50), liked))
    np.testing.assert_array_equal(found["ndcg@20"], ndcg(rank(scores, None, 20), liked))
    np.testing.assert_array_equal(found["ndcg@100"], ndcg(ranking, liked))
    np.testing.assert_array_equal(measure_lists(ranking, liked, ("recall@20",))[0], found["recall@20"])
