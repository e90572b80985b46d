"""Typed pointers for compiled code, which Numba lacks. They work on every device.

Loops over pointers vectorise where loops over arrays do not: negative indices do not wrap around, and pointers are
not reference-counted. Accesses are not checked. A pointer has Numba's type ``CPointer(T)`` and can be passed to C
functions.
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
        raise TypingError(f"expected a pointer{f' to {of}' if of else ''}, not {p}")


@intrinsic
def pointer(typingctx, array):
    """Return the pointer to the first element of an array with any strides. The array must stay alive."""
    if not isinstance(array, types.Array):
        raise TypingError(f"pointer() expects an array, not {array}")

    def generate(context, builder, signature, arguments):
        return context.make_array(array)(context, builder, arguments[0]).data

    return types.CPointer(array.dtype)(array), generate


@intrinsic
def advance(typingctx, p, n):
    """Return the pointer advanced by ``n`` elements."""
    check_pointer(p)

    def generate(context, builder, signature, arguments):
        return builder.gep(arguments[0], [arguments[1]])

    return p(p, types.intp), generate


@intrinsic
def load(typingctx, p, i):
    """Return element ``i``."""
    check_pointer(p)

    def generate(context, builder, signature, arguments):
        return context.unpack_value(builder, p.dtype, builder.gep(arguments[0], [arguments[1]]))

    return p.dtype(p, types.intp), generate


@intrinsic
def store(typingctx, p, i, x):
    """Set element ``i`` to ``x``, converted to the dtype of the pointer."""
    check_pointer(p)

    def generate(context, builder, signature, arguments):
        context.pack_value(builder, p.dtype, arguments[2], builder.gep(arguments[0], [arguments[1]]))
        return context.get_dummy_value()

    return types.void(p, types.intp, p.dtype), generate


@intrinsic(prefer_literal=True)
def load_tuple(typingctx, p, n):
    """Return the first ``n`` elements as a tuple; ``n`` must be a compile-time constant."""
    check_pointer(p)
    if not isinstance(n, types.IntegerLiteral):
        raise RequireLiteralValue("load_tuple() expects a constant number of elements")
    count = n.literal_value
    result = types.UniTuple(p.dtype, count) if count else types.Tuple(())

    def generate(context, builder, signature, arguments):
        places = [builder.gep(arguments[0], [INT64(i)]) for i in range(count)]
        values = [context.unpack_value(builder, p.dtype, place) for place in places]
        return context.make_tuple(builder, result, values)

    return result(p, n), generate


@intrinsic
def row(typingctx, p, n):
    """Return the first ``n`` elements as a NumPy array, for formulas that work on rows."""
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
    """Return element ``i`` of ``n`` planes as a tuple. stride: distance of the planes in elements. n: a constant."""
    check_pointer(p)
    if not isinstance(n, types.IntegerLiteral):
        raise RequireLiteralValue("load_planes() expects a constant number of planes")
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
    """Set element ``i`` of plane j to ``values[j]`` for all j. stride: distance of the planes in elements."""
    check_pointer(p)
    if not isinstance(values, types.BaseTuple):
        raise TypingError(f"store_planes() expects a tuple of values, not {values}")

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
    """Return the null pointer of the type of ``p``."""
    check_pointer(p)

    def generate(context, builder, signature, arguments):
        return ir.Constant(arguments[0].type, None)

    return p(p), generate


@intrinsic
def zero(typingctx, p):
    """Return 0 in the dtype of the pointer."""
    check_pointer(p)

    def generate(context, builder, signature, arguments):
        return context.get_constant_null(p.dtype)

    return p.dtype(p), generate


@intrinsic
def cast(typingctx, p, x):
    """Return ``x`` converted to the dtype of the pointer."""
    check_pointer(p)

    def generate(context, builder, signature, arguments):
        return arguments[1]  # already converted, because of the signature

    return p.dtype(p, p.dtype), generate


@intrinsic
def address(typingctx, p):
    """Return the pointer as an integer; the null pointer is 0."""
    check_pointer(p)

    def generate(context, builder, signature, arguments):
        return builder.ptrtoint(arguments[0], INT64)

    return types.intp(p), generate


@intrinsic
def at_address(typingctx, like, where):
    """Return a pointer to an address. like: a pointer of the same type, or the type of the elements."""
    kind = types.CPointer(like.dtype) if isinstance(like, types.NumberClass) else like
    check_pointer(kind)

    def generate(context, builder, signature, arguments):
        return builder.inttoptr(arguments[1], context.get_value_type(kind))

    return kind(like, types.intp), generate
