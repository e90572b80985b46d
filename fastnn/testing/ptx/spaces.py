"""Where the kinds of memory lie among the generic addresses."""

from __future__ import annotations

import numpy as np

GLOBAL_BASE = 0x7F0000000000
WINDOWS = {"shared": 0x10000000000, "local": 0x20000000000}  # added to an address within the space


def is_in(addresses, space: str):
    """Which generic addresses lie in a space; constants lie beside global memory."""
    shared, local = WINDOWS["shared"], WINDOWS["local"]
    bounds = {"shared": (shared, local), "local": (local, GLOBAL_BASE)}.get(space, (GLOBAL_BASE, 1 << 63))
    return (addresses >= np.uint64(bounds[0])) & (addresses < np.uint64(bounds[1]))


def aligned_no_better(offset: int, align: int) -> int:
    """The next offset with this alignment, and not with twice it: an access that needs more than promised fails."""
    offset = -(-offset // align) * align
    return offset + align if align < 16 and offset % (2 * align) == 0 else offset
