"""The networks of a run that has several."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fastnn.data.dataset import Dataset
from fastnn.network.network import Network


@dataclass(frozen=True)
class Member:
    """One of several networks, its data, and the seed of its weights, its order of the rows and its dropout."""

    network: Network
    dataset: Dataset
    seed: int


def seed_of(seed: int, number: int) -> int:
    """Return the seed of a network: that of the run for the first one. Runs with other seeds share none of them."""
    return int(np.random.SeedSequence((seed, number)).generate_state(1, np.uint32)[0]) if number else seed
