"""The two sides of implicit alternating least squares while they learn: factors of people and of items."""

import numpy as np

from foretaste.arrays import Csr, FloatArray
from foretaste.kernels.implicit_rows import diagonalise, padded, solve_rows
from foretaste.models.ials_weights import Weights

START = 0.1
"""Length of an item's factors at the start, about."""
EXACT = 1e-6
"""Share of the residual that is left where a row is solved to the end."""


class Sides:
    """Factors of both sides, and the alternation between them.

    Args:
        X: Users x items; values do not matter.
        latent: Factors.
        weights: What the objective weighs.
        seed: Of the items' factors at the start.

    Attributes:
        user: float32 (users, padded latent).
        item: float32 (items, padded latent), turned so that `squares` is all that `item' item` holds.
        squares: float32 (padded latent,).
    """

    def __init__(self, X: Csr, latent: int, weights: Weights, seed: int) -> None:
        self.by_user, self.by_item = X, X.T.tocsr()
        self.latent, width = latent, padded(latent)
        rng = np.random.default_rng(seed)
        self.user = np.zeros((X.shape[0], width), np.float32)
        self.item = np.zeros((X.shape[1], width), np.float32)
        for row in self.item[:, :latent]:  # row by row: normal numbers are made as float64
            row[:] = rng.normal(0, START / np.sqrt(latent), latent)
        self.item[np.diff(self.by_item.indptr) == 0] = 0
        self.squares = diagonalise(self.item, self.user, latent)
        self.weigh(weights)

    def weigh(self, weights: Weights) -> None:
        """Go on with other weights."""
        self.weights = weights
        self.user_l2, self.item_l2 = weights.penalties(self.by_user), weights.penalties(self.by_item)

    def alternate(self, steps: int) -> None:
        """Improve the people by some steps of conjugate gradients, then the items."""
        alpha0 = np.float32(self.weights.alpha0)
        solve_rows(
            self.by_user, self.item, alpha0 * self.squares, self.user_l2, self.user, steps=steps, tolerance=EXACT
        )
        squares = diagonalise(self.user, self.item, self.latent)
        solve_rows(self.by_item, self.user, alpha0 * squares, self.item_l2, self.item, steps=steps, tolerance=EXACT)
        self.squares = diagonalise(self.item, self.user, self.latent)


def fold_in(X: Csr, item: FloatArray, squares: FloatArray, weights: Weights) -> FloatArray:
    """Return the factors of rows, solved to the end, float32 (rows, width); 0 for an empty one."""
    out, steps = np.zeros((X.shape[0], item.shape[1]), np.float32), 4 * item.shape[1]
    alpha0 = np.float32(weights.alpha0)
    solve_rows(X, item, alpha0 * squares, weights.penalties(X), out, steps=steps, tolerance=EXACT)
    return out
