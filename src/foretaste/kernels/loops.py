"""The loops behind `fast`, compiled by numba; any floating type. Slices of a row run along memory and become vector code."""

# mypy: allow-untyped-defs, allow-untyped-calls

import math

import numpy as np
from numba import njit, prange

FAST = {"contract", "reassoc", "nsz", "arcp"}
GROUP = 64  # as in `optimiser`; here for the compiler
U = np.uint64
SGD, ADAGRAD, ADAM = 0, 1, 3  # places in `optimiser.RULES`


@njit(cache=True, nogil=True)
def index_cells(indptr, indices, data, rows, n_items):
    """Gather rows and sort their cells by item, counting; see `batch.Batch` for what comes back."""
    row_start = np.zeros(len(rows) + 1, np.int32)
    for k in range(len(rows)):
        row_start[k + 1] = row_start[k] + (indptr[rows[k] + 1] - indptr[rows[k]])
    n = row_start[-1]
    cols, row, values = np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, data.dtype)
    place = np.zeros(n_items, np.int32)  # first the count of each item, then where its next cell goes
    for k in range(len(rows)):
        start = indptr[rows[k]]
        for c in range(row_start[k], row_start[k + 1]):
            cell = start + (c - row_start[k])
            cols[c], row[c], values[c] = indices[cell], k, data[cell]
            place[cols[c]] += 1
    m = 0
    for i in range(n_items):
        m += place[i] > 0
    items, item_start, number = np.empty(m, np.int32), np.zeros(m + 1, np.int32), np.empty(n_items, np.int32)
    m = 0
    for i in range(n_items):
        if place[i]:
            items[m], number[i] = i, m
            item_start[m + 1] = item_start[m] + place[i]
            place[i] = item_start[m]
            m += 1
    local, by_item, item_row = np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.int32)
    for c in range(n):
        i = cols[c]
        local[c] = number[i]
        by_item[place[i]], item_row[place[i]] = c, row[c]
        place[i] += 1
    return items, cols, values, row, local, row_start, by_item, item_row, item_start


@njit(cache=True, nogil=True)
def count_step(steps, decayed, items, log_decay):
    """Note that some rows have moved once more and have all their weight decay."""
    for i in items:
        steps[i] += 1
        decayed[i] = log_decay


@njit(cache=True, nogil=True, fastmath=FAST)
def move_plainly(row, direction, factor, step):
    """Set row to factor row - step direction."""
    for j in range(len(row)):
        row[j] = factor * row[j] - step * direction[j]


@njit(cache=True, nogil=True, fastmath=FAST)
def move_each(row, grad, moment, square, move, factor, scale, root):
    """Move a row whose every unit has a second moment."""
    rule, _, _, _, beta2, eps = move
    real = row.dtype.type
    keep, add = (real(1), real(1)) if rule == ADAGRAD else (real(beta2), real(1 - beta2))
    step, shrink, small = real(scale), real(root), real(eps)
    for j in range(len(row)):
        square[j] = keep * square[j] + add * grad[j] * grad[j]
        row[j] = factor * row[j] - step * moment[j] / (math.sqrt(square[j]) * shrink + small)


