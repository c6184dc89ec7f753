"""Pairs and discounted gains of hidden ratings against a brute force, scipy and scikit-learn, ties and all."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import ndcg_score

from foretaste.kernels import hidden_order
from foretaste.kernels.hidden_order import order_sums

LEVELS = st.sampled_from([0.5, 1.0, 2.5, 4.0, 5.0])
PEOPLE = st.lists(st.lists(st.tuples(LEVELS, st.integers(0, 3)), max_size=8), min_size=1, max_size=5)


def sums(people, gains=None):
    """Return the four sums of people given as lists of (rating, prediction)."""
    cells = np.array([cell for person in people for cell in person], float).reshape(-1, 2)
    start = np.concatenate([[0], np.cumsum([len(person) for person in people])])
    gains = np.exp2(cells[:, 0]) - 1 if gains is None else gains
    return order_sums(cells[:, 0], cells[:, 1], start, gains)


@settings(deadline=None, max_examples=150)
@given(PEOPLE)
def test_pairs_are_those_of_comparing_all_of_them(people):
    right, pairs, _, _ = sums(people)
    for place, person in enumerate(people):
        different = [(a, b) for i, a in enumerate(person) for b in person[:i] if a[0] != b[0]]
        wanted = sum(0.5 if a[1] == b[1] else float((a[1] > b[1]) == (a[0] > b[0])) for a, b in different)
        assert (right[place], pairs[place]) == (wanted, len(different))


@pytest.mark.parametrize("steps", [2, 5, 1000])
def test_they_are_those_of_other_libraries(steps):
    rng = np.random.default_rng(steps)
    people = [
        list(zip(rng.integers(1, 11, n) / 2, rng.integers(0, steps, n).astype(float), strict=True))
        for n in (2, 3, 30, 200)
    ]
    right, pairs, quality, have = sums(people)
    for place, person in enumerate(people):
        actual, predicted = np.array(person).T
        if len(set(actual)) > 1 and len(set(predicted)) > 1:
            somers = stats.somersd(actual, predicted).statistic  # of pairs that differ in the first
            assert right[place] / pairs[place] == pytest.approx((1 + somers) / 2)
        assert quality[place] == pytest.approx(ndcg_score([np.exp2(actual) - 1], [predicted]))
        assert have[place] == 1


def test_gains_by_hand():
    _, _, quality, have = sums([[(5.0, 1.0), (4.0, 2.0)], [(5.0, 1.0), (4.0, 1.0)], [(3.0, 1.0)], []])
    ideal = 31 + 15 / np.log2(3)
    np.testing.assert_allclose(quality[:2], [(15 + 31 / np.log2(3)) / ideal, 23 * (1 + 1 / np.log2(3)) / ideal])
    assert have.tolist() == [1, 1, 0, 0]  # one rating can stand in no wrong order


def test_where_all_gains_are_nothing_there_is_no_order_to_get_right():
    _, pairs, quality, have = sums([[(2.0, 1.0), (2.0, 3.0)]], np.zeros(2))
    assert (pairs[0], quality[0], have[0]) == (0, 0, 0)


def test_pieces_make_no_difference(monkeypatch):
    rng = np.random.default_rng(0)
    people = [list(zip(rng.integers(1, 6, n), rng.random(n), strict=True)) for n in rng.integers(0, 40, 50)]
    whole = sums(people)
    for piece in (1, 100):
        monkeypatch.setattr(hidden_order, "PIECE", piece)
        np.testing.assert_array_equal(sums(people), whole)


def test_nobody_has_no_sums():
    assert order_sums(np.empty(0), np.empty(0), np.zeros(1, int), np.empty(0)).shape == (4, 0)
    assert sums([[], []]).tolist() == [[0, 0]] * 4
