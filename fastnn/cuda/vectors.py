"""Load four numbers in one access to memory: 128 bits of float32, twice 128 bits of float64."""

from __future__ import annotations

from llvmlite import ir
from numba import types
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
