"""Sums of products that stay in registers: pieces of vector code for numba loops, written as LLVM instructions.

numba leaves it to LLVM to find vectors in a loop, which it does not where a loop is as short as a row of factors. Rows here
are padded to whole vectors of `LANES`, so no loop has a rest; LLVM takes several registers for a vector where the CPU has
narrower ones. The pieces check nothing: their caller sees to it that all they touch lies within C-ordered arrays.
"""

# mypy: allow-untyped-defs, allow-untyped-calls

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

LANES = 8
"""Numbers in a vector; rows are padded to a multiple of it."""
TILE = 4
"""Rows of a tile; with 3 vectors it is 12 sums, 3 vectors and a number: the sixteen registers of AVX2."""


def _piece(function: Any) -> Any:
    """As numba's `intrinsic`, which mypy takes for a function of one argument more than its callers give."""
    return intrinsic(function)


class _Array:
    """A two-dimensional C array inside code that is being written."""

    def __init__(self, context, builder, kind, value):
        self.builder = builder
        array = context.make_array(kind)(context, builder, value)
        self.data, self.width = array.data, builder.extract_value(array.shape, 1)
        self.bytes = kind.dtype.bitwidth // 8
        self.vector = ir.VectorType(context.get_value_type(kind.dtype), LANES)

    def number(self, row, col):
        place = self.builder.add(self.builder.mul(row, self.width), col)
        return self.builder.gep(self.data, [place])

    def load(self, row, col):
        place = self.builder.bitcast(self.number(row, col), self.vector.as_pointer())
        return self.builder.load(place, align=self.bytes)

    def store(self, value, row, col):
        place = self.builder.bitcast(self.number(row, col), self.vector.as_pointer())
        self.builder.store(value, place, align=self.bytes)


def _spread(builder, value):
    """Return a vector of one number, LANES times."""
    kind = ir.VectorType(value.type, LANES)
    first = builder.insert_element(ir.Constant(kind, ir.Undefined), value, ir.IntType(32)(0))
    return builder.shuffle_vector(first, first, ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES))


def _fused(builder, left, right, addend):
    """Return left right + addend, in one instruction where the CPU has it."""
    kind = left.type
    name = f"llvm.fmuladd.v{LANES}{'f32' if kind.element == ir.FloatType() else 'f64'}"
    function = cgutils.get_or_insert_function(builder.module, ir.FunctionType(kind, [kind] * 3), name)
    return builder.call(function, [left, right, addend])


def _products(vectors):
    """Return the piece for tiles of so many vectors."""

    @_piece
    def add_products(typing, block, n, row, col, total):  # noqa: ARG001
        def write(context, builder, signature, args):
            source = _Array(context, builder, signature.args[0], args[0])
            target = _Array(context, builder, signature.args[4], args[4])
            n, row, col = args[1:4]
            rows = [builder.add(row, ir.IntType(64)(i)) for i in range(TILE)]
            cols = [builder.add(col, ir.IntType(64)(LANES * v)) for v in range(vectors)]
            sums = [[cgutils.alloca_once_value(builder, source.vector(None)) for _ in cols] for _ in rows]
            for place in (place for line in sums for place in line):
                builder.store(source.vector(None), place)
            with cgutils.for_range(builder, n) as loop:
                right = [source.load(loop.index, c) for c in cols]
                for r, line in zip(rows, sums, strict=True):
                    left = _spread(builder, builder.load(source.number(loop.index, r)))
                    for place, vector in zip(line, right, strict=True):
                        builder.store(_fused(builder, left, vector, builder.load(place)), place)
            for r, line in zip(rows, sums, strict=True):
                for place, c in zip(line, cols, strict=True):
                    wide = builder.fpext(builder.load(place), target.vector)
                    target.store(builder.fadd(target.load(r, c), wide), r, c)
            return context.get_dummy_value()

        return types.void(block, types.intp, types.intp, types.intp, total), write

    return add_products


_add_1, _add_2, _add_3 = _products(1), _products(2), _products(3)


