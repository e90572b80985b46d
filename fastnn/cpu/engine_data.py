"""The engine's description of a network and of a call: layers, a job and buffers.

Layers and jobs are tuples in Python, and records (LAYER, JOB) in compiled code; both are read by name. Offsets are
counted in elements; addresses are those of C functions.
"""

from __future__ import annotations

from typing import Any, NamedTuple, get_type_hints

import numpy as np

NONE = -1  # an offset, an address, a threshold or a number that does not exist


class Layer(NamedTuple):
    """A layer of the network: Z = X . W + b, Y = f(Z), then dropout."""

    fan_in: int
    fan_out: int
    # offsets in the parameters, in the gradients and in every plane of the optimizer's state
    weights: int
    bias: int
    trainable: int  # the activation's trainable parameters
    trainable_count: int  # how many there are
    # the activation's kernels
    activation: int  # address; NONE: the activation is the identity
    row_backward: int  # address of a row-wise activation's backward kernel; NONE: the activation is elementwise
    constants: int  # offset of the activation's other parameters in the constants
    # offsets in the workspace of arrays of rows x fan_out numbers
    output: int
    derivative: int  # the activation's derivative; for a row-wise activation its input
    delta: int  # dL/dZ
    trainable_derivatives: int  # dY/dp for each trainable parameter p, one array after another
    # the training step
    squares: int  # offset of the layer's sums of squares: those of weights, bias, trainable parameters
    dropout_threshold: int  # a unit is dropped if its 32-bit draw is below this; NONE: no dropout
    dropout_scale: float  # the factor of the units that are not dropped
    l1: float  # l1 * sign(w) + l2 * w is added to the gradient of a weight w
    l2: float


class Job(NamedTuple):
    """The task of a call of the engine. Fields that lowering a plan does not set have defaults."""

    # offsets and sizes
    rows: int  # rows that the workspace has room for; a larger batch is processed in chunks
    target_width: int  # numbers per sample in the targets
    gathered: int  # offset in the workspace: the samples of a batch, row by row
    gathered_targets: int  # the same for their targets
    loss_work: int  # offset in the workspace: rows x outputs numbers for the loss's kernel
    loss_constants: int  # offset of the loss's parameters in the constants
    squares_count: int  # sums of squares of all layers
    member_workspace: int = 0  # distance between the workspaces of two threads; 0: they share one
    state_stride: int = 0  # distance between two planes of the optimizer's state
    # the steps
    samples: int = 0  # samples to train on or to evaluate
    batch: int = 0  # samples per step
    first_step: int = 0  # of this call, counted from the beginning of the epoch
    end_step: int = 0  # the step before which the call ends
    steps_before: int = 0  # steps of all epochs before this one: the optimizer's clock
    epoch: int = 0
    seed: int = 0
    # addresses
    product: int = NONE  # the matrix product
    yield_core: int = NONE  # yields the core to other threads
    loss: int = NONE  # the loss's kernel; NONE: no loss is wanted
    rule: int = NONE  # the optimizer's kernel
    scalars: int = NONE  # the kernel of the optimizer's per-step scalars; NONE: it has none
    # the parts of a step
    update: bool = False  # train; otherwise only the gradients are computed
    shuffle: bool = False
    loss_rowwise: bool = False  # the loss is a mean over rows, not over elements
    measure_norm: bool = False  # the gradient's global norm is needed before the update
    clip: bool = False  # the gradient is clipped to the global norm ``clip_norm``
    clip_norm: float = 0.0


def _record(fields: type) -> np.dtype:
    """Return the dtype of a record with the fields of this NamedTuple: int64, float64 and bool."""
    return np.dtype(list(get_type_hints(fields).items()), align=True)


LAYER, JOB = _record(Layer), _record(Job)


class Buffers(NamedTuple):
    """The memory that the engine works on: flat arrays when Python passes them, pointers inside the engine.

    Arrays have the network's dtype unless noted otherwise. Arrays that a call does not need are empty.
    """

    sync: Any  # int64: barriers, flags and work queues (cpu/barrier.py)
    X: Any
    Y: Any
    subset: Any  # int64: the samples to train on or to evaluate, as row numbers of X and Y
    order: Any  # int64: room for the order of these samples in an epoch
    parameters: Any
    gradients: Any
    state: Any  # planes of the optimizer's state
    workspace: Any
    scratch: Any  # MEMBER_SCRATCH numbers per thread; inside the engine a pointer to this thread's own
    losses: Any  # one number per sample, in the order of processing
    outputs: Any  # the results of an evaluation
    constants: Any  # the run-time parameters of the activations, then those of the loss
    hyper: Any  # the optimizer's run-time hyperparameters
    hyper64: Any  # the same in float64, for the per-step scalars
    squares: Any  # float64: partial sums of squares of the gradient
    largest_norm: Any  # float64: one number, the largest global norm of a gradient


WEIGHT_GRAIN = 16  # rows of dW, and numbers of a bias, are divided among threads in multiples of this


def blocks_of(n):
    """Return the number of blocks of WEIGHT_GRAIN rows in ``n`` rows. The last block may be shorter."""
    return (n + WEIGHT_GRAIN - 1) // WEIGHT_GRAIN
