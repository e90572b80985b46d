"""The order of the samples in an epoch, drawn on the host: the same as on the CPU."""

from __future__ import annotations

import numpy as np

from fastnn.kernels.random import DROPOUT, SHUFFLE, U64, compile_draws

DRAW = compile_draws(lambda function: function)  # as they stand, they also work on arrays


def shuffled(n: int, seed: int, epoch: int) -> np.ndarray:
    """Return the numbers 0 ... n-1 in the order of an epoch (Fisher and Yates)."""
    place = np.arange(n - 1, 0, -1)
    with np.errstate(over="ignore"):  # the hashes wrap around
        partner = DRAW.below(DRAW.key(seed, epoch, SHUFFLE), place.astype(U64)).tolist()
    order = list(range(n))
    for i, j in zip(place.tolist(), partner, strict=True):
        order[i], order[j] = order[j], order[i]
    return np.array(order, np.int64)


def dropout_key(seed: int, epoch: int) -> int:
    """Return the key of the draws for dropout in an epoch."""
    with np.errstate(over="ignore"):
        return int(DRAW.key(seed, epoch, DROPOUT))
