"""Turn a plan into layers with the kernels that compute them, still without memory."""

from __future__ import annotations

from dataclasses import dataclass

from fastnn.cuda.kernel import Variant
from fastnn.cuda.kernels.backward import through_layer
from fastnn.cuda.kernels.forward import activated, product
from fastnn.cuda.kernels.gradient import gradient_blocks
from fastnn.kernels.layout import PlannedLayer, is_identity, layers_of
from fastnn.kernels.random import dropout_threshold
from fastnn.parts.kinds import Bound
from fastnn.plan import Plan


@dataclass(frozen=True)
class Layer:
    """A layer: Z = X . W + b, Y = f(Z), then dropout."""

    number: int
    fan_in: int
    fan_out: int
    # offsets in the parameters and in the gradients
    weights: int
    bias: int
    trainable: int  # the activation's trainable parameters
    trainable_count: int
    constants: tuple[float, ...]  # the activation's other parameters
    activation: Bound
    # kernels
    training: Variant  # forward, in training
    evaluation: Variant  # forward, in an evaluation
    through: Variant  # from dL/dZ of the next layer to this layer's
    rowwise: Bound | None  # the activation, if it works on rows; the forward kernels then compute Z
    differentiates: bool  # the derivative of the activation is stored
    # the training step
    threshold: int  # of dropout's draws; 0: no dropout
    scale: float  # the factor of the units that are not dropped
    l1: float
    l2: float

    @property
    def gradient_blocks(self) -> int:
        """How many blocks compute the gradients of its parameters."""
        return gradient_blocks(self.fan_in, self.fan_out, self.trainable_count)


def lower(plan: Plan) -> list[Layer]:
    """Return the layers of a plan."""
    return [_layer(plan, number, layer) for number, layer in enumerate(layers_of(plan))]


def _layer(plan: Plan, number: int, layer: PlannedLayer) -> Layer:
    dense, bound, parameters = layer.dense, layer.activate.activation, layer.activate.parameters
    weights, trainable, drops = plan.segments[dense.weights], bound.part.trainable, layer.dropout > 0.0
    plain = bound.part.rowwise or (is_identity(bound) and not drops)
    return Layer(
        number=number,
        fan_in=dense.fan_in,
        fan_out=dense.fan_out,
        weights=weights.offset,
        bias=plan.segments[dense.bias].offset,
        trainable=0 if parameters is None else plan.segments[parameters].offset,
        trainable_count=len(trainable),
        constants=tuple(value for name, value in bound.numbers.items() if name not in trainable),
        activation=bound,
        training=product(plan.dtype) if plain else activated(bound, plan.dtype, derivative=True, dropout=drops),
        evaluation=product(plan.dtype) if plain else activated(bound, plan.dtype, derivative=False, dropout=False),
        through=through_layer(len(trainable), plan.dtype),
        rowwise=bound if bound.part.rowwise else None,
        differentiates=not plain,
        threshold=dropout_threshold(layer.dropout) if drops else 0,
        scale=1.0 / (1.0 - layer.dropout),
        l1=weights.l1,
        l2=weights.l2,
    )
