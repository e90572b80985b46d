"""How long a training step takes on the CPU and on a GPU: rough estimates, which only ``--device auto`` uses.

The CPU's figures fit steps measured on two cores with AVX-512 (docs/design.md) within a factor of two; other processors
are slower. Nobody has measured the GPU's: they are estimates for a data center's card. So a GPU must win clearly.

>>> network = (784, 512, 256, 10)
>>> round(step_on_cpu(network, 128, "float32", threads=2) * 1e6), round(step_on_gpu(network, 128, "float32") * 1e6)
(771, 235)
>>> gpu_wins((13, 32, 1), 32, "float32", threads=2)
False
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

CPU_STEP = 0.5e-6  # seconds of every step
CPU_RATE = 200e9  # operations per second of a thread; one multiply-add is two
SHARED_FROM = 1e6  # operations of a step from which a second thread has work to do
GPU_LAUNCH = 10e-6  # seconds in which the host enqueues a launch
GPU_GAP = 3e-6  # seconds that the GPU spends on a launch besides its arithmetic
GPU_RATE = {"float32": 1.5e12, "float64": 0.25e12}  # of the tiled products
CLEARLY = 2.0  # how many times faster the GPU must be


def operations(sizes: Sequence[int], rows: int) -> float:
    """Return the operations of all products of a step: forward, dL/dW, and dL/dX of all layers but the first."""
    weights = [a * b for a, b in itertools.pairwise(sizes)]
    return 2.0 * rows * (3 * sum(weights) - weights[0])


def launches(sizes: Sequence[int]) -> int:
    """Return the launches of a step."""
    return 3 * (len(sizes) - 1) + 1


def step_on_cpu(sizes: Sequence[int], rows: int, dtype: str, threads: int) -> float:
    """Return the estimated seconds of a step on the CPU."""
    work = operations(sizes, rows)
    share = max(1.0, min(threads, work / SHARED_FROM))
    return CPU_STEP + work / (CPU_RATE * share * (1.0 if dtype == "float32" else 0.5))


def step_on_gpu(sizes: Sequence[int], rows: int, dtype: str) -> float:
    """Return the estimated seconds of a step on a GPU: what takes longer, the host's part or the GPU's."""
    count = launches(sizes)
    return max(count * GPU_LAUNCH, count * GPU_GAP + operations(sizes, rows) / GPU_RATE[dtype])


def gpu_wins(sizes: Sequence[int], rows: int, dtype: str, threads: int) -> bool:
    """Return whether a step is clearly faster on a GPU."""
    return step_on_cpu(sizes, rows, dtype, threads) > CLEARLY * step_on_gpu(sizes, rows, dtype)
