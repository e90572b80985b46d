"""Instructions that NVVM, the compiler of CUDA, lacks: how mathematical functions spell them instead.

NVVM reads the language of LLVM 7. It has neither ``fneg`` nor the intrinsics for absolute values, powers and funnel
shifts. Everything else that :mod:`fastnn.kernels.mathematics` emits, it takes as it stands.
"""

from __future__ import annotations

from llvmlite import ir
from numba.core import cgutils

from fastnn.kernels.mathematics.real import Real

INT32, INT64 = ir.IntType(32), ir.IntType(64)


class CudaReal(Real):
    """A float32 or float64 in code for CUDA."""

    def __neg__(self) -> Real:
        return self.like(self.builder.fsub(ir.Constant(self.value.type, -0.0), self.value))

    def __abs__(self) -> Real:
        return (self.bits() & (2 ** (self.width - 1) - 1)).as_real()

    def call(self, name: str, *others: Real) -> Real:
        """Call an intrinsic, or for pow in float64 the function of CUDA's own library."""
        if name != "pow":
            return super().call(name, *others)
        kind = ir.FunctionType(self.value.type, [self.value.type] * 2)
        function = cgutils.get_or_insert_function(self.builder.module, kind, "__nv_pow")
        return self.like(self.builder.call(function, [self.value, others[0].value]))

    def funnel(self, high: ir.Value, low: ir.Value, count: ir.Value) -> ir.Value:
        """Return the upper 32 bits of the two 32-bit integers side by side, after a shift to the left by count % 32."""
        b = self.builder
        both = b.or_(b.shl(b.zext(high, INT64), INT64(32)), b.zext(low, INT64))
        shifted = b.shl(both, b.zext(b.and_(count, INT32(31)), INT64))
        return b.trunc(b.lshr(shifted, INT64(32)), INT32)
