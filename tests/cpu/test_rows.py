"""Gather and sum rows of a batch, for awkward sizes. Nothing is written outside the result."""

import numpy as np
import pytest
from narrower import NARROWER, ONCE, run_again
from numba import njit

from fastnn.cpu.rows import column_sums, gather_rows
from fastnn.kernels.pointers import advance, pointer

WIDTHS = [1, 2, 15, 16, 17, 31, 33, 47, 49, 129]
GUARD = 64


@njit
def gathered(X, width, ids, n, D):
    gather_rows(pointer(X), width, pointer(ids), n, advance(pointer(D), GUARD))


@njit
def summed(low, high, rows, width, Z, out, accumulate):
    column_sums(low, high, rows, width, pointer(Z), advance(pointer(out), GUARD), accumulate)


def guarded(n: int, dtype: str) -> np.ndarray:
    return np.full(n + 2 * GUARD, 7.5, dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("width", WIDTHS)
def test_gather(width, dtype):
    X = np.random.default_rng(0).normal(size=(50, width)).astype(dtype)
    for n in (0, 1, 2, 17, 33):
        ids, D = np.random.default_rng(1).integers(0, 50, n), guarded(33 * width, dtype)
        gathered(X, width, ids, n, D)
        expected = guarded(33 * width, dtype)
        expected[GUARD : GUARD + n * width] = X[ids].reshape(-1)
        np.testing.assert_array_equal(D, expected)


@pytest.mark.parametrize("accumulate", [0, 1])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("width", WIDTHS)
def test_column_sums(width, dtype, accumulate):
    for rows in (1, 2, 17, 64):
        Z = np.random.default_rng(rows).normal(size=(rows, width)).astype(dtype)
        for low, high in ((0, width), (width // 2, width), (0, width // 2), (3, 3)):
            out, expected = guarded(width, dtype), guarded(width, dtype)
            summed(low, high, rows, width, Z, out, accumulate)
            for j in range(low, high):  # in order, each sum rounded to the dtype
                total = expected.dtype.type(7.5) + Z[0, j] if accumulate else Z[0, j]
                for i in range(1, rows):
                    total = total + Z[i, j]
                expected[GUARD + j] = total
            np.testing.assert_array_equal(out, expected)


@ONCE
@NARROWER
def test_narrower_vectors(name, monkeypatch):
    run_again(__file__, name, monkeypatch)
