"""Highest minus lowest within every group: of the times of a person, of the ratings of an item."""

import numpy as np

from foretaste.arrays import AnyArray


def spans(values: AnyArray, codes: AnyArray, n: int) -> AnyArray:
    """Return highest minus lowest of each group, (n,), of the kind of `values`; 0 for a group without any.

    Args:
        values: Numbers, (rows,).
        codes: Group of each row, 0 to n - 1, (rows,).
        n: Groups.
    """
    if not len(values):
        return np.zeros(n, values.dtype)
    low, high = np.full(n, values.max()), np.full(n, values.min())
    np.minimum.at(low, codes, values)
    np.maximum.at(high, codes, values)
    return np.maximum(high - low, 0)
