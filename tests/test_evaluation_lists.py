"""The lists of people on one holdout: all metrics of one ranking, for whom they are, and what is kept of them."""

import numpy as np
import pytest
from scipy import sparse

from foretaste import arrays, evaluation_lists
from foretaste.arrays import as_csr, with_values
from foretaste.evaluation_lists import judge_lists
from foretaste.metrics.beyond import Popularity
from foretaste.metrics.ranking import gains, measure_lists
from foretaste.metrics.registry import LISTED, LISTS
from foretaste.models import Ease, Mean, TwoHeads
from foretaste.models import Popularity as Bestsellers
from foretaste.order import Order
from foretaste.ranking import rank
from foretaste.split import Hide, Holdout, hide

RNG = np.random.default_rng(0)
X = as_csr(sparse.csr_array(RNG.integers(1, 6, (40, 130)) * (RNG.random((40, 130)) < 0.3)))
HOLDOUT = Holdout(*hide(X, Hide("fraction", 0.3), seed=0), np.arange(100, 140))
SCALE = (1.0, 5.0)
ORDER, KNOWN = Order.of(X, 0.2), Popularity.of(X)
HIDDEN = HOLDOUT.hidden.toarray()
LIKED = as_csr(sparse.csr_array(np.where(HIDDEN >= 4, HIDDEN, 0)))
LIKED = with_values(LIKED, gains(LIKED.data, SCALE).astype(np.float32))


def judged(model, **more):
    return judge_lists(model, HOLDOUT, scale=SCALE, **more)


def test_every_metric_is_of_the_lists_that_the_order_makes():
    model = Mean().fit(X)
    lists = rank(ORDER.apply(model.score(HOLDOUT.seen)), HOLDOUT.seen, 100)
    wanted = measure_lists(lists, LIKED, tuple(LISTS), popularity=KNOWN)
    wanted[:, np.diff(LIKED.indptr) == 0] = np.nan
    found = judged(model, order=ORDER, popularity=KNOWN)
    assert tuple(found.values) == tuple(LISTS)
    np.testing.assert_array_equal(np.stack(list(found.values.values())), wanted)
    raw = measure_lists(rank(model.score(HOLDOUT.seen), HOLDOUT.seen, 20), LIKED, ("ndcg@20",))[0]
    np.testing.assert_array_equal(found.raw, raw)
    assert not np.array_equal(raw, wanted[0])


def test_a_list_without_an_order_is_the_raw_one():
    for model in (Mean().fit(X), Bestsellers().fit(X)):
        found = judged(model)
        np.testing.assert_array_equal(found.raw, found.values["ndcg@20"])


def test_what_was_listed_is_kept_with_its_people():
    found = judged(Ease(l2=5).fit(X), popularity=KNOWN)
    (part,) = found.shown
    liking = np.diff(LIKED.indptr) > 0
    assert part.people.tolist() == HOLDOUT.user_ids[liking].tolist()
    lists = rank(Ease(l2=5).fit(X).score(HOLDOUT.seen), HOLDOUT.seen, LISTED)
    np.testing.assert_array_equal(part.cols, lists.cols[liking])
    assert part.items == 130


def test_popularity_bias_is_of_lists_against_profiles():
    found = judged(Bestsellers().fit(X), popularity=KNOWN)
    top, bottom = found.popularity
    share = (X.toarray() != 0).mean(0)
    lists = rank(Bestsellers().fit(X).score(HOLDOUT.seen), HOLDOUT.seen, LISTED).cols
    for person in np.flatnonzero(np.diff(LIKED.indptr) > 0):
        own = share[HOLDOUT.seen.toarray()[person] != 0].mean()
        assert (top[person], bottom[person]) == pytest.approx((share[lists[person]].mean() - own, own))
    assert top.sum() > 0


def test_who_has_shown_nothing_has_no_popularity_bias_but_lists():
    seen = as_csr(sparse.csr_array(X.shape))
    found = judge_lists(
        Bestsellers().fit(X), Holdout(seen, HOLDOUT.hidden, HOLDOUT.user_ids), scale=SCALE, popularity=KNOWN
    )
    assert [part.sum() for part in found.popularity] == [0, 0]
    assert np.isfinite(found.values["novelty@20"]).any()


def test_who_has_shown_only_what_nobody_in_training_knows_has_no_popularity_bias():
    """The second person's list is infinitely more popular than their own; of the first it is known how much."""
    liked = np.zeros((2, 130))
    liked[:, 9] = 5
    seen = np.zeros((2, 130))
    seen[0, 3] = seen[1, 4] = 4
    known = X.toarray()
    known[:, 4] = 0
    holdout = Holdout(*(as_csr(sparse.csr_array(part)) for part in (seen, liked)), np.arange(2))
    popularity = Popularity.of(as_csr(sparse.csr_array(known)))
    found = judge_lists(Bestsellers().fit(X), holdout, scale=SCALE, popularity=popularity)
    top, bottom = found.popularity
    assert bottom.tolist() == [popularity.share[3], 0]
    assert top[0] != 0
    assert top[1] == 0


def test_without_knowing_who_knows_what_novelty_and_popularity_are_left_out():
    found = judged(Bestsellers().fit(X))
    assert found.popularity is None
    assert np.isnan(found.values["novelty@20"]).all()
    assert np.isfinite(found.values["map@20"]).any()


def test_a_pair_lists_by_its_ranker_and_sorts_stars_by_its_rater():
    pair = TwoHeads(ranker="ease", rater="mean", settings=("ranker.l2=10",), stars=0.3).fit(X)
    found = judged(pair, order=ORDER)
    np.testing.assert_array_equal(found.raw, judged(pair.rater_).raw)
    np.testing.assert_array_equal(found.heads["rater"], judged(pair.rater_, order=ORDER).values["ndcg@100"])
    assert set(found.heads) == {"ranker", "rater"}
    assert judged(pair.rater_).heads == {}


def test_blocks_of_people_make_no_difference(monkeypatch):
    whole = judged(Ease(l2=5).fit(X), popularity=KNOWN)
    monkeypatch.setattr(arrays, "BLOCK_BYTES", 130 * 4 * 7)
    found = judged(Ease(l2=5).fit(X), popularity=KNOWN)
    for name in LISTS:
        np.testing.assert_allclose(found.values[name], whole.values[name])
    np.testing.assert_array_equal(found.shown[0].cols, whole.shown[0].cols)


def test_of_many_people_a_seeded_sample_is_judged(monkeypatch):
    monkeypatch.setattr(evaluation_lists, "LIST_PEOPLE", 3)
    first, same, other = (judged(Bestsellers().fit(X), seed=seed).shown[0].people.tolist() for seed in (0, 0, 1))
    assert len(first) == 3
    assert first == same != other


def test_short_catalogues_make_short_lists():
    few = as_csr(sparse.csr_array([[5.0, 4, 0], [0, 5, 4]]))
    asked = Holdout(*hide(few, Hide("per-user", 1), seed=0), np.arange(2))
    found = judge_lists(Bestsellers().fit(few), asked, scale=SCALE, popularity=Popularity.of(few))
    assert (found.shown[0].cols >= 0).sum(1).tolist() == [2, 2]
    assert found.values["recall_all@50"].tolist() == [1, 1]
