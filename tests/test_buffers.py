"""Where the arrays of a run lie in memory."""

from __future__ import annotations

import numpy as np
import pytest

from fastnn.buffers import ALIGNMENT, GUARD, PAGE, PAGE_ALIGNED_FROM, aligned_zeros, between_planes


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("nbytes", "multiple"),
    [(0, ALIGNMENT), (1000, ALIGNMENT), (PAGE_ALIGNED_FROM, PAGE), (PAGE_ALIGNED_FROM + 8, PAGE)],
)
def test_arrays_begin_with_a_cache_line_large_ones_with_a_page(nbytes, multiple, dtype):
    size = nbytes // np.dtype(dtype).itemsize
    for like in (0, 16, 4032, 3 * PAGE + 8):
        array = aligned_zeros(size, dtype, like)
        assert array.shape == (size,) and array.dtype == dtype and not array.any()
        assert size == 0 or (array.ctypes.data - like) % multiple == 0
    between = between_planes(size, dtype)
    assert between * array.itemsize % multiple == 0 and size <= between < size + multiple // array.itemsize


@pytest.mark.parametrize("size", [1, 481, 100_000])
def test_nothing_else_lies_near_a_buffer(size):
    """Another thread may be writing there, and prefetching takes its lines away."""
    buffer = aligned_zeros(size, "float32")
    raw = buffer.base
    while raw.base is not None:
        raw = raw.base
    before = buffer.ctypes.data - raw.ctypes.data
    assert before >= GUARD and raw.nbytes - before - buffer.nbytes >= GUARD
