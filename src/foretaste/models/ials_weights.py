"""What implicit least squares weighs, and by how much where nobody says."""

from dataclasses import dataclass

import numpy as np

from foretaste.arrays import Csr, FloatArray

ZEROS = 20.0
"""What missing cells weigh together where nobody says, in stored ones."""
FIRST, LAST = 1.5, 0.55
"""Where the penalty begins and ends where nobody says, in units of the one that leaves no room for factors of pure chance."""


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


def chance(X: Csr, alpha0: float, exponent: float) -> float:
    """Return the l2 at which factors of a matrix with as many stored cells, thrown at random, would be zero.

    With the weight of stored cells spread evenly, (alpha0 + density) |P Q'|^2 - 2 sum_stored p . q + l2 (a |P|^2 + b |Q|^2) is
    minimised, a and b the counts of a mean row and column. That keeps the singular values of X that are larger than
    l2 sqrt(a b), each less so much. Those of a random matrix end at about sqrt(density) (sqrt(users) + sqrt(items)).
    """
    users, items = X.shape
    density = X.nnz / (users * items)
    largest = np.sqrt(density) * (np.sqrt(users) + np.sqrt(items))
    return float(largest / ((alpha0 + density) * np.sqrt(users * items)) ** exponent)


def usual_alpha0(X: Csr) -> float:
    """Return a weight of missing cells that was good on sparse and on dense data: `ZEROS` as heavy as the ones, 1 at most."""
    return min(ZEROS * X.nnz / (X.shape[0] * X.shape[1]), 1.0)


@dataclass(frozen=True)
class Path:
    """How the weights change from one alternation to the next.

    Args:
        alpha0: Of the first and of all; 0 takes `usual_alpha0`.
        l2: Where the penalty ends; 0 lets it fall on while somebody measures, or else to `LAST`.
        exponent: Of the penalty.
        fall: Factor from each penalty to the next.
        epochs: Alternations at most.
    """

    alpha0: float
    l2: float
    exponent: float
    fall: float
    epochs: int

    def weights(self, X: Csr, *, measured: bool) -> list[Weights]:
        """Return what each alternation weighs; where nobody measures, one that nobody bounded ends when l2 has fallen."""
        alpha0 = self.alpha0 or usual_alpha0(X)
        unit = chance(X, alpha0, self.exponent)
        end = self.l2 or (0.0 if measured else LAST * unit)
        falls = [FIRST * unit * self.fall**epoch for epoch in range(self.epochs)]
        if self.l2:  # with few alternations it begins lower, and ends there nevertheless
            falls = [max(end, min(l2, end * self.fall ** (n + 1 - self.epochs))) for n, l2 in enumerate(falls)]
        elif not measured:
            falls = [*(l2 for l2 in falls if l2 > end), end][: self.epochs]
        return [Weights(alpha0, l2, self.exponent) for l2 in falls]
