"""LLVM code generation for the functions of :mod:`fastnn.mathematics`, for every device.

Importing this package fills :data:`fastnn.kernels.mathematics.collection.COLLECTION`.
"""

from fastnn.kernels.mathematics import (  # noqa: F401
    choosing,
    classify,
    erf,
    exponential,
    logarithm,
    normal,
    power,
    tanh,
    trigonometric,
)  # fmt: skip
