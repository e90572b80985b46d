"""What a program is: a plan prepared for one device, and all that the training procedure talks to."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

import numpy as np


@dataclass(frozen=True)
class Run:
    """The outcome of a run of mini-batches.

    steps: steps done. loss: mean training loss. norm: largest global norm of a gradient, NaN if it was not measured.
    diverged: the loss became NaN or infinite, and the run stopped there. finite: so are all parameters after the run.
    """

    steps: int
    loss: float
    norm: float
    diverged: bool
    finite: bool


class Program(Protocol):
    """A plan prepared for one device. Use it as a context manager, or call close().

    Data are C-contiguous arrays of the plan's dtype on the host: X (samples, inputs); y (samples, outputs), or
    (samples, 1) class numbers. ``subset`` is an int64 array of row numbers.
    """

    steps: int  # optimizer steps done so far; per-step scalars such as bias corrections depend on it

    def compile(self) -> None:
        """Compile, or load from the cache, all that training and evaluating need."""

    def train(self, X: np.ndarray, y: np.ndarray, subset: np.ndarray, epoch: int) -> Run:
        """Train one epoch on the rows of ``subset``: all mini-batches, one update each."""

    def evaluate(
        self, X: np.ndarray, y: np.ndarray | None = None, subset: np.ndarray | None = None
    ) -> tuple[np.ndarray, float]:
        """Return (outputs of shape (samples, outputs), mean loss) of all rows, or of those in ``subset``.

        Without targets the loss is NaN.
        """

    def gradients(self, X: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray, list[np.ndarray]]:
        """Return the loss of all rows as one batch, dL/dparameters as a flat buffer, and dL/dZ of every layer.

        Where the loss is NaN or infinite the gradients of the parameters are NaN.
        """

    def snapshot(self) -> tuple[np.ndarray, np.ndarray]:
        """Return copies of (parameters, optimizer state) as flat buffers on the host."""

    def restore(self, parameters: np.ndarray, state: np.ndarray, steps: int) -> None:
        """Go on from a snapshot of a program with the same layout of parameters and optimizer state."""

    def close(self) -> None:
        """Release the device's resources."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
