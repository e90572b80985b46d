"""The dtypes, and the pieces of an array, that the tests of compiled kernels run on."""

from __future__ import annotations

import pytest

DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64"])
PIECES = [(0, 0), (0, 1), (1, 18), (18, 49), (49, 82), (82, 1023)]  # of 1023 elements
