"""fastnn.minimize: descend on any function of one number or of an array, with the optimizers' own kernels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from fastnn import ops
from fastnn.checks import numbers
from fastnn.errors import Diverged, UsageError
from fastnn.limits import Integer, Number, refusal
from fastnn.parts.kinds import Bound
from fastnn.parts.registry import resolve

EXPLODED = 1e10  # a derivative that has grown by this factor does not come back
MIN_RISING_STEPS = 5  # a run that only ever went uphill, for at least as many steps, has diverged


@dataclass(frozen=True)
class Descent:
    """The way down a function. x and value: where it ended.

    path: every point, of shape (steps + 1,) or (steps + 1, *shape of x0). values: f at each of them, of shape
    (steps + 1,). stopped: "tolerance" if the derivative became small enough, "steps" if the steps ran out before.
    """

    path: np.ndarray
    values: np.ndarray
    stopped: str

    @property
    def x(self) -> Any:
        """The last point: a float, or an array."""
        return float(self.path[-1]) if self.path.ndim == 1 else self.path[-1]

    @property
    def value(self) -> float:
        """f at the last point."""
        return float(self.values[-1])

    @property
    def steps(self) -> int:
        """Number of steps that were made."""
        return len(self.values) - 1

    def __repr__(self) -> str:
        return f"Descent(x={self.x!r}, value={self.value!r}, steps={self.steps}, stopped={self.stopped!r})"


def minimize(
    f: Callable[[Any], Any],
    derivative: Callable[[Any], Any],
    x0: Any,
    optimizer: Any = "gd",
    lr: float | None = None,
    *,
    tolerance: float = 1e-6,
    steps: int = 1000,
) -> Descent:
    """Search for a minimum of a function, from its derivative.

    From x0, the optimizer makes step after step until the derivative is (nearly) 0 or the steps run out. Each step is
    made by the optimizer's compiled kernel, the one that trains networks, in float64.

    Parameters
    ----------
    f : function
        ``f(x)`` returns one number.
    derivative : function
        ``derivative(x)`` returns df/dx: a number, or for an array x the gradient, an array of the shape of x.
    x0 : float or array of any shape
        Starting point. ``f`` and ``derivative`` are called with a float, or an array of this shape.
    optimizer : str or Optimizer, default "gd"
        Optimizer by name, with hyperparameters if needed ("momentum:momentum=0.8"), or as an object.
    lr : float, optional
        Learning rate. Default: the optimizer's own.
    tolerance : float, default 1e-6
        Stop at a point where the L2 norm of the derivative is at most this. With 0: only where it is exactly 0.
    steps : int, default 1000
        Stop after this many steps.

    Returns
    -------
    Descent
        ``x`` and ``value``, where it ended; ``path`` and ``values``, every point on the way with its f; ``steps``, how
        many were made; ``stopped``, why it ended: "tolerance" or "steps". The path of "nesterov" consists of the points
        at which the derivative is taken.

    Raises
    ------
    Diverged
        If f, its derivative or x becomes NaN or infinite, if the derivative grows without limit, or if f has risen at
        every one of at least five steps. The exception's ``result`` is the Descent so far.
    UsageError
        If an argument is not allowed, or a function does not return numbers of the right shape.
    DataError
        If x0 or what a function returns is not made of numbers.

    Notes
    -----
    Where the derivative is 0, there is a minimum, a maximum or a saddle point: compare ``values``. The derivative is
    not checked against f. "adamw" also decays x toward 0, so that it ends beside the minimum. Gradient descent is
    due to Cauchy, "Méthode générale pour la résolution des systèmes d'équations simultanées", 1847. On a quadratic
    function with largest second derivative L it converges for lr < 2 / L (Nesterov, "Introductory lectures on convex
    optimization", 2004, section 1.2.3). ``fastnn plugins show NAME`` shows each optimizer's rule and its source.

    Examples
    --------
    >>> import fastnn
    >>> found = fastnn.minimize(lambda x: x**2, lambda x: 2 * x, x0=3.0, lr=0.1)
    >>> found.stopped, abs(found.x) < 1e-6
    ('tolerance', True)
    >>> found.path[:3].round(2)
    array([3.  , 2.4 , 1.92])
    >>> bowl = fastnn.minimize(lambda x: x @ x, lambda x: 2 * x, [3.0, -4.0], "adam", lr=0.1)
    >>> bowl.x.round(3) + 0
    array([0., 0.])
    >>> try:
    ...     fastnn.minimize(lambda x: x**2, lambda x: 2 * x, x0=3.0, lr=1.1)
    ... except fastnn.Diverged as error:
    ...     print(error.result.path[:4].round(2))
    [ 3.   -3.6   4.32 -5.18]
    """
    for name, function in (("f", f), ("derivative", derivative)):
        if not callable(function):
            raise refusal(function, name, "a function of x")
    bound = resolve("optimizer", optimizer).changed({} if lr is None else {"lr": lr})
    tolerance, steps = Number(at_least=0)(tolerance, "tolerance"), Integer(at_least=0)(steps, "steps")
    x = _start(x0)
    rule, path, values, norms = ops.optimizer(bound), [x.copy()], [], []
    with np.errstate(all="ignore"):  # numbers that overflow are told as divergence
        while True:
            gradient = _numbers_of(derivative, "derivative", x, x.shape)
            values.append(float(_numbers_of(f, "f", x, ())))
            norms.append(float(np.linalg.norm(gradient)))
            trouble = _trouble(path[-1], values, norms)
            if trouble:
                raise Diverged(_advice(trouble, bound), _descent(path, values, "diverged"))
            if norms[-1] <= tolerance:
                return _descent(path, values, "tolerance")
            if len(values) > steps:
                break
            rule.step(x, gradient)
            path.append(x.copy())
    if steps >= MIN_RISING_STEPS and (np.diff(values) > 0).all():
        trouble = f"f rose at each of the {steps} steps, from {values[0]:.4g} to {values[-1]:.4g}"
        raise Diverged(_advice(trouble, bound), _descent(path, values, "diverged"))
    return _descent(path, values, "steps")


def _start(x0: Any) -> np.ndarray:
    """Return a copy of x0 in float64; UsageError unless all of it is finite."""
    x = np.array(numbers(x0, "x0"), np.float64)
    if not x.size or not np.isfinite(x).all():
        raise refusal(x0, "x0", "a finite number, or an array of them")
    return x


def _numbers_of(function: Callable[[Any], Any], name: str, x: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return function(x) in float64, of this shape. What overflows in plain Python is infinite, as in NumPy."""
    try:
        answer = function(x.copy() if x.ndim else x[()])  # a function may keep or change what it is given
    except (OverflowError, ZeroDivisionError):
        return np.full(shape, np.inf)
    if answer is None:
        raise UsageError(f"{name} returned None: it must return a number or an array. Is its return missing?")
    found = np.asarray(numbers(answer, f"The result of {name}"), np.float64, order="C")
    if found.shape != shape and not (shape == () and found.size == 1):
        wanted = f"an array of shape {shape}, that of x0" if shape else "one number"
        raise UsageError(f"{name} returned an array of shape {found.shape}: it must return {wanted}.")
    return found.reshape(shape)


def _trouble(x: np.ndarray, values: list[float], norms: list[float]) -> str:
    """Return in words how the last point shows divergence, or "". UsageError if it is the first."""
    step = len(values) - 1
    if not (np.isfinite(x).all() and np.isfinite(values[-1]) and np.isfinite(norms[-1])):
        if not step:
            raise UsageError(f"x0 = {x.tolist()}: f or its derivative is NaN or infinite there. Start where it is not.")
        return f"x, f or its derivative became NaN or infinite at step {step}"
    if norms[-1] > EXPLODED * max(1.0, norms[0]):
        return f"The derivative grew from {norms[0]:.4g} to {norms[-1]:.4g} in {step} steps"
    return ""


def _advice(trouble: str, bound: Bound) -> str:
    """Return the message of a descent that diverged: how it shows, and what to try."""
    lr = bound.values.get("lr")
    smaller = f"a smaller learning rate (lr={lr / 10:g} instead of {lr:g})" if lr else "another optimizer"
    return f"{trouble}. Try {smaller}, or another x0; check the sign of the derivative, and that f has a minimum."


def _descent(path: list[np.ndarray], values: list[float], stopped: str) -> Descent:
    return Descent(np.array(path), np.array(values), stopped)
