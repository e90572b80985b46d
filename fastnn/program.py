"""The interface between training and devices: a program is a plan prepared for one device."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

import numpy as np


@dataclass(frozen=True)
class Run:
    """The result of a run over mini-batches.

    steps: number of steps done. loss: mean training loss. norm: largest global norm of a gradient, NaN if it was not
    measured. diverged: the loss became NaN or infinite, which ended the run. finite: all parameters are finite.
    """

    steps: int
    loss: float
    norm: float
    diverged: bool
    finite: bool


class Program(Protocol):
    """A plan prepared for one device. Use it as a context manager, or call close().

    Data are C-contiguous host arrays of the plan's dtype: X has shape (samples, inputs), y has shape
    (samples, outputs), or (samples, 1) with class numbers. ``subset`` is an int64 array of row indices.
    """

    steps: int  # optimizer steps done so far; per-step scalars such as bias corrections depend on it

    def compile(self) -> None:
        """Compile all kernels that training and evaluation need, or load them from the cache."""

    def train(self, X: np.ndarray, y: np.ndarray, subset: np.ndarray, epoch: int) -> Run:
        """Train for one epoch on the rows in ``subset``: one update per mini-batch."""

    def evaluate(
        self, X: np.ndarray, y: np.ndarray | None = None, subset: np.ndarray | None = None
    ) -> tuple[np.ndarray, float]:
        """Return (outputs of shape (samples, outputs), mean loss) for all rows, or for those in ``subset``.

        Without targets the loss is NaN.
        """

    def gradients(self, X: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray, list[np.ndarray]]:
        """Return the loss of all rows as one batch, dL/dparameters as a flat buffer, and dL/dZ of every layer.

        If the loss is NaN or infinite, the gradients of the parameters are NaN.
        """

    def snapshot(self) -> tuple[np.ndarray, np.ndarray]:
        """Return copies of (parameters, optimizer state) as flat buffers on the host."""

    def pull(self) -> None:
        """Bring the network's flat buffer up to date: training on another device does not."""

    def push(self) -> None:
        """Go on with the numbers in the network's flat buffer, which was up to date before it was changed."""

    def keep(self, *names: str) -> None:
        """Keep the parameters and the optimizer's state under each of these names, on the device."""

    def kept(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Return (parameters, optimizer state) that were kept under a name, as flat buffers on the host."""

    def restore(self, parameters: np.ndarray, state: np.ndarray, steps: int) -> None:
        """Continue from the snapshot of a program with the same layout of parameters and optimizer state."""

    def stop(self) -> None:
        """Let the run in progress, and each later one, raise KeyboardInterrupt in the thread that it was called from.

        Any thread may call this. It has to be repeated until it has worked: a run that just begins may overlook it.
        """

    def close(self) -> None:
        """Release the device's resources."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
