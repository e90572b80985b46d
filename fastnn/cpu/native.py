"""Intrinsics for the CPU only: calls of C functions by address, atomic accesses, and a hint for spin loops."""

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
    """Call the C function at the address ``function`` with a tuple of arguments. It must not return a value."""
    if not isinstance(arguments, types.BaseTuple):
        raise TypingError(f"call() expects a tuple of arguments, not {arguments}")

    def generate(context, builder, signature, values):
        given = cgutils.unpack_tuple(builder, values[1])
        kind = ir.FunctionType(VOID, [value.type for value in given])
        builder.call(builder.inttoptr(values[0], kind.as_pointer()), given)
        return context.get_dummy_value()

    return types.void(types.intp, arguments), generate


@intrinsic
def fetch_add(typingctx, p, i, x):
    """Atomically add ``x`` to element ``i`` and return its previous value (acquire and release)."""
    check_pointer(p, types.int64)

    def generate(context, builder, signature, arguments):
        return builder.atomic_rmw("add", builder.gep(arguments[0], [arguments[1]]), arguments[2], "acq_rel")

    return types.int64(p, types.intp, types.int64), generate


@intrinsic
def load_acquire(typingctx, p, i):
    """Atomically return element ``i``. All stores before its store_release are visible afterwards."""
    check_pointer(p, types.int64)

    def generate(context, builder, signature, arguments):
        return builder.load_atomic(builder.gep(arguments[0], [arguments[1]]), "acquire", 8)

    return types.int64(p, types.intp), generate


@intrinsic
def store_release(typingctx, p, i, x):
    """Atomically set element ``i`` to ``x``. A load_acquire that reads it makes all earlier stores visible."""
    check_pointer(p, types.int64)

    def generate(context, builder, signature, arguments):
        builder.store_atomic(arguments[2], builder.gep(arguments[0], [arguments[1]]), "release", 8)
        return context.get_dummy_value()

    return types.void(p, types.intp, types.int64), generate


@intrinsic
def pause(typingctx):
    """Tell the processor that this thread is in a spin loop. (Inline assembly would abort the compilation.)"""

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
