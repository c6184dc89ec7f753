"""Predictions shrunk by evidence."""

import numpy as np
import pytest
from scipy import sparse

from foretaste import arrays
from foretaste.arrays import as_csr
from foretaste.errors import BundleError
from foretaste.metrics.registry import LISTS
from foretaste.models import Popularity
from foretaste.order import Order, choose_order, like_threshold, likes, list_quality_by_user, listed

SCORES = np.array([[5.0, 4.0, 3.0]], dtype=np.float32)


class Fixed:
    """A rating model with the same scores for everybody."""

    task = "rating"
    arranges = False

    def __init__(self, scores):
        self.scores = np.array(scores, dtype=np.float32)

    def score(self, X):
        return np.repeat(self.scores[None, :], X.shape[0], axis=0)

    appeal = score


def test_the_formula_by_hand():
    order = Order(np.array([1, 9, 0], dtype=np.float32), prior=2.0, half=3.0)
    np.testing.assert_allclose(order.apply(SCORES), [[2 + 0.25 * 3, 2 + 0.75 * 2, 2.0]], rtol=1e-6)
    assert SCORES.tolist() == [[5, 4, 3]]


def test_shares_are_worked_out_once():
    order = Order(np.array([0, 3], np.float32), 1.0, 1.0)
    assert order.shrink is order.shrink
    assert order.shrink.share.tolist() == [0, 0.75]


def test_without_shrinking_rated_items_keep_their_prediction_and_others_go_to_the_prior():
    order = Order(np.array([1, 9, 0], dtype=np.float32), prior=2.0, half=0.0)
    np.testing.assert_allclose(order.apply(SCORES), [[5, 4, 2]])


@pytest.mark.parametrize(("scale", "like"), [((1, 5), 4), ((0.5, 5), 3.875), ((-10, 10), 5), ((1, 1), 1)])
def test_a_like_is_three_quarters_up_the_scale(scale, like):
    assert like_threshold(scale) == like
    hidden = as_csr(sparse.csr_array([[float(like), like - 0.01]]))
    assert likes(hidden, scale).indices.tolist() == [0]


@pytest.mark.parametrize("unit", [0.01, 0.06, 0.12, 0.3, 1 / 3, 1, 2.5, 70, 1e6])
@pytest.mark.parametrize("first", [0, 1, -2])
def test_a_like_is_one_in_any_unit_though_float32_rounds_it(unit, first):
    ratings = ((first + np.arange(5)) * unit).astype(np.float32)
    scale = float(ratings.min()), float(ratings.max())
    assert likes(as_csr(sparse.csr_array(ratings[None])), scale).data.tolist() == [v for v in ratings[3:].tolist() if v]


def test_evidence_is_chosen_where_it_makes_better_lists():
    """Item 0 is predicted highest from one rating and liked by nobody; item 1 is rated by many and liked by all."""
    dense = np.zeros((200, 30))
    dense[:, 1:12] = 4
    dense[0, 0] = 5
    dense[0, 12:] = 1
    X = as_csr(sparse.csr_array(dense))
    model = Fixed([5.0, 4.5, *[3.0] * 28])
    people = sparse.csr_array((5, 30))
    hidden = as_csr(sparse.csr_array((np.full(5, 5.0), (np.arange(5), np.full(5, 1))), shape=(5, 30)))
    order = choose_order(model, X, as_csr(people), hidden, scale=(1.0, 5.0))
    assert order.half > 0
    raw, shrunk = list_quality_by_user(model, [None, order], as_csr(people), hidden, ("ndcg@20",)).mean(2)[0]
    assert (raw, shrunk) == (pytest.approx(1 / np.log2(3)), 1)


def test_where_nobody_likes_anything_a_tenth_of_the_users_is_taken():
    X = as_csr(sparse.csr_array(np.full((50, 3), 2.0)))
    hidden = as_csr(sparse.csr_array([[1.0, 0, 0]]))
    assert choose_order(Fixed([1, 1, 1]), X, as_csr(sparse.csr_array((1, 3))), hidden, scale=(1, 5)).half == 5.0


def test_a_ranking_model_is_not_shrunk():
    model = Popularity().fit(sparse.csr_array([[1.0, 1.0], [0, 1.0]]))
    order = Order(np.array([9, 0], dtype=np.float32), 0.0, 1.0)
    liked = as_csr(sparse.csr_array(([1.0], ([0], [1])), shape=(1, 2)))
    names = [name for name in LISTS if not name.startswith("novelty")]
    found = list_quality_by_user(model, [order], as_csr(sparse.csr_array((1, 2))), liked, names)
    assert found.tolist() == [[[1.0]]] * len(names)


