"""The results of a comparison: one row for each combination, with means over its seeds, the best first."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastnn.config.grid import Combination
from fastnn.network.metrics import main_metrics
from fastnn.runs.setup import Setup
from fastnn.training.record import Record

LOWER_IS_BETTER = ("validation_loss", "rmse", "mae", "log_loss", "quantile_loss")


@dataclass
class Compared:
    """One network of a comparison. stopped: why its training ended, "" as long as it has not."""

    combination: int
    run: Setup
    history: list[Record] = field(default_factory=list)
    stopped: str = ""
    test: dict[str, Any] = field(default_factory=dict)

    @property
    def best(self) -> Record | None:
        """The epoch with the lowest validation loss so far."""
        judged = [record for record in self.history if record.validation_loss is not None]
        return min(judged, key=lambda record: record.validation_loss or 0.0, default=None)

    @property
    def figures(self) -> dict[str, float]:
        """The validation loss and the metrics of the best epoch."""
        best = self.best
        return {} if best is None else {"validation_loss": best.validation_loss or 0.0, **best.metrics}


@dataclass(frozen=True)
class Row:
    """The figures of one combination: (mean, standard deviation over its networks) by name."""

    given: Mapping[str, str]
    choices: Mapping[str, str]
    networks: Sequence[Compared]
    figures: Mapping[str, tuple[float, float]]

    @property
    def diverged(self) -> int:
        """How many of its networks diverged."""
        return sum(network.stopped == "diverged" for network in self.networks)

    @property
    def seconds(self) -> float:
        """The mean time that a network has trained."""
        return statistics.fmean(sum(record.seconds or 0.0 for record in one.history) for one in self.networks)


@dataclass
class Comparison:
    """A comparison: its combinations and all networks."""

    combinations: Sequence[Combination]
    networks: Sequence[Compared]

    @property
    def criterion(self) -> str:
        """The figure by which combinations are compared: the validation loss, or a metric where the losses differ."""
        losses = {loss.spec for network in self.networks if (loss := network.run.experiment.loss) is not None}
        if len(losses) == 1:
            return "validation_loss"
        found = next((one.figures for one in self.networks if one.figures), {})
        return next(iter(main_metrics(found)), "validation_loss")

    def rows(self) -> list[Row]:
        """Return the row of each combination, the best first. Those with networks that diverged come last."""
        rows = [self._row(number, combination) for number, combination in enumerate(self.combinations)]
        sign = 1.0 if self.criterion.partition(" of ")[0] in LOWER_IS_BETTER else -1.0

        def order(row: Row) -> tuple[int, float]:
            known = row.figures.get(self.criterion)
            return row.diverged, float("inf") if known is None else sign * known[0]

        return sorted(rows, key=order)

    def _row(self, number: int, combination: Combination) -> Row:
        networks = [network for network in self.networks if network.combination == number]
        found = [network.figures for network in networks if network.figures and network.stopped != "diverged"]
        return Row(combination.given, combination.choices, networks, _means(found))

    def names(self) -> list[str]:
        """Return the figures that a table shows, the criterion first: the validation loss and the main metrics."""
        found = next((one.figures for one in self.networks if one.figures), {})
        return list(dict.fromkeys([self.criterion, *main_metrics(found)]))


def _means(found: Sequence[Mapping[str, float]]) -> dict[str, tuple[float, float]]:
    """Return (mean, standard deviation) of each figure that all have."""
    if not found:
        return {}
    columns = {name: [one[name] for one in found] for name in found[0] if all(name in one for one in found)}
    return {
        name: (statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else 0.0)
        for name, values in columns.items()
    }
