"""Common units against the formula written out, and weights that make good lists where it is known which are good."""

import numpy as np
import pytest
from scipy import sparse

from foretaste.arrays import as_csr
from foretaste.metrics.ranking import ndcg
from foretaste.models.list_weights import LIST, list_quality, search_weights, share_worth, standardise
from foretaste.ranking import rank

PEOPLE, ITEMS = 150, 200


def rows_of(dense):
    return as_csr(sparse.csr_array(np.asarray(dense, np.float32)))


def by_hand(scores, seen):
    """Return the same, in float64 and with a loop."""
    out = np.zeros(scores.shape)
    for row, values in enumerate(scores.astype(np.float64)):
        left = seen.toarray()[row] == 0
        deviation = values[left].std() if left.any() else 0
        if deviation > 0:
            out[row] = (values - values[left].mean()) / deviation
    return out


def ask(signal, *, per_person=5, seed=0):
    """Return what people have seen, at random, and what they chose of the rest: the items of the highest signal."""
    rng = np.random.default_rng(seed)
    seen = rng.random(signal.shape) < 0.1
    best = np.argsort(np.where(seen, np.inf, -signal), axis=1)[:, :per_person]
    chosen = np.zeros(signal.shape)
    np.put_along_axis(chosen, best, 1, axis=1)
    return rows_of(seen), rows_of(chosen)


def rankers(*noise, people=PEOPLE, seed=0):
    """Return one block: models that see the same signal, each with so much noise of its own."""
    rng = np.random.default_rng(seed)
    signal = rng.normal(size=(people, ITEMS))
    z = np.stack([signal + size * rng.normal(size=signal.shape) for size in noise]).astype(np.float32)
    seen, chosen = ask(signal, seed=seed)
    return np.stack([standardise(scores, seen) for scores in z]), seen, chosen


def quality(block, *weights):
    return list_quality(np.array(weights), [block]).mean()


# Common units


@pytest.mark.parametrize("offset", [0.0, -3.0, 1000.0])
def test_scores_are_counted_from_the_mean_of_what_is_not_seen_in_its_deviations(offset):
    rng = np.random.default_rng(1)
    scores = (offset + rng.gamma(1, 2, (20, 30))).astype(np.float32)
    seen = rows_of(rng.random((20, 30)) < 0.3)
    wanted = by_hand(scores, seen)
    given = scores.copy()
    found = standardise(given, seen)
    assert found is given
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, wanted, atol=1e-3 if offset == 1000 else 2e-6)


