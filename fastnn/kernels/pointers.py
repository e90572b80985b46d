"""Plain typed pointers, which Numba lacks, for the kernels of every device.

Loops over pointers vectorise where loops over arrays do not: an index has no wrap-around and a pointer no
reference count. Nothing is checked. A pointer has Numba's type ``CPointer(T)``, so that C functions can take it.
"""

from __future__ import annotations

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.errors import RequireLiteralValue, TypingError
from numba.extending import intrinsic
from numba.np.arrayobj import populate_array

INT64 = ir.IntType(64)


def check_pointer(p, of=None):
    if not isinstance(p, types.CPointer) or (of is not None and p.dtype != of):
        raise TypingError(f"a pointer{f' to {of}' if of else ''} is needed here, not {p}")


@intrinsic
def pointer(typingctx, array):
    """The address of an array's first element, whatever its strides. The array must stay alive."""
    if not isinstance(array, types.Array):
        raise TypingError(f"pointer() takes an array, not {array}")

    def generate(context, builder, signature, arguments):
        return context.make_array(array)(context, builder, arguments[0]).data

    return types.CPointer(array.dtype)(array), generate


@intrinsic
def advance(typingctx, p, n):
    """The pointer ``n`` elements further."""
    check_pointer(p)

    def generate(context, builder, signature, arguments):
        return builder.gep(arguments[0], [arguments[1]])

    return p(p, types.intp), generate


@intrinsic
def load(typingctx, p, i):
    """Element ``i``."""
    check_pointer(p)

    def generate(context, builder, signature, arguments):
        return context.unpack_value(builder, p.dtype, builder.gep(arguments[0], [arguments[1]]))

    return p.dtype(p, types.intp), generate


@intrinsic
def store(typingctx, p, i, x):
    """Element ``i`` becomes ``x``, converted to the pointer's dtype."""
    check_pointer(p)

    def generate(context, builder, signature, arguments):
        context.pack_value(builder, p.dtype, arguments[2], builder.gep(arguments[0], [arguments[1]]))
        return context.get_dummy_value()

    return types.void(p, types.intp, p.dtype), generate


@intrinsic(prefer_literal=True)
def load_tuple(typingctx, p, n):
    """The first ``n`` elements as a tuple; ``n`` is known when the code is compiled."""
    check_pointer(p)
    if not isinstance(n, types.IntegerLiteral):
        raise RequireLiteralValue("load_tuple() takes a constant number of elements")
    count = n.literal_value
    result = types.UniTuple(p.dtype, count) if count else types.Tuple(())

    def generate(context, builder, signature, arguments):
        places = [builder.gep(arguments[0], [INT64(i)]) for i in range(count)]
        values = [context.unpack_value(builder, p.dtype, place) for place in places]
        return context.make_tuple(builder, result, values)

    return result(p, n), generate


@intrinsic
def row(typingctx, p, n):
    """The first ``n`` elements as a NumPy array, for formulas of rows."""
    check_pointer(p)
    result = types.Array(p.dtype, 1, "C")

    def generate(context, builder, signature, arguments):
        array = context.make_array(result)(context, builder)
        size = context.get_constant(types.intp, context.get_abi_sizeof(context.get_data_type(p.dtype)))
        populate_array(array, arguments[0], [arguments[1]], [size], size, None)
        return array._getvalue()

    return result(p, types.intp), generate


@intrinsic(prefer_literal=True)
def load_planes(typingctx, p, i, stride, n):
    """Element ``i`` of each of ``n`` planes ``stride`` elements apart, as a tuple; ``n`` is a constant."""
    check_pointer(p)
    if not isinstance(n, types.IntegerLiteral):
        raise RequireLiteralValue("load_planes() takes a constant number of planes")
    count = n.literal_value
    result = types.UniTuple(p.dtype, count) if count else types.Tuple(())

    def generate(context, builder, signature, arguments):
        base, place, stride, _ = arguments
        offsets = [builder.add(place, builder.mul(stride, INT64(j))) for j in range(count)]
        values = [context.unpack_value(builder, p.dtype, builder.gep(base, [offset])) for offset in offsets]
        return context.make_tuple(builder, result, values)

    return result(p, types.intp, types.intp, n), generate


@intrinsic
def store_planes(typingctx, p, i, stride, values):
    """Element ``i`` of each plane, ``stride`` elements apart, becomes its number of the tuple ``values``."""
    check_pointer(p)
    if not isinstance(values, types.BaseTuple):
        raise TypingError(f"store_planes() takes a tuple of values, not {values}")

    def generate(context, builder, signature, arguments):
        base, place, stride, given = arguments
        numbers = cgutils.unpack_tuple(builder, given)
        for j, (value, kind) in enumerate(zip(numbers, values.types, strict=True)):
            offset = builder.add(place, builder.mul(stride, INT64(j)))
            converted = context.cast(builder, value, kind, p.dtype)
            context.pack_value(builder, p.dtype, converted, builder.gep(base, [offset]))
        return context.get_dummy_value()

    return types.void(p, types.intp, types.intp, values), generate


@intrinsic
def null(typingctx, p):
    """The null pointer of the type of ``p``."""
    check_pointer(p)

    def generate(context, builder, signature, arguments):
        return ir.Constant(arguments[0].type, None)

    return p(p), generate


@intrinsic
def zero(typingctx, p):
    """0 in the dtype behind the pointer."""
    check_pointer(p)

    def generate(context, builder, signature, arguments):
        return context.get_constant_null(p.dtype)

    return p.dtype(p), generate


@intrinsic
def cast(typingctx, p, x):
    """``x`` in the dtype behind the pointer."""
    check_pointer(p)

    def generate(context, builder, signature, arguments):
        return arguments[1]  # converted on the way in, by the signature

    return p.dtype(p, p.dtype), generate


@intrinsic
def address(typingctx, p):
    """The pointer as an integer; 0 is the null pointer."""
    check_pointer(p)

    def generate(context, builder, signature, arguments):
        return builder.ptrtoint(arguments[0], INT64)

    return types.intp(p), generate


@intrinsic
def at_address(typingctx, like, where):
    """A pointer to an address: of the type of the pointer ``like``, or to numbers of the type ``like``."""
    kind = types.CPointer(like.dtype) if isinstance(like, types.NumberClass) else like
    check_pointer(kind)

    def generate(context, builder, signature, arguments):
        return builder.inttoptr(arguments[1], context.get_value_type(kind))

    return kind(like, types.intp), generate
