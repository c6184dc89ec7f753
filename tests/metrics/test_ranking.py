"""List metrics by hand and against ir_measures and scikit-learn."""

import ir_measures
import numpy as np
import pytest
from ir_measures import AP, RR, R, Success, nDCG
from scipy import sparse, stats
from sklearn.metrics import ndcg_score

from foretaste.arrays import as_csr, with_values
from foretaste.metrics.beyond import Popularity
from foretaste.metrics.ranking import gains, measure_lists, ndcg
from foretaste.metrics.registry import LISTS
from foretaste.ranking import Ranking, rank

SCALE = (0.5, 5.0)
ROWS, ITEMS = 30, 140


def lists(*cols):
    return Ranking(np.array(cols, dtype=np.int32), np.zeros((len(cols), len(cols[0])), np.float32))


def measured(ranking, liked, *names, **more):
    return dict(zip(names, measure_lists(ranking, liked, names, **more), strict=True))


def random_lists(k):
    rng = np.random.default_rng(k)
    scores = rng.random((ROWS, ITEMS)).astype(np.float32)
    liked = as_csr(sparse.random_array((ROWS, ITEMS), density=0.15, rng=rng))
    ratings = rng.choice([4.0, 4.5, 5.0], liked.nnz)
    return rank(scores, None, k), scores, with_values(liked, gains(ratings, SCALE).astype(np.float32))


def by_another_library(metric, ranking, scores, liked):
    """Return what ir_measures says of each row that likes something."""
    qrels = [
        ir_measures.Qrel(str(r), str(c), 1)
        for r in range(ROWS)
        for c in liked.indices[liked.indptr[r] : liked.indptr[r + 1]]
    ]
    run = [ir_measures.ScoredDoc(str(r), str(c), float(scores[r, c])) for r in range(ROWS) for c in ranking.cols[r]]
    theirs = {int(m.query_id): m.value for m in ir_measures.iter_calc([metric], qrels, run)}
    assert len(theirs) > 20
    return theirs


# By hand


def test_by_hand():
    ranking = lists([2, 0, 1], [1, -1, -1])
    liked = as_csr(sparse.csr_array([[1.0, 0, 0, 1.0], [0, 0, 1.0, 0]]))
    found = measured(
        ranking, liked, "ndcg@3", "recall@3", "recall@1", "recall_all@3", "map@3", "mrr@3", "hit@3", "hit@1"
    )
    second = 1 / np.log2(3)
    wanted = [second / (1 + second), 1 / 2, 0, 1 / 2, (1 / 2) / 2, 1 / 2, 1, 0]
    np.testing.assert_allclose([row[0] for row in found.values()], wanted)
    assert [row[1] for row in found.values()] == [0] * 8
    np.testing.assert_allclose(ndcg(ranking, liked), [wanted[0], 0])


def test_average_precision_by_hand():
    liked = as_csr(sparse.csr_array([[1.0, 0, 1, 0, 1]]))
    found = measured(lists([0, 1, 2, 3]), liked, "map@4", "map@2")
    assert found["map@4"][0] == pytest.approx((1 + 2 / 3) / 3)
    assert found["map@2"][0] == pytest.approx(1 / 2)  # two places, of which one is filled


def test_graded_gains_by_hand():
    liked = as_csr(sparse.csr_array([[4.0, 5.0, 0]]))
    liked = with_values(liked, gains(liked.data, (1.0, 5.0)).astype(np.float32))
    assert liked.data.tolist() == [15, 31]
    found = measured(lists([0, 1]), liked, "ndcg_graded@2", "ndcg_graded@1")
    assert found["ndcg_graded@2"][0] == pytest.approx((15 + 31 / np.log2(3)) / (31 + 15 / np.log2(3)))
    assert found["ndcg_graded@1"][0] == pytest.approx(15 / 31)


def test_recall_divides_by_what_fits_into_the_list_or_by_all():
    found = measured(lists([0, 1]), as_csr(sparse.csr_array([[1.0, 1, 1, 1]])), "recall@2", "recall_all@2")
    assert [row.tolist() for row in found.values()] == [[1.0], [0.5]]


