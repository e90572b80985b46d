"""All kernels with all registered parts, for the tests that look at every one of them."""

from __future__ import annotations

from collections.abc import Iterator

from every_part import bounds, choices

from fastnn.cuda.kernel import Variant
from fastnn.cuda.kernels.backward import through_layer
from fastnn.cuda.kernels.forward import activated, product
from fastnn.cuda.kernels.gradient import layer_gradient
from fastnn.cuda.kernels.loss import loss_alone, loss_and_gradient, row_activation
from fastnn.cuda.kernels.norm import clip_factor
from fastnn.cuda.kernels.update import update
from fastnn.parts.kinds import Bound
from fastnn.parts.registry import resolve

SOFTMAX = resolve("activation", "softmax")


def of_part(bound: Bound, dtype: str) -> Iterator[Variant]:
    """The kernels around the formulas of a part."""
    if bound.part.kind == "optimizer":
        yield update(bound, dtype)
    elif bound.part.kind == "loss":
        yield loss_and_gradient(bound, None, 0, dtype)
        yield loss_and_gradient(bound, SOFTMAX, 0, dtype)
        yield loss_alone(bound, dtype)
    elif bound.part.rowwise:
        yield row_activation(bound, dtype)
    else:
        yield activated(bound, dtype, derivative=True, dropout=True)
        yield activated(bound, dtype, derivative=False, dropout=False)


def of_no_part(dtype: str) -> list[Variant]:
    """The kernels without formulas."""
    return [product(dtype), through_layer(0, dtype), through_layer(2, dtype), layer_gradient(dtype), clip_factor(dtype)]


PARTS = [choice for kind in ("activation", "loss", "optimizer") for bound in bounds(kind) for choice in choices(bound)]
