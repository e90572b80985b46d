"""What the engine reads of a network and of a call: two records and the buffers, which compiled code reads by name.

Offsets are counted in elements; addresses are those of C functions.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

NONE = -1  # instead of an offset, an address, a threshold or a number: there is none

LAYER = np.dtype(
    [
        ("fan_in", np.int64),
        ("fan_out", np.int64),
        # offsets in the parameters, in the gradients and in every plane of the optimizer's state
        ("weights", np.int64),
        ("bias", np.int64),
        ("trainable", np.int64),  # the activation's trainable parameters
        ("trainable_count", np.int64),  # how many there are
        # kernels
        ("activation", np.int64),  # address; NONE: the activation is the identity
        ("row_backward", np.int64),  # address of a row-wise activation's backward kernel; NONE: it is elementwise
        ("constants", np.int64),  # offset of the activation's other parameters in the constants
        # offsets in the workspace of arrays of rows x fan_out numbers
        ("output", np.int64),
        ("derivative", np.int64),  # the activation's derivative; the input of a row-wise activation
        ("delta", np.int64),  # dL/dZ
        ("trainable_derivatives", np.int64),  # one array after another for each trainable parameter
        # the training step
        ("squares", np.int64),  # offset of the layer's sums of squares: those of weights, bias, trainable parameters
        ("dropout_threshold", np.int64),  # a unit is dropped if its 32-bit draw is below this; NONE: no dropout
        ("dropout_scale", np.float64),  # the factor of the units that are not dropped
        ("l1", np.float64),  # l1 * sign(w) + l2 * w is added to the gradient of a weight w
        ("l2", np.float64),
    ],
    align=True,
)

JOB = np.dtype(
    [
        # the samples
        ("samples", np.int64),  # how many are trained on or evaluated
        ("batch", np.int64),  # samples per step
        ("rows", np.int64),  # rows that the workspace has room for; a larger batch is worked on in chunks
        ("target_width", np.int64),  # numbers per sample in the targets
        # the steps
        ("first_step", np.int64),  # of this call, counted from the beginning of the epoch
        ("end_step", np.int64),  # the step before which the call ends
        ("steps_before", np.int64),  # steps of all epochs before this one: the optimizer's clock
        ("epoch", np.int64),
        ("seed", np.int64),
        ("clip_norm", np.float64),  # the global norm that gradients are clipped to, if ``clip``
        # addresses
        ("loss", np.int64),  # the loss's kernel; NONE: no loss is wanted
        ("rule", np.int64),  # the optimizer's kernel
        ("scalars", np.int64),  # the kernel of the optimizer's per-step scalars; NONE: it has none
        ("product", np.int64),  # the matrix product
        ("yield_core", np.int64),  # yields the core to other threads
        # offsets and sizes
        ("gathered", np.int64),  # offset in the workspace: the samples of a batch, row by row
        ("gathered_targets", np.int64),  # the same for their targets
        ("loss_work", np.int64),  # offset in the workspace: rows x outputs numbers for the loss's kernel
        ("loss_constants", np.int64),  # offset of the loss's parameters in the constants
        ("member_workspace", np.int64),  # distance between the workspaces of two members; 0: they share one
        ("state_stride", np.int64),  # distance between two planes of the optimizer's state
        ("squares_count", np.int64),  # sums of squares of all layers
        # flags
        ("update", np.bool_),  # train; otherwise only the gradients of the first batch are computed
        ("shuffle", np.bool_),
        ("loss_rowwise", np.bool_),  # the loss is a mean over rows, not over elements
        ("measure_norm", np.bool_),  # the gradient's global norm is needed before the update
        ("clip", np.bool_),  # the gradient is clipped to ``clip_norm``
    ],
    align=True,
)


class Buffers(NamedTuple):
    """The memory that the engine works on: flat arrays when Python passes them, pointers inside the engine.

    Numbers have the network's dtype if nothing else is said. What a call does not need is empty.
    """

    sync: Any  # int64: how the members meet (cpu/barrier.py)
    X: Any
    Y: Any
    subset: Any  # int64: the samples to train on or to evaluate, as row numbers of X and Y
    order: Any  # int64: room for the order of these samples in an epoch
    parameters: Any
    gradients: Any
    state: Any  # planes of the optimizer's state
    workspace: Any
    scratch: Any  # MEMBER_SCRATCH numbers per member; inside the engine a pointer to the member's own
    losses: Any  # one number per sample, in the order in which they are worked on
    outputs: Any  # the results of an evaluation
    constants: Any  # the run-time parameters of the activations, then those of the loss
    hyper: Any  # the optimizer's run-time hyperparameters
    hyper64: Any  # the same in float64, for the per-step scalars
    squares: Any  # float64: partial sums of squares of the gradient
    largest_norm: Any  # float64: one number, the largest global norm of a gradient


WEIGHT_GRAIN = 16  # rows of dW, and numbers of a bias, are shared out in multiples of this


def blocks_of(n):
    """How many blocks of WEIGHT_GRAIN rows, the last of which may be shorter, ``n`` rows are."""
    return (n + WEIGHT_GRAIN - 1) // WEIGHT_GRAIN