def test_padding_is_never_a_hit_and_no_part_of_a_mean():
    liked = as_csr(sparse.csr_array([[0, 0, 1.0], [1.0, 0, 0], [1, 0, 0]]))
    popularity = Popularity(np.array([0.5, 0.25, 1.0]), 8)
    names = ("hit@2", "recall@2", "popularity@2", "novelty@2")
    found = measured(lists([0, -1], [-1, -1], [1, 0]), liked, *names, popularity=popularity)
    assert found["hit@2"].tolist() == [0, 0, 1]
    np.testing.assert_array_equal(found["popularity@2"], [0.5, np.nan, 0.375])
    np.testing.assert_array_equal(found["novelty@2"], [1, np.nan, 1.5])


def test_who_likes_nothing_has_no_value_but_for_what_is_asked_of_nobody():
    popularity = Popularity(np.array([0.5, 0.25, 0.0]), 8)
    found = measured(lists([0]), as_csr(sparse.csr_array((1, 3))), *LISTS, popularity=popularity)
    assert [name for name, row in found.items() if np.isfinite(row).all()] == ["novelty@20"]


def test_without_knowing_who_knows_what_there_is_no_novelty():
    found = measured(lists([0]), as_csr(sparse.csr_array([[1.0]])), "novelty@20", "popularity@20")
    assert np.isnan([row[0] for row in found.values()]).all()


# Against other libraries


@pytest.mark.parametrize("k", [1, 5, 20, 100])
def test_binary_metrics_are_those_of_another_library(k):
    ranking, scores, liked = random_lists(k)
    n = np.diff(liked.indptr)
    fitting = n / np.minimum(k, n)  # it divides recall and average precision by all that is liked
    found = measured(ranking, liked, *(f"{kind}@{k}" for kind in ("ndcg", "recall", "recall_all", "map", "mrr", "hit")))
    theirs = {"ndcg": nDCG, "recall": R, "recall_all": R, "map": AP, "mrr": RR, "hit": Success}
    for kind, metric in theirs.items():
        for row, wanted in by_another_library(metric @ k, ranking, scores, liked).items():
            scaled = wanted * fitting[row] if kind in {"recall", "map"} else wanted
            assert found[f"{kind}@{k}"][row] == pytest.approx(scaled, abs=1e-6)


@pytest.mark.parametrize("k", [1, 5, 20, 100])
def test_graded_ndcg_is_that_of_another_library(k):
    ranking, scores, liked = random_lists(k)
    found = measured(ranking, liked, f"ndcg_graded@{k}")[f"ndcg_graded@{k}"]
    for row in np.flatnonzero(np.diff(liked.indptr)):
        wanted = ndcg_score(liked[[row]].toarray(), scores[[row]], k=k)
        assert found[row] == pytest.approx(wanted, abs=1e-6)


def test_where_all_likes_are_equal_graded_is_binary():
    for scale, rating in (((1.0, 1.0), 1.0), ((0.0, 0.0), 0.0), ((0.5, 5.0), 4.0)):
        ranking, _, liked = random_lists(20)
        liked = with_values(liked, gains(np.full(liked.nnz, rating), scale).astype(np.float32))
        found = measured(ranking, liked, "ndcg@20", "ndcg_graded@20")
        np.testing.assert_allclose(found["ndcg_graded@20"], found["ndcg@20"])


def test_novelty_of_the_whole_catalogue_in_proportion_to_its_popularity_is_entropy():
    """Items listed as often as they are known: the mean of -log2 p over them is the entropy of p."""
    count = np.array([8, 4, 2, 1, 1])
    share = count / count.sum()
    known = Popularity(share, 16)
    cols = np.repeat(np.arange(5), count)[None, :]
    found = measured(lists(*cols.tolist()), as_csr(sparse.csr_array((1, 5))), "novelty@16", popularity=known)
    assert found["novelty@16"][0] == pytest.approx(stats.entropy(share, base=2))


def test_every_metric_looks_at_its_own_part_of_one_list():
    ranking, scores, liked = random_lists(100)
    known = Popularity(np.random.default_rng(0).random(ITEMS), 50)
    found = measured(ranking, liked, *LISTS, popularity=known)
    for name, k in LISTS.items():
        alone = measured(rank(scores, None, k), liked, name, popularity=known)[name]
        np.testing.assert_array_equal(found[name], alone)


def test_gains_follow_stars_on_any_scale():
    assert gains(np.array([1.0, 4.0, 5.0]), (1.0, 5.0)).tolist() == [1, 15, 31]
    np.testing.assert_allclose(gains(np.array([20.0, 80, 100]), (0.0, 100.0)), [1, 15, 31])
    np.testing.assert_allclose(gains(np.array([-6.0, 6, 10]), (-10.0, 10.0)), [1, 15, 31])
