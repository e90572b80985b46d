"""The model that a run has trained, of one network or of several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fastnn.model.model import Model
from fastnn.network.network import Network
from fastnn.runs.configuration import recorded
from fastnn.runs.ensemble import Ensemble
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


def trained_together(ensemble: Ensemble, last: bool = False) -> Model:
    """Return the model of all networks that are kept, at their best epochs or after their last ones."""
    run, kept = ensemble.run, ensemble.kept
    results, datasets = [ensemble.result(i) for i in kept], [ensemble.members[i].dataset for i in kept]
    epochs = tuple((None if last else r.best_epoch) or len(r.history) for r in results)
    own = tuple(dataset.preprocessing for dataset in datasets)
    alike = len(set(map(id, own))) == 1
    alone = len(ensemble.members) == 1
    return Model(
        tuple(ensemble.networks(last)),
        own[0] if alike else replace(run.dataset.preprocessing, own=own),
        run.dataset.source,
        list(results[0].history if alone else ensemble.full_history()),
        epochs[0] if alone else None,
        recorded(replace(run.experiment, encoding=ensemble.encoding)),
        () if alone else epochs,
    )
