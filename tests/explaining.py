"""Models with known answers for the tests of explanations: weights set by hand, a sum of ratings, and lists by brute force."""

import numpy as np
from scipy.sparse import csr_array

from foretaste.arrays import as_csr
from foretaste.models import Bias, Ease
from foretaste.models.base import Recommender
from foretaste.ranking import rank

SCALE = np.array([0.5, 5], np.float32)


def linear(weights):
    """Return a ranker whose weights are known: what item j, a row, says for item i, a column."""
    B = np.array(weights, np.float32)
    return Ease.from_arrays(Ease.Params(), {"n_items_": np.array([len(B)]), "scale_": SCALE, "weights_": B})


class Tally(Recommender):
    """Predicts 3 + the sum over a row's ratings of how far they are above 3 times a known weight, and 0.1 for each two."""

    Params = Bias.Params
    name = "tally"

    @classmethod
    def of(cls, weights):
        model = cls()
        model.n_items_, model.scale_, model.weights_ = len(weights), SCALE, np.array(weights, np.float32)
        return model

    def _score(self, X):
        above = csr_array((X.data - 3, X.indices, X.indptr), shape=X.shape)
        return 3 + above @ self.weights_ + 0.1 * (np.diff(X.indptr) // 2)[:, None].astype(np.float32)

    def _predict(self, X, rows, cols):
        return self._score(X)[rows, cols]


def row_of(values):
    """Return a row (1, items) for ratings by column; the width is one more than the key None says, or 6."""
    cols = sorted(values)
    return as_csr(csr_array(([values[c] for c in cols], ([0] * len(cols), cols)), shape=(1, 6)))


def some_row(seed, items, n, values=(1, 2, 3, 4, 5)):
    """Return a random row of n ratings."""
    rng = np.random.default_rng(seed)
    cols = np.sort(rng.choice(items, n, replace=False))
    return as_csr(csr_array((rng.choice(values, n), (np.zeros(n, int), cols)), shape=(1, items)))


def only(row, entries):
    """Return a row with some of its entries."""
    entries = list(entries)
    return csr_array((row.data[entries], row.indices[entries], [0, len(entries)]), shape=row.shape)


def listed(model, row, seen, col, k, order=None):
    """Return whether an item is in the list of one row, scored by itself."""
    shrink = None if order is None or model.arranges else order.shrink
    return col in rank(model.appeal(row), seen, k, shrink=shrink).cols
