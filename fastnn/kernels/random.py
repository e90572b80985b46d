"""Counter-based random numbers: independent of the number of threads, the device, and restarts.

A draw is a hash of the place where it is used: (seed, epoch, position) for the shuffle, (seed, epoch, layer, sample,
unit) for dropout. The hash functions are splitmix64 (Steele, Lea, Flood 2014) and a 32-bit multiply-xorshift of the
kind that Wellons searched for ("hash prospector", 2018).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

U32, U64 = np.uint32, np.uint64
SHUFFLE, DROPOUT = U64(1), U64(2)  # streams: keys for different purposes differ
DRAWS = 2**32  # different values of a draw for dropout


def dropout_threshold(rate: float) -> int:
    """Return the threshold below which a unit's draw drops it, for a rate between 0 and 1."""
    return max(1, min(DRAWS - 1, round(rate * DRAWS)))


class Draws(NamedTuple):
    """The functions below, compiled for one device."""

    mix: Any
    key: Any
    below: Any
    dropout_row: Any
    dropped: Any


def compile_draws(jit: Callable[[Callable], Any]) -> Draws:
    """Compile the functions with the decorator of a device."""

    @jit
    def mix(x):
        """Return a 64-bit hash of a 64-bit number."""
        x = U64(x) + U64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> U64(30))) * U64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> U64(27))) * U64(0x94D049BB133111EB)
        return x ^ (x >> U64(31))

    @jit
    def key(seed, epoch, stream):
        """Return the key of a stream in an epoch."""
        return mix(mix(U64(seed)) ^ (U64(epoch) << U64(8)) ^ stream)

    @jit
    def below(k, i):
        """Draw an integer from 0 to i inclusive (Lemire 2019, without rejection: the bias is below i / 2**32)."""
        draw = mix(k + U64(i)) >> U64(32)
        return np.int64((draw * U64(i + 1)) >> U64(32))

    @jit
    def dropout_row(k, layer, sample):
        """Return two 32-bit numbers that determine the draws for one sample in one layer."""
        drawn = mix(k ^ mix((U64(layer) << U64(48)) ^ U64(sample)))
        return U32(drawn), U32(drawn >> U64(32))

    @jit
    def dropped(a, b, unit, threshold):
        """Return whether a unit is dropped: its 32-bit draw is below the threshold. a, b: from dropout_row."""
        x = U32(U32(U32(unit) * U32(0x9E3779B9)) + a)
        x = U32(U32(x ^ U32(x >> U32(16))) * U32(0x21F0AAAD))
        x = U32(U32(U32(x ^ U32(x >> U32(15))) ^ b) * U32(0x735A2D97))
        return U32(x ^ U32(x >> U32(15))) < threshold

    return Draws(mix, key, below, dropout_row, dropped)
