"""Launch one kernel with NumPy arrays, on the emulator or, with the option --cuda=driver, on a GPU."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastnn.cuda.devices import open_device
from fastnn.cuda.kernel import Variant
from fastnn.testing import launching
from fastnn.testing.kernels import numbers

__all__ = ["launch", "numbers"]


def launch(variant: Variant, shared: int = 0, **arguments: Any) -> dict[str, np.ndarray]:
    """Launch a kernel: see fastnn.testing.launching."""
    return launching.launch(open_device(0), variant, shared, **arguments)
