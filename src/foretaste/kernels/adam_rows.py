"""The numba side of `row_adam`: gather with decay, and Adam's update, each in one pass over the touched rows."""

import math

import numpy as np
from numba import njit, prange

FAST = {"contract", "reassoc", "nsz", "arcp"}


@njit(parallel=True, cache=True, nogil=True)
def read_rows(table, decayed, log_decay, rows, out):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Copy rows of a table with their decay caught up, in the table and in the copy."""
    for k in prange(len(rows)):
        row = rows[k]
        factor = np.float32(math.exp(log_decay - decayed[row]))
        decayed[row] = log_decay
        for j in range(table.shape[1]):
            value = table[row, j] * factor
            table[row, j] = value
            out[k, j] = value


@njit(parallel=True, cache=True, nogil=True, fastmath=FAST)
def adam_rows(table, first, second, steps, rows, grad, rate, b1, b2, eps):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Apply one Adam step to rows none of which stands twice; a row belongs to one thread."""
    one = np.float32(1)
    for k in prange(len(rows)):
        row = rows[k]
        steps[row] += one
        scale = np.float32(rate / (1 - b1 ** steps[row]))
        root = np.float32(1 / math.sqrt(1 - b2 ** steps[row]))
        f1, f2, small = np.float32(b1), np.float32(b2), np.float32(eps)
        g1, g2 = np.float32(1 - b1), np.float32(1 - b2)  # 1 - float32(b2) would be off by 5e-5
        for j in range(table.shape[1]):
            g = grad[k, j]
            m = f1 * first[row, j] + g1 * g
            v = f2 * second[row, j] + g2 * g * g
            first[row, j] = m
            second[row, j] = v
            table[row, j] -= scale * m / (math.sqrt(v) * root + small)
