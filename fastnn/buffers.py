"""The memory layout of flat buffers: where they start, and how far apart the planes of one buffer are."""

from __future__ import annotations

import numpy as np

ALIGNMENT = 64  # bytes; every segment of a buffer starts at a multiple: the size of a cache line and the widest vector
PAGE = 4096  # bytes; a load waits for an earlier store if their addresses differ by a multiple of this
GUARD = PAGE // 2  # bytes before and after a buffer: prefetching beyond its end disturbs a thread that writes there
PAGE_ALIGNED_FROM = 16 * PAGE  # bytes; arrays of at least this size start at a page, so that such waits do not occur


def aligned_zeros(size: int, dtype: str, like: int = 0) -> np.ndarray:
    """Return a flat array of zeros that starts at a multiple of ALIGNMENT bytes, or of PAGE bytes if it is large.

    like: an address. The array has the same offset from such a multiple as this address.
    """
    nbytes = size * np.dtype(dtype).itemsize
    multiple = _multiple(nbytes)
    raw = np.zeros(nbytes + multiple + 2 * GUARD, np.uint8)
    start = GUARD + (like - raw.ctypes.data - GUARD) % multiple
    return raw[start : start + nbytes].view(dtype)


def between_planes(size: int, dtype: str) -> int:
    """Return the distance, in elements, between the starts of consecutive planes of ``size`` elements in one buffer."""
    itemsize = np.dtype(dtype).itemsize
    step = _multiple(size * itemsize) // itemsize
    return -(-size // step) * step


def _multiple(nbytes: int) -> int:
    return PAGE if nbytes >= PAGE_ALIGNED_FROM else ALIGNMENT