def test_what_is_seen_counts_for_nothing_however_large_its_scores_are():
    rng = np.random.default_rng(2)
    scores = rng.normal(1, 1, (10, 40)).astype(np.float32)
    seen = rows_of(np.arange(40) < rng.integers(1, 20, (10, 1)))
    high = scores + np.float32(1e4) * seen.toarray()
    left = seen.toarray() == 0
    low = standardise(scores, seen)
    np.testing.assert_allclose(standardise(high, seen)[left], low[left], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("value", [0.0, 0.1, 1e6 + 0.3, -7e-9])
def test_a_row_of_equal_scores_becomes_zeros_and_not_noise(value):
    scores = np.full((2, 50), value, np.float32)
    scores[1, :3] = 5 * value + 1  # only what is seen stands out
    seen = rows_of([[1.0] * 3 + [0] * 47] * 2)
    found = standardise(scores, seen)
    assert not found[0].any()
    assert not found[1, 3:].any()
    assert np.isfinite(found).all()


def test_whoever_has_seen_all_and_no_rows_at_all_are_no_trouble():
    assert np.isfinite(standardise(np.eye(3, dtype=np.float32), rows_of(np.ones((3, 3))))).all()
    assert standardise(np.empty((0, 4), np.float32), rows_of(np.empty((0, 4)))).shape == (0, 4)


def test_a_model_in_other_units_says_the_same():
    scores = np.random.default_rng(3).normal(size=(5, 40)).astype(np.float32)
    seen = rows_of(np.eye(5, 40))
    np.testing.assert_allclose(standardise(7 + 300 * scores, seen), standardise(scores, seen), atol=1e-4)


# Quality of lists


def test_quality_is_the_ndcg_of_the_weighted_sum_person_by_person_and_block_by_block():
    z, seen, chosen = rankers(0.5, 1.0, people=12)
    weights = np.array([0.3, 0.7])
    wanted = ndcg(rank((0.3 * z[0] + 0.7 * z[1]).astype(np.float32), seen, LIST), chosen)
    np.testing.assert_allclose(list_quality(weights, [(z, seen, chosen)]), wanted)
    parts = [(z[:, part], seen[part], chosen[part]) for part in (slice(0, 5), slice(5, 12))]
    np.testing.assert_allclose(list_quality(weights, parts), wanted)
    assert list_quality(weights, []).shape == (0,)


# The search


def test_of_a_good_ranker_and_a_blind_one_the_good_one_is_taken():
    z, seen, chosen = rankers(0.2, 0.2)
    blind = np.random.default_rng(9).normal(size=z[0].shape).astype(np.float32)
    for place, models in ((0, [z[0], blind]), (1, [blind, z[0]])):
        weights = search_weights([(np.stack(models), seen, chosen)], 2)
        assert weights[place] > 0.85
        assert weights.sum() == pytest.approx(1)


def test_two_that_err_apart_are_mixed_and_the_mixture_is_better_than_each():
    block = rankers(0.5, 0.5)
    weights = search_weights([block], 2)
    found = quality(block, *weights)
    assert found > max(quality(block, 1, 0), quality(block, 0, 1)) + 0.02
    np.testing.assert_allclose(weights, 0.5, atol=0.2)
    grid = max(quality(block, share, 1 - share) for share in np.linspace(0, 1, 21))
    assert found > grid - 0.005


def test_of_three_no_neighbour_at_the_smallest_step_is_better():
    block = rankers(0.4, 0.8, 3.0)
    weights = search_weights([block], 3)
    assert (weights >= 0).all()
    assert weights.sum() == pytest.approx(1)
    assert weights[0] > weights[1] > weights[2]
    for place in range(3):
        for change in (0.05, -0.05):
            moved = weights.copy()
            moved[place] = max(moved[place] + change, 0)
            assert quality(block, *(moved / moved.sum())) <= quality(block, *weights) + 1e-12


def test_blocks_of_people_count_by_their_people():
    z, seen, chosen = rankers(0.5, 0.9)
    parts = [(z[:, part], seen[part], chosen[part]) for part in (slice(0, 140), slice(140, 150))]
    np.testing.assert_array_equal(search_weights(parts, 2), search_weights([(z, seen, chosen)], 2))


def test_where_there_is_nobody_weights_are_equal():
    nobody = np.empty((4, 0, ITEMS), np.float32), rows_of(np.empty((0, ITEMS))), rows_of(np.empty((0, ITEMS)))
    for blocks in ([], [nobody]):
        assert search_weights(blocks, 4).tolist() == [0.25] * 4


def test_one_model_has_all_the_weight():
    assert search_weights([rankers(0.5, people=5)], 1).tolist() == [1]


# The share of a second model


def test_a_share_that_helps_beyond_the_noise_is_taken():
    block = rankers(0.7, 0.7)
    shares = (0.05, 0.1, 0.2, 0.3, 0.5)
    assert share_worth([block], shares) == max(shares, key=lambda share: quality(block, 1 - share, share))


def test_a_share_that_helps_no_more_than_luck_is_not_taken():
    """The threshold is two standard errors of the difference, paired over people."""
    verdicts = []
    for seed in range(12):
        blocks = [rankers(0.7, 0.5 + seed / 4, people=20, seed=seed)]
        gain = list_quality(np.array([0.7, 0.3]), blocks) - list_quality(np.array([1.0, 0]), blocks)
        beyond = gain.mean() > 2 * gain.std(ddof=1) / np.sqrt(len(gain))
        assert share_worth(blocks, (0.3,)) == (0.3 if beyond else 0.0)
        verdicts.append(beyond)
    assert 0 < sum(verdicts) < 12  # both were seen


def test_a_share_of_noise_is_not_taken():
    z, seen, chosen = rankers(0.3, 50.0)
    assert share_worth([(z, seen, chosen)], (0.05, 0.1, 0.2)) == 0


def test_one_person_or_none_says_nothing_about_noise():
    z, seen, chosen = rankers(0.7, 0.1, people=1)
    assert share_worth([(z, seen, chosen)], (0.5,)) == 0
    assert share_worth([], (0.5,)) == 0
