"""Turn a plan into the engine's records: addresses of kernels, offsets in the workspace, constants."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fastnn.cpu.elementwise import activation_kernel, row_activation_kernel, row_backward_kernel
from fastnn.cpu.engine_data import LAYER, NONE, Job, Layer, blocks_of
from fastnn.kernels.layout import Allocator, is_identity, layers_of
from fastnn.kernels.random import dropout_threshold
from fastnn.parts.kinds import Bound
from fastnn.plan import Plan


@dataclass
class Tables:
    """The engine's description of a network."""

    layers: np.ndarray  # of LAYER
    job: Job  # with only the offsets and sizes set
    constants: np.ndarray  # the activations' run-time parameters, then the loss's
    workspace: int  # elements


def lower(plan: Plan, rows: int, target_width: int, training: bool) -> Tables:
    """Return the tables for a workspace of ``rows`` rows.

    Without ``training`` the workspace has no room for derivatives and gradients.
    """
    layers: list[Layer] = []
    constants: list[float] = []
    workspace = Allocator(plan.dtype)
    gathered, gathered_targets = workspace.take(rows * plan.inputs), workspace.take(rows * target_width)
    squares = 0
    for layer in layers_of(plan):
        dense, parameters, bound = layer.dense, layer.activate.parameters, layer.activate.activation
        elements, trainable, weights = rows * dense.fan_out, bound.part.trainable, plan.segments[dense.weights]
        skipped = is_identity(bound) and layer.dropout == 0.0  # dropout works on the derivative as well
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
                dropout_threshold=dropout_threshold(layer.dropout) if layer.dropout > 0.0 else NONE,
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


def _kernels(bound: Bound, dtype: str) -> tuple[int, int]:
    """Return the addresses of an activation's kernel and, if it is row-wise, of its backward kernel."""
    if bound.part.rowwise:
        return row_activation_kernel(bound, dtype).address, row_backward_kernel(bound, dtype).address
    return activation_kernel(bound, dtype).address, NONE
