"""ZerO: weights from identities and Hadamard matrices alone. There is nothing random: every seed gives the same ones.

    fan_out <= fan_in: the first fan_out columns of the identity: the first inputs are passed on.
    fan_out > fan_in:  the first fan_in rows and fan_out columns of H_n / sqrt(n), n = the power of two >= fan_out.

H_n is Sylvester's Hadamard matrix: its entries are 1 and -1, its rows are orthogonal. The element in row i and column j
is 1 where the binary numbers i and j have an even number of ones in common. Biases are 0.

Source: Zhao, Schäfer, Anandkumar, "ZerO initialization: initializing neural networks with only zeros and ones",
Transactions on Machine Learning Research, 2022 (arXiv:2110.12661), algorithm 1. Convention: the scale of the authors'
code. Their matrices are the transposes of these.
"""

from __future__ import annotations

import numpy as np

import fastnn


def draw(rng: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int) -> np.ndarray:
    if len(shape) == 1:
        return np.zeros(shape)
    if fan_out <= fan_in:
        return np.eye(fan_in, fan_out)
    n = 1 << (fan_out - 1).bit_length()
    common = np.bitwise_count(np.arange(fan_in)[:, None] & np.arange(fan_out))
    return np.where(common % 2, -1.0, 1.0) / np.sqrt(n)


@fastnn.hookimpl
def fastnn_initializers() -> list[fastnn.Initializer]:
    return [fastnn.Initializer("hadamard", draw)]
