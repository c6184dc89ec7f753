"""What is weighed, and the rule of thumb."""

import numpy as np
import pytest
from scipy import sparse

from foretaste.models.ials_weights import FIRST, LAST, Path, Weights, chance, usual_alpha0


def thrown(users, items, density, seed=0):
    return sparse.random_array(
        (users, items), density=density, format="csr", rng=np.random.default_rng(seed), dtype=np.float32
    )


def test_penalties_grow_with_what_a_row_holds():
    X = sparse.csr_array(np.array([[1, 0, 1, 1], [0, 0, 0, 0]], np.float32))
    np.testing.assert_allclose(Weights(0.5, 0.1, 1.0).penalties(X), [0.5, 0.2])
    np.testing.assert_allclose(Weights(0.5, 0.1, 0.5).penalties(X), 0.1 * np.sqrt([5, 2]))
    np.testing.assert_allclose(Weights(0.5, 0.1, 0.0).penalties(X), [0.1, 0.1])


@pytest.mark.parametrize(("users", "items", "density"), [(300, 300, 0.1), (1000, 200, 0.05)])
@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.0])
def test_chance_leaves_no_factors_of_a_random_matrix(users, items, density, exponent):
    """The largest singular value of what is left without the mean, over the geometric mean of the two counts."""
    X = thrown(users, items, density)
    largest = np.linalg.svd(X.astype(bool).toarray() - density, compute_uv=False)[0]
    counts = np.sqrt((density + 0.3) * items * (density + 0.3) * users)
    assert chance(X, 0.3, exponent) == pytest.approx(largest / counts**exponent, rel=0.1)


@pytest.mark.parametrize(("density", "wanted"), [(0.01, 0.2), (0.03, 0.6), (0.2, 1.0)])
def test_all_missing_cells_weigh_twenty_times_the_stored_ones(density, wanted):
    assert usual_alpha0(thrown(200, 100, density)) == pytest.approx(wanted)


def test_the_penalty_falls_by_a_factor_from_one_alternation_to_the_next():
    X = thrown(50, 40, 0.2)
    weights = Path(0.0, 0.0, 1.0, 0.8, 7).weights(X, measured=True)
    np.testing.assert_allclose([w.l2 for w in weights], FIRST * chance(X, 1.0, 1.0) * 0.8 ** np.arange(7))
    assert {(w.alpha0, w.exponent) for w in weights} == {(1.0, 1.0)}


def test_a_penalty_given_is_where_it_ends():
    X = thrown(50, 40, 0.2)
    for measured in (True, False):
        weights = Path(0.7, 0.02, 1.0, 0.5, 9).weights(X, measured=measured)
        assert len(weights) == 9
        assert (weights[-1].l2, weights[-1].alpha0) == (0.02, 0.7)
        assert weights[0].l2 == pytest.approx(FIRST * chance(X, 0.7, 1.0))
    assert [w.l2 for w in Path(0.7, 0.02, 1.0, 1e-9, 3).weights(X, measured=True)][1:] == [0.02, 0.02]
    few = [w.l2 for w in Path(0.7, 0.02, 1.0, 0.8, 3).weights(X, measured=False)]
    np.testing.assert_allclose(few, [0.02 / 0.64, 0.02 / 0.8, 0.02])
    assert {w.l2 for w in Path(0.7, 50.0, 1.0, 0.9, 3).weights(X, measured=True)} == {50.0}  # it begins no lower


def test_where_nobody_measures_it_ends_at_the_rule_of_thumb():
    X = thrown(50, 40, 0.2)
    weights = Path(0.0, 0.0, 1.0, 0.8, 100).weights(X, measured=False)
    assert weights[-1].l2 == pytest.approx(LAST * chance(X, 1.0, 1.0))
    assert weights[-2].l2 > weights[-1].l2 > 0.8 * weights[-2].l2
    assert len(Path(0.0, 0.0, 1.0, 0.8, 2).weights(X, measured=False)) == 2
    assert len(Path(0.0, 0.0, 1.0, 1.0, 5).weights(X, measured=False)) == 5  # it never falls, and yet that ends
