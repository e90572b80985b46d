"""A function's description: equal only for equal code and equal captured values."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numba import njit, types
from numba.extending import intrinsic

from fastnn.cpu.captured import content, describe


def make(captured):
    def f(x):
        return captured, x

    return f


def unit(c):
    def f(x):
        return x * c

    return f


def number(c):
    @intrinsic
    def constant(context):
        def emit(context, builder, signature, arguments):
            return context.get_constant(types.int64, c)

        return types.int64(), emit

    return constant


DIFFERENT = [
    1, True, 1.0, 1j, "1", b"1", None, (1,), (1, 2), ((1,), 2), frozenset({"contract"}), {"nsz", "contract"},
    {"a": 1}, {"a": 2}, np.float32(1), np.float64(1), np.int64(1), np.float32, np.dtype("f4"),
    types.float32, types.int64, math.exp, math.sin, unit(1), unit(2), njit(unit(3)),
    njit(unit(4)), njit(nogil=True)(unit(4)),
    number(1), number(2),
]  # fmt: skip


def test_different_values_are_described_differently():
    descriptions = [content(make(value)) for value in DIFFERENT]
    assert len(set(descriptions)) == len(DIFFERENT)


def test_equal_values_are_described_equally():
    for value in DIFFERENT:
        assert content(make(value)) == content(make(value))
    assert content(make(njit(unit(0.5)))) == content(make(njit(unit(0.5))))
    assert content(make(number(7))) == content(make(number(7)))


def test_the_order_of_a_set_does_not_matter():
    flags = ["contract", "nsz", "reassoc", "arcp"]
    assert describe(set(flags)) == describe(set(reversed(flags)))


def test_no_description_has_an_address_in_it():
    for value in DIFFERENT:
        assert " at 0x" not in describe(value)


def test_what_cannot_be_described_needs_a_key():
    captured = np.zeros(2)
    with pytest.raises(TypeError, match="pass a key"):
        content(make(captured))
    assert content(make(captured), described=False) == content(make(np.ones(2)), described=False)


def test_a_function_that_captures_itself():
    def make(c):
        def f(x):
            return c if x > 0 else f(x + 1)

        return f

    assert content(make(1)) == content(make(1))
    assert content(make(1)) != content(make(2))
