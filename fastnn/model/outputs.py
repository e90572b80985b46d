"""From inputs to predictions: the networks' outputs, and what they say in the terms of the data."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fastnn.data.preprocessing import Preprocessing
from fastnn.data.remarks import Remarks
from fastnn.data.seen import far_from_training
from fastnn.data.table import Table
from fastnn.data.target import Target
from fastnn.network.network import Network
from fastnn.network.targets import decide, probabilities
from fastnn.parts.part import Bound


def forward(networks: Sequence[Network], X: np.ndarray, device: str = "cpu") -> np.ndarray:
    """Return outputs (rows, outputs), those of several networks combined."""
    return combined([network.forward(X, device=device) for network in networks], networks[0].loss)


def combined(outputs: Sequence[np.ndarray], loss: Bound | None) -> np.ndarray:
    """Return outputs (rows, outputs) that stand for the mean of what several networks predict.

    For classes this is the mean of their probabilities, for counts of their rates, otherwise of their values.
    """
    if len(outputs) == 1:
        return outputs[0]
    kind = loss.part.target if loss else "real"
    if kind not in ("class", "binary", "count"):
        return np.mean(outputs, axis=0)
    with np.errstate(divide="ignore", over="ignore"):  # the outputs are logarithms; that of 0 is -inf, as it should be
        if kind == "count":
            return np.log(np.mean([np.exp(z) for z in outputs], axis=0))
        p = np.mean([probabilities(z, loss) for z in outputs], axis=0)
        return np.log(p) if kind == "class" else np.log(p[:, 1:]) - np.log(p[:, :1])


def outputs_of(
    networks: Sequence[Network],
    preprocessing: Preprocessing,
    table: Table,
    X: np.ndarray,
    rows: np.ndarray | None = None,
    device: str = "cpu",
) -> np.ndarray:
    """Return the combined outputs for rows of a table. X: their inputs under the preprocessing.

    Networks that have a preprocessing of their own take the table by that; X has said what there is to say about it.
    """
    if not preprocessing.own:
        return forward(networks, X, device)
    found, inputs = [], {}
    for network, own in zip(networks, preprocessing.own, strict=True):
        if id(own) not in inputs:
            inputs[id(own)], _ = own.inputs(table, rows, network.dtype, Remarks(table, own=True))
        outputs = network.forward(inputs[id(own)], device=device)
        found.append(preprocessing.target.rescaled(outputs, own.target))
    return combined(found, networks[0].loss)


def common_loss(networks: Sequence[Network], preprocessing: Preprocessing) -> Bound:
    """Return the loss of the combined outputs: parameters in the unit of the target are scaled as the target is."""
    loss = networks[0].loss
    assert loss is not None
    in_units = [name for name, parameter in loss.part.declared.items() if parameter.unit == "target"]
    if not (preprocessing.own and in_units and len(preprocessing.target.scale) == 1):
        return loss
    factor = preprocessing.own[0].target.scale[0] / preprocessing.target.scale[0]
    return loss.changed({name: loss.values[name] * factor for name in in_units})


def predicted(
    networks: Sequence[Network], preprocessing: Preprocessing, table: Table, device: str = "cpu"
) -> tuple[np.ndarray, list[str]]:
    """Return (the outputs for every row of the table, notes on the table).

    Raises DataError if a column is missing or a cell is invalid.
    """
    X, notes = preprocessing.inputs(table, dtype=networks[0].dtype)
    notes = [*table.notes, *notes, *far_from_training(preprocessing, table, X)]
    outputs = outputs_of(networks, preprocessing, table, X, device=device)
    wild = np.flatnonzero(~np.isfinite(outputs).all(axis=1))
    if len(wild):
        where = table.locate(int(wild[0]))
        many = "1 row has" if len(wild) == 1 else f"{len(wild)} rows have"
        notes.append(f"{table.source}: {many} no finite prediction, the first in {where}")
    return outputs, notes


def codes(outputs: np.ndarray, target: Target, loss: Bound | None) -> np.ndarray:
    """Return the number of the predicted class for every row, (rows,)."""
    decided = decide(outputs, loss).reshape(-1)
    return decided if target.kind == "class" else (decided > 0).astype(np.int64)


def values(outputs: np.ndarray, target: Target, loss: Bound | None) -> np.ndarray:
    """Return the predicted values in the units of the data, (rows, targets)."""
    return target.values(decide(outputs, loss))


def as_columns(outputs: np.ndarray, target: Target, loss: Bound | None) -> dict[str, np.ndarray]:
    """Return the columns that ``fastnn predict`` writes, by name.

    For a classification, the columns are the label and, if the loss defines them, the probabilities of all classes.
    For a regression, there is one column per target.
    """
    if not target.classes:
        found = values(outputs, target, loss)
        return {name: found[:, i] for i, name in enumerate(target.columns)}
    columns = {target.columns[0]: np.array(target.classes, dtype=object)[codes(outputs, target, loss)]}
    if target.kind == "sign":
        return columns
    p = probabilities(outputs, loss)
    for i, name in enumerate(target.classes):
        title = f"p_{name}"
        while title in columns:  # the target itself may have this name
            title += "_"
        columns[title] = p[:, i]
    return columns