@njit(nogil=True)
def add_square(block, n, total):  # pragma: no cover
    """Add F'F to total, its upper half, for F the first n rows of block, n so small that float32 sums are exact enough.

    block is float32 (most, width), total float64 (width, width). The lower half of the 8 x 8 blocks on the diagonal is
    filled as well, in part, and means nothing.
    """
    width = block.shape[1]
    for row in range(0, width, TILE):
        col = row // LANES * LANES
        while width - col >= 3 * LANES:
            _add_3(block, n, row, col, total)
            col += 3 * LANES
        if width - col == 2 * LANES:
            _add_2(block, n, row, col, total)
        elif width - col == LANES:
            _add_1(block, n, row, col, total)


@_piece
def add_multiple(typing, target, row, factor, source, line, col):  # noqa: ARG001
    """target[row, col:] += factor source[line, col:] for two arrays of one type and width; col is a multiple of LANES."""

    def write(context, builder, signature, args):
        to, other = (_Array(context, builder, signature.args[i], args[i]) for i in (0, 3))
        row, factor, line = args[1], _spread(builder, args[2]), args[4]
        with cgutils.for_range_slice(builder, args[5], to.width, ir.IntType(64)(LANES)) as (place, _):
            to.store(_fused(builder, factor, other.load(line, place), to.load(row, place)), row, place)
        return context.get_dummy_value()

    return types.void(target, types.intp, target.dtype, source, types.intp, types.intp), write


@_piece
def copy_row(typing, target, row, source, line):  # noqa: ARG001
    """target[row] = source[line] as far as target is wide; source may be wider."""

    def write(context, builder, signature, args):
        to, other = (_Array(context, builder, signature.args[i], args[i]) for i in (0, 2))
        with cgutils.for_range_slice(builder, ir.IntType(64)(0), to.width, ir.IntType(64)(LANES)) as (place, _):
            to.store(other.load(args[3], place), args[1], place)
        return context.get_dummy_value()

    return types.void(target, types.intp, source, types.intp), write


@_piece
def add_row(typing, target, row, source, line, col):  # noqa: ARG001
    """target[row] += source[line, col:] as far as target is wide."""

    def write(context, builder, signature, args):
        to, other = (_Array(context, builder, signature.args[i], args[i]) for i in (0, 2))
        with cgutils.for_range_slice(builder, ir.IntType(64)(0), to.width, ir.IntType(64)(LANES)) as (place, _):
            more = other.load(args[3], builder.add(args[4], place))
            to.store(builder.fadd(to.load(args[1], place), more), args[1], place)
        return context.get_dummy_value()

    return types.void(target, types.intp, source, types.intp, types.intp), write


@njit(nogil=True)
def factorise(a, k):  # pragma: no cover
    """Turn the upper half of a into U, a = U'U, with 1 / U_ii in the diagonal, and column k from b into y, b = U'y."""
    for p in range(k):
        scale = 1 / np.sqrt(a[p, p])
        a[p, p] = scale
        for j in range(p + 1, k + 1):
            a[p, j] *= scale
        for i in range(p + 1, k):
            add_multiple(a, i, -a[p, i], a, p, i // LANES * LANES)


@njit(nogil=True, fastmath={"contract", "reassoc", "nsz"})
def substitute(a, k, out):  # pragma: no cover
    """Solve U z = y, from the last unknown to the first, in column k."""
    for i in range(k - 1, -1, -1):
        total = a[i, k]
        for j in range(i + 1, k):
            total -= a[i, j] * a[j, k]
        a[i, k] = total * a[i, i]
        out[i] = a[i, k]


@njit(nogil=True, fastmath={"contract", "reassoc", "nsz"})
def noisy_features(table, col, spread, place, pool, k, block, line):  # pragma: no cover
    """Write 1, the noisy factors and the bias of a column to a line of `block`."""
    bias = table[col, k]
    if spread == 0:
        for i in range(block.shape[1]):
            block[line, i] = table[col, i]
        return
    for i in range(block.shape[1]):
        block[line, i] = table[col, i] + spread * pool[place + i]
    block[line, 0] = 1
    block[line, k] = bias
    for i in range(k + 1, block.shape[1]):
        block[line, i] = 0


@njit(nogil=True, fastmath={"contract", "reassoc", "nsz"})
def dot_rows(left, i, right, j):  # pragma: no cover
    """Return the product of a row of one table and a row of another of the same width, summed in float32."""
    total = np.float32(0)
    for p in range(left.shape[1]):
        total += left[i, p] * right[j, p]
    return total
