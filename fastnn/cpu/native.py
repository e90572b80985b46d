"""What only code for a CPU does: call a C function by its address, atomic accesses, and a hint while it spins."""

from __future__ import annotations

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.errors import TypingError
from numba.extending import intrinsic

from fastnn.kernels.pointers import check_pointer

INT32, VOID = ir.IntType(32), ir.VoidType()


@intrinsic
def call(typingctx, function, arguments):
    """Call the C function at the address ``function`` with a tuple of arguments; it returns nothing."""
    if not isinstance(arguments, types.BaseTuple):
        raise TypingError(f"call() takes a tuple of arguments, not {arguments}")

    def generate(context, builder, signature, values):
        given = cgutils.unpack_tuple(builder, values[1])
        kind = ir.FunctionType(VOID, [value.type for value in given])
        builder.call(builder.inttoptr(values[0], kind.as_pointer()), given)
        return context.get_dummy_value()

    return types.void(types.intp, arguments), generate


@intrinsic
def fetch_add(typingctx, p, i, x):
    """Add ``x`` to element ``i`` at once; the element before (acquire and release)."""
    check_pointer(p, types.int64)

    def generate(context, builder, signature, arguments):
        return builder.atomic_rmw("add", builder.gep(arguments[0], [arguments[1]]), arguments[2], "acq_rel")

    return types.int64(p, types.intp, types.int64), generate


@intrinsic
def load_acquire(typingctx, p, i):
    """Element ``i``; what its writer stored before it is seen after this."""
    check_pointer(p, types.int64)

    def generate(context, builder, signature, arguments):
        return builder.load_atomic(builder.gep(arguments[0], [arguments[1]]), "acquire", 8)

    return types.int64(p, types.intp), generate


@intrinsic
def store_release(typingctx, p, i, x):
    """Element ``i`` becomes ``x``; whoever reads it by load_acquire sees all that was stored before."""
    check_pointer(p, types.int64)

    def generate(context, builder, signature, arguments):
        builder.store_atomic(arguments[2], builder.gep(arguments[0], [arguments[1]]), "release", 8)
        return context.get_dummy_value()

    return types.void(p, types.intp, types.int64), generate


@intrinsic
def pause(typingctx):
    """Tell the processor that this thread spins. (Inline assembly would abort: Numba starts no assembler.)"""

    def generate(context, builder, signature, arguments):
        triple = context.codegen().magic_tuple()[0]
        if triple.startswith(("x86", "i386", "i686")):
            kind = ir.FunctionType(VOID, [])
            builder.call(cgutils.get_or_insert_function(builder.module, kind, "llvm.x86.sse2.pause"), [])
        elif triple.startswith(("aarch64", "arm64")):
            kind = ir.FunctionType(VOID, [INT32])
            hint = cgutils.get_or_insert_function(builder.module, kind, "llvm.aarch64.hint")
            builder.call(hint, [INT32(1)])
        return context.get_dummy_value()

    return types.void(), generate
