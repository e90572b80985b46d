"""What NumPy is asked for."""

from __future__ import annotations

from functools import partial

import numpy as np

from asv_bench.peers import flat
from asv_bench.peers.job import Job


def product(left: np.ndarray, right: np.ndarray) -> Job:
    """np.matmul(left, right, out=): operands may be transposed views, which OpenBLAS takes as they are."""
    out = np.empty((left.shape[0], right.shape[1]), left.dtype)
    run = partial(np.matmul, left, right, out=out)
    run()
    return Job(run, out)


def copy(size: int) -> Job:
    """np.copyto of ``size`` float32, by one thread."""
    source, target = flat.arrays(size)
    run = partial(np.copyto, target, source)
    run()
    return Job(run, flat.some(target))


def negate(size: int) -> Job:
    """np.negative of ``size`` float32 in place, by one thread: what is written need not be read for that alone."""
    values, _ = flat.arrays(size)
    run = partial(np.negative, values, out=values)
    run()
    return Job(run, flat.some(values))