class Arranged(Fixed):
    """Sorts its lists itself, the other way round."""

    arranges = True

    def appeal(self, X):
        return -self.score(X)


def test_a_model_that_arranges_its_lists_is_neither_sorted_by_its_ratings_nor_shrunk():
    order = Order(np.array([9, 0, 0], dtype=np.float32), 0.0, 1.0)
    nobody, third = as_csr(sparse.csr_array((1, 3))), as_csr(sparse.csr_array([[0, 0, 1.0]]))
    for model, place in ((Fixed([5, 4, 3]), 3), (Arranged([5, 4, 3]), 1)):
        quality = list_quality_by_user(model, [None, order], nobody, third, ("ndcg@20",))
        np.testing.assert_allclose(quality, 1 / np.log2(1 + place))


def test_it_is_saved_and_rebuilt():
    order = Order(np.array([1, 9], dtype=np.float32), 2.0, 3.0)
    again = Order.from_arrays(order.arrays())
    assert (again.prior, again.half, again.count.tolist()) == (2.0, 3.0, [1, 9])
    with pytest.raises(BundleError, match="the order of the bundle is incomplete"):
        Order.from_arrays({"order.count": order.count})


def test_where_all_ratings_are_equal_lists_go_by_how_many_rated():
    X = as_csr(sparse.csr_array([[1.0, 0, 1], [0, 0, 1], [0, 0, 1]]))
    hidden = as_csr(sparse.csr_array(([1.0], ([0], [2])), shape=(1, 3)))
    order = choose_order(Fixed([1, 1, 1]), X, as_csr(sparse.csr_array((1, 3))), hidden, scale=(1, 1))
    sorted_by = order.apply(np.ones((1, 3), np.float32))[0]
    assert order.half > 0
    assert sorted_by[2] > sorted_by[0] > sorted_by[1]


def test_the_evidence_is_counted_and_its_half_is_a_share_of_the_people_who_rated():
    order = Order.of(as_csr(sparse.csr_array([[4.0, 2], [0, 3], [0, 0]])), 0.25)
    assert (order.count.tolist(), order.half) == ([1, 2], 0.5)
    assert order.prior == pytest.approx(3 - 2 * np.std([4, 2, 3]), rel=1e-6)


def test_more_training_rows_bring_more_evidence_and_ask_for_more():
    X = as_csr(sparse.csr_array([[4.0, 2], [0, 3]]))
    order = Order(np.array([1, 2], dtype=np.float32), 1.0, 0.5).grown(as_csr(sparse.vstack([X, X])))
    assert order.count.tolist() == [2, 4]
    assert order.half == 1.0
    assert order.prior == pytest.approx(3 - 2 * np.std([4, 2, 3]), rel=1e-6)


def test_blocks_of_people_make_no_difference(monkeypatch):
    rng = np.random.default_rng(0)
    model = Fixed(rng.random(30))
    seen = as_csr(sparse.csr_array((rng.random((40, 30)) < 0.2) * 1.0))
    liked = as_csr(sparse.csr_array((rng.random((40, 30)) < 0.1) * 1.0))
    whole = list_quality_by_user(model, [None], seen, liked, tuple(LISTS))
    monkeypatch.setattr(arrays, "BLOCK_BYTES", 30 * 4 * 7)
    np.testing.assert_array_equal(list_quality_by_user(model, [None], seen, liked, tuple(LISTS)), whole)


def test_a_list_leaves_out_what_is_shown_or_what_is_told_to():
    nobody = as_csr(sparse.csr_array((2, 3)))
    shown = as_csr(sparse.csr_array([[1.0, 0, 0], [0, 0, 0]]))
    order = Order(np.array([0, 9, 9], dtype=np.float32), prior=2.0, half=3.0)

    def cols(model, order, seen, **more):
        return [lists.cols.tolist() for _, _, lists in listed(model, [order], seen, [2], **more)]

    assert cols(Fixed([5, 4, 3]), None, shown) == [[[1, 2], [0, 1]]]
    assert cols(Fixed([5, 4, 3]), None, nobody, without=shown) == [[[1, 2], [0, 1]]]
    assert cols(Fixed([5, 4, 3]), order, nobody) == [[[1, 2], [1, 2]]]
    ranker = Popularity().fit(as_csr(sparse.csr_array([[1.0, 1, 0], [1, 0, 0]])))
    assert cols(ranker, order, nobody) == [[[0, 1], [0, 1]]]
