"""Random numbers drawn from a counter: the same for every team, device and restart.

A draw is a hash of where it is needed: (seed, epoch, position) for the shuffle, (seed, epoch, layer, sample,
unit) for dropout. Mixers: splitmix64 (Steele, Lea, Flood 2014) and a 32-bit multiply-xorshift of the kind that
Wellons searched for ("hash prospector", 2018).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from fastnn.cpu.compiled import INNER
from fastnn.cpu.pointers import advance, load, store

U32, U64 = np.uint32, np.uint64
SHUFFLE, DROPOUT = U64(1), U64(2)  # streams: what a key is for


@njit(**INNER)
def mix(x):
    """A 64-bit hash of a 64-bit number."""
    x = U64(x) + U64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> U64(30))) * U64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> U64(27))) * U64(0x94D049BB133111EB)
    return x ^ (x >> U64(31))


@njit(**INNER)
def key(seed, epoch, stream):
    """The key of one stream in one epoch."""
    return mix(mix(U64(seed)) ^ (U64(epoch) << U64(8)) ^ stream)


@njit(**INNER)
def shuffle(order, n, seed, epoch):
    """Put order[:n] into random order (Fisher and Yates; bounded draws by Lemire 2019, without rejection: the bias
    is below n / 2**32)."""
    k = key(seed, epoch, SHUFFLE)
    for i in range(n - 1, 0, -1):
        draw = mix(k + U64(i)) >> U64(32)
        j = np.int64((draw * U64(i + 1)) >> U64(32))
        held = load(order, i)
        store(order, i, load(order, j))
        store(order, j, held)


@njit(**INNER)
def drop(k, layer, samples, rows, columns, Y, D, E, planes, plane, threshold, scale):
    """Inverted dropout on rows x columns of Y, of its derivative D and of the ``planes`` derivatives in E.

    Row i is of sample samples[i]; the planes of E are ``plane`` apart.
    A unit is dropped where its 32-bit draw is below ``threshold``, else multiplied by ``scale``.
    """
    zero = scale * 0
    for i in range(rows):
        drawn = mix(k ^ mix((U64(layer) << U64(48)) ^ U64(load(samples, i))))
        a, b = U32(drawn), U32(drawn >> U64(32))
        y, d = advance(Y, i * columns), advance(D, i * columns)
        for j in range(columns):
            x = U32(U32(U32(j) * U32(0x9E3779B9)) + a)
            x = U32(U32(x ^ U32(x >> U32(16))) * U32(0x21F0AAAD))
            x = U32(U32(U32(x ^ U32(x >> U32(15))) ^ b) * U32(0x735A2D97))
            factor = zero if U32(x ^ U32(x >> U32(15))) < threshold else scale
            store(y, j, load(y, j) * factor)
            store(d, j, load(d, j) * factor)
            for p in range(planes):
                e = advance(E, p * plane + i * columns)
                store(e, j, load(e, j) * factor)
