"""One small regression a row over *all* columns, of which few are 1 and the rest 0: the step of implicit least squares.

A row's matrix is alpha G + l2 I + F'F: G = V'V of all columns, F the factors of those that the row holds. `diagonalise` turns
the factors so that G is a diagonal, once for all rows. From then on a step of conjugate gradients costs what the row holds, and
not the square of the width; and the diagonal alpha G + l2 I, exactly solved, is what they are preconditioned with.
"""

import numpy as np
from numba import njit
from scipy.linalg import eigh

from foretaste.arrays import AnyArray, Csr, FloatArray
from foretaste.kernels.threads import share
from foretaste.kernels.tiles import LANES, add_multiple, add_square, dot_rows

BLOCK = 64
"""Rows that are summed in float32 before they are added to a float64 sum."""
PIECE = 2048
"""Rows whose squares are summed by themselves: the result does not depend on who sums them."""
WORK = 1 << 22
"""Products that a thread takes on at a time, about a millisecond."""


def padded(latent: int) -> int:
    """Return the width of tables of so many factors: whole vectors."""
    return -(-latent // LANES) * LANES


def square(table: FloatArray) -> AnyArray:
    """Return table' table, float64 (width, width), of a C-ordered float32 table (rows, width) of whole vectors.

    The sum does not depend on the number of threads.
    """
    pieces, width = -(-len(table) // PIECE), table.shape[1]
    total = np.zeros((width, width))
    for first in range(0, pieces, 8):  # a few sums at a time: memory does not grow with the rows
        part = np.zeros((min(8, pieces - first), width, width))

        def work(piece: int, first: int = first, part: AnyArray = part) -> None:
            rows = table[(first + piece) * PIECE : (first + piece + 1) * PIECE]
            for low in range(0, len(rows), BLOCK):
                _add_square(rows[low : low + BLOCK], part[piece])

        share(work, len(part))
        for one in part:
            total += one
    upper = np.triu(total)
    return upper + np.triu(upper, 1).T


def diagonalise(table: FloatArray, other: FloatArray, latent: int) -> FloatArray:
    """Turn factors, where they lie, so that the sums of products of two of them over a table are 0.

    Args:
        table: float32 (rows, width), C-ordered, of whole vectors.
        other: A table of the same factors, which turns along: all products of rows of the two stay as they are.
        latent: Factors that are in use; the others are zeros and stay so.

    Returns:
        The sums of the squares of each factor, float32 (width,), ascending.
    """
    width = table.shape[1]
    sizes, turn = np.zeros(width, np.float32), np.zeros((width, width), np.float32)
    products = square(table)[:latent, :latent]
    # "evd" is twice as fast on idle CPUs, but its many small threaded steps are ten times slower than "ev" on busy ones
    found, own = eigh(products, driver="ev", check_finite=False)
    sizes[:latent], turn[:latent, :latent] = np.maximum(found, 0), own
    for one in (table, other):
        for first in range(0, len(one), PIECE):  # the product needs a place of its own, but not for all rows at once
            rows = one[first : first + PIECE]
            rows[:] = rows @ turn
    return sizes


def solve_rows(
    X: Csr, table: FloatArray, diagonal: FloatArray, l2: FloatArray, out: FloatArray, *, steps: int, tolerance: float
) -> None:
    """Solve min_u sum_{j held} (1 - u . v_j)^2 + sum_c g_c u_c^2 + l2 |u|^2 for each row, beginning at what `out` holds.

    Args:
        X: Rows x columns; values do not matter.
        table: float32 (columns, width), v_j, C-ordered, of whole vectors.
        diagonal: float32 (width,), g: what all columns together say, weighted.
        l2: float32 (rows,), penalties, all > 0.
        out: float32 (rows, width), where to begin and where the solutions go; 0 for an empty row.
        steps: Of conjugate gradients at most.
        tolerance: Length of the residual, as a share of that of the right side, at which a row is solved.

    Each row is solved by itself, so neither threads nor the other rows change its solution.
    """
    width = table.shape[1]
    cost = X.indptr.astype(np.int64) + 8 * np.arange(X.shape[0] + 1)
    pieces = max(int(cost[-1]) * width * 2 * min(steps + 1, 8) // WORK, 1)
    edges = np.unique(np.searchsorted(cost, np.linspace(0, cost[-1], pieces + 1)[1:-1])).tolist()
    edges = [0, *[edge for edge in edges if 0 < edge < X.shape[0]], X.shape[0]]
    start, limit = X.indptr.astype(np.int64), np.float32(tolerance**2)

    def work(piece: int) -> None:
        _solve(start, X.indices, table, diagonal, l2, out, steps, limit, edges[piece], edges[piece + 1])

    share(work, len(edges) - 1)


@njit(cache=True, nogil=True)
def _add_square(block, total):  # type: ignore[no-untyped-def]  # pragma: no cover
    add_square(block, len(block), total)


@njit(nogil=True, fastmath={"contract", "reassoc", "nsz"})
def _apply(cols, table, target, source, line, out):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Add v (target - v . source[line]) to out[0], for some rows v of a table."""
    for entry in range(len(cols)):
        col = np.int64(cols[entry])
        add_multiple(out, 0, target - dot_rows(table, col, source, line), table, col, 0)


@njit(nogil=True, fastmath={"contract", "reassoc", "nsz"})
def _scaled(left, scale, l2, right):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Return sum left^2 / (scale + l2), and write left / (scale + l2) to right."""
    total = np.float32(0)
    for c in range(len(left)):
        right[c] = left[c] / (scale[c] + l2)
        total += left[c] * right[c]
    return total


@njit(cache=True, nogil=True, fastmath={"contract", "reassoc", "nsz"}, error_model="numpy")
def _solve(indptr, indices, table, diagonal, l2, out, steps, limit, first, last):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Solve rows first to last - 1."""
    width = table.shape[1]
    rest, way = np.empty((1, width), np.float32), np.empty((1, width), np.float32)
    ahead, near = np.empty((1, width), np.float32), np.empty(width, np.float32)
    one, zero = np.float32(1), np.float32(0)
    for row in range(first, last):
        cols, own, x = indices[indptr[row] : indptr[row + 1]], l2[row], out[row]
        if len(cols) == 0:
            x[:] = 0
            continue
        ahead[:] = 0
        for c in range(width):
            rest[0, c] = -(diagonal[c] + own) * x[c]
        _apply(cols, table, one, out, row, rest)
        size = _scaled(rest[0], diagonal, own, near)
        enough = size * limit
        way[0, :] = near
        for _ in range(steps):
            if size <= enough or size <= zero:
                break
            for c in range(width):
                ahead[0, c] = -(diagonal[c] + own) * way[0, c]
            _apply(cols, table, zero, way, 0, ahead)
            far = zero
            for c in range(width):
                far -= way[0, c] * ahead[0, c]
            far = size / far
            for c in range(width):
                x[c] += far * way[0, c]
                rest[0, c] += far * ahead[0, c]
            before = size
            size = _scaled(rest[0], diagonal, own, near)
            back = size / before
            for c in range(width):
                way[0, c] = near[c] + back * way[0, c]
