"""From a plan to the engine's records: addresses of kernels, offsets in the workspace, constants."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fastnn.activations import identity
from fastnn.buffers import ALIGNMENT
from fastnn.cpu.elementwise import activation_kernel, row_activation_kernel, row_backward_kernel
from fastnn.cpu.table import LAYER, NONE, Job, Layer, blocks_of
from fastnn.parts.kinds import Bound
from fastnn.plan import Activate, Dense, Dropout, Plan

DRAWS = 2**32  # different values of a draw for dropout


@dataclass
class Tables:
    """What the engine reads of a network."""

    layers: np.ndarray  # of LAYER
    job: Job  # in which only the offsets and sizes are set
    constants: np.ndarray  # the activations' run-time parameters, then the loss's
    workspace: int  # elements


@dataclass
class _Layer:
    dense: Dense
    activate: Activate
    dropout: float = 0.0


def lower(plan: Plan, rows: int, target_width: int, training: bool) -> Tables:
    """The tables for a workspace of ``rows`` rows.

    Without ``training`` the workspace has no room for derivatives and gradients.
    """
    layers: list[Layer] = []
    constants: list[float] = []
    workspace = _Allocator(plan.dtype)
    gathered, gathered_targets = workspace.take(rows * plan.inputs), workspace.take(rows * target_width)
    squares = 0
    for layer in _group(plan):
        dense, parameters, bound = layer.dense, layer.activate.parameters, layer.activate.activation
        elements, trainable, weights = rows * dense.fan_out, bound.part.trainable, plan.segments[dense.weights]
        skipped = _is_identity(bound) and layer.dropout == 0.0  # dropout works on the derivative as well
        activation, row_backward = (NONE, NONE) if skipped else _kernels(bound, plan.dtype)
        keeps_derivative = (training and not skipped) or row_backward != NONE
        layers.append(
            Layer(
                fan_in=dense.fan_in,
                fan_out=dense.fan_out,
                weights=weights.offset,
                bias=plan.segments[dense.bias].offset,
                trainable=NONE if parameters is None else plan.segments[parameters].offset,
                trainable_count=len(trainable),
                activation=activation,
                row_backward=row_backward,
                constants=len(constants),
                output=workspace.take(elements),
                derivative=workspace.take(elements) if keeps_derivative else NONE,
                delta=workspace.take(elements) if training else NONE,
                trainable_derivatives=workspace.take(elements * len(trainable)) if training and trainable else NONE,
                squares=squares,
                dropout_threshold=max(1, min(DRAWS - 1, round(layer.dropout * DRAWS))) if layer.dropout > 0.0 else NONE,
                dropout_scale=1.0 / (1.0 - layer.dropout),
                l1=weights.l1,
                l2=weights.l2,
            )
        )
        squares += blocks_of(dense.fan_in) + blocks_of(dense.fan_out) + 1
        constants += [value for name, value in bound.numbers.items() if name not in trainable]
    loss_work, loss_constants = workspace.take(rows * plan.outputs), len(constants)
    if plan.loss is not None:
        constants += plan.loss.numbers.values()
    job = Job(rows, target_width, gathered, gathered_targets, loss_work, loss_constants, squares)
    return Tables(np.array(layers, LAYER), job, np.array([*constants, 0.0], plan.dtype), workspace.end)


class _Allocator:
    """Hands out aligned pieces of a flat buffer."""

    def __init__(self, dtype: str):
        self._step = ALIGNMENT // np.dtype(dtype).itemsize
        self.end = 0

    def take(self, elements: int) -> int:
        """The offset of the next piece, which has room for ``elements`` numbers."""
        offset, self.end = self.end, -(-(self.end + elements) // self._step) * self._step
        return offset


def _group(plan: Plan) -> list[_Layer]:
    """The stages as layers: a product with the activation and the dropout that follow it."""
    grouped: list[_Layer] = []
    for stage in plan.stages:
        if isinstance(stage, Dense):
            dense = stage
        elif isinstance(stage, Activate):
            grouped.append(_Layer(dense, stage))
        elif isinstance(stage, Dropout):
            grouped[-1].dropout = stage.rate
    return grouped


def _kernels(bound: Bound, dtype: str) -> tuple[int, int]:
    """The addresses of an activation's kernel and, if it is row-wise, of its backward kernel."""
    if bound.part.rowwise:
        return row_activation_kernel(bound, dtype).address, row_backward_kernel(bound, dtype).address
    return activation_kernel(bound, dtype).address, NONE


def _is_identity(bound: Bound) -> bool:
    """Whether this is the built-in identity. Its name says nothing: a part given as an object may have the same."""
    return bound.part.f is identity.value and bound.part.derivative is identity.derivative
