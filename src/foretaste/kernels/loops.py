"""The loops behind `fast`, compiled by numba without the GIL; float32 or float64. Their inner loops are in `vectors`.

They walk panel by panel (`PANEL` units of every row) and within a panel item by item. A panel of all the codes of a batch stays
in the first or second cache while the items' rows pass by once each, asked for a few items ahead. Whatever a panel needs or
makes, it makes alone: threads take panels (`decode`: items), nothing is shared, and no result depends on how many there are.
"""

import math

import numpy as np
from numba import njit

from foretaste.kernels.vectors import (
    add_dots,
    blend_row,
    blend_square,
    fetch_row,
    move_over_root,
    number_at,
    pointer,
    put_number,
    spread_row,
    sum_and_spread,
    sum_rows,
)

PANEL = 64  # `optimiser.PANEL`, which `vectors` uses: written here too, for the same reason as the next line
VECTORS = "aa2eb82288fa"
"""Start of the SHA-256 of `vectors`, checked by a test: numba looks for changes in this file only."""
FAST = {"contract", "reassoc", "nsz", "arcp"}
AHEAD = 24  # items between asking for a row and reading it
SGD, ADAGRAD, ADAM = 0, 1, 3  # places in `optimiser.RULES`


@njit(cache=True, nogil=True)
def index_cells(indptr, indices, data, rows, place):
    """Gather rows and sort their cells by item, counting; see `batch.Batch` for what comes back."""
    row_start = np.zeros(len(rows) + 1, np.int32)
    for k in range(len(rows)):
        row_start[k + 1] = row_start[k] + (indptr[rows[k] + 1] - indptr[rows[k]])
    n = row_start[-1]
    cols, row, values = np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, data.dtype)
    where = np.empty(n, np.int32)
    following = np.zeros(len(place), np.int32)  # first the count of each item, then where its next cell goes
    for k in range(len(rows)):
        start = indptr[rows[k]]
        for c in range(row_start[k], row_start[k + 1]):
            cell = start + (c - row_start[k])
            i = place[indices[cell]]
            cols[c], row[c], values[c], where[c] = indices[cell], k, data[cell], i
            following[i] += 1
    items, item_start = np.empty(len(place), np.int32), np.zeros(len(place) + 1, np.int32)
    m, total = 0, 0
    for i in range(len(place)):
        count = following[i]
        items[m], following[i] = i, total  # overwritten by the next item where nobody rated this one
        total += count
        m += count > 0
        item_start[m] = total
    by_item, item_row = np.empty(n, np.int32), np.empty(n, np.int32)
    for c in range(n):
        to = following[where[c]]
        following[where[c]] = to + 1
        by_item[to], item_row[to] = c, row[c]
    return items[:m].copy(), cols, values, row, row_start, by_item, item_row, item_start[: m + 1].copy()


@njit(cache=True, nogil=True)
def count_step(steps, decayed, items, log_decay):
    """Note that some rows have moved once more and have all their weight decay."""
    for i in items:
        steps[i] += 1
        decayed[i] = log_decay


@njit(cache=True, nogil=True)
def panel_of(rows, panel, out):
    """Copy one panel of some rows to out, (rows, PANEL), with zeros beyond their width."""
    low = panel * PANEL
    high = min(low + PANEL, rows.shape[1])
    for r in range(len(rows)):
        out[r, : high - low] = rows[r, low:high]
        out[r, high - low :] = 0


@njit(cache=True, nogil=True)
def put_panel(source, panel, rows):
    """Copy a panel back to some rows."""
    low = panel * PANEL
    high = min(low + PANEL, rows.shape[1])
    for r in range(len(rows)):
        rows[r, low:high] = source[r, : high - low]


@njit(cache=True, nogil=True, forceinline=True)
def panel_at(table, panel):
    """Return a pointer to a panel of a table, (panels, rows, units)."""
    return pointer(table, panel * table.shape[1] * table.shape[2])


@njit(cache=True, nogil=True, error_model="numpy")
def encode(table, items, item_start, item_row, values, out, low, high):
    """out[r] = sum of value table[i] over the cells of each row, for panels low to high."""
    sums, rows, weight = np.empty((len(out), PANEL), table.dtype), pointer(item_row, 0), pointer(values, 0)
    for panel in range(low, high):
        source, target = panel_at(table, panel), pointer(sums, 0)
        sums[:] = 0
        for k in range(len(items)):
            fetch_row(source, items[min(k + AHEAD, len(items) - 1)])
            spread_row(target, source, items[k], rows, weight, item_start[k], item_start[k + 1])
        put_panel(sums, panel, out)


@njit(cache=True, nogil=True, error_model="numpy")
def decode(table, offset, factor, items, item_start, item_row, by_item, hidden, out, low, high):
    """out[cell] = offset[i] + factor[i] hidden[r] . table[i], for the items at low to high."""
    first, rows = item_start[low], pointer(item_row, 0)
    dots = np.zeros((item_start[high] - first, 4), table.dtype)
    codes = np.empty((len(hidden), PANEL), table.dtype)
    for panel in range(len(table)):
        source, code, partial = panel_at(table, panel), pointer(codes, 0), pointer(dots, 0)
        panel_of(hidden, panel, codes)
        for k in range(low, high):
            fetch_row(source, items[min(k + AHEAD, high - 1)])
            add_dots(partial, source, items[k], code, rows, item_start[k], item_start[k + 1], first)
    for k in range(low, high):
        for c in range(item_start[k], item_start[k + 1]):
            four = dots[c - first]
            out[by_item[c]] = offset[k] + factor[k] * ((four[0] + four[1]) + (four[2] + four[3]))


