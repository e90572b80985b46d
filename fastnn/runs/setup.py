"""Prepare a run: read the data, make all choices that depend on them, build the network."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from fastnn.config import Experiment
from fastnn.data.dataset import Dataset
from fastnn.data.python.given import read_given
from fastnn.data.question import ask
from fastnn.data.share import Folds
from fastnn.data.source import read, takes_arrays
from fastnn.data.table import Table
from fastnn.data.text.delimited import ReadOptions
from fastnn.device import check_device, choose
from fastnn.errors import DataError, UsageError, unknown
from fastnn.network.network import Network
from fastnn.network.targets import check_outputs
from fastnn.parts.part import Bound
from fastnn.parts.registry import resolve
from fastnn.plan import Plan, training_plan
from fastnn.runs.configuration import fingerprints
from fastnn.runs.gathered import Gathered, gather
from fastnn.runs.members import Member, seed_of
from fastnn.runs.recipe import with_recipe
from fastnn.runs.units import convert, in_units_of_target
from fastnn.training.prepared import check_memory

DECIMALS = {"auto": "", "point": ".", "comma": ","}
DEFAULT_LOSS = {"classification": "cross_entropy", "regression": "mse"}


@dataclass(frozen=True)
class Setup:
    """A run before its first epoch: the complete configuration, the data, the network. folder: its name, or "".

    members: all networks, by encoding, if there are several, or several encodings of which one is to be chosen;
    ``network`` is then the first one. Once an encoding has been chosen, those of others are removed. If each has its
    own training rows, ``dataset`` describes all rows, and has the test rows alone.
    """

    experiment: Experiment
    dataset: Dataset
    network: Network
    folder: str = ""
    members: dict[str, tuple[Member, ...]] = field(default_factory=dict)

    @property
    def tried(self) -> int:
        """How many networks are trained with each encoding before one is chosen: one for each fold."""
        first = next(iter(self.members.values()), ())
        return len({id(member.dataset) for member in first}) if len(self.members) > 1 else 0

    @property
    def standardized(self) -> bool:
        """Whether losses are of standardized targets, not in the units of the data."""
        return self.dataset.preprocessing.target.standardized


def prepare(
    experiment: Experiment, note: Callable[[str], None], tables: Mapping[str, Any] = MappingProxyType({})
) -> Setup:
    """Return the setup of a run. Nothing is written. note: takes notes about the data and the choices made.

    tables: frames, lists of dictionaries and Tables, by the names that the experiment gives them in place of a file's.
    Raises the errors of the configuration and of reading the data.
    """
    check_device(experiment.device)
    table = _read(experiment, tables, experiment.data)
    kind = experiment.loss.part.target if experiment.loss else None
    of_table = not takes_arrays(experiment.data, experiment.format)
    question = ask(
        table, experiment.target if of_table else (), experiment.task, kind,
        experiment.features if of_table else (), experiment.ignore, experiment.missing_target,
    )  # fmt: skip
    said: list[str] = []
    experiment = with_recipe(experiment, question, tables, said)
    held_out = {part: _held_out(experiment, tables, part, table) for part in ("validation", "test")}
    data = gather(experiment, question, held_out["validation"], held_out["test"])
    dataset = data.dataset
    found, given = fingerprints(experiment), in_units_of_target(experiment.loss) if experiment.loss else []
    experiment, loss, units = _resolved(experiment, dataset)
    for name, known in experiment.sha256.items():
        if found.get(name) != known:
            note(f"{name} has changed since the configuration was written: the result will differ")
    converted = ["parameters of the loss are in units of the target"] if given and units else []
    if f"{experiment.version}.".startswith("0.1.") and (changes := (*dataset.changes, *converted)):
        note(
            f"the configuration was written by fastnn {experiment.version}, which gave another result: "
            f"{'; '.join(changes)}"
        )
    if _are_same(experiment.validation, experiment.data, tables):
        note("the validation data are the training data: they do not show how well the model predicts new rows")
    for text in (*experiment.notes, *dataset.notes, *units, *said):
        note(text)
    members = _members(experiment, data)
    network = next(iter(members.values()))[0].network if members else _network(experiment, dataset, loss)
    rows = len(next(iter(members.values()))[0].dataset.X) if members else len(dataset.X)
    device, about_device = choose(
        experiment.device, _plan(experiment, network, loss), rows, 1 if members else experiment.threads
    )
    if about_device:
        note(about_device)
    return Setup(replace(experiment, sha256=found, device=device), dataset, network, members=members)


def read_data(experiment: Experiment) -> Table:
    """Return the table to train on, which ``prepare`` takes in ``tables``: it is read once for several runs."""
    return _read(experiment, {}, experiment.data)


def beside(run: Setup, experiment: Experiment, note: Callable[[str], None]) -> Setup:
    """Return the setup of another network for the data of a run. The experiment differs in the network or training."""
    made, loss, units = _resolved(experiment, run.dataset)
    for text in units:
        note(text)
    return replace(run, experiment=made, network=_network(experiment, run.dataset, loss))


def _members(experiment: Experiment, data: Gathered) -> dict[str, tuple[Member, ...]]:
    """Return the networks by encoding, if there are several."""
    if experiment.ensemble == 1 and len(data.by_encoding) == 1:
        return {}
    found = {}
    for encoding, datasets in data.by_encoding.items():
        members = []
        assert experiment.loss is not None
        for number in range(experiment.ensemble):
            dataset = datasets[number % len(datasets)]
            seed = seed_of(experiment.seed, number)
            loss = convert(experiment.loss, dataset.preprocessing.target, experiment.dtype)[1]
            members.append(Member(_network(replace(experiment, seed=seed), dataset, loss), dataset, seed))
        found[encoding] = tuple(members)
    return found


def _read(experiment: Experiment, tables: Mapping[str, Any], name: str, like: Table | None = None) -> Table:
    """Return the table called ``name``, read in the same way as ``like`` if that is given."""
    e = experiment
    options = ReadOptions(
        dict.fromkeys(e.categorical, "category") | dict.fromkeys(e.numeric, "number"), ignore=e.ignore,
        features=e.features, target=e.target, header=e.header, decimal=DECIMALS[e.decimal],
        decimal_fixed=e.decimal != "auto", na_values=e.na_values, format=e.format,
    )  # fmt: skip
    if like is not None:
        header = e.header if e.header != "auto" else "yes" if like.named else "no"
        decimal = options.decimal or like.decimal
        options = replace(options, kinds=like.kinds, only=True, header=header, decimal=decimal)
    table = read_given(tables[name], name, options) if name in tables else read(name, options, seed=e.seed)
    if not table.rows:
        raise DataError(f"{table.source} has no rows.")
    if e.na_values is not None and table.na_values is None:
        raise UsageError(
            f"--na-values: {table.source} holds arrays of numbers, in which only NaN is missing: leave it out."
        )
    for option, columns in (("--categorical", e.categorical), ("--numeric", e.numeric)):
        for column in columns:
            if column not in table.columns:
                raise UsageError(f"{option}: {table.source}: {unknown('column', column, table.columns)}")
    for column in e.numeric:
        if column in table.texts:
            raise DataError(f"--numeric: {table.source}: column {column!r} holds texts, which are not numbers.")
    return table


def _held_out(
    experiment: Experiment, tables: Mapping[str, Any], setting: str, table: Table
) -> float | Folds | Table | None:
    """Return the share of the rows for validation or for the test, or the table of a file.

    A file is read like ``table``. Raises UsageError for test data that are training or validation data.
    """
    given = getattr(experiment, setting)
    if not isinstance(given, str):
        return given
    if setting == "test":
        for other, what in (("data", "training"), ("validation", "validation")):
            if _are_same(given, getattr(experiment, other), tables):
                raise UsageError(
                    f"--test {given}: these are the {what} data. Give data that the run does not see otherwise, or a "
                    "fraction of the rows, such as --test 0.2."
                )
    found = _read(experiment, tables, given, table)
    return (found.test or found) if setting == "test" else found


def _are_same(one: object, other: object, tables: Mapping[str, Any]) -> bool:
    """Return whether these are the same table, the same file or the same built-in data set."""
    if not (isinstance(one, str) and isinstance(other, str)):
        return False
    if one in tables and other in tables:
        return tables[one] is tables[other]
    return one == other or (os.path.exists(one) and os.path.exists(other) and os.path.samefile(one, other))


def _resolved(experiment: Experiment, dataset: Dataset) -> tuple[Experiment, Bound, list[str]]:
    """Return (the experiment with all choices made that depend on the data, the loss to train with, notes on it)."""
    target = dataset.preprocessing.target
    loss, scaled, notes = convert(
        experiment.loss or resolve("loss", DEFAULT_LOSS[target.task]), target, experiment.dtype
    )
    batch_size = experiment.optimizer.part.batch_size(experiment.batch_size)
    columns = experiment.target if takes_arrays(experiment.data, experiment.format) else target.columns
    made = replace(experiment, task=target.task, loss=loss, batch_size=batch_size, target=columns)
    return made, scaled, notes


def _plan(experiment: Experiment, network: Network, loss: Bound) -> Plan:
    """Return the plan of the training of a network."""
    e = experiment
    return training_plan(
        network.plan, loss=loss, optimizer=e.optimizer, batch_size=e.batch_size, dropout=e.dropout,
        clip_norm=e.clip_norm, measure_norm=e.tolerance is not None,
    )  # fmt: skip


def _network(experiment: Experiment, dataset: Dataset, loss: Bound) -> Network:
    sizes = [dataset.preprocessing.width, *experiment.hidden, dataset.preprocessing.target.outputs]
    widths = ",".join(map(str, experiment.hidden)) or "none"
    check_memory(sizes, experiment.dtype, f"--hidden {widths}")
    hidden = experiment.activation if len(experiment.activation) > 1 else experiment.activation[0]
    network = Network(
        sizes,
        activation=list(hidden) if isinstance(hidden, tuple) else hidden,
        output_activation=experiment.output_activation,
        initializer=experiment.initializer,
        bias_initializer=experiment.bias_initializer,
        dtype=experiment.dtype,
        seed=experiment.seed,
    )
    check_outputs(network.plan, loss)
    network.loss = loss  # a model needs it, even after an interruption in the first epoch
    return network
