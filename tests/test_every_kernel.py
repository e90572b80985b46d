"""The machine code of every part: float32 stays float32, and the loops around formulas work on vectors."""

from __future__ import annotations

import pytest
from every_part import bounds, choices, named
from numba.core.ccallback import CFunc
from numba.core.dispatcher import Dispatcher

from fastnn.cpu.machine_code import IS_X86, MachineCode, machine_code
from fastnn.parts import registry
from fastnn.parts.kinds import Activation, Bound
from fastnn.testing.kernels import kernels

PARTS = [c for kind in ("activation", "loss", "optimizer") for b in bounds(kind) for c in choices(b)]
ELEMENTWISE = [b for b in PARTS if not getattr(b.part, "rowwise", False)]


def signatures(kernel: CFunc) -> list[str]:
    """Of the kernel, and of the formula's functions in it, which are there if it was compiled and not loaded."""
    made = [cell.cell_contents for cell in kernel._pyfunc.__closure__]
    units = [f for f in made if isinstance(f, Dispatcher) and "unit" in f.py_func.__globals__]
    formulas = [f for unit in units for f in unit.py_func.__globals__.values() if isinstance(f, Dispatcher)]
    return [str(kernel._sig), *(str(s) for f in formulas for s in f.nopython_signatures)]


def check_float32(code: MachineCode) -> None:
    assert not code.float64, f"{code.name} has float64 in it: {code.float64}"


def check_vectors(code: MachineCode) -> None:
    """Every loop has become a loop on vectors and a scalar one for the rest; no loop calls anything."""
    assert not code.single_steps, f"{code.name} is not vectorised: {code.single_steps}"


@named(PARTS)
def test_float32_stays_float32(bound):
    """In the types of its functions. test_every_part.py looks at the instructions."""
    for kernel in kernels(bound, "float32"):
        assert "float32" in str(kernel._sig) and "float64" not in " ".join(signatures(kernel))


@named(ELEMENTWISE)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_loops_are_vectorised(bound, dtype):
    for kernel in kernels(bound, dtype):
        check_vectors(machine_code(kernel))


def halved(x):
    while abs(x) > 1:
        x = 0.5 * x
    return x


def test_these_tests_can_fail():
    tanhs = machine_code(kernels(registry.resolve("activation", "tanh"), "float64")[0])
    with pytest.raises(AssertionError, match="has float64 in it"):
        check_float32(tanhs)
    assert not IS_X86 or tanhs.doubles
    stubborn = Bound(Activation("halved", halved, derivative=lambda x, y: y / x), {})
    with pytest.raises(AssertionError, match="not vectorised"):
        check_vectors(machine_code(kernels(stubborn, "float32")[0]))
