"""From a plan to the engine's tables: addresses of kernels, offsets in the workspace, constants."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fastnn.buffers import ALIGNMENT
from fastnn.cpu import table as t
from fastnn.cpu.elementwise import activation_kernel, row_activation_kernel, row_backward_kernel
from fastnn.parts.kinds import Bound
from fastnn.plan import Activate, Dense, Dropout, Plan


@dataclass
class Tables:
    """What the engine reads of a network: for ``rows`` rows at a time."""

    layers: np.ndarray  # int64, (layers, LAYER_COLUMNS)
    reals: np.ndarray  # dtype, (layers, REAL_COLUMNS)
    constants: np.ndarray  # dtype: the activations' run-time parameters, then the loss's
    loss_constants: int
    gathered: int
    gathered_targets: int
    loss_work: int
    workspace: int  # elements
    blocks: int  # places in the partial sums of squares


@dataclass
class _Layer:
    dense: Dense
    activate: Activate
    dropout: float = 0.0


def lower(plan: Plan, rows: int, targets: int, training: bool) -> Tables:
    """The tables for a workspace of ``rows`` rows, with ``targets`` numbers a sample in the targets.

    Without ``training`` there are neither derivatives nor gradients in the workspace.
    """
    grouped = _group(plan)
    layers = np.full((len(grouped), t.LAYER_COLUMNS), -1, np.int64)
    reals = np.zeros((len(grouped), t.REAL_COLUMNS), plan.dtype)
    constants: list[float] = []
    workspace = _Allocator(plan.dtype)
    gathered = workspace.take(rows * plan.inputs)
    gathered_targets = workspace.take(rows * targets)
    blocks = 0
    for number, layer in enumerate(grouped):
        row = layers[number]
        activation = _active(layer)
        row[t.FAN_IN], row[t.FAN_OUT] = layer.dense.fan_in, layer.dense.fan_out
        row[t.WEIGHTS] = plan.segments[layer.dense.weights].offset
        row[t.BIAS] = plan.segments[layer.dense.bias].offset
        row[t.FLAGS] = _flags(plan, layer)
        row[t.BLOCKS] = blocks
        blocks += t.blocks_of(layer.dense.fan_in) + t.blocks_of(layer.dense.fan_out) + 1
        learnt = layer.activate.activation.part.trainable
        row[t.LEARNT_COUNT] = len(learnt)
        row[t.LEARNT] = 0 if layer.activate.parameters is None else plan.segments[layer.activate.parameters].offset
        row[t.CONSTANTS] = len(constants)
        constants += [v for n, v in layer.activate.activation.numbers.items() if n not in learnt]
        row[t.ACTIVATION] = row[t.ROW_BACKWARD] = row[t.DROPOUT] = 0
        elements = rows * layer.dense.fan_out
        row[t.OUTPUT] = workspace.take(elements)
        row[t.LEARNT_DERIVATIVES] = 0
        if activation is not None:
            if activation.part.rowwise:
                row[t.ACTIVATION] = row_activation_kernel(activation, plan.dtype).address
                row[t.ROW_BACKWARD] = row_backward_kernel(activation, plan.dtype).address
            else:
                row[t.ACTIVATION] = activation_kernel(activation, plan.dtype).address
            if training or activation.part.rowwise:
                row[t.DERIVATIVE] = workspace.take(elements)
        if training:
            row[t.DELTA] = workspace.take(elements)
            row[t.LEARNT_DERIVATIVES] = workspace.take(elements * len(learnt))
            if layer.dropout > 0.0:
                row[t.DROPOUT] = max(1, min(2**32 - 1, round(layer.dropout * 2**32)))
                reals[number, t.DROPOUT_SCALE] = 1.0 / (1.0 - layer.dropout)
            weights = plan.segments[layer.dense.weights]
            reals[number, t.L1], reals[number, t.L2] = weights.l1, weights.l2
    loss_work = workspace.take(rows * plan.outputs)
    loss_constants = len(constants)
    if plan.loss is not None:
        constants += plan.loss.numbers.values()
    return Tables(
        layers, reals, np.array([*constants, 0.0], plan.dtype), loss_constants,
        gathered, gathered_targets, loss_work, workspace.end, blocks,
    )  # fmt: skip


class _Allocator:
    """Hands out aligned pieces of a flat buffer."""

    def __init__(self, dtype: str):
        self._step = ALIGNMENT // np.dtype(dtype).itemsize
        self.end = 0

    def take(self, elements: int) -> int:
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


def _active(layer: _Layer) -> Bound | None:
    """The layer's activation; None for the identity, whose derivative need not be kept, unless dropout joins it."""
    bound = layer.activate.activation
    return None if bound.name == "identity" and layer.dropout == 0.0 else bound


def _flags(plan: Plan, layer: _Layer) -> int:
    flags = 0
    segments = (
        (layer.dense.weights, t.TRAIN_WEIGHTS, t.KEEP_WEIGHTS),
        (layer.dense.bias, t.TRAIN_BIAS, t.KEEP_BIAS),
        (layer.activate.parameters, t.TRAIN_LEARNT, t.KEEP_LEARNT),
    )
    for number, train, keep in segments:
        if number is not None:
            flags |= train * plan.segments[number].trainable | keep * (not plan.segments[number].decay)
    return flags
