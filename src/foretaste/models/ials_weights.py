"""What implicit least squares weighs, and by how much where nobody says."""

from dataclasses import dataclass

import numpy as np

from foretaste.arrays import Csr, FloatArray

ALPHA0 = 0.3
"""Weight of a missing cell where nothing is known."""
SHARE = 0.6
"""Penalty where nothing is known, as a share of what keeps out factors of pure chance."""


@dataclass(frozen=True)
class Weights:
    """What the objective weighs.

    Args:
        alpha0: Weight of every cell, stored or not, at 0; stored ones weigh 1 more, at 1.
        l2: Penalty.
        exponent: How much it grows with what a row holds.
    """

    alpha0: float
    l2: float
    exponent: float

    def penalties(self, X: Csr) -> FloatArray:
        """Return l2 (n + alpha0 columns)^exponent of each row, float32 (rows,), for the n entries that it stores."""
        alpha0, l2 = float(np.float32(self.alpha0)), float(np.float32(self.l2))  # as they are saved
        count = np.diff(X.indptr) + alpha0 * X.shape[1]
        return (l2 * count**self.exponent).astype(np.float32)


def chance(X: Csr) -> float:
    """Return the alpha0 l2 at which factors of a matrix with as many stored cells, thrown at random, would be zero.

    Far from the stored cells the objective is alpha0 |P Q'|^2 - 2 sum_stored p . q + l2 alpha0 (items |P|^2 + users |Q|^2), at
    exponent 1. Its solution keeps the singular values of X that are larger than l2 alpha0 sqrt(users items), and those of a
    random matrix of density d end at about sqrt(d) (sqrt(users) + sqrt(items)).
    """
    users, items = X.shape
    return float(np.sqrt(X.nnz / (users * items)) * (1 / np.sqrt(users) + 1 / np.sqrt(items)))


def usual(X: Csr, alpha0: float, l2: float, exponent: float) -> Weights:
    """Return weights in which 0 is replaced by a rule of thumb."""
    alpha0 = alpha0 or ALPHA0
    return Weights(alpha0, l2 or SHARE * chance(X) / alpha0, exponent)
