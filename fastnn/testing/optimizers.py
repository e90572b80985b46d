"""The rule of an optimizer: it leads down, keeps finite state, and leaves padding and NaN alone."""

from __future__ import annotations

import numpy as np

from fastnn.kernels.optimizer import formulas
from fastnn.parts.part import Bound
from fastnn.testing.finding import Failed
from fastnn.testing.kernels import run_update

STARTS = (1.0, -1.0, 10.0, -10.0)
STEPS = 10


def steps(bound: Bound) -> str:
    """Ten steps decrease p^2, from several starts.

    Its gradient is 2 p, not p, so that a rule which takes p for g and g for p is found out.
    """
    p = np.array(STARTS, np.float32)
    state = _initial(bound, p.size)
    for t in range(1, STEPS + 1):
        run_update(bound, p, 2.0 * p, state, [(0, p.size)], t)
    for start, end in zip(STARTS, p.tolist(), strict=True):
        if not abs(end) < abs(start):
            raise Failed(f"{STEPS} steps down p^2 lead from p = {start:g} to {end:g}: they must lead toward 0")
    return f"{STEPS} steps down p^2 lead from p = {STARTS[0]:g} to {p[0]:.6g}"


def state(bound: Bound) -> str:
    """Its state, in the dtype of the parameters, stays finite; every state that is kept is used."""
    names = formulas(bound, "float32")[0].state
    rng = np.random.default_rng(0)
    for dtype in (np.float32, np.float64):
        p = rng.normal(size=33).astype(dtype)
        kept = _initial(bound, p.size, dtype)
        for t in range(1, STEPS + 1):
            run_update(bound, p, (rng.normal(size=33) * 10.0 ** rng.integers(-8, 5, 33)).astype(dtype), kept,
                       [(0, 33)], t)  # fmt: skip
        for name, values in zip((*names, "parameter"), (*kept[: len(names)], p), strict=True):
            if not np.isfinite(values).all():
                bad = values[~np.isfinite(values)][0]
                raise Failed(f"after {STEPS} steps with gradients from 1e-8 to 1e4, {name} is {bad:g} in {p.dtype}")
    numbers = f"{len(names)} number{'' if len(names) == 1 else 's'} for each parameter: {', '.join(names)}"
    return numbers if names else "none"


def padding(bound: Bound) -> str:
    """A parameter of 0 with gradient and state 0 stays 0: it fills the space between tensors."""
    p, g = np.zeros((2, 4), np.float32)
    kept = np.zeros((len(formulas(bound, "float32")[0].state) + 1, 4), np.float32)
    for t in (1, 2, 3):
        run_update(bound, p, g, kept, [(0, 4)], t)
    if not (p == 0.0).all() or not np.isfinite(kept).all():
        bad = next((v for v in kept.ravel() if not np.isfinite(v)), p[0])
        what = "a parameter of 0 with a gradient and state of 0"
        hint = "" if np.isfinite(bad) else " Is something divided by a state without adding eps?"
        if not (p == 0.0).all():
            raise Failed(f"{what} becomes {p[0]:g}: it must stay 0.{hint}")
        raise Failed(f"{what} gives the state {bad:g}: it must stay finite.{hint}")
    return "a parameter of 0 with a gradient of 0 stays 0"


def nan(bound: Bound) -> str:
    """A gradient of NaN gives a parameter of NaN, which ends a training."""
    p, g = np.full((2, 1), 0.5, np.float32)
    g[0] = np.nan
    run_update(bound, p, g, _initial(bound, 1), [(0, 1)])
    if not np.isnan(p[0]):
        raise Failed(f"a gradient of NaN gives the parameter {p[0]:g}: a training that has diverged would go on")
    return "a gradient of NaN gives NaN"


def _initial(bound: Bound, size: int, dtype: type = np.float32) -> np.ndarray:
    """Return the initial state, a row each, with one row more, so that it is never empty."""
    values = [bound.part.state[name] for name in formulas(bound, np.dtype(dtype).name)[0].state]
    return np.repeat(np.array([*values, 0.0], dtype)[:, None], size, axis=1)
