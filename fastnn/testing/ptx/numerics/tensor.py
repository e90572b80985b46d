"""The one supported form of mma: m16n8k8 with tf32 factors and float32 sums, in the PTX ISA's layout of fragments."""

from __future__ import annotations

import numpy as np


def mma_tf32(run, a, b, c, mask, at):
    """d = a b + c, a warp at a time. The order in which a card adds is not known; here float64 adds."""
    if (mask is not None and not mask.all()) or run.threads.per_block % 32:
        run.fail("mma needs all threads of all warps", at)
    warps = run.threads.warps
    A, B, C = np.zeros((warps, 16, 8)), np.zeros((warps, 8, 8)), np.zeros((warps, 16, 8))
    group, t = np.arange(32) // 4, np.arange(32) % 4

    def truncated(x):
        bits = np.ascontiguousarray(x).view(np.uint32) & np.uint32(0xFFFFE000)
        return bits.view(np.float32).reshape(warps, 32)

    A[:, group, t], A[:, group + 8, t], A[:, group, t + 4], A[:, group + 8, t + 4] = (truncated(x) for x in a)
    B[:, t, group], B[:, t + 4, group] = (truncated(x) for x in b)
    places = [(group, 2 * t), (group, 2 * t + 1), (group + 8, 2 * t), (group + 8, 2 * t + 1)]
    for (row, column), x in zip(places, c, strict=True):
        C[:, row, column] = x.reshape(warps, 32)
    D = (A @ B + C).astype(np.float32)
    return [D[:, row, column].reshape(-1) for row, column in places]
