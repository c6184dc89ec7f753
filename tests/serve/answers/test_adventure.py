"""From familiar to adventurous: never better known as it goes up, never what may not be listed, and at 0 as it was measured."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foretaste.errors import InputError
from foretaste.ranking import rank
from foretaste.serve.answers.adventure import FEWEST, TIMES, adventurous, free_of
from tests.laws.test_explanation_law import SPLIT, bundle, open_models, somebody

COUNT = np.bincount(SPLIT.train.indices, minlength=SPLIT.train.shape[1]).astype(np.float32)
STEPS = np.linspace(-1, 1, 21)


def listed(by, count, allowed, k, adventure):
    """Return the list as it is served, which leaves out what is not allowed in any case."""
    found = np.where(allowed, adventurous(by, count, free=allowed, k=k, adventure=adventure), -np.inf).astype(
        np.float32
    )
    cols = rank(found[None], None, k).cols[0]
    return cols[cols >= 0]


def known(cols, count):
    return np.log1p(count[cols].astype(np.float64)).mean()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 15), st.sampled_from([12, 60, 300]))
def test_the_list_is_never_better_known_as_it_goes_up(seed, k, items):
    rng = np.random.default_rng(seed)
    by, count = rng.standard_t(2, items).astype(np.float32), rng.zipf(1.6, items).clip(max=50_000).astype(np.float32)
    allowed = rng.random(items) < 0.8
    lists = [listed(by, count, allowed, k, adventure) for adventure in STEPS]
    assert {len(cols) for cols in lists} == {min(k, int(allowed.sum()))}
    if len(lists[0]):
        assert (np.diff([known(cols, count) for cols in lists]) <= 1e-6).all()
        assert all(allowed[cols].all() for cols in lists)


@pytest.mark.parametrize("name", open_models)
def test_lists_of_every_model_lean_both_ways(name):
    loaded = bundle(name)
    row, _ = loaded.row(somebody())
    by, allowed = loaded.scored(row)[0][0], free_of(row)
    lists = [listed(by, COUNT, allowed, 8, adventure) for adventure in STEPS]
    means = np.array([known(cols, COUNT) for cols in lists])
    assert (np.diff(means) <= 1e-6).all()
    assert means[0] > means[-1]
    assert not np.isin(np.concatenate(lists), row.indices).any()
    np.testing.assert_array_equal(lists[10], loaded.rank_rows(row, 8)[0].cols[0])


def test_what_is_rated_or_filtered_is_not_free():
    row, _ = bundle("bias").row(somebody())
    allowed = np.arange(row.shape[1]) % 2 == 0
    free = free_of(row, allowed)
    assert set(np.flatnonzero(free)) == set(np.flatnonzero(allowed)) - set(row.indices.tolist())
    assert allowed[row.indices].any()  # what was given is left as it is
    assert free_of(row).sum() == row.shape[1] - row.nnz


def test_at_0_it_is_the_same_numbers():
    by = np.array([1, 3, 2], np.float32)
    assert adventurous(by, COUNT[:3], free=np.ones(3, bool), k=2, adventure=0.0) is by
    assert adventurous(by, None, free=np.ones(3, bool), k=2, adventure=0.0) is by


def test_only_what_was_near_the_top_competes():
    n, k = 1000, 15
    by, count = -np.arange(n, dtype=np.float32), np.linspace(9999, 1, n, dtype=np.float32)
    competing = np.isfinite(adventurous(by, count, free=np.ones(n, bool), k=k, adventure=1.0))
    np.testing.assert_array_equal(np.flatnonzero(competing), np.arange(TIMES * k))
    assert np.isfinite(adventurous(by, count, free=np.ones(n, bool), k=2, adventure=1.0)).sum() == FEWEST
    odd = np.arange(n) % 2 == 1
    assert not np.isfinite(adventurous(by, count, free=odd, k=2, adventure=-1.0))[~odd].any()


@given(st.integers(0, 2**32 - 1), st.integers(2, 2 * FEWEST), st.integers(1, 3))
def test_those_that_compete_are_the_first_of_all_in_the_order_of_lists(seed, n, k):
    rng = np.random.default_rng(seed)
    by, free = rng.integers(0, 9, n).astype(np.float32), rng.random(n) < 0.9  # many are equal
    by[rng.random(n) < 0.1] = -np.inf
    found = adventurous(by, np.ones(n, np.float32), free=free, k=k, adventure=0.5)
    may = [col for col in range(n) if free[col] and by[col] > -np.inf]
    assert np.flatnonzero(np.isfinite(found)).tolist() == sorted(sorted(may, key=lambda col: (-by[col], col))[:FEWEST])


def test_a_trade_worked_by_hand():
    """Of two items z is 1 and -1; where the worse one is the better known, p is -1 and 1, and familiar lists begin with it."""
    by, count, both = np.array([4, 2], np.float32), np.expm1([1.0, 3.0]).astype(np.float32), np.ones(2, bool)
    for adventure, wanted in ((-0.4, [1 - 0.8, -1 + 0.8]), (0.4, [1 + 0.4, -1 - 0.4])):
        found = adventurous(by, count, free=both, k=2, adventure=adventure)
        np.testing.assert_allclose(found, wanted, atol=1e-6)
    assert listed(by, count, both, 1, -0.49) == 0
    assert listed(by, count, both, 1, -0.51) == 1


@pytest.mark.parametrize("count", [np.full(4, 7, np.float32), np.zeros(4, np.float32)])
def test_where_all_are_known_alike_nothing_moves(count):
    by = np.array([2, 9, 4, 1], np.float32)
    for adventure in (-1.0, -0.1, 0.3, 1.0):
        np.testing.assert_array_equal(listed(by, count, np.ones(4, bool), 4, adventure), [1, 2, 0, 3])


def test_whatever_is_masked_or_missing_stays_away():
    by = np.array([-np.inf, 1, 2], np.float32)
    np.testing.assert_array_equal(listed(by, COUNT[:3], np.array([True, False, True]), 3, 1.0), [2])
    assert len(listed(by, COUNT[:3], np.zeros(3, bool), 3, -1.0)) == 0


def test_a_bundle_that_does_not_say_who_has_what_is_refused_with_words():
    with pytest.raises(InputError, match="does not say how many people have what") as caught:
        adventurous(np.ones(3, np.float32), None, free=np.ones(3, bool), k=2, adventure=0.5)
    assert caught.value.hint == "train it again with this version, or leave adventure at 0"
