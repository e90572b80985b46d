"""The model that a run has trained."""

from __future__ import annotations

from collections.abc import Sequence

from fastnn.model.model import Model
from fastnn.network.network import Network
from fastnn.runs.configuration import recorded
from fastnn.runs.setup import Setup
from fastnn.training.record import Record


def trained(run: Setup, history: Sequence[Record], epoch: int, network: Network | None = None) -> Model:
    """Return the model of a run. epoch: the one after which the network, by default that of the run, was as it is."""
    data = run.dataset
    return Model(
        (network or run.network,),
        data.preprocessing,
        data.source,
        list(history),
        epoch or None,
        recorded(run.experiment),
    )
