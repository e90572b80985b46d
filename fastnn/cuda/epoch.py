"""What the steps of an epoch read and write on the device, however they are launched."""

from __future__ import annotations

from dataclasses import dataclass

from fastnn.cuda.context import Array


@dataclass(frozen=True)
class Optimizer:
    """The optimizer's state and hyperparameters.

    stride: the distance of the planes of the state. live: how many of each ALIGNMENT bytes of parameters are used.
    """

    state: Array
    stride: int
    live: Array
    hyper: Array


@dataclass(frozen=True)
class Epoch:
    """An epoch. ids: the row numbers of the samples, in order. scalars: ``row`` numbers for each step."""

    data: Array
    targets: Array
    ids: Array
    losses: Array
    scalars: Array
    row: int
    samples: int
    batch: int
    dropout_key: int

    @property
    def steps(self) -> int:
        """Number of steps."""
        return -(-self.samples // self.batch)
