"""Sums of squares in the network's dtype that neither overflow nor need float64.

A float32 above 1.8e19 has no square in float32. So large numbers are scaled down before they are squared, and summed
apart from the others (Blue, "A portable Fortran program to find the Euclidean norm of a vector", 1978).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

LARGE = np.float32(2.0**48)  # from here on a number counts as large; exact in both dtypes
SCALE = np.float32(2.0**-80)  # the factor of large numbers before they are squared


def square_parts(jit: Callable[[Callable], Any]) -> Any:
    """Compile square_parts(x, none): (square of x, ``none``), or (``none``, square of x * SCALE) if x is large.

    none: 0 in the dtype of x.
    """

    @jit
    def parts(x, none):
        scaled = x * SCALE
        if x >= LARGE or x <= -LARGE:
            return none, scaled * scaled
        return x * x, none

    return parts