@njit(cache=True, nogil=True, forceinline=True)
def fetch_moments(table, first, second, move, item):
    """Ask for a row and for all that moves it."""
    fetch_row(table, item)
    if move[0] == ADAM:
        fetch_row(first, item)
    if move[1]:
        fetch_row(second, item)


@njit(cache=True, nogil=True, fastmath=FAST, error_model="numpy", forceinline=True)
def move_row(table, first, second, move, item, grad, mean, factor, scale, root):
    """Move one panel of a row by its gradient, grad[0], whose mean square is given: see `fast.Move` for the numbers."""
    rule, each, beta, rest, keep, add, small = move
    if rule == ADAM:
        blend_row(first, item, beta, rest, grad, 0)
    if each:
        blend_square(second, item, keep, add, grad, 0)
        if rule == ADAM:
            move_over_root(table, item, factor, scale, first, item, second, root, small)
        else:
            move_over_root(table, item, factor, scale, grad, 0, second, root, small)
    else:
        if rule != SGD:
            square = keep * number_at(second, item) + add * mean
            put_number(second, item, square)
            scale /= math.sqrt(square) * root + small
        if rule == ADAM:
            blend_row(table, item, factor, -scale, first, item)
        else:
            blend_row(table, item, factor, -scale, grad, 0)


@njit(cache=True, nogil=True, error_model="numpy")
def encode_step(table, first, second, move, pace, items, item_start, item_row, values, grad, low, high):
    """Sum each item's gradient, value grad[r] over its cells, and move its row, for panels low to high."""
    after, scale, root = pace
    sums, codes = np.empty((1, PANEL), table.dtype), np.empty((len(grad), PANEL), table.dtype)
    rows, weight = pointer(item_row, 0), pointer(values, 0)
    for panel in range(low, high):
        source, m, v = panel_at(table, panel), panel_at(first, panel), panel_at(second, panel)
        total, code = pointer(sums, 0), pointer(codes, 0)
        share = table.dtype.type(1 / min(PANEL, grad.shape[1] - panel * PANEL))
        panel_of(grad, panel, codes)
        for k in range(len(items)):
            fetch_moments(source, m, v, move, items[min(k + AHEAD, len(items) - 1)])
            squares = sum_rows(total, code, rows, weight, item_start[k], item_start[k + 1])
            move_row(source, m, v, move, items[k], total, squares * share, after[k], scale[k], root[k])


@njit(cache=True, nogil=True, error_model="numpy")
def decode_step(table, first, second, move, pace, before, items, item_start, item_row, cells, hidden, back, low, high):
    """Sum each item's gradient, cell hidden[r], add cell before[i] table[i] to back[r], and move the row, for some panels."""
    after, scale, root = pace
    sums, codes = np.empty((1, PANEL), table.dtype), np.empty((len(hidden), PANEL), table.dtype)
    out, rows, weight = np.empty((len(hidden), PANEL), table.dtype), pointer(item_row, 0), pointer(cells, 0)
    for panel in range(low, high):
        source, m, v = panel_at(table, panel), panel_at(first, panel), panel_at(second, panel)
        total, code, target = pointer(sums, 0), pointer(codes, 0), pointer(out, 0)
        share = table.dtype.type(1 / min(PANEL, hidden.shape[1] - panel * PANEL))
        panel_of(hidden, panel, codes)
        out[:] = 0
        for k in range(len(items)):
            fetch_moments(source, m, v, move, items[min(k + AHEAD, len(items) - 1)])
            start, stop = item_start[k], item_start[k + 1]
            squares = sum_and_spread(total, target, code, source, items[k], before[k], rows, weight, start, stop)
            move_row(source, m, v, move, items[k], total, squares * share, after[k], scale[k], root[k])
        put_panel(out, panel, back)


@njit(cache=True, nogil=True, fastmath=FAST, error_model="numpy")
def bias_step(table, first, second, move, pace, items, item_start, cells):
    """Sum the gradient of each item's one number over its cells, and move it."""
    rule, _, beta, rest, keep, add, small = move
    after, scale, root = pace
    for k in range(len(items)):
        i, total = items[k], 0.0
        for c in range(item_start[k], item_start[k + 1]):
            total += cells[c]
        change = total
        if rule == ADAM:
            first[0, i, 0] = beta * first[0, i, 0] + rest * total
            change = first[0, i, 0]
        if rule != SGD:
            second[0, i, 0] = keep * second[0, i, 0] + add * total * total
            change /= math.sqrt(second[0, i, 0]) * root[k] + small
        table[0, i, 0] = after[k] * table[0, i, 0] - scale[k] * change
