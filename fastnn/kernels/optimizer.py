"""An optimizer's formulas, and the body of its kernel: one parameter, without the loop around it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastnn import formula
from fastnn.formula import Formula
from fastnn.kernels.pointers import load, load_planes, store, store_planes
from fastnn.kernels.remembering import remembered
from fastnn.parts.kinds import Bound

CLIP_EPSILON = 1e-6  # as in PyTorch's clip_grad_norm_: factor = clip / (norm + epsilon), at most 1


@remembered
def formulas(bound: Bound, dtype: str) -> tuple[Formula, Formula | None, int]:
    """Return the rule, the formula of its per-step scalars (or None), and the number of scalars."""
    count = len(bound.part.scalar_values(1, bound.values))
    return formula.optimizer_unit(bound, dtype), formula.scalars_unit(bound), count


def update_body(unit: Formula, jit: Callable[[Callable], Any]) -> Any:
    """Compile body(p, g, state, stride, k, factor, constants), which updates parameter k and its state.

    The gradient is factor * g[k]. state: one plane per live state, ``stride`` elements apart. constants: a tuple of the
    run-time hyperparameters and the per-step scalars.
    """
    rule = unit.build(jit)
    states = len(unit.state)

    @jit
    def update_at(p, g, state, stride, k, factor, constants):
        before = load_planes(state, k, stride, states)
        results = rule(load(p, k), load(g, k) * factor, *before, *constants)
        store(p, k, results[0])
        store_planes(state, k, stride, results[1:])

    return update_at
