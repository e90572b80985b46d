"""Losses and softmax of one row by the 32 lanes of a warp: a thread alone takes long for a row of many numbers.

cross_entropy and softmax are written out here. Their sums have another order than the formulas': each lane adds up
every 32nd number, then the lanes' sums are added by halves. An elementwise loss is added up in order, as on the CPU.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from fastnn import formula, mathematics
from fastnn.activations import softmax
from fastnn.kernels.loss import elementwise_loss_bodies
from fastnn.kernels.pointers import cast, load, load_tuple, store, zero
from fastnn.losses import cross_entropy
from fastnn.parts.kinds import Bound

WIDE = 64  # numbers of a row from which a warp takes it
LANES, ALL = 32, 0xFFFFFFFF
NEGATIVE_ZERO, LOWEST = -0.0, -math.inf

Jit = Callable[[Callable], Any]


def by_warps(loss: Bound | None, activation: Bound | None, columns: int) -> bool:
    """Return whether a warp takes a row of so many numbers. Row-wise parts of plugins have their formula only."""
    return (
        columns >= WIDE
        and (loss is None or not loss.part.rowwise or loss.part.gradient is cross_entropy.gradient)
        and (activation is None or activation.part.f is softmax.value)
    )


class WideRow(NamedTuple):
    """The compiled functions below. All lanes of a warp call them. z, y ...: pointers to the row.

    activate(z, y, columns, lane) sets y = softmax(z). loss(y, target, work, columns, parameters, lane) returns the
    loss. both(z, y, target, delta, work, columns, scale, parameters, lane) returns the loss of z or, if there is an
    activation, of y = its result, and sets delta = scale * dL/dz. A lane reads only what it has written itself.
    """

    activate: Any
    loss: Any
    both: Any


def compile_wide_row(loss: Bound | None, activation: Bound | None, dtype: str, cuda: Any, jit: Jit) -> WideRow:
    """Compile the functions."""
    sum_of, largest_of = _reductions(cuda, jit)
    activate, through = _softmax(sum_of, largest_of, jit)
    if loss is None:
        return WideRow(activate, None, None)
    numbers = len(loss.numbers)
    if loss.part.rowwise:
        alone, lose = _cross_entropy(sum_of, largest_of, jit)
    else:
        alone, lose = _elements(loss, dtype, numbers, cuda, jit)
    if activation is None:

        @jit
        def both(z, y, target, delta, work, columns, scale, parameters, lane):
            return lose(z, target, delta, work, columns, scale, parameters, lane)

    else:

        @jit
        def both(z, y, target, delta, work, columns, scale, parameters, lane):
            activate(z, y, columns, lane)
            value = lose(y, target, delta, work, columns, scale, parameters, lane)
            through(y, delta, columns, lane)
            return value

    return WideRow(activate, alone, both)


def _reductions(cuda: Any, jit: Jit) -> tuple[Any, Any]:
    """Compile the sum and the maximum of a number of each lane; all lanes get the result."""

    @jit
    def sum_of(x):
        distance = LANES // 2
        while distance > 0:
            x = x + cuda.shfl_xor_sync(ALL, x, distance)
            distance //= 2
        return x

    @jit
    def largest_of(x):
        distance = LANES // 2
        while distance > 0:
            other = cuda.shfl_xor_sync(ALL, x, distance)
            x = other if other > x else x
            distance //= 2
        return x

    return sum_of, largest_of


def _softmax(sum_of: Any, largest_of: Any, jit: Jit) -> tuple[Any, Any]:
    """Compile softmax, and through(y, delta, columns, lane), which turns delta = dL/dy into dL/dz."""
    exp = mathematics.exp

    @jit
    def activate(z, y, columns, lane):
        largest = cast(z, LOWEST)
        for j in range(lane, columns, LANES):
            largest = load(z, j) if load(z, j) > largest else largest
        largest = largest_of(largest)
        total = zero(z)
        for j in range(lane, columns, LANES):
            e = exp(load(z, j) - largest)
            store(y, j, e)
            total += e
        factor = cast(z, 1.0) / sum_of(total)
        for j in range(lane, columns, LANES):
            store(y, j, load(y, j) * factor)

    @jit
    def through(y, delta, columns, lane):
        mean = zero(y)
        for j in range(lane, columns, LANES):
            mean += load(delta, j) * load(y, j)
        mean = sum_of(mean)
        for j in range(lane, columns, LANES):
            store(delta, j, load(y, j) * (load(delta, j) - mean))

    return activate, through


def _cross_entropy(sum_of: Any, largest_of: Any, jit: Jit) -> tuple[Any, Any]:
    """Compile cross_entropy, alone and with its gradient. target: a pointer to the class number."""
    exp, log = mathematics.exp, mathematics.log

    @jit
    def maximum(z, columns, lane):
        largest = cast(z, LOWEST)
        for j in range(lane, columns, LANES):
            largest = load(z, j) if load(z, j) > largest else largest
        return largest_of(largest)

    @jit
    def value(z, chosen, rest, total, columns, smoothing):
        loss = log(total) - (cast(z, 1.0) - smoothing) * chosen
        if smoothing > zero(z):  # without smoothing, the logits of the other classes may be -inf
            loss = loss - smoothing / cast(z, columns) * rest
        return loss

    @jit
    def alone(z, target, work, columns, parameters, lane):
        own, largest, smoothing = int(load(target, 0)), maximum(z, columns, lane), load(parameters, 0)
        total = chosen = rest = zero(z)
        for j in range(lane, columns, LANES):
            x = load(z, j) - largest
            total += exp(x)
            rest += x
            if j == own:
                chosen = x
        return value(z, sum_of(chosen), sum_of(rest), sum_of(total), columns, smoothing)

    @jit
    def both(z, target, delta, work, columns, scale, parameters, lane):
        own, largest, smoothing = int(load(target, 0)), maximum(z, columns, lane), load(parameters, 0)
        total = chosen = rest = zero(z)
        for j in range(lane, columns, LANES):
            x = load(z, j) - largest
            e = exp(x)
            store(delta, j, e)
            total += e
            rest += x
            if j == own:
                chosen = x
        total = sum_of(total)
        factor, share = cast(z, 1.0) / total, smoothing / cast(z, columns)
        for j in range(lane, columns, LANES):
            d = load(delta, j) * factor - share
            if j == own:
                d -= cast(z, 1.0) - smoothing
            store(delta, j, d * scale)
        return value(z, sum_of(chosen), sum_of(rest), total, columns, smoothing)

    return alone, both


def _elements(loss: Bound, dtype: str, numbers: int, cuda: Any, jit: Jit) -> tuple[Any, Any]:
    """Compile an elementwise loss, alone and with its gradient."""
    unit, value = formula.loss_unit(loss, dtype), formula.loss_value(loss, dtype)
    value_at, both_at = elementwise_loss_bodies(unit, value, jit)

    @jit
    def in_order(total, x, count):
        """Return total + x of the first lane + x of the second ..."""
        for k in range(count):
            total += cuda.shfl_sync(ALL, x, k)
        return total

    @jit
    def alone(y, target, work, columns, parameters, lane):
        total = cast(y, NEGATIVE_ZERO)  # adding to it changes no number, not even -0
        for first in range(0, columns, LANES):
            x = zero(y)
            if first + lane < columns:
                value_at(y, target, work, first + lane, load_tuple(parameters, numbers))
                x = load(work, first + lane)
            total = in_order(total, x, min(LANES, columns - first))
        return total

    @jit
    def both(y, target, delta, work, columns, scale, parameters, lane):
        total = cast(y, NEGATIVE_ZERO)
        for first in range(0, columns, LANES):
            x = zero(y)
            if first + lane < columns:
                both_at(y, target, delta, work, first + lane, scale, load_tuple(parameters, numbers))
                x = load(work, first + lane)
            total = in_order(total, x, min(LANES, columns - first))
        return total

    return alone, both
