"""The inner loops of the outer layers as vector instructions: what numba's own loops do not become.

A compiler that sees ``target[j] += x * source[j]`` must prove, for each cell anew, that the two do not overlap, and keeps a sum
over cells in memory. So each function here writes LLVM code in which `PANEL` units of a row are a handful of vectors that stay
in registers while the cells pass by. LLVM makes AVX-512, AVX2, NEON or plain code of them, as the machine has it.

Arrays come as pointers, from `pointer`: numba counts references to an array at every call, also in the innermost loop.
A *row* is named by a pointer to (rows, PANEL) numbers and a number. *cells* are positions from start to stop;
``rows[c]`` and ``weight[c]`` belong to cell c. Nothing is checked, and whoever takes a pointer keeps the array.

Whoever changes this file changes `loops.VECTORS`: numba compiles anew only where the calling file changed.
"""

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.errors import TypingError
from numba.extending import intrinsic

from foretaste.kernels.optimiser import PANEL

FLAGS = ("contract", "reassoc", "nsz", "arcp")
LANES = {types.float32: 16, types.float64: 8}
INT, I32, BYTE = ir.IntType(64), ir.IntType(32), ir.IntType(8)
SECOND_CACHE = I32(2)


def _wide(builder, number):
    return number if number.type.width == INT.width else builder.sext(number, INT)


