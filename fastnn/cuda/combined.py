"""Networks for a kernel that has formulas of several parts at once: every part is in one of them.

There is one for each optimizer. Which other parts go with it follows from its place among the built-in ones.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import Any

from fastnn.parts.kinds import Bound
from fastnn.parts.registry import parts, resolve

SETTINGS: tuple[dict[str, Any], ...] = (
    {"dropout": 0.3},
    {"l1": 0.01, "l2": 0.1, "clip_norm": 0.1},
    {"measure_norm": True},
    {},
)


@dataclass(frozen=True)
class Combined:
    """The activations of two hidden layers and of the output layer, the loss, and settings of the training.

    wide: the kernel is that for many outputs.
    """

    hidden: tuple[Bound, Bound]
    output: Bound
    loss: Bound
    wide: bool
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def activations(self) -> tuple[Bound, ...]:
        """The activations of all layers."""
        return *self.hidden, self.output

    @property
    def kinds(self) -> tuple[Bound, ...]:
        """The elementwise activations, each once, in the order of the layers."""
        found: list[Bound] = []
        for bound in self.activations:
            if not bound.part.rowwise and bound not in found:
                found.append(bound)
        return tuple(found)

    @property
    def drops(self) -> bool:
        """Whether there is dropout."""
        return "dropout" in self.settings

    @property
    def measures(self) -> bool:
        """Whether the norm of the gradient is measured."""
        return "clip_norm" in self.settings or "measure_norm" in self.settings


@functools.cache
def _built_in(kind: str) -> tuple[Bound, ...]:
    return tuple(part() for part, owner in parts() if part.kind == kind and owner == "built in")


def combined(optimizer: Bound) -> Combined:
    """Return the network that goes with an optimizer."""
    names = [bound.name for bound in _built_in("optimizer")]
    number = names.index(optimizer.name) if optimizer.name in names else 0
    activations, losses = _built_in("activation"), _built_in("loss")
    elementwise = [bound for bound in activations if not bound.part.rowwise]
    last = [*(bound for bound in activations if bound.part.rowwise), resolve("activation", "identity")]
    loss = losses[number % len(losses)]
    if optimizer.name.startswith("adam") and loss.name == "hinge":
        loss = resolve("loss", "mse")  # with Adam, gradients of hinge that are rounding alone become whole steps
    return Combined(
        hidden=(elementwise[2 * number % len(elementwise)], elementwise[(2 * number + 1) % len(elementwise)]),
        output=last[-1] if number % 4 else last[number // 4 % len(last)],
        loss=loss,
        wide=number % 7 == 1,  # once with cross_entropy, once with softmax
        settings=SETTINGS[number % len(SETTINGS)],
    )