@njit(cache=True, nogil=True, fastmath=FAST)
def move_groups(row, grad, moment, square, move, factor, scale, root):
    """Move a row whose units share second moments in groups."""
    rule, group, _, _, beta2, eps = move
    real = row.dtype.type
    keep, add = (real(1), real(1)) if rule == ADAGRAD else (real(beta2), real(1 - beta2))
    for place in range((len(row) + group - 1) // group):
        low = U(place * group)  # unsigned, or numba looks for negative indices and the loop is no vector code
        count = U(min(group, len(row) - place * group))
        total = real(0)
        for j in range(count):
            total += grad[low + U(j)] * grad[low + U(j)]
        square[place] = keep * square[place] + add * total / real(count)
        step = real(scale / (math.sqrt(square[place]) * root + eps))
        for j in range(count):
            row[low + U(j)] = factor * row[low + U(j)] - step * moment[low + U(j)]


@njit(cache=True, nogil=True, fastmath=FAST)
def move_row(table, first, second, steps, move, factor, item, grad, low):
    """Move units low, low + 1, ... of a row by their gradient; `steps` still counts the moves before this one."""
    rule, group, rate, beta1, beta2, _ = move
    row, scale, root = table[item, low : low + len(grad)], rate, 1.0
    if rule == ADAM:
        count = steps[item] + 1
        scale, root = rate / (1 - beta1**count), 1 / math.sqrt(1 - beta2**count)
        moment, keep, add = first[item, low : low + len(grad)], table.dtype.type(beta1), table.dtype.type(1 - beta1)
        for j in range(len(grad)):
            moment[j] = keep * moment[j] + add * grad[j]
    else:
        moment = grad
    if rule == SGD:
        move_plainly(row, grad, factor, table.dtype.type(scale))
    elif group == 1:
        move_each(row, grad, moment, second[item, low : low + len(grad)], move, factor, scale, root)
    else:
        move_groups(row, grad, moment, second[item, low // group :], move, factor, scale, root)


@njit(cache=True, nogil=True, fastmath=FAST)
def bias_step(table, first, second, steps, move, factor, items, item_start, item_row, by_item, cells, part, parts):  # noqa: ARG001
    """Sum the gradient of each item's one number over its cells, and move it; one part does all."""
    total = np.empty(1, table.dtype)
    for k in range(len(items)):
        total[0] = 0
        for c in range(item_start[k], item_start[k + 1]):
            total[0] += cells[by_item[c]]
        move_row(table, first, second, steps, move, factor[k], items[k], total, 0)


@njit(cache=True, nogil=True)
def bounds(width, part, parts):
    """Return the first unit of a part of a row, and the one behind its last: whole groups, shared out evenly."""
    groups = (width + GROUP - 1) // GROUP
    return GROUP * (groups * part // parts), min(GROUP * (groups * (part + 1) // parts), width)


@njit(cache=True, nogil=True, fastmath=FAST)
def encode(table, factor, items, item_start, item_row, by_item, values, out, part, parts):
    """out[r] += value factor[i] table[i] over all cells (r, i), for one part of the units."""
    low, high = bounds(table.shape[1], part, parts)
    for k in range(len(items)):
        source = table[items[k], low:high]
        for c in range(item_start[k], item_start[k + 1]):
            value = values[by_item[c]] * factor[k]
            if value != 0:
                target = out[item_row[c], low:high]
                for j in range(high - low):
                    target[j] += value * source[j]


@njit(cache=True, nogil=True, fastmath=FAST)
def decode(table, offset, factor, items, item_start, item_row, by_item, hidden, out, part, parts):
    """out[cell] = offset[i] + factor[i] hidden[r] . table[i], for one part of the items."""
    n = np.int64(item_start[-1])
    first = np.searchsorted(item_start, n * part // parts)
    last = len(items) if part == parts - 1 else np.searchsorted(item_start, n * (part + 1) // parts)
    for k in range(first, last):
        source = table[items[k]]
        for c in range(item_start[k], item_start[k + 1]):
            code = hidden[item_row[c]]
            total = table.dtype.type(0)
            for j in range(len(source)):
                total += source[j] * code[j]
            out[by_item[c]] = offset[k] + factor[k] * total


@njit(cache=True, nogil=True, fastmath=FAST)
def encode_step(
    table, first, second, steps, move, factor, items, item_start, item_row, by_item, values, grad, part, parts
):
    """Sum each item's gradient, value grad[r] over its cells, and move its row, for one part of the units."""
    low, high = bounds(table.shape[1], part, parts)
    total = np.empty(high - low, table.dtype)
    for k in range(len(items)):
        total[:] = 0
        for c in range(item_start[k], item_start[k + 1]):
            value = values[by_item[c]]
            if value != 0:
                source = grad[item_row[c], low:high]
                for j in range(high - low):
                    total[j] += value * source[j]
        move_row(table, first, second, steps, move, factor[k], items[k], total, low)


@njit(cache=True, nogil=True, fastmath=FAST)
def decode_step(
    table,
    first,
    second,
    steps,
    move,
    before,
    after,
    items,
    item_start,
    item_row,
    by_item,
    hidden,
    cells,
    back,
    part,
    parts,
):
    """Sum each item's gradient, cell hidden[r], add cell before[i] table[i] to back[r], and move the item's row."""
    low, high = bounds(table.shape[1], part, parts)
    total = np.empty(high - low, table.dtype)
    for k in range(len(items)):
        total[:] = 0
        source = table[items[k], low:high]
        for c in range(item_start[k], item_start[k + 1]):
            value = cells[by_item[c]]
            scaled = value * before[k]
            code, target = hidden[item_row[c], low:high], back[item_row[c], low:high]
            for j in range(high - low):
                total[j] += value * code[j]
                target[j] += scaled * source[j]
        move_row(table, first, second, steps, move, after[k], items[k], total, low)


@njit(parallel=True, cache=True, nogil=True)
def encode_parts(table, factor, items, item_start, item_row, by_item, values, out, parts):
    """All parts of `encode`, each on a thread."""
    for part in prange(parts):
        encode(table, factor, items, item_start, item_row, by_item, values, out, part, parts)


@njit(parallel=True, cache=True, nogil=True)
def decode_parts(table, offset, factor, items, item_start, item_row, by_item, hidden, out, parts):
    """All parts of `decode`, each on a thread."""
    for part in prange(parts):
        decode(table, offset, factor, items, item_start, item_row, by_item, hidden, out, part, parts)


@njit(parallel=True, cache=True, nogil=True)
def encode_step_parts(
    table, first, second, steps, move, factor, items, item_start, item_row, by_item, values, grad, parts
):
    """All parts of `encode_step`, each on a thread."""
    for part in prange(parts):
        encode_step(
            table, first, second, steps, move, factor, items, item_start, item_row, by_item, values, grad, part, parts
        )


@njit(parallel=True, cache=True, nogil=True)
def decode_step_parts(
    table, first, second, steps, move, before, after, items, item_start, item_row, by_item, hidden, cells, back, parts
):
    """All parts of `decode_step`, each on a thread."""
    for part in prange(parts):
        decode_step(
            table, first, second, steps, move, before, after, items, item_start, item_row, by_item, hidden, cells, back,
            part, parts,
        )  # fmt: skip
