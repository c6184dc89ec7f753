"""One small ridge regression for each item, on the items that go best with it: item weights where items x items does not fit.

Of an item, its people's rows are walked through to see what goes with it. The regression on the best is solved by conjugate
gradients: a step takes the rows of all who hold any of them, and no sums of products are ever written down. The penalty keeps
the steps few. Memory is that of the result and a few arrays of the length of items and people for each thread. Items are
independent, so no result depends on the number of threads.
"""

import numpy as np
from numba import njit

from foretaste.arrays import AnyArray, Csr, FloatArray, IntArray
from foretaste.kernels import threads

ITEMS = 16
"""Items that a thread takes at a time."""
PRECISION, STEPS = 3e-6, 500
"""Where conjugate gradients stop: at this share of what they began with, or after so many steps."""


def regress_items(
    X: Csr, size: int, kept: int, diagonal: FloatArray, weights: AnyArray
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Return the weights of each item's regression on those that go best with it, the largest of them.

    With G = X' diag(weights) X but for its diagonal d, item j is regressed on the `size` items i with the largest G_ij > 0 over
    the root of d_i: by as much as its square a regression on i alone would lower the penalised squared error.

    Args:
        X: Rows x items; every entry counts 1.
        size: Items in a regression at most, from 1.
        kept: Weights kept of an item at most, the largest, from 1.
        diagonal: d, the sums of squares and the penalty, float32 (items,), each more than the sum of squares alone.
        weights: How much each row counts, (rows,).

    Returns:
        Columns int32 and weights float32, both (items, kept), columns ascending, -1 and 0 where there are no more; and what is
        left unexplained of each item, penalty included, float32 (items,).
    """
    items = X.shape[1]
    size = min(size, items)
    near, weight = np.full((items, kept), -1, np.int32), np.zeros((items, kept), np.float32)
    left = np.empty(items, np.float32)
    by_item = X.T.tocsr()
    lines = (X.indptr.astype(np.int64), X.indices, by_item.indptr.astype(np.int64), by_item.indices)
    row_weight = np.ascontiguousarray(weights, dtype=np.float32)

    def work(piece: int) -> None:
        first = piece * ITEMS
        _regress(*lines, row_weight, diagonal, size, first, min(first + ITEMS, items), near, weight, left)

    threads.share(work, -(-items // ITEMS))
    return near, weight, left


@njit(cache=True, nogil=True)
def _regress(start, cols, item_start, rows, row_weight, diagonal, size, first, last, near, weight, left):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Fill the lines first to last - 1 of the results."""
    items, people = len(diagonal), len(row_weight)
    total, place = np.zeros(items, np.float32), np.full(items, -1, np.int32)
    count = np.zeros(people, np.int32)
    found = np.empty(size, np.float32)
    for item in range(first, last):
        best = _best(start, cols, item_start, rows, row_weight, diagonal, size, item, total, place)
        k = len(best)
        met, begin, line = _people(item_start, rows, best, count)
        _solve(met, begin, line, row_weight, diagonal[best], total[best], found)
        explained = np.float32(0)
        for i in range(k):
            explained += found[i] * total[best[i]]
        left[item] = diagonal[item] - explained
        _keep(best, found, near[item], weight[item])
        for entry in range(item_start[item], item_start[item + 1]):
            row = rows[entry]
            for other in range(start[row], start[row + 1]):
                total[cols[other]] = 0
                place[cols[other]] = -1


@njit(nogil=True)
def _best(start, cols, item_start, rows, row_weight, diagonal, size, item, total, place):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Sum what all items have in common with one into `total`; return those to regress it on, ascending."""
    met = np.empty(len(total), np.int32)
    n = 0
    for entry in range(item_start[item], item_start[item + 1]):
        row = rows[entry]
        for other in range(np.uint64(start[row]), np.uint64(start[row + 1])):
            col = np.uint64(cols[other])  # unsigned: numba looks for negative places
            if place[col] == -1:
                place[col] = 0
                met[n] = col
                n += 1
            total[col] += row_weight[row]
    value = np.empty(n, np.float32)
    for i in range(n):
        col = met[i]
        value[i] = -np.inf if col == item else total[col] / np.sqrt(diagonal[col])
    size = min(size, max(n - 1, 0))
    if size == 0:
        return met[:0]
    order = np.argsort(-value)[:size] if n < 2 * size else _largest(value, size)
    return np.sort(met[:n][order])


@njit(nogil=True)
def _largest(value, size):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Return the places of the largest values, of equal ones at the edge the first."""
    edge = -np.partition(-value, size - 1)[size - 1]
    out = np.empty(size, np.int64)
    n, equal = 0, size - np.sum(value > edge)
    for i in range(len(value)):
        if value[i] > edge or (value[i] == edge and equal > 0):
            equal -= value[i] == edge
            out[n] = i
            n += 1
    return out


@njit(nogil=True)
def _solve(met, begin, line, row_weight, diagonal, right, out):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Solve for the weights of one item by conjugate gradients, scaled by the diagonal; `out` is longer or as long."""
    rest = diagonal.astype(np.float64)  # of the diagonal, what the people's rows do not make
    for person in range(len(met)):
        for p in range(begin[person], begin[person + 1]):
            rest[line[p]] -= row_weight[met[person]]
    x, r = np.zeros(len(right)), right.astype(np.float64)
    z = r / diagonal
    d = z.copy()
    rho = np.sum(r * z)
    enough = PRECISION * PRECISION * rho
    for _ in range(STEPS):
        if rho <= enough:
            break
        z[:] = rest * d
        _add_products(met, begin, line, row_weight, d, z)
        step, last = rho / np.sum(d * z), rho
        x += step * d
        r -= step * z
        z[:] = r / diagonal
        rho = np.sum(r * z)
        d *= rho / last
        d += z
    out[: len(x)] = x


@njit(nogil=True, fastmath={"contract", "reassoc", "nsz"})
def _add_products(met, begin, line, row_weight, d, z):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Add X' diag(weights) X d to z, X the people's rows."""
    for person in range(len(met)):
        dot = 0.0
        for p in range(begin[person], begin[person + 1]):
            dot += d[line[p]]
        dot *= row_weight[met[person]]
        for p in range(begin[person], begin[person + 1]):
            z[line[p]] += dot


@njit(nogil=True)
def _people(item_start, rows, best, count):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Return who holds any of the columns `best`, where each one's part of the third begins, and which ones they hold."""
    n = 0
    for i in range(len(best)):
        n += item_start[best[i] + 1] - item_start[best[i]]
    line, met, filled = np.empty(n, np.int32), np.empty(min(n, len(count)), np.int32), 0
    for i in range(len(best)):
        for entry in range(item_start[best[i]], item_start[best[i] + 1]):
            if count[rows[entry]] == 0:
                met[filled] = rows[entry]
                filled += 1
            count[rows[entry]] += 1
    begin = np.zeros(filled + 1, np.int64)
    for i in range(filled):
        begin[i + 1] = begin[i] + count[met[i]]
        count[met[i]] = i
    end = begin[:-1].copy()
    for i in range(len(best)):
        for entry in range(item_start[best[i]], item_start[best[i] + 1]):
            person = count[rows[entry]]
            line[end[person]] = i
            end[person] += 1
    for i in range(filled):
        count[met[i]] = 0
    return met[:filled], begin, line


@njit(nogil=True)
def _keep(best, found, near, weight):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Write the largest weights of a regression and their columns."""
    k, kept = len(best), len(near)
    size = np.abs(found[:k])
    chosen = np.arange(k) if k <= kept else _largest(size, kept)
    for i in range(len(chosen)):
        near[i], weight[i] = best[chosen[i]], found[chosen[i]]
