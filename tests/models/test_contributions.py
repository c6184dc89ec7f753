"""Scores as sums: the weights of a ridge regression's targets, and those that were kept of an item."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from foretaste.errors import NotFittedError, ShapeError
from foretaste.models import Bias, Blend, Mean
from foretaste.models.contributions import Contributions, kept_weights, nothing, ridge_answers

RNG = np.random.default_rng(0)


def test_scores_are_base_and_parts_added_up():
    made = Contributions(np.array([1.0, 2.0]), np.array([[0.5, 0.0], [-0.25, 3.0]]))
    assert made.total.tolist() == [1.25, 5.0]
    assert nothing(np.array([4, 5], np.float32), 3).total.tolist() == [4, 5]


def test_ridge_answers_make_the_prediction_of_a_regression_of_more_rows():
    """A penalty is a row of its root with the target 0, a spread is more penalty; least squares by another library."""
    F, g, penalty = RNG.normal(size=(9, 4)), RNG.normal(size=(3, 4)), np.array([0.5, 1, 2, 3])
    spread, target = RNG.random((9, 4)), RNG.normal(size=9)
    rows = np.vstack([F, np.diag(np.sqrt(penalty + spread.sum(0)))])
    solution = np.linalg.lstsq(rows, np.concatenate([target, np.zeros(4)]), rcond=None)[0]
    found = ridge_answers(F, g, penalty, spread=spread)
    np.testing.assert_allclose((F @ found).T @ target, g @ solution, rtol=1e-10)
    np.testing.assert_allclose(ridge_answers(F[:0], g, penalty), (g / penalty).T)


def test_kept_weights_by_hand():
    near = np.array([[2, 0, 5], [1, 3, -1], [4, 2, 0]], np.int32)
    weight = np.array([[3.0, 2, 1], [7, 8, 0], [6, 5, 4]], np.float32)
    held = np.array([0, 2, 3, 5], np.int32)
    assert kept_weights(near, weight, held).tolist() == [[2, 0, 4], [3, 0, 5], [0, 8, 0], [1, 0, 0]]
    assert kept_weights(near, weight, held, most=1).tolist() == [[0, 0, 0], [3, 0, 5], [0, 8, 0], [0, 0, 0]]


def test_a_bias_is_taken_apart_by_hand():
    """Mean 3; item effects 0: of a row of 5 and 2 each counts for what it is above 3, over two and a damping of 2."""
    model = Bias(damping_item=1e9, damping_user=2).fit(csr_array([[5.0, 1, 3], [3, 3, 3]]))
    found = model.contributions(csr_array([[5.0, 2, 0]]), [2])
    np.testing.assert_allclose(found.base, [3], atol=1e-6)
    np.testing.assert_allclose(found.parts, [[0.5], [-0.25]], atol=1e-6)


def test_a_blend_adds_up_its_members_unless_one_is_cut_off():
    X = csr_array([[5.0, 1, 3], [3, 4, 3], [5, 5, 0]])
    plain = ["bias.damping_item=0", "bias.damping_user=0"]
    blend = Blend(members=["mean", "bias"], settings=plain, weights=[0.25, 0.75]).fit(X)
    row = csr_array([[5.0, 2, 0]])
    alone = blend.members_["bias"].contributions(row, [2])
    np.testing.assert_allclose(blend.contributions(row, [2]).parts, 0.75 * alone.parts)
    generous = csr_array([[5.0, 5, 5]])
    assert blend.members_["bias"].predict(generous, [0], [0], clip=False)[0] > 5
    assert blend.contributions(generous, [0]) is None


def test_what_cannot_be_taken_apart_is_refused_with_words():
    model = Mean().fit(csr_array([[5.0, 1]]))
    with pytest.raises(ShapeError, match="the matrix has 2 rows, expected 1: scores are taken apart one row at a time"):
        model.contributions(csr_array((2, 2)), [0])
    for col in (-1, 2):
        with pytest.raises(ShapeError, match="a column lies outside the 2 of the matrix"):
            model.contributions(csr_array((1, 2)), [col])
    with pytest.raises(NotFittedError):
        Mean().contributions(csr_array((1, 2)), [0])
