"""What is weighed, and the rule of thumb."""

import numpy as np
import pytest
from scipy import sparse

from foretaste.models.ials_weights import ALPHA0, SHARE, Weights, chance, usual


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
def test_chance_is_where_the_singular_values_of_a_random_matrix_end(users, items, density):
    X = thrown(users, items, density)
    found = np.linalg.svd(X.astype(bool).toarray() - density, compute_uv=False)[0] / np.sqrt(users * items)
    assert chance(X) == pytest.approx(found, rel=0.1)


def test_only_what_nobody_said_follows_the_rule_of_thumb():
    X = thrown(50, 40, 0.2)
    assert usual(X, 0.7, 0.2, 1.0) == Weights(0.7, 0.2, 1.0)
    assert usual(X, 0.0, 0.2, 0.5) == Weights(ALPHA0, 0.2, 0.5)
    assert usual(X, 0.7, 0.0, 1.0).l2 * 0.7 == pytest.approx(SHARE * chance(X))
