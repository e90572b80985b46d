"""From a plan to the engine's records: addresses of kernels, offsets in the workspace, constants."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fastnn.activations import identity
from fastnn.cpu.elementwise import activation_kernel, row_activation_kernel, row_backward_kernel
from fastnn.cpu.table import JOB, LAYER, NONE, blocks_of
from fastnn.parts import Activation, Bound
from fastnn.plan import ALIGNMENT, Activate, Dense, Dropout, Plan

DRAWS = 2**32  # how many values a draw for dropout may have


@dataclass
class Tables:
    """What the engine reads of a network."""

    layers: np.ndarray  # of LAYER: one record per layer
    job: np.ndarray  # a JOB in which only the offsets and sizes of this network are set
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
    grouped = _group(plan)
    layers, job = np.zeros(len(grouped), LAYER), np.zeros((), JOB)
    constants: list[float] = []
    workspace = _Allocator(plan.dtype)
    job["rows"], job["target_width"] = rows, target_width
    job["gathered"] = workspace.take(rows * plan.inputs)
    job["gathered_targets"] = workspace.take(rows * target_width)
    for record, layer in zip(layers, grouped, strict=True):
        record["fan_in"], record["fan_out"] = layer.dense.fan_in, layer.dense.fan_out
        record["weights"] = plan.segments[layer.dense.weights].offset
        record["bias"] = plan.segments[layer.dense.bias].offset
        record["squares"] = job["squares_count"]
        job["squares_count"] += blocks_of(layer.dense.fan_in) + blocks_of(layer.dense.fan_out) + 1
        _set_activation(record, layer, plan, constants)
        _set_workspace(record, layer, workspace, rows * layer.dense.fan_out, training)
        _set_regularization(record, layer, plan)
    job["loss_work"] = workspace.take(rows * plan.outputs)
    job["loss_constants"] = len(constants)
    if plan.loss is not None:
        constants += plan.loss.numbers.values()
    return Tables(layers, job, np.array([*constants, 0.0], plan.dtype), workspace.end)


def _set_activation(record: np.void, layer: _Layer, plan: Plan, constants: list[float]) -> None:
    """The kernels and parameters of a layer's activation."""
    bound, parameters = layer.activate.activation, layer.activate.parameters
    record["trainable"] = NONE if parameters is None else plan.segments[parameters].offset
    record["trainable_count"] = len(bound.part.trainable)
    record["constants"] = len(constants)
    constants += [v for n, v in bound.numbers.items() if n not in bound.part.trainable]
    record["activation"] = record["row_backward"] = NONE
    if bound.part.rowwise:
        record["activation"] = row_activation_kernel(bound, plan.dtype).address
        record["row_backward"] = row_backward_kernel(bound, plan.dtype).address
    elif not _is_skipped(layer):
        record["activation"] = activation_kernel(bound, plan.dtype).address


def _set_workspace(record: np.void, layer: _Layer, workspace: _Allocator, elements: int, training: bool) -> None:
    """The offsets of a layer's arrays in the workspace."""
    part = layer.activate.activation.part
    record["derivative"] = record["delta"] = record["trainable_derivatives"] = NONE
    record["output"] = workspace.take(elements)
    if part.rowwise or (training and not _is_skipped(layer)):
        record["derivative"] = workspace.take(elements)
    if training:
        record["delta"] = workspace.take(elements)
    if training and part.trainable:
        record["trainable_derivatives"] = workspace.take(elements * len(part.trainable))


def _set_regularization(record: np.void, layer: _Layer, plan: Plan) -> None:
    """Dropout and the penalties on the weights."""
    record["dropout_threshold"] = NONE
    if layer.dropout > 0.0:
        record["dropout_threshold"] = max(1, min(DRAWS - 1, round(layer.dropout * DRAWS)))
        record["dropout_scale"] = 1.0 / (1.0 - layer.dropout)
    weights = plan.segments[layer.dense.weights]
    record["l1"], record["l2"] = weights.l1, weights.l2


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


def _is_skipped(layer: _Layer) -> bool:
    """Whether the layer needs no kernel: it has the identity, and no dropout that would need its derivative."""
    return _is_identity(layer.activate.activation) and layer.dropout == 0.0


def _is_identity(bound: Bound) -> bool:
    """Whether the activation is the built-in identity. Its name says nothing: anybody may use the same."""
    part: Activation = bound.part
    return part.f is identity.value and part.derivative is identity.derivative and not part.rowwise
