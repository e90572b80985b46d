"""Compare the derivative that an author gives with differences of the formula, before it is compiled the first time."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from fastnn.errors import UsageError
from fastnn.formula.compose import Formula
from fastnn.formula.differences import contradiction
from fastnn.formula.source import find
from fastnn.formula.units import activation_unit, activation_value, loss_unit, loss_value, trainable_first
from fastnn.parts.kinds import Bound

_SMALL = [s * x for x in (0.013, 0.121, 0.37, 0.83, 1.31, 1.87, 2.41, 3.19) for s in (1.0, -1.0)]
_POINTS = [*_SMALL, *(s * x for x in (0.0017, 0.55, 1.07, 2.93, 4.37, 6.3, 9.1, 14.7, 27.3) for s in (1.0, -1.0))]
_TARGETS = {
    "real": (-2.29, 0.0, 1.71), "positive": (0.23, 1.0, 8.9), "count": (0.0, 1.0, 7.0), "binary": (0.0, 1.0, 0.25),
    "sign": (-1.0, 1.0),
}  # fmt: skip
_COLUMNS = (4, 2, 5, 3) * 3  # of the rows: a formula may count to no fixed number


def verify(bound: Bound) -> None:
    """Raise PluginError if the part's own derivative or gradient is wrong, at its values or at other ones.

    The point, what the derivative is there and what it should be are named. Parts that say check=False, and those
    without a derivative of their own, are not checked. What cannot be evaluated at a point is not judged there.
    """
    part = bound.part
    own = part.derivative if part.kind == "activation" else part.gradient
    if own is not None and part.check:
        compare(bound)


def compare(bound: Bound) -> None:
    """Raise PluginError if the derivative or gradient, given or derived, contradicts differences of the formula."""
    part = bound.part
    judge = {("activation", False): _activation, ("activation", True): _rows, ("loss", False): _loss,
             ("loss", True): _row_loss}[part.kind, part.rowwise]  # fmt: skip
    with np.errstate(all="ignore"):
        for b in (bound, *_moved(bound)):
            try:
                judge(b)
            except IndexError:
                own = (part.derivative if part.kind == "activation" else part.gradient) or part.f
                find(own).refuse(None, "with it, an element is used that a row does not have: count to len(row).")


def _moved(bound: Bound) -> Iterator[Bound]:
    """Yield the part with other values of its numbers: a compiled kernel serves all of them."""
    values = dict(bound.values)
    for number, (name, value) in enumerate(bound.numbers.items()):
        for other in (value * 1.25 + 0.0625 * (number + 1), value * 0.75 + 0.0625 / (number + 1)):
            try:
                values[name] = bound.part.declared[name].check(other, name)
                break
            except UsageError:
                continue
    if values != dict(bound.values):
        yield Bound(bound.part, values)


def _activation(bound: Bound) -> None:
    names = ["x", *bound.part.trainable]
    order = [bound.numbers[n] for n in trainable_first(bound)]
    unit, value = _python(activation_unit(bound, "float64")), _python(activation_value(bound, "float64"))
    for x in _POINTS:
        arguments = [x, *order]
        results = unit(*arguments)
        for i, name in enumerate(names if results else ()):
            shown = contradiction(_along(value, arguments, i), arguments[i], results[1 + i])
            if shown is not None:
                _refuse(bound, f"x = {x:g}", results[1 + i], shown, "" if i == 0 else f" by {name}")


def _loss(bound: Bound) -> None:
    order = list(bound.numbers.values())
    unit, value = _python(loss_unit(bound, "float64")), _python(loss_value(bound, "float64"))
    for prediction, target in itertools.product([*_SMALL, -7.3, 11.9], _TARGETS[bound.part.target]):
        arguments = [prediction, target, *order]
        results = unit(*arguments)
        shown = results and contradiction(_along(value, arguments, 0), prediction, results[1])
        if shown is not None and results:
            _refuse(bound, f"prediction = {prediction:g}, target = {target:g}", results[1], shown)


def _rows(bound: Bound) -> None:
    order, rng = list(bound.numbers.values()), np.random.default_rng(0)
    unit, value = _python(activation_unit(bound, "float64")), _python(activation_value(bound, "float64"))

    def dotted(x: np.ndarray) -> float:
        y = np.full(x.size, math.nan)
        value(x, y, *order)
        return float(dy @ y)

    for columns in _COLUMNS:
        x, dy = rng.normal(scale=2.0, size=(2, columns))
        y, dx = np.full((2, columns), math.nan)
        value(x, y, *order)
        if unit(x, y, dy, dx, *order) is not False:
            _judge_row(bound, dotted, x, dx, f"x = {_shown(x)}, dy = {_shown(dy)}")


def _row_loss(bound: Bound) -> None:
    order, rng = list(bound.numbers.values()), np.random.default_rng(0)
    unit, value = _python(loss_unit(bound, "float64")), _python(loss_value(bound, "float64"))
    for columns in _COLUMNS:
        z, out = rng.normal(scale=2.0, size=columns), np.full(columns, math.nan)
        classes = bound.part.target == "class"
        target: Any = int(rng.integers(columns)) if classes else rng.choice(_TARGETS[bound.part.target], columns)
        loss = unit(z, target, out, *order)
        if loss is False:
            continue
        point = f"prediction = {_shown(z)}, target = {_shown(target)}"
        exact = value(z, target, *order)
        if abs(loss - exact) > 1e-6 * max(1.0, abs(exact)):
            find(bound.part.gradient).refuse(
                None, f"it must also return the loss: at {point} it returns {loss:.6g}, but the loss is {exact:.6g}."
            )
        _judge_row(bound, lambda row, t=target: value(row, t, *order) or 0.0, z, out, point)


def _judge_row(bound: Bound, f: Callable, x: np.ndarray, given: np.ndarray, point: str) -> None:
    for i in range(x.size):
        changed = x.copy()

        def along(v: float, i: int = i, changed: np.ndarray = changed) -> float:
            changed[i] = v
            return f(changed)

        shown = contradiction(along, x[i], given[i])
        if shown is not None:
            _refuse(bound, point, given[i], shown, f" by element {i}")


def _along(value: Callable, arguments: list[float], i: int) -> Callable[[float], float]:
    """Return the function of argument i alone; NaN where it cannot be evaluated."""

    def along(v: float) -> float:
        result = value(*arguments[:i], v, *arguments[i + 1 :])
        return math.nan if result is False else float(result)

    return along


def _python(formula: Formula) -> Callable[..., Any]:
    """Return a formula as a Python function of float64. It returns False where it cannot be evaluated."""
    names = {n: _float64(v) if n[1:] in _CALLED else v for n, v in formula.names.items()}
    unit = replace(formula, names=names).build(lambda function: function)

    def call(*arguments: Any) -> Any:
        try:
            return unit(*(np.float64(a) if isinstance(a, float) else a for a in arguments))
        except (ArithmeticError, ValueError):  # an integer from NaN or infinity
            return False

    return call


def _float64(function: Callable) -> Callable:
    def call(*arguments: float) -> np.float64:
        return np.float64(function(*map(float, arguments)))

    return call


_CALLED = (
    "copysign", "cos", "erf", "exp", "expm1", "floor", "log", "log1p", "normal_cdf", "pow", "sigmoid", "sin",
    "softplus", "sqrt", "tanh",
)  # fmt: skip


def _shown(value: Any) -> str:
    return f"[{', '.join(f'{v:g}' for v in value)}]" if isinstance(value, np.ndarray) else str(value)


def _refuse(bound: Bound, point: str, given: float, shown: float, what: str = "") -> None:
    part = bound.part
    own, option = (part.derivative, "derivative") if part.kind == "activation" else (part.gradient, "gradient")
    values = "".join(f", {n} = {v}" for n, v in bound.values.items())
    derived = "" if part.rowwise else f" Without {option}= it is derived from the formula."
    advice = f"{derived} If it is meant, say check=False." if own else f" Give {option}=."
    find(own or part.f).refuse(
        None,
        f"the {option} of {part.name!r}{what} is wrong: at {point}{values} it is {given:.6g}, but differences of "
        f"the formula give {shown:.6g}.{advice}",
    )
