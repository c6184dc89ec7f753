"""Popularity, coverage and Gini by hand and against other libraries; their intervals against worlds whose truth is known."""

import numpy as np
import polars as pl
import pytest
from scipy import sparse
from sklearn.metrics import auc

from foretaste.arrays import as_csr
from foretaste.metrics.beyond import Popularity, Shown, coverage, gini, keep_top
from foretaste.metrics.registry import LISTED

RNG = np.random.default_rng(0)
X = as_csr(sparse.csr_array((RNG.random((30, 12)) < 0.3) * 4.0))


def shown(cols, items, people=None):
    cols = np.array(cols, np.int32)
    return Shown(np.arange(len(cols)) if people is None else np.array(people), cols, items)


def random_lists(people=40, items=60, k=5, seed=0):
    rng = np.random.default_rng(seed)
    taste = -np.log(np.arange(1, items + 1)) + rng.gumbel(size=(people, items))
    return shown(np.argsort(-taste, axis=1)[:, :k], items)


# Popularity


def test_popularity_is_the_share_of_people_who_rated():
    known = Popularity.of(as_csr(sparse.csr_array([[1.0, 2, 0], [3, 0, 0], [0, 0, 0]])))
    assert (known.share.tolist(), known.people) == ([1, 0.5, 0], 2)
    assert known.information.tolist() == [0, 1, 1]  # what nobody rated counts as rated by one of two
    assert Popularity.of(as_csr(sparse.csr_array((2, 3)))).information.tolist() == [0, 0, 0]


def test_profiles_are_group_means_of_another_library():
    known, cells = Popularity.of(X), X.tocoo()
    frame = pl.DataFrame({"person": cells.row, "share": known.share[cells.col]})
    wanted = dict(frame.group_by("person").mean().iter_rows())
    found = known.of_profiles(X)
    for person in range(30):
        np.testing.assert_allclose(found[person], wanted.get(person, np.nan))
    assert np.isnan(known.of_profiles(as_csr(sparse.csr_array((1, 12))))).all()


# Coverage and Gini


def test_by_hand():
    lists = shown([[0, 1], [0, 2], [0, -1]], 4)
    assert coverage([lists])[0] == 3 / 4
    assert gini([lists])[0] == pytest.approx(((2 * 4 - 4 - 1) * 3 + (2 * 3 - 5 + 2 * 2 - 5) * 1) / (4 * 5))


def test_values_are_those_of_other_libraries():
    lists = random_lists()
    assert coverage([lists])[0] == pl.Series(lists.cols.ravel()).n_unique() / 60
    counts = np.sort(np.bincount(lists.cols.ravel(), minlength=60))
    lorenz = np.concatenate([[0], np.cumsum(counts) / counts.sum()])
    assert gini([lists])[0] == pytest.approx(1 - 2 * auc(np.linspace(0, 1, 61), lorenz))


def test_equal_places_have_no_inequality_and_one_item_for_all_has_the_most():
    each = shown(np.arange(12).reshape(6, 2), 12)
    assert (coverage([each])[0], gini([each])[0]) == (1, pytest.approx(0))
    same = shown([[3]] * 6, 12)
    assert (coverage([same])[0], gini([same])[0]) == (1 / 12, pytest.approx(1 - 1 / 12))


def test_folds_are_averaged():
    folds = [random_lists(seed=1), random_lists(seed=2)]
    for measure in (coverage, gini):
        assert measure(folds)[0] == pytest.approx(np.mean([measure([fold])[0] for fold in folds]))


def test_a_person_in_two_folds_is_one_and_two_are_two():
    """The same lists again say nothing new of the same people, and narrow the interval by sqrt(2) if others have them."""
    lists = random_lists(people=200, items=300)
    width = {}
    for name, people in (("same", np.arange(200)), ("other", np.arange(200, 400))):
        folds = [lists, Shown(people, lists.cols, 300)]
        width[name] = [np.subtract(*measure(folds)[:0:-1]) for measure in (coverage, gini)]
    alone = [np.subtract(*measure([lists])[:0:-1]) for measure in (coverage, gini)]
    np.testing.assert_allclose(width["same"], alone, rtol=0.1)
    np.testing.assert_allclose(width["other"], np.array(alone) / np.sqrt(2), rtol=0.02)


def test_names_of_people_are_any_ids():
    lists = random_lists()
    named = Shown(np.array([f"u{i:03}" for i in range(40)]), lists.cols, lists.items)
    assert coverage([named]) == coverage([lists])
    assert gini([named]) == gini([lists])


def test_intervals_stay_between_nothing_and_everything():
    for lists in (random_lists(3), shown([[0]], 5), shown(np.arange(12).reshape(6, 2), 12)):
        for value, low, high in (coverage([lists]), gini([lists])):
            assert 0 <= low <= value <= high <= 1


def test_without_lists_there_is_no_value():
    for parts in ([shown(np.full((2, 3), -1), 4)], [shown(np.empty((0, 3)), 4)]):
        assert np.isnan([*coverage(parts), *gini(parts)]).all()


def test_lists_are_kept_as_far_as_they_count():
    kept = keep_top(np.arange(300, dtype=np.int32).reshape(3, 100))
    assert kept[1].tolist() == list(range(100, 100 + LISTED))
    assert keep_top(np.array([[4, 2]], np.int32))[0].tolist() == [4, 2] + [-1] * (LISTED - 2)


# Intervals


def world(seed, items, groups, spread):
    """Return a draw of one person's list: popular items, and the taste of a group of people."""
    taste = -np.log(np.arange(1, items + 1)) + spread * np.random.default_rng(seed).normal(size=(groups, items))

    def draw(rng, people, folds=1):
        own = taste[rng.integers(0, groups, people)] + rng.gumbel(size=(people, items))
        noise = 0.7 * rng.gumbel(size=(folds, people, items)) if folds > 1 else np.zeros((1, people, items))
        return [shown(np.argpartition(-(own + more), LISTED, axis=1)[:, :LISTED], items) for more in noise]

    return draw


def share_that_hold(measure, draws):
    """Return how many of the intervals hold the mean of all values."""
    value, low, high = np.array([measure(parts) for parts in draws]).T
    return np.mean((low <= value.mean()) & (value.mean() <= high))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("people", "items", "groups", "spread", "folds"), [(100, 500, 5, 1, 1), (200, 500, 10, 2, 1), (100, 300, 8, 2, 3)]
)
def test_intervals_hold_the_truth(people, items, groups, spread, folds):
    draw, rng = world(1, items, groups, spread), np.random.default_rng(3)
    draws = [draw(rng, people, folds) for _ in range(800)]
    for measure in (coverage, gini):
        assert 0.92 <= share_that_hold(measure, draws) <= 0.97


@pytest.mark.slow
def test_drawing_the_lists_again_does_not():
    """Why it is not done: percentile intervals of coverage lie below the truth."""
    draw, rng = world(1, 500, 5, 1), np.random.default_rng(2)
    draws, truth, held = [draw(rng, 100)[0] for _ in range(60)], [], []
    for lists in draws:
        truth.append(coverage([lists])[0])
        again = [len(np.unique(lists.cols[rng.integers(0, 100, 100)])) / 500 for _ in range(100)]
        held.append(np.quantile(again, [0.025, 0.975]))
    assert np.mean([low <= np.mean(truth) <= high for low, high in held]) < 0.2
