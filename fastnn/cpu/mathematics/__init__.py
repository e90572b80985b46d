"""The functions of :mod:`fastnn.mathematics` for compiled code on the CPU: importing this registers them."""

from fastnn.cpu.mathematics import classify, erf, exponential, library, logarithm, tanh  # noqa: F401
from fastnn.cpu.mathematics.lowering import install

install()
