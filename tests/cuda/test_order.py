"""What the host draws for a CUDA device is what the CPU draws."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit

from fastnn.cpu.random import DROPOUT, key, shuffle
from fastnn.cuda.order import dropout_key, shuffled
from fastnn.kernels.pointers import pointer


@njit
def shuffled_on_the_cpu(order, n, seed, epoch):
    shuffle(pointer(order), n, seed, epoch)


@njit
def key_on_the_cpu(seed, epoch):
    return key(seed, epoch, DROPOUT)


@pytest.mark.parametrize("n", [1, 2, 3, 17, 1000])
@pytest.mark.parametrize(("seed", "epoch"), [(0, 1), (7, 3), (2**63 - 1, 10**6)])
def test_the_order_and_the_key_of_an_epoch(n, seed, epoch):
    order = np.arange(n)
    shuffled_on_the_cpu(order, n, seed, epoch)
    assert np.array_equal(shuffled(n, seed, epoch), order)
    assert dropout_key(seed, epoch) == key_on_the_cpu(seed, epoch)
