"""The state of a training, from which a later training of the same network continues."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fastnn.parts.kinds import Bound


@dataclass(frozen=True)
class Snapshot:
    """Parameters and optimizer state at the end of an epoch, and the steps and epochs done so far."""

    parameters: np.ndarray
    state: np.ndarray
    steps: int
    epochs: int
    optimizer: Bound
