"""The jobs of NumPy."""

from __future__ import annotations

from functools import partial

import numpy as np

from asv_bench.peers import flat
from asv_bench.peers.job import Job


def product(left: np.ndarray, right: np.ndarray) -> Job:
    """Return a job for np.matmul(left, right, out=). OpenBLAS uses transposed views without a copy."""
    out = np.empty((left.shape[0], right.shape[1]), left.dtype)
    run = partial(np.matmul, left, right, out=out)
    run()
    return Job(run, out)


def copy(size: int) -> Job:
    """Return a job for np.copyto of ``size`` float32 numbers with one thread."""
    source, target = flat.arrays(size)
    run = partial(np.copyto, target, source)
    run()
    return Job(run, flat.some(target))


def negate(size: int) -> Job:
    """Return a job for np.negative of ``size`` float32 numbers in place with one thread.

    The memory that is written has been read anyway, unlike in a copy.
    """
    values, _ = flat.arrays(size)
    run = partial(np.negative, values, out=values)
    run()
    return Job(run, flat.some(values))
