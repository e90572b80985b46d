"""Four numbers in one access to memory: 128 bits of float32, twice 128 bits of float64."""

from __future__ import annotations

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from fastnn.kernels.pointers import check_pointer

ALIGNED = 16  # bytes; addresses must be multiples


def _place(context, builder, p, base, i):
    kind = ir.VectorType(context.get_value_type(p.dtype), 4)
    return builder.bitcast(builder.gep(base, [i]), kind.as_pointer())


@intrinsic
def load4(typingctx, p, i):
    """Return elements i ... i + 3 as a tuple."""
    check_pointer(p)
    result = types.UniTuple(p.dtype, 4)

    def generate(context, builder, signature, arguments):
        vector = builder.load(_place(context, builder, p, *arguments), align=ALIGNED)
        numbers = [builder.extract_element(vector, ir.IntType(32)(n)) for n in range(4)]
        return context.make_tuple(builder, result, numbers)

    return result(p, types.intp), generate


@intrinsic
def store4(typingctx, p, i, values):
    """Set elements i ... i + 3 to the numbers of a tuple."""
    check_pointer(p)

    def generate(context, builder, signature, arguments):
        base, place, given = arguments
        vector = ir.Constant(ir.VectorType(context.get_value_type(p.dtype), 4), ir.Undefined)
        for n, number in enumerate(cgutils.unpack_tuple(builder, given)):
            vector = builder.insert_element(vector, number, ir.IntType(32)(n))
        builder.store(vector, _place(context, builder, p, base, place), align=ALIGNED)
        return context.get_dummy_value()

    return types.void(p, types.intp, types.UniTuple(p.dtype, 4)), generate
