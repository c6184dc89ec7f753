"""Rows that say nothing to a ranker."""

import numpy as np

from foretaste.models.silence import LOOKED, fill_silent

COUNT = np.array([3, 9, 1], np.float32)


def test_only_rows_in_which_all_scores_are_equal_are_filled():
    scores = np.array([[0, 0, 0], [2, 2, 2], [0, 0, 1], [-1, 0, 0]], np.float32)
    found = fill_silent(scores, COUNT)
    np.testing.assert_array_equal(found, [[3, 9, 1], [3, 9, 1], [0, 0, 1], [-1, 0, 0]])
    assert found is scores


def test_a_row_that_differs_late_says_something():
    width = 3 * LOOKED
    scores, count = np.zeros((2, width), np.float32), np.arange(width, dtype=np.float32)
    scores[0, -1] = 1e-30
    kept = scores[0].copy()
    fill_silent(scores, count)
    np.testing.assert_array_equal(scores[0], kept)
    np.testing.assert_array_equal(scores[1], count)


def test_no_rows_and_one_item_are_no_special_case():
    assert fill_silent(np.empty((0, 3), np.float32), COUNT).shape == (0, 3)
    np.testing.assert_array_equal(fill_silent(np.ones((1, 1), np.float32), COUNT[:1]), [[3]])
