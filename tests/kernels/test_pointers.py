"""Pointers load, store, call and add with the same results as plain Python."""

from __future__ import annotations

import numpy as np
import pytest
from numba import carray, cfunc, njit, types
from numba.core.errors import TypingError

from fastnn.cpu.native import call, fetch_add, load_acquire, pause, store_release
from fastnn.kernels.pointers import (  # fmt: skip
    address,
    advance,
    at_address,
    cast,
    load,
    load_planes,
    load_tuple,
    null,
    pointer,
    row,
    store,
    store_planes,
    zero,
)

THREE = 3


@njit
def numbers(x, i):
    p = advance(pointer(x), 1)
    store(p, 0, 7)
    store(p, 1, load(p, 0) * 2)
    store(p, 2, cast(p, 2.5))
    store(p, 3, zero(p))
    p = at_address(p, address(p))
    view = row(advance(p, 3), 2)
    view[1] = load(p, i)
    return load_tuple(p, THREE), load_tuple(p, 0), load_planes(pointer(x), 1, 2, THREE)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "uint8"])
def test_loads_and_stores(dtype):
    x = np.ones(7, dtype)
    third = np.array(2.5).astype(dtype)
    assert numbers(x, 1) == ((7, 14, third), (), (7, third, 14))
    np.testing.assert_array_equal(x, np.array([1, 7, 14, third, 0, 14, 1], dtype))


@njit
def planes(x, stride):
    store_planes(pointer(x), 1, stride, (1, 2.5, True))
    store_planes(pointer(x), 0, stride, ())
    inner = advance(pointer(x), 2)
    return address(inner) - address(pointer(x)), address(null(inner))


def test_planes_and_addresses():
    x = np.zeros(6, "float32")
    assert planes(x, 2) == (8, 0)
    np.testing.assert_array_equal(x, np.array([0, 1, 0, 2.5, 0, 1], "float32"))


@njit
def meeting(x, increment):
    p = pointer(x)
    before = fetch_add(p, 1, increment)
    store_release(p, 2, load_acquire(p, 1))
    pause()
    return before


def test_atomics():
    x = np.array([1, 2, 3])
    assert meeting(x, 40) == 2
    np.testing.assert_array_equal(x, [1, 42, 42])


@cfunc(types.void(types.CPointer(types.float32), types.intp, types.float64))
def scale(p, n, factor):
    for i in range(n):
        store(p, i, load(p, i) * factor)
    carray(p, n)[0] = -1


@njit
def call_through(function, x):
    call(function, (pointer(x), x.size, 2.0))


def test_call_by_address():
    x = np.arange(1, 4, dtype="float32")
    call_through(scale.address, x)
    np.testing.assert_array_equal(x, np.array([-1, 4, 6], "float32"))


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (njit(lambda x: pointer(x)), (1.0,)),
        (njit(lambda x: load(x, 0)), (np.zeros(1),)),
        (njit(lambda x, n: load_tuple(pointer(x), n)), (np.zeros(1), 1)),
        (njit(lambda x: call(0, pointer(x))), (np.zeros(1),)),
        (njit(lambda x: fetch_add(pointer(x), 0, 1)), (np.zeros(1),)),
    ],
    ids=["a number", "an array", "a length not constant", "no tuple", "float64"],
)
def test_what_does_not_fit_is_refused(function, arguments):
    with pytest.raises(TypingError):
        function(*arguments)
