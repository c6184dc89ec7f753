"""Scores become lists: masked, sorted, ties by the lower column."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from foretaste.errors import ParamsError, ShapeError
from foretaste.ranking import Shrink, rank


@given(
    st.integers(1, 4).flatmap(
        lambda rows: st.integers(1, 7).flatmap(
            lambda items: st.tuples(
                st.lists(
                    st.lists(st.sampled_from([-np.inf, -1.0, 0.0, 0.5, 2.0]), min_size=items, max_size=items),
                    min_size=rows, max_size=rows,
                ),
                st.lists(st.lists(st.booleans(), min_size=items, max_size=items), min_size=rows, max_size=rows),
                st.integers(1, 9),
            )
        )
    )
)  # fmt: skip
def test_a_list_is_a_sort_by_score_then_column_of_what_is_unseen(case):
    scores, seen, k = np.array(case[0], dtype=np.float32), np.array(case[1]), case[2]
    ranking = rank(scores, sparse.csr_array(seen.astype(np.float32)), k)
    assert ranking.cols.shape == ranking.scores.shape == (len(scores), min(k, scores.shape[1]))
    for row, values in enumerate(scores):
        open_cols = [c for c in range(len(values)) if not seen[row, c] and values[c] > -np.inf]
        expected = sorted(open_cols, key=lambda c: (-values[c], c))[:k]
        pad = ranking.cols.shape[1] - len(expected)
        assert ranking.cols[row].tolist() == expected + [-1] * pad
        assert ranking.scores[row].tolist() == [values[c] for c in expected] + [-np.inf] * pad


def test_a_shrunk_score_is_what_is_sorted_by():
    scores = np.array([[5.0, 4.5, 1.0], [-np.inf, 4.0, 5.0]], dtype=np.float32)
    shrink = Shrink(1.0, np.array([0.25, 1.0, 0.5], dtype=np.float32))
    ranking = rank(scores, None, 2, shrink=shrink)
    assert ranking.cols.tolist() == [[1, 0], [1, 2]]
    assert ranking.scores.tolist() == [[4.5, 2.0], [4.0, 3.0]]
    assert scores[0].tolist() == [5.0, 4.5, 1.0]
    with pytest.raises(ShapeError, match=r"scores are \(2, 3\) and shares \(2,\); expected one for each item"):
        rank(scores, None, 2, shrink=Shrink(1.0, np.ones(2, np.float32)))


def test_many_scores_are_ranked_as_few_are(monkeypatch):
    """What compiled code gives, whatever the order, type and layout of what it is given, is what numpy gives."""
    rng = np.random.default_rng(5)
    scores = np.round(rng.standard_normal((40, 90)), 1)
    cells = rng.random((40, 90)) < 0.2
    row, col = np.nonzero(cells)
    shuffled = np.lexsort((-col, row))
    start = np.concatenate([[0], np.cumsum(cells.sum(1))])
    seen = sparse.csr_array((np.ones(len(row)), col[shuffled].astype(np.int64), start), shape=cells.shape)
    seen.has_sorted_indices = False
    shrink = Shrink(-1.0, rng.random(90).astype(np.float32))
    for given_scores in (scores, np.asfortranarray(scores.astype(np.float32)), scores[:, ::-1]):
        for rule in (None, shrink):
            monkeypatch.setattr("foretaste.ranking.LARGE", 1 << 20)
            few = rank(given_scores, seen, 12, shrink=rule)
            monkeypatch.setattr("foretaste.ranking.LARGE", 1)
            many = rank(given_scores, seen, 12, shrink=rule)
            assert many.cols.dtype == few.cols.dtype == np.int32
            assert many.scores.dtype == few.scores.dtype == np.float32
            np.testing.assert_array_equal(many.cols, few.cols)
            np.testing.assert_array_equal(many.scores, few.scores)
    with pytest.raises(ShapeError, match="a score is nan"):
        rank(np.full((1, 3), np.nan, np.float32), None, 1)


@pytest.mark.parametrize("items", [1, 2_047, 2_048, 5_003])
def test_long_rows_are_ranked_as_a_sort_would(items):
    rng = np.random.default_rng(items)
    plain = rng.standard_normal(items).astype(np.float32)
    few = np.where(rng.random(items) < 0.01, plain, np.float32(-np.inf))
    for values in (plain, np.round(plain), np.sort(plain), np.sort(plain)[::-1], few, np.zeros_like(plain)):
        for k in (1, 10, 70, items):
            found = rank(values[None], None, k).cols[0]
            expected = [col for col in np.lexsort((np.arange(items), -values)) if values[col] > -np.inf][:k]
            assert found[found >= 0].tolist() == expected
    plain[-1] = np.nan  # in no group of equal length
    with pytest.raises(ShapeError, match="a score is nan"):
        rank(plain[None], None, 1)


def test_scores_are_left_alone_and_a_stored_zero_is_seen():
    scores = np.array([[3.0, 1.0]], dtype=np.float32)
    ranking = rank(scores, sparse.csr_array(([0.0], ([0], [0])), shape=(1, 2)), 1)
    assert ranking.cols.tolist() == [[1]]
    assert scores.tolist() == [[3, 1]]
    assert len(ranking) == 1


@pytest.mark.parametrize(
    ("scores", "seen", "k", "error", "words"),
    [
        (np.ones((1, 2)), None, 0, ParamsError, "k is 0, expected a whole number from 1"),
        (np.ones((1, 2)), sparse.csr_array((1, 3)), 1, ShapeError, r"scores are \(1, 2\) and seen is \(1, 3\)"),
        (np.array([[np.nan, 1]]), None, 1, ShapeError, "a score is nan"),
    ],
)
def test_what_cannot_be_ranked_is_refused(scores, seen, k, error, words):
    with pytest.raises(error, match=words):
        rank(scores, seen, k)


@pytest.mark.parametrize("k", [0, 2.5, "3"])
def test_a_length_that_is_no_whole_number_is_refused(k):
    with pytest.raises(ParamsError, match=f"k is {k!r}, expected a whole number from 1"):
        rank(np.ones((1, 2), np.float32), None, k)


@pytest.mark.parametrize("shape", [(3,), (2, 0)])
def test_scores_of_another_shape_are_refused(shape):
    with pytest.raises(ShapeError, match=r"scores have the shape .*, expected"):
        rank(np.ones(shape, np.float32), None, 1)
