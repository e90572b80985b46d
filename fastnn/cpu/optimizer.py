"""The loop around the formula of an optimizer: parameters and state are read and written once."""

from __future__ import annotations

from numba import njit, types

from fastnn.cpu.compiled import INNER
from fastnn.cpu.kernel import REALS, formula_jit, kernel
from fastnn.formula import Formula
from fastnn.kernels.optimizer import formulas, update_body
from fastnn.kernels.pointers import load, load_tuple, store
from fastnn.kernels.remembering import remembered
from fastnn.parts.kinds import Bound

INT = types.intp


@remembered
def optimizer_kernels(bound: Bound, dtype: str):
    """Return the kernel of the update, and that of the per-step scalars, which is None if the rule has none."""
    unit, scalars, count = formulas(bound, dtype)
    return update_kernel(bound, unit, count, dtype), scalars_kernel(bound, scalars, count, dtype)


def update_kernel(bound: Bound, unit: Formula, scalar_count: int, dtype: str):
    """Return kernel(p, g, state, stride, n, factor, hyper, scalars): update p and state with the gradient factor * g.

    state: one plane per live state, ``stride`` elements apart. hyper: the run-time hyperparameters.
    """
    numbers = len(bound.numbers)

    def make():
        update_at = update_body(unit, formula_jit)

        def update(p, g, state, stride, n, factor, hyper, scalars):
            constants = load_tuple(hyper, numbers) + load_tuple(scalars, scalar_count)
            for k in range(n):
                update_at(p, g, state, stride, k, factor, constants)

        return update

    real = REALS[dtype]
    p = types.CPointer(real)
    key = f"{unit.key} {numbers} {scalar_count}"  # the same rule may take a number as either
    return kernel(key, types.void(p, p, p, INT, INT, real, p, p), make)


def scalars_kernel(bound: Bound, scalars: Formula | None, count: int, dtype: str):
    """Return kernel(t, hyper, out): compute the scalars of step t in float64. None if the rule has no scalars."""
    if scalars is None:
        return None
    numbers = len(bound.numbers)
    real = REALS[dtype]

    def make():
        rule = scalars.build(formula_jit)

        def step_scalars(t, hyper, out):
            results = rule(t, *load_tuple(hyper, numbers))
            for j in range(count):
                store(out, j, real(results[j]))

        return step_scalars

    signature = types.void(types.int64, types.CPointer(types.float64), types.CPointer(real))
    return kernel(f"{scalars.key} {dtype} {numbers} {count}", signature, make)


@njit(**INNER)
def penalise(p, g, n, l1, l2):
    """Add l1 * sign(p) + l2 * p to g."""
    for k in range(n):
        w = load(p, k)
        above, below = l1 if w > 0 else l1 * 0, l1 if w < 0 else l1 * 0
        store(g, k, load(g, k) + (l2 * w + (above - below)))


@njit(**INNER, fastmath={"reassoc"})
def sum_of_squares(g, n):
    """Return sum(g * g) as float64. The order of addition depends only on n."""
    total = 0.0
    for k in range(n):
        x = float(load(g, k))
        total += x * x
    return total
