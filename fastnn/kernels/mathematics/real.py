"""Numbers while code is emitted: arithmetic on them appends LLVM instructions to the function being compiled.

Formulas of this package are written with these values instead of jitted Python for three reasons. Compiling a
jitted function costs 80 ms for each type in each formula that uses it, emitting its instructions 1 ms. Every
literal takes the type of its neighbour, so no float64 creeps into float32. And where the processor has fused
multiply-add, the result does not depend on the fast-math flags of the caller: a product is fused with a sum where
:func:`fma` says so, and nowhere else.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils

# Numba adds the caller's flags to float instructions that have none. This one means nothing to an addition or
# a multiplication, and keeps away the flags that would: contraction and reassociation.
_EXACT = ("afn",)


class Condition:
    """True or false, as an LLVM i1."""

    def __init__(self, builder: ir.IRBuilder, value: ir.Value):
        self.builder, self.value = builder, value

    def __and__(self, other: Condition) -> Condition:
        return Condition(self.builder, self.builder.and_(self.value, other.value))

    def __or__(self, other: Condition) -> Condition:
        return Condition(self.builder, self.builder.or_(self.value, other.value))

    def __invert__(self) -> Condition:
        return Condition(self.builder, self.builder.not_(self.value))


class Integer:
    """A signed integer of 32 or 64 bits that wraps around; >> keeps the sign."""

    def __init__(self, builder: ir.IRBuilder, value: ir.Value):
        self.builder, self.value = builder, value

    def _binary(self, operation: str, other: Integer | int) -> Integer:
        if not isinstance(other, Integer):
            other = Integer(self.builder, ir.Constant(self.value.type, other))
        return Integer(self.builder, getattr(self.builder, operation)(self.value, other.value))

    def __add__(self, other: Integer | int) -> Integer:
        return self._binary("add", other)

    def __sub__(self, other: Integer | int) -> Integer:
        return self._binary("sub", other)

    def __neg__(self) -> Integer:
        return Integer(self.builder, self.builder.neg(self.value))

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
        """The float with these bits."""
        kind = ir.FloatType() if self.value.type.width == 32 else ir.DoubleType()
        return Real(self.builder, self.builder.bitcast(self.value, kind))


class Real:
    """A float32 or float64."""

    def __init__(self, builder: ir.IRBuilder, value: ir.Value):
        self.builder, self.value = builder, value
        self.width = 32 if isinstance(value.type, ir.FloatType) else 64
        self.fraction = 23 if self.width == 32 else 52
        """Bits of the fraction."""
        self.bias = 127 if self.width == 32 else 1023
        """What is added to an exponent."""
        self.single = self.width == 32

    def constant(self, number: float) -> Real:
        """A number, rounded to this value's type."""
        return Real(self.builder, ir.Constant(self.value.type, number))

    def _other(self, other: Real | float) -> ir.Value:
        return other.value if isinstance(other, Real) else ir.Constant(self.value.type, other)

    def _binary(self, operation: str, a: ir.Value, b: ir.Value) -> Real:
        return Real(self.builder, getattr(self.builder, operation)(a, b, flags=_EXACT))

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
        return Real(self.builder, self.builder.fdiv(self.value, self._other(other)))

    def __rtruediv__(self, other: float) -> Real:
        return Real(self.builder, self.builder.fdiv(self._other(other), self.value))

    def __neg__(self) -> Real:
        return Real(self.builder, self.builder.fneg(self.value))

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
        """Whether they are equal; False with a NaN."""
        return self._compare("==", other)

    def isnan(self) -> Condition:
        return Condition(self.builder, self.builder.fcmp_unordered("uno", self.value, self.value))

    def call(self, name: str, *others: Real) -> Real:
        """An LLVM intrinsic that is one instruction on vectors: fabs, sqrt, floor, copysign, fma."""
        kind = ir.FunctionType(self.value.type, [self.value.type] * (1 + len(others)))
        function = cgutils.get_or_insert_function(self.builder.module, kind, f"llvm.{name}.f{self.width}")
        return Real(self.builder, self.builder.call(function, [self.value, *(o.value for o in others)]))

    def at_most(self, limit: float) -> Real:
        """The smaller of the two; NaN stays NaN."""
        return select(self > limit, limit, self)

    def at_least(self, limit: float) -> Real:
        """The larger of the two; NaN stays NaN."""
        return select(self < limit, limit, self)

    def copysign(self, other: Real) -> Real:
        return self.call("copysign", other)

    def bits(self) -> Integer:
        """The bits as an integer of the same width."""
        return Integer(self.builder, self.builder.bitcast(self.value, ir.IntType(self.width)))


def fma(a: Real, b: Real | float, c: Real | float) -> Real:
    """a * b + c: one rounding where the processor has the instruction, else two."""
    b, c = (v if isinstance(v, Real) else a.constant(v) for v in (b, c))
    return a.call("fmuladd", b, c)


def exact_fma(a: Real, b: Real | float, c: Real | float) -> Real:
    """a * b + c with one rounding everywhere: a slow call where the processor has no such instruction."""
    b, c = (v if isinstance(v, Real) else a.constant(v) for v in (b, c))
    return a.call("fma", b, c)


def select(condition: Condition, a: Any, b: Any) -> Any:
    """a where the condition holds, else b; both have been computed. One may be a Python number."""
    a = a if hasattr(a, "value") else b.constant(a)
    b = b if hasattr(b, "value") else a.constant(b)
    return type(a)(a.builder, a.builder.select(condition.value, a.value, b.value))


def nearest(x: Real) -> tuple[Real, Integer]:
    """The whole number nearest to x, as a float and as an integer; abs(x) up to 2**22 (2**51 in float64).

    Adding 1.5 * 2**23 (2**52 in float64) leaves no room for a fraction: the number is in the lowest bits.
    """
    magic = 1.5 * 2.0**x.fraction
    shifted = x + magic
    return shifted - magic, shifted.bits() - x.constant(magic).bits()


def power_of_two(exponent: Integer, like: Real) -> Real:
    """2**exponent for the exponents of normal numbers, by its bits; in the type of ``like``."""
    return ((exponent + like.bias) << like.fraction).as_real()


def polynomial(x: Real, coefficients: tuple[float, ...]) -> Real:
    """The polynomial with these coefficients, highest power first, by Horner's rule."""
    result = x.constant(coefficients[0])
    for coefficient in coefficients[1:]:
        result = fma(result, x, coefficient)
    return result
