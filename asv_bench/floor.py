"""The least time that a training step can take on a machine: what it computes and moves, at the machine's best speed.

The work follows from the shapes alone: the multiply-adds of the products, and the bytes of the update if the parameters
and the optimizer's state do not fit into the cache. Everything else (gathering the rows, activations, the loss, the
update of arrays within the cache, barriers) is not counted, although a step has to do it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

FLOAT = 4  # bytes of a float32
DEFAULT_CACHE = 32 * 2**20  # bytes, where the system does not tell


@dataclass(frozen=True)
class Work:
    """What a training step has to do at least: floating-point operations, and bytes between memory and cores."""

    flops: int
    bytes: int

    def seconds(self, peak: float, bandwidth: float) -> float:
        """Return the least seconds at a peak in FLOP/s and a bandwidth in bytes per second."""
        return max(self.flops / peak, self.bytes / bandwidth)


def work(sizes: Sequence[int], batch: int, state: int, cache: int) -> Work:
    """Return the work of a step of a network of these sizes. state: the optimizer's numbers per parameter.

    cache: bytes. What does not fit into it is read and written once a step: the parameters and the state. Their
    gradients are not counted: they can stay in the cache until they are used.
    """
    products = [fan_in * fan_out for fan_in, fan_out in pairwise(sizes)]
    flops = 2 * batch * (3 * sum(products) - products[0])  # X·W, Xᵀ·dZ, dZ·Wᵀ; the last not for the first layer
    parameters = sum(products) + sum(sizes[1:])
    held = FLOAT * parameters * (1 + state)
    return Work(flops, 2 * held if held > cache else 0)


def largest_cache() -> int:
    """Return the bytes of the largest cache of the first core."""
    sizes = []
    for file in Path("/sys/devices/system/cpu/cpu0/cache").glob("index*/size"):
        number, unit = file.read_text().strip()[:-1], file.read_text().strip()[-1]
        sizes.append(int(number) * {"K": 2**10, "M": 2**20, "G": 2**30}[unit])
    return max(sizes, default=DEFAULT_CACHE)
