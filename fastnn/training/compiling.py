"""Compile or load the code for several trainings in the calling thread, so that no two threads have to do it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from fastnn.device import program
from fastnn.errors import FastnnError
from fastnn.parts.part import Bound, Part
from fastnn.plan import Plan
from fastnn.training.prepared import Prepared

_known: dict[Hashable, Part | None] = {}  # what this process has code for; it keeps parts alive: an id stays unique


def compile_all(trainings: Sequence[Prepared]) -> None:
    """Do a step with a copy of each network that needs new code. Raises the errors of its parts, with its number."""
    for number, training in enumerate(trainings):
        plan, data = training.plan, training.data
        arrays = data.X, data.y, *data.validation
        needed = _parts(plan) | {(training.device, plan.dtype, *(array.flags.writeable for array in arrays)): None}
        if needed.keys() <= _known.keys():
            continue
        try:
            with program(plan, training.net.copy().parameters, training.device, threads=1) as running:
                running.compile()
                running.train(data.X, data.y, data.train_rows[:1], epoch=1)
                running.evaluate(*data.validation[:2], data.validation[2][:1])
        except FastnnError as error:
            raise type(error)(f"networks[{number}]: {error}") from None
        _known.update(needed)


def _parts(plan: Plan) -> dict[Hashable, Part | None]:
    """Return the parts of a plan, by what their compiled code depends on."""
    bounds: list[Bound | None] = [plan.loss, plan.optimizer, *(a.activation for a in plan.activations)]
    return {(id(b.part), tuple(b.choices.values()), plan.dtype): b.part for b in bounds if b is not None}
