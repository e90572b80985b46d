"""How long a training step takes on the CPU and on a GPU: rough estimates, which only ``--device auto`` uses.

The CPU's figures fit steps measured on two cores with AVX-512 (docs/design.md) within a factor of two; other processors
are slower. Nobody has measured the GPU's: they are estimates for a data center's card. So a GPU must win clearly.
``fastnn.cuda.resident`` knows which of the two ways a network takes on a GPU.

>>> network = (784, 512, 256, 10)
>>> cpu, gpu = step_on_cpu(network, 128, "float32", threads=2), step_of_launches(network, 128, "float32")
>>> round(cpu * 1e6), round(gpu * 1e6), gpu_wins(cpu, gpu)
(771, 235, True)
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
# Many steps in one launch. An A100's multiprocessor can do 9e10 multiply-adds and move 9e10 bytes per second; kernels
# of this kind reach a third of it, and a slower card half of that. Others measured 1.1 µs for a barrier of the grid.
BLOCK_RATE = {"float32": 1.5e10, "float64": 1.5e10 / 32}  # multiply-adds per second of a block; estimate
BLOCK_BYTES = 4e10  # between a block and the memory behind it, per second; estimate
MEETING = 2e-6  # seconds of a barrier of the grid; estimate
PHASE = 0.3e-6  # seconds of a barrier of a block, with what waits for it; estimate
BLOCK_ROWS, BLOCKS = 8, 16  # samples that a block holds at a time; blocks that share a batch
CLEARLY = 2.0  # how many times faster the GPU must be


def operations(sizes: Sequence[int], rows: int) -> float:
    """Return the operations of all products of a step: forward, dL/dW, and dL/dX of all layers but the first."""
    weights = [a * b for a, b in itertools.pairwise(sizes)]
    return 2.0 * rows * (3 * sum(weights) - weights[0])


def launches(sizes: Sequence[int]) -> int:
    """Return the launches of a step that takes several."""
    return 3 * (len(sizes) - 1) + 1


def step_on_cpu(sizes: Sequence[int], rows: int, dtype: str, threads: int) -> float:
    """Return the estimated seconds of a step on the CPU."""
    work = operations(sizes, rows)
    share = max(1.0, min(threads, work / SHARED_FROM))
    return CPU_STEP + work / (CPU_RATE * share * (1.0 if dtype == "float32" else 0.5))


def step_in_one_launch(sizes: Sequence[int], rows: int, dtype: str, states: int = 2, norm: bool = False) -> float:
    """Return the estimated seconds of a step of a small network on a GPU, where one launch makes many steps.

    states: of the optimizer. norm: the norm of the gradient is needed, which takes a third barrier of the grid.
    """
    pairs, itemsize = list(itertools.pairwise(sizes)), 4 if dtype == "float32" else 8
    blocks = min(BLOCKS, -(-rows // BLOCK_ROWS))
    rounds = -(-rows // (blocks * BLOCK_ROWS))
    weights, parameters = sum(a * b for a, b in pairs), sum((a + 1) * b for a, b in pairs)
    numbers = (2 + rounds) * parameters + (3 + 2 * states) * parameters / blocks + rounds * BLOCK_ROWS * sizes[0]
    phases = rounds * (2 * len(pairs) + 4) + sizes[-1]
    return (
        rounds * BLOCK_ROWS * 3 * weights / BLOCK_RATE[dtype]
        + itemsize * numbers / BLOCK_BYTES
        + (3 if norm else 2) * MEETING
        + phases * PHASE
    )


def step_of_launches(sizes: Sequence[int], rows: int, dtype: str) -> float:
    """Return the estimated seconds of a step on a GPU that takes several launches: the host's part, or the GPU's."""
    count = launches(sizes)
    return max(count * GPU_LAUNCH, count * GPU_GAP + operations(sizes, rows) / GPU_RATE[dtype])


def gpu_wins(cpu: float, gpu: float) -> bool:
    """Return whether a step is clearly faster on a GPU."""
    return cpu > CLEARLY * gpu