class _Code:
    """Writes the body of one intrinsic: its arguments as pointers and numbers, and vectors of `PANEL` units in all."""

    def __init__(self, context, builder, signature, values):
        pointed = [kind.dtype for kind in signature.args if isinstance(kind, types.CPointer)]
        (kind,) = {kind for kind in pointed if isinstance(kind, types.Float)}  # else the types are mixed
        self.builder, self.real = builder, context.get_value_type(kind)
        self.lanes, self.size = LANES[kind], kind.bitwidth // 8
        self.vector = ir.VectorType(self.real, self.lanes)
        self.values = values

    def row(self, base, number):
        return self.builder.gep(base, [self.builder.mul(_wide(self.builder, number), INT(PANEL))])

    def get(self, base, place):
        return self.builder.load(self.builder.gep(base, [place]))

    def parts(self, row):
        """Return pointers to the vectors of a row."""
        places = [self.builder.gep(row, [INT(start)]) for start in range(0, PANEL, self.lanes)]
        return [self.builder.bitcast(place, self.vector.as_pointer()) for place in places]

    def load(self, pointer):
        return self.builder.load(pointer, align=self.size)

    def store(self, value, pointer):
        self.builder.store(value, pointer, align=self.size)

    def read(self, row):
        return [self.load(pointer) for pointer in self.parts(row)]

    def write(self, vectors, row):
        for vector, pointer in zip(vectors, self.parts(row), strict=True):
            self.store(vector, pointer)

    def splat(self, number):
        blank = ir.Constant(self.vector, ir.Undefined)
        first = self.builder.insert_element(blank, number, I32(0))
        return self.builder.shuffle_vector(first, blank, ir.Constant(ir.VectorType(I32, self.lanes), [0] * self.lanes))

    def times(self, a, b):
        return self.builder.fmul(a, b, flags=FLAGS)

    def plus(self, a, b):
        return self.builder.fadd(a, b, flags=FLAGS)

    def root(self, vector):
        name = f"llvm.sqrt.v{self.lanes}f{8 * self.size}"
        kind = ir.FunctionType(self.vector, [self.vector])
        return self.builder.call(cgutils.get_or_insert_function(self.builder.module, kind, name), [vector])

    def halve(self, vector, lanes):
        """Add the halves of a vector to each other until so many lanes are left: always in the same order."""
        while vector.type.count > lanes:
            half, blank = vector.type.count // 2, ir.Constant(vector.type, ir.Undefined)
            low, high = (
                self.builder.shuffle_vector(
                    vector, blank, ir.Constant(ir.VectorType(I32, half), list(range(start, start + half)))
                )
                for start in (0, half)
            )
            vector = self.plus(low, high)
        return vector

    def cells(self, start, stop):
        return cgutils.for_range_slice(self.builder, _wide(self.builder, start), _wide(self.builder, stop), INT(1), INT)

    def zeros(self):
        """Return places for a row of sums; LLVM keeps them in registers."""
        zero = ir.Constant(self.vector, [0.0] * self.lanes)
        places = [cgutils.alloca_once(self.builder, self.vector) for _ in range(PANEL // self.lanes)]
        for place in places:
            self.builder.store(zero, place)
        return places

    def add_to(self, places, weight, vectors):
        for place, vector in zip(places, vectors, strict=True):
            self.builder.store(self.plus(self.times(weight, vector), self.builder.load(place)), place)

    def finish(self, places, row):
        """Write sums to a row and return the sum of their squares, taken while they are in registers."""
        sums = [self.builder.load(place) for place in places]
        self.write(sums, row)
        total = self.times(sums[0], sums[0])
        for vector in sums[1:]:
            total = self.plus(self.times(vector, vector), total)
        return self.builder.extract_element(self.halve(total, 1), I32(0))


@intrinsic
def pointer(_typing, array, start):  # noqa: ARG001
    """Return where number `start` of a C-contiguous array lies."""
    if array.layout != "C":
        raise TypingError(f"an array of layout {array.layout}, expected C")

    def write(context, builder, signature, values):
        base = cgutils.create_struct_proxy(signature.args[0])(context, builder, values[0]).data
        return builder.gep(base, [values[1]])

    return types.CPointer(array.dtype)(array, types.intp), write


@intrinsic
def number_at(_typing, base, place):
    """Return base[place]."""

    def write(_context, builder, _signature, values):
        return builder.load(builder.gep(values[0], [_wide(builder, values[1])]))

    return base.dtype(base, place), write


@intrinsic
def put_number(_typing, base, place, number):  # noqa: ARG001
    """base[place] = number."""

    def write(context, builder, _signature, values):
        builder.store(values[2], builder.gep(values[0], [_wide(builder, values[1])]))
        return context.get_dummy_value()

    return types.void(base, place, base.dtype), write


@intrinsic
def fetch_row(_typing, table, item):
    """Ask for a row that will be needed soon, into the second cache: so far ahead, the first would lose it again."""

    def write(context, builder, signature, values):
        code = _Code(context, builder, signature, values)
        row = code.row(*code.values)
        kind = ir.FunctionType(ir.VoidType(), [BYTE.as_pointer(), I32, I32, I32])
        prefetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        for start in range(0, PANEL, 64 // code.size):
            place = builder.bitcast(builder.gep(row, [INT(start)]), BYTE.as_pointer())
            builder.call(prefetch, [place, I32(0), SECOND_CACHE, I32(1)])
        return context.get_dummy_value()

    return types.void(table, item), write


@intrinsic
def spread_row(_typing, out, table, item, rows, weight, start, stop):
    """out[rows[c]] += weight[c] table[item] for each cell."""

    def write(context, builder, signature, values):
        code = _Code(context, builder, signature, values)
        out, table, item, rows, weight, start, stop = code.values
        source = code.read(code.row(table, item))
        with code.cells(start, stop) as (cell, _):
            scale, target = code.splat(code.get(weight, cell)), code.parts(code.row(out, code.get(rows, cell)))
            for vector, pointer in zip(source, target, strict=True):
                code.store(code.plus(code.times(scale, vector), code.load(pointer)), pointer)
        return context.get_dummy_value()

    return types.void(out, table, item, rows, weight, start, stop), write


@intrinsic
def sum_rows(_typing, total, source, rows, weight, start, stop):
    """total[0] = sum of weight[c] source[rows[c]] over the cells; return the sum of its squares."""

    def write(context, builder, signature, values):
        code = _Code(context, builder, signature, values)
        total, source, rows, weight, start, stop = code.values
        sums = code.zeros()
        with code.cells(start, stop) as (cell, _):
            scale = code.splat(code.get(weight, cell))
            code.add_to(sums, scale, code.read(code.row(source, code.get(rows, cell))))
        return code.finish(sums, total)

    return total.dtype(total, source, rows, weight, start, stop), write


@intrinsic
def sum_and_spread(_typing, total, out, source, table, item, factor, rows, weight, start, stop):
    """Both of the above in one walk: total[0] from source, and out[rows[c]] += factor weight[c] table[item]."""

    def write(context, builder, signature, values):
        code = _Code(context, builder, signature, values)
        total, out, source, table, item, factor, rows, weight, start, stop = code.values
        factor = code.splat(factor)
        own = [code.times(factor, vector) for vector in code.read(code.row(table, item))]
        sums = code.zeros()
        with code.cells(start, stop) as (cell, _):
            scale, row = code.splat(code.get(weight, cell)), code.get(rows, cell)
            code.add_to(sums, scale, code.read(code.row(source, row)))
            for vector, pointer in zip(own, code.parts(code.row(out, row)), strict=True):
                code.store(code.plus(code.times(scale, vector), code.load(pointer)), pointer)
        return code.finish(sums, total)

    return total.dtype(total, out, source, table, item, factor, rows, weight, start, stop), write


@intrinsic
def add_dots(_typing, partial, table, item, source, rows, start, stop, first):
    """partial[c - first] += table[item] . source[rows[c]] for each cell, as four sums that are still to be added up."""

    def write(context, builder, signature, values):
        code = _Code(context, builder, signature, values)
        partial, table, item, source, rows, start, stop, first = code.values
        own, first = code.read(code.row(table, item)), _wide(builder, first)
        with code.cells(start, stop) as (cell, _):
            other = code.read(code.row(source, code.get(rows, cell)))
            total = code.times(own[0], other[0])
            for a, b in zip(own[1:], other[1:], strict=True):
                total = code.plus(code.times(a, b), total)
            total = code.halve(total, 4)
            place = builder.gep(partial, [builder.mul(builder.sub(cell, first), INT(4))])
            pointer = builder.bitcast(place, total.type.as_pointer())
            code.store(code.plus(total, code.load(pointer)), pointer)
        return context.get_dummy_value()

    return types.void(partial, table, item, source, rows, start, stop, first), write


def _blend(squared):
    """Return what writes a row as keep times itself plus add times another row, or that row's squares."""

    def write(context, builder, signature, values):
        code = _Code(context, builder, signature, values)
        table, item, keep, add, source, place = code.values
        target, keep, add = code.row(table, item), code.splat(keep), code.splat(add)
        other = code.read(code.row(source, place))
        if squared:
            other = [code.times(vector, vector) for vector in other]
        own = code.read(target)
        code.write(
            [code.plus(code.times(keep, a), code.times(add, b)) for a, b in zip(own, other, strict=True)], target
        )
        return context.get_dummy_value()

    return write


@intrinsic
def blend_row(_typing, table, item, keep, add, source, place):
    """table[item] = keep table[item] + add source[place]."""
    return types.void(table, item, keep, add, source, place), _blend(squared=False)


@intrinsic
def blend_square(_typing, table, item, keep, add, source, place):
    """table[item] = keep table[item] + add source[place]^2, unit by unit."""
    return types.void(table, item, keep, add, source, place), _blend(squared=True)


@intrinsic
def move_over_root(_typing, table, item, factor, step, source, place, square, root, small):
    """table[item] = factor table[item] - step source[place] / (sqrt(square[item]) root + small), unit by unit."""

    def write(context, builder, signature, values):
        code = _Code(context, builder, signature, values)
        table, item, factor, step, source, place, square, root, small = code.values
        target = code.row(table, item)
        factor, step, root, small = (code.splat(number) for number in (factor, step, root, small))
        moved = []
        for own, other, v in zip(
            code.read(target), code.read(code.row(source, place)), code.read(code.row(square, item)), strict=True
        ):
            below = code.plus(code.times(code.root(v), root), small)
            change = builder.fdiv(code.times(step, other), below, flags=FLAGS)
            moved.append(builder.fsub(code.times(factor, own), change, flags=FLAGS))
        code.write(moved, target)
        return context.get_dummy_value()

    return types.void(table, item, factor, step, source, place, square, root, small), write
