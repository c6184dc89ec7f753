"""The compiled scan gives the lists of a plain sort: on ties, infinities, zeros of both signs, and on any number of threads."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from foretaste.kernels import top
from foretaste.kernels.top import best_columns
from foretaste.ranking import Shrink, _sorted

NOTHING = np.empty(0, np.int32)
VALUES = st.sampled_from([-np.inf, -3.0, -0.0, 0.0, 0.5, 1.0, np.inf, 1e-45, -1e-45, 3e38]) | st.floats(-2, 2, width=32)


def matrix(rows: int, items: int, values: list[float]) -> np.ndarray:
    """Return scores that repeat some values: many ties."""
    return np.resize(np.array(values, np.float32), (rows, items)).copy()


@settings(deadline=None, max_examples=200)
@given(
    st.integers(1, 3), st.integers(1, 90), st.integers(1, 100), st.lists(VALUES, min_size=1, max_size=300),
    st.integers(0, 2**32), st.floats(0, 1), st.booleans(),
)  # fmt: skip
def test_a_scan_is_a_sort(rows, items, k, values, seed, density, drawn):
    k, scores = min(k, items), matrix(rows, items, values)
    rng = np.random.default_rng(seed)
    seen = sparse.csr_array((rng.random((rows, items)) < density).astype(np.float32))
    shrink = Shrink(-1.5, rng.random(items).astype(np.float32) + np.float32(0.1)) if drawn else None
    with np.errstate(all="ignore"):
        expected = _sorted(scores, seen, k, shrink)
    rule = {} if shrink is None else {"towards": shrink.towards, "share": shrink.share}
    found = best_columns(scores, seen.indptr.astype(np.int64), seen.indices.astype(np.int32), k, **rule)
    assert (found is None) == (expected is None)
    if found is not None and expected is not None:
        np.testing.assert_array_equal(found[0], expected.cols)
        np.testing.assert_array_equal(found[1], expected.scores)
        np.testing.assert_array_equal(np.signbit(found[1]), np.signbit(expected.scores))


@pytest.mark.parametrize("order", ["random", "rising", "falling", "equal"])
def test_long_rows_in_any_order(order):
    scores = np.random.default_rng(1).standard_normal((5, 4001)).astype(np.float32)
    scores = {"random": scores, "rising": np.sort(scores), "falling": -np.sort(-scores), "equal": scores * 0}[order]
    for k in (1, 15, 16, 17, 100, 4001):
        found, expected = best_columns(scores, np.zeros(6, np.int64), NOTHING, k), _sorted(scores, None, k, None)
        assert found is not None
        assert expected is not None
        np.testing.assert_array_equal(found[0], expected.cols)


@pytest.mark.parametrize("col", [0, 16, 63, 64, 66])
@pytest.mark.parametrize("masked", [False, True])
def test_a_score_that_is_nan_is_met_wherever_it_stands(col, masked):
    scores = np.zeros((2, 67), np.float32)
    scores[1, col] = np.nan
    start, seen = (np.array([0, 0, 1]), np.array([col], np.int32)) if masked else (np.zeros(3, np.int64), NOTHING)
    assert best_columns(scores, start, seen, 2) is None


def test_threads_make_no_difference_and_may_rank_together(monkeypatch):
    scores = np.round(np.random.default_rng(2).standard_normal((37, 500)), 1).astype(np.float32)
    scores.flags.writeable = False
    start = np.zeros(38, np.int64)
    alone = best_columns(scores, start, NOTHING, 20)
    assert alone is not None
    with ThreadPoolExecutor(4) as pool:
        for piece in (1, 700, 5000):
            monkeypatch.setattr(top, "PIECE", piece)
            for found in pool.map(lambda _: best_columns(scores, start, NOTHING, 20), range(8)):
                assert found is not None
                np.testing.assert_array_equal(found[0], alone[0])
                np.testing.assert_array_equal(found[1], alone[1])


def test_no_rows_are_no_lists():
    found = best_columns(np.empty((0, 3), np.float32), np.zeros(1, np.int64), NOTHING, 2)
    assert found is not None
    assert found[0].shape == (0, 2)
