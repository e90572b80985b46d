"""Symbolic values for code generation: arithmetic on them appends LLVM instructions to the function being compiled.

The functions of this package are written with these values, not as jitted Python, for three reasons. Compiling a jitted
function takes 80 ms per type in every formula that uses it; emitting its instructions takes 1 ms. Every literal takes
the type of the other operand, so float32 is never promoted to float64. And if the processor has fused multiply-add,
the result does not depend on the fast-math flags of the caller: only :func:`fma` fuses a product with a sum.

A device whose compiler lacks an instruction derives a class from Real that spells it differently. Every value that is
computed from a Real is of the same class.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils

# Numba adds the caller's flags to float instructions that have none. The flag "afn" has no effect on additions and
# multiplications, and keeps Numba from adding the flags for contraction and reassociation.
_EXACT = ("afn",)


class Condition:
    """A boolean, an i1 in LLVM."""

    def __init__(self, builder: ir.IRBuilder, value: ir.Value):
        self.builder, self.value = builder, value

    def __and__(self, other: Condition) -> Condition:
        return Condition(self.builder, self.builder.and_(self.value, other.value))

    def __or__(self, other: Condition) -> Condition:
        return Condition(self.builder, self.builder.or_(self.value, other.value))

    def __invert__(self) -> Condition:
        return Condition(self.builder, self.builder.not_(self.value))


class Integer:
    """A signed integer of 32 or 64 bits. It wraps around on overflow; >> keeps the sign.

    real: the class of the float with the same bits.
    """

    def __init__(self, builder: ir.IRBuilder, value: ir.Value, real: type[Real]):
        self.builder, self.value, self.real = builder, value, real

    def like(self, value: ir.Value) -> Integer:
        """Return an integer with this value and the same class of floats."""
        return Integer(self.builder, value, self.real)

    def _binary(self, operation: str, other: Integer | int) -> Integer:
        number = other.value if isinstance(other, Integer) else ir.Constant(self.value.type, other)
        return self.like(getattr(self.builder, operation)(self.value, number))

    def __add__(self, other: Integer | int) -> Integer:
        return self._binary("add", other)

    def __sub__(self, other: Integer | int) -> Integer:
        return self._binary("sub", other)

    def __neg__(self) -> Integer:
        return self.like(self.builder.neg(self.value))

    def __and__(self, other: Integer | int) -> Integer:
        return self._binary("and_", other)

    def __or__(self, other: Integer | int) -> Integer:
        return self._binary("or_", other)

    def __xor__(self, other: Integer | int) -> Integer:
        return self._binary("xor", other)

    def __lshift__(self, other: Integer | int) -> Integer:
        return self._binary("shl", other)

    def __rshift__(self, other: Integer | int) -> Integer:
        return self._binary("ashr", other)

    def equals(self, other: int) -> Condition:
        constant = ir.Constant(self.value.type, other)
        return Condition(self.builder, self.builder.icmp_signed("==", self.value, constant))

    def as_real(self) -> Real:
        """Return the float with these bits."""
        kind = ir.FloatType() if self.value.type.width == 32 else ir.DoubleType()
        return self.real(self.builder, self.builder.bitcast(self.value, kind))


class Real:
    """A float32 or float64."""

    def __init__(self, builder: ir.IRBuilder, value: ir.Value):
        self.builder, self.value = builder, value
        self.width = 32 if isinstance(value.type, ir.FloatType) else 64
        self.fraction = 23 if self.width == 32 else 52
        """Number of bits of the fraction."""
        self.bias = 127 if self.width == 32 else 1023
        """Bias of the stored exponent."""
        self.single = self.width == 32

    def like(self, value: ir.Value) -> Real:
        """Return a Real of the same class with this value."""
        return type(self)(self.builder, value)

    def constant(self, number: float) -> Real:
        """Return a constant of the type of this value."""
        return self.like(ir.Constant(self.value.type, number))

    def _other(self, other: Real | float) -> ir.Value:
        return other.value if isinstance(other, Real) else ir.Constant(self.value.type, other)

    def _binary(self, operation: str, a: ir.Value, b: ir.Value) -> Real:
        return self.like(getattr(self.builder, operation)(a, b, flags=_EXACT))

    def __add__(self, other: Real | float) -> Real:
        return self._binary("fadd", self.value, self._other(other))

    def __sub__(self, other: Real | float) -> Real:
        return self._binary("fsub", self.value, self._other(other))

    def __rsub__(self, other: float) -> Real:
        return self._binary("fsub", self._other(other), self.value)

    def __mul__(self, other: Real | float) -> Real:
        return self._binary("fmul", self.value, self._other(other))

    __radd__, __rmul__ = __add__, __mul__

    def __truediv__(self, other: Real | float) -> Real:
        return self.like(self.builder.fdiv(self.value, self._other(other)))

    def __rtruediv__(self, other: float) -> Real:
        return self.like(self.builder.fdiv(self._other(other), self.value))

    def __neg__(self) -> Real:
        return self.like(self.builder.fneg(self.value))

    def __abs__(self) -> Real:
        return self.call("fabs")

    def _compare(self, operator: str, other: Real | float) -> Condition:
        return Condition(self.builder, self.builder.fcmp_ordered(operator, self.value, self._other(other)))

    def __lt__(self, other: Real | float) -> Condition:
        return self._compare("<", other)

    def __le__(self, other: Real | float) -> Condition:
        return self._compare("<=", other)

    def __gt__(self, other: Real | float) -> Condition:
        return self._compare(">", other)

    def __ge__(self, other: Real | float) -> Condition:
        return self._compare(">=", other)

    def equals(self, other: Real | float) -> Condition:
        """Return whether the values are equal; false if one is NaN."""
        return self._compare("==", other)

    def isnan(self) -> Condition:
        return Condition(self.builder, self.builder.fcmp_unordered("uno", self.value, self.value))

    def call(self, name: str, *others: Real) -> Real:
        """Call an LLVM intrinsic, such as fabs, sqrt, floor, copysign or fma."""
        kind = ir.FunctionType(self.value.type, [self.value.type] * (1 + len(others)))
        function = cgutils.get_or_insert_function(self.builder.module, kind, f"llvm.{name}.f{self.width}")
        return self.like(self.builder.call(function, [self.value, *(o.value for o in others)]))

    def at_most(self, limit: float) -> Real:
        """Return the smaller of this value and the limit; NaN stays NaN."""
        return select(self > limit, limit, self)

    def at_least(self, limit: float) -> Real:
        """Return the larger of this value and the limit; NaN stays NaN."""
        return select(self < limit, limit, self)

    def funnel(self, high: ir.Value, low: ir.Value, count: ir.Value) -> ir.Value:
        """Return the upper 32 bits of the two 32-bit integers side by side, after a shift to the left by count % 32."""
        word = ir.IntType(32)
        function = cgutils.get_or_insert_function(
            self.builder.module, ir.FunctionType(word, [word] * 3), "llvm.fshl.i32"
        )
        return self.builder.call(function, [high, low, count])

    def copysign(self, other: Real) -> Real:
        return self.call("copysign", other)

    def bits(self) -> Integer:
        """Return the bits as an integer of the same width."""
        return Integer(self.builder, self.builder.bitcast(self.value, ir.IntType(self.width)), type(self))


def fma(a: Real, b: Real | float, c: Real | float) -> Real:
    """Return a * b + c, rounded once if the processor has the instruction, else twice."""
    b, c = (v if isinstance(v, Real) else a.constant(v) for v in (b, c))
    return a.call("fmuladd", b, c)


def exact_fma(a: Real, b: Real | float, c: Real | float) -> Real:
    """Return a * b + c, always rounded once. This is a slow call if the processor does not have the instruction."""
    b, c = (v if isinstance(v, Real) else a.constant(v) for v in (b, c))
    return a.call("fma", b, c)


def select(condition: Condition, a: Any, b: Any) -> Any:
    """Return a where the condition is true, else b. Both are computed. One of them may be a Python number."""
    a = a if hasattr(a, "value") else b.constant(a)
    b = b if hasattr(b, "value") else a.constant(b)
    return a.like(a.builder.select(condition.value, a.value, b.value))


def nearest(x: Real) -> tuple[Real, Integer]:
    """Return the integer nearest to x, as a float and as an integer, for abs(x) up to 2**22 (2**51 in float64).

    After adding 1.5 * 2**23 (2**52 in float64) no bits are left for a fraction: the lowest bits are the integer.
    """
    magic = 1.5 * 2.0**x.fraction
    shifted = x + magic
    return shifted - magic, shifted.bits() - x.constant(magic).bits()


def power_of_two(exponent: Integer, like: Real) -> Real:
    """Return 2**exponent in the type of ``like``, from its bits. The result must be a normal number."""
    return ((exponent + like.bias) << like.fraction).as_real()


def polynomial(x: Real, coefficients: tuple[float, ...]) -> Real:
    """Return the polynomial with these coefficients, highest power first, by Horner's rule."""
    result = x.constant(coefficients[0])
    for coefficient in coefficients[1:]:
        result = fma(result, x, coefficient)
    return result
