"""The choice of a penalty: the search for a lowest point, the people set aside, and the stand-in that is measured."""

import math

import numpy as np
import pytest
from scipy.sparse import csr_array

from foretaste.arrays import as_csr
from foretaste.models import penalty
from foretaste.models.item_weights import solve_weights
from foretaste.models.penalty import Trial, choose_penalty, lowest, popular, usual_penalty


def clicks(rows: int = 400, items: int = 30, seed: int = 0) -> csr_array:
    """Return ones of three kinds of people; items differ in popularity."""
    rng = np.random.default_rng(seed)
    liked = rng.random((3, items)) ** 3
    return as_csr(csr_array((rng.random((rows, items)) < 0.5 * liked[rng.integers(0, 3, rows)]).astype(np.float32)))


@pytest.mark.parametrize("bottom", [0.5, 20.0, 90.0, 700.0, 20_000.0])
def test_the_lowest_point_of_a_parabola_is_found(bottom):
    assert lowest(lambda value: math.log(value / bottom) ** 2, 90.0) == pytest.approx(bottom)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_slope_without_end_is_followed_for_a_while(sign):
    looked = []
    found = lowest(lambda value: looked.append(value) or sign * value, 90.0)
    assert len(looked) == penalty.MOST
    assert found == (min if sign == 1 else max)(looked)


def test_where_all_is_equal_or_nothing_is_known_the_search_stays_where_it_began():
    assert lowest(lambda _: 1.0, 90.0) == 90.0
    assert lowest(lambda _: math.inf, 90.0) == 90.0


def test_the_most_popular_columns_without_empty_ones():
    X = as_csr(csr_array([[1.0, 0, 1, 1], [1, 0, 1, 0], [0, 0, 1, 1]]))
    assert popular(X, 2).tolist() == [0, 2]
    assert popular(X, 9).tolist() == [0, 2, 3]


def test_a_trial_scores_all_columns_and_puts_those_it_leaves_out_last():
    weights = np.array([[0, -2.0], [3, 0]], np.float32)
    trial = Trial(np.array([1, 3]), weights)
    assert trial.task == "ranking"
    X = csr_array([[0, 1.0, 0, 0, 5], [0, 0, 0, 1, 0], [0, 0, 0, 0, 0]])
    np.testing.assert_array_equal(trial.score(X), [[-3, 0, -3, -2, -3], [-3, 3, -3, 0, -3], [-3, 0, -3, 0, -3]])


def test_the_measure_decides_and_a_nan_is_the_worst():
    X, asked = clicks(), []

    def solve(part: csr_array, value: float) -> np.ndarray:
        asked.append(value)
        return solve_weights(part, value)

    found = choose_penalty(X, lambda _: abs(math.log(asked[-1] / 700)), solve)
    assert 400 < found < 1300
    assert choose_penalty(X, lambda _: math.nan, solve) == usual_penalty(X.nnz)


def test_without_a_measure_people_set_aside_decide_and_are_not_learnt_from():
    X, rows = clicks(), []

    def solve(part: csr_array, value: float) -> np.ndarray:
        rows.append(part.shape[0])
        return solve_weights(part, value)

    found = choose_penalty(X, None, solve)
    assert set(rows) == {360}
    assert found == choose_penalty(X, None, solve_weights)
    assert found != usual_penalty(X.nnz)


def test_of_few_people_the_usual_penalty_is_taken():
    X = clicks(rows=penalty.LEAST - 1)
    assert choose_penalty(X, None, lambda *_: pytest.fail("tried")) == usual_penalty(X.nnz)
    assert usual_penalty(10_000) == 100


def test_trials_are_made_with_the_most_popular_items(monkeypatch):
    monkeypatch.setattr(penalty, "ITEMS", 12)
    X, widths = clicks(), []

    def solve(part: csr_array, value: float) -> np.ndarray:
        widths.append(part.shape[1])
        return solve_weights(part, value)

    def measure(model: Trial) -> float:
        assert model.score(X).shape == X.shape
        return 1.0

    choose_penalty(X, measure, solve)
    assert set(widths) == {12}


def test_where_only_those_set_aside_hold_anything_there_is_nothing_to_try():
    """Whoever it is: one person holds all there is, and in one of these cases they are set aside."""
    for row in range(200):
        X = as_csr(csr_array((np.ones(1, np.float32), ([row], [0])), shape=(200, 2)))
        found = choose_penalty(X, None, solve_weights)
        assert found == pytest.approx(usual_penalty(1))
