"""How long a part takes for an element, beside the built-in part that is nearest to it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from fastnn.parts.part import Bound
from fastnn.testing.examples import targets, typical
from fastnn.testing.kernels import kernels, numbers, prepared
from fastnn.testing.nearest import nearest

SIZE = 2**15  # its arrays stay in the second-level cache
COLUMNS = 16
REPETITIONS = 60
Call = Callable[[], None]


def activation(bound: Bound) -> str:
    """Value and derivative, in place."""
    return _beside(bound, _activation, "value and derivative")


def row_activation(bound: Bound) -> str:
    return _beside(bound, _row_activation, f"value, rows of {COLUMNS}")


def loss(bound: Bound) -> str:
    rows = f", rows of {COLUMNS}" if bound.part.rowwise else ""
    return _beside(bound, _loss, f"loss and gradient{rows}")


def optimizer(bound: Bound) -> str:
    return _beside(bound, _optimizer, "update")


def _activation(bound: Bound) -> tuple[Call, Call]:
    """Return what is done before every repetition, and what is timed."""
    learnt = bound.part.trainable
    x, y, slope, planes = _normal(), _normal(), _normal(), np.empty((len(learnt) + 1) * SIZE, np.float32)
    given = _numbers(bound.values[n] for n in learnt)
    constants = _numbers(v for n, v in bound.numbers.items() if n not in learnt)
    [kernel] = kernels(bound, "float32")
    return lambda: np.copyto(y, x), prepared(kernel, y, slope, planes, SIZE, SIZE, given, constants)


def _row_activation(bound: Bound) -> tuple[Call, Call]:
    kernel, constants = kernels(bound, "float32")[0], _numbers(bound.numbers.values())
    return _nothing, prepared(kernel, _normal(), _normal(), SIZE // COLUMNS, COLUMNS, constants)


def _loss(bound: Bound) -> tuple[Call, Call]:
    columns = COLUMNS if bound.part.rowwise else 1
    shape = SIZE // columns, columns
    y = targets(bound, shape).astype(np.float32)
    losses = np.empty(shape[0], np.float32)
    [kernel] = kernels(bound, "float32")
    constants = _numbers(bound.numbers.values())
    return _nothing, prepared(kernel, _normal(), y, _normal(), _normal(), losses, *shape, 1.0, constants)


def _optimizer(bound: Bound) -> tuple[Call, Call]:
    state = np.zeros((len(bound.part.state) + 1) * SIZE, np.float32)
    hyper, scalars = _numbers(bound.numbers.values()), _numbers(bound.part.scalar_values(1, bound.values))
    [kernel] = kernels(bound, "float32")
    return _nothing, prepared(kernel, _normal(), _normal(), state, SIZE, SIZE, 1.0, hyper, scalars)


def _beside(bound: Bound, make: Callable[[Bound], tuple[Call, Call]], what: str) -> str:
    """Time the part and the nearest built-in one in turn, so that a busy machine is fair to both."""
    other = nearest(bound)
    runs = [make(b) for b in (bound, other) if b is not None]
    best = [np.inf] * len(runs)
    for _ in range(REPETITIONS):
        for i, (before, run) in enumerate(runs):
            before()
            began = time.perf_counter()
            run()
            best[i] = min(best[i], time.perf_counter() - began)
    own, *others = (f"{seconds / SIZE * 1e9:.2f} ns" for seconds in best)
    beside = f"; the nearest built-in, {other.name}, takes {others[0]}" if other else ""
    return f"{own} per element ({what}){beside}"


def _normal() -> np.ndarray:
    return typical(5, SIZE).astype(np.float32)


def _numbers(values: Any) -> np.ndarray:
    return numbers(values, np.float32)


def _nothing() -> None:
    pass
