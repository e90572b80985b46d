"""Emit LLVM vector code: vectors with the width of the target machine, masks, and out-of-line functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir
from numba.core import cgutils

from fastnn.cpu.machine import machine

INT1, INT32, INT64 = ir.IntType(1), ir.IntType(32), ir.IntType(64)


class Vectors:
    """Operations on vectors of ``lanes`` elements, emitted at the position of ``builder``."""

    def __init__(self, context: Any, builder: Any, element: ir.Type):
        self.builder, self.element = builder, element
        self.machine = machine(context, element)
        self.lanes = self.machine.lanes
        self.size = self.machine.itemsize
        self.type = ir.VectorType(element, self.lanes)
        self.mask_type = ir.VectorType(INT1, self.lanes)
        self.zero = ir.Constant(self.type, [ir.Constant(element, 0.0)] * self.lanes)
        self._pointer = self.type.as_pointer()

    def _intrinsic(self, name: str, result: ir.Type, arguments: Sequence[ir.Type]) -> Any:
        full = name.replace("*", f"v{self.lanes}f{8 * self.size}")
        return cgutils.get_or_insert_function(self.builder.module, ir.FunctionType(result, arguments), full)

    def at(self, p: Any, *offsets: Any) -> Any:
        """Return the pointer advanced by the sum of the offsets, in elements."""
        for offset in offsets:
            p = self.builder.gep(p, [INT64(offset) if isinstance(offset, int) else offset])
        return p

    def reserve(self, n: int) -> Any:
        """Reserve memory for ``n`` elements on the stack, aligned for vectors."""
        memory = cgutils.alloca_once(self.builder, self.element, n)
        memory.align = 64
        return memory

    def splat(self, x: Any) -> Any:
        """Return a vector with ``x`` in all lanes."""
        kind = ir.VectorType(x.type, self.lanes)
        undefined = ir.Constant(kind, ir.Undefined)
        first = ir.Constant(ir.VectorType(INT32, self.lanes), [0] * self.lanes)
        return self.builder.shuffle_vector(self.builder.insert_element(undefined, x, INT32(0)), undefined, first)

    def shuffle(self, x: Any, y: Any, lanes: Sequence[int]) -> Any:
        """Return the given lanes of ``x`` (numbered from 0) and ``y`` (numbered from the length of ``x``)."""
        return self.builder.shuffle_vector(x, y, ir.Constant(ir.VectorType(INT32, len(lanes)), list(lanes)))

    def mask(self, n: Any) -> Any:
        """Return a mask that is true in the lanes below ``n``."""
        numbers = ir.Constant(ir.VectorType(INT64, self.lanes), list(range(self.lanes)))
        return self.builder.icmp_signed("<", numbers, self.splat(n))

    def load(self, p: Any, mask: Any = None) -> Any:
        """Return the vector at ``p``, which need not be aligned. Lanes where the mask is false are 0 and not read."""
        p = self.builder.bitcast(p, self._pointer)
        if mask is None:
            return self.builder.load(p, align=self.size)
        arguments = [self._pointer, INT32, self.mask_type, self.type]
        function = self._intrinsic("llvm.masked.load.*.p0", self.type, arguments)
        return self.builder.call(function, [p, INT32(self.size), mask, self.zero])

    def store(self, x: Any, p: Any, mask: Any = None) -> None:
        """Store ``x`` at ``p``, in the lanes where the mask is true."""
        p = self.builder.bitcast(p, self._pointer)
        if mask is None:
            self.builder.store(x, p, align=self.size)
        else:
            arguments = [self.type, self._pointer, INT32, self.mask_type]
            function = self._intrinsic("llvm.masked.store.*.p0", ir.VoidType(), arguments)
            self.builder.call(function, [x, p, INT32(self.size), mask])

    def multiply_add(self, x: Any, y: Any, z: Any) -> Any:
        """Return x * y + z, fused if the target supports it. (Else llvm.fma calls the C library, 100 times slower.)"""
        if not self.machine.has_fma:
            return self.builder.fadd(self.builder.fmul(x, y), z)
        return self.builder.call(self._intrinsic("llvm.fma.*", self.type, [self.type] * 3), [x, y, z])

    def smaller(self, x: Any, y: Any) -> Any:
        """Return the smaller of two integers."""
        return self.builder.select(self.builder.icmp_signed("<", x, y), x, y)

    def clamped(self, numbers: range, n: Any) -> list[Any]:
        """Return the numbers, limited to n - 1, so that rows past the edge repeat the last row."""
        last = self.builder.sub(n, INT64(1))
        return [self.smaller(INT64(i), last) if i else INT64(0) for i in numbers]


def no_unroll(builder: Any, branch: Any) -> None:
    """Keep LLVM from unrolling the loop that this branch closes: two tiles would not fit into the registers."""
    module = builder.module
    rule = module.add_metadata([ir.MetaDataString(module, "llvm.loop.unroll.disable")])
    loop = module.add_metadata([rule, ir.MetaDataString(module, f"loop {len(module.metadata)}")])
    loop.operands = (loop, rule)  # the first operand of loop metadata is the metadata itself
    branch.set_metadata("llvm.loop", loop)


def out_of_line(name: str, element: Any, body: Callable[[Vectors, Sequence[Any]], None]) -> Callable:
    """Return the code of an intrinsic that calls a function. Its ``body`` is compiled once per module, not per call.

    element: the Numba type of the elements. The name of the function contains it and the vector width.
    """

    def generate(context, builder, signature, arguments):
        kind = context.get_value_type(element)
        full = f"fastnn_{name}_{machine(context, kind).name}_{element}"
        function = builder.module.globals.get(full)
        if function is None:
            function_type = ir.FunctionType(ir.VoidType(), [a.type for a in arguments])
            function = ir.Function(builder.module, function_type, full)
            function.linkage = "linkonce_odr"
            function.attributes.add("noinline")
            function.attributes.add("nounwind")
            inside = ir.IRBuilder(function.append_basic_block("entry"))
            body(Vectors(context, inside, kind), function.args)
            inside.ret_void()
        builder.call(function, arguments)
        return context.get_dummy_value()

    return generate
