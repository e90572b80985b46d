"""The functions of :mod:`fastnn.mathematics` for compiled code on the CPU: importing this registers them."""

from fastnn.cpu.mathematics import classify, erf, exponential, logarithm, normal, power, tanh, trigonometric  # noqa: F401
from fastnn.cpu.mathematics.lowering import install

install()
