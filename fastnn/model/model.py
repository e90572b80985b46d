"""A trained model: networks together with the preprocessing of their tables."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from fastnn.data.preprocessing import Preprocessing
from fastnn.data.python.python_words import python_words, warn
from fastnn.data.wording import listed
from fastnn.errors import UsageError
from fastnn.model.evaluation import evaluate_table
from fastnn.model.few_rows import few_rows
from fastnn.model.inputs import table_of
from fastnn.model.outputs import codes, predicted, values
from fastnn.model.saving import from_extra, to_extra
from fastnn.model.summary import shapes, summary
from fastnn.network.loading import parse_networks
from fastnn.network.network import Network
from fastnn.network.saving import several_as_bytes, write
from fastnn.network.targets import probabilities
from fastnn.parts.part import Bound
from fastnn.training.record import Record


@dataclass(frozen=True, eq=False, repr=False)
class Model:
    """A trained network with its preprocessing: it takes tables as they are, and predicts in the units of the data.

    ``fastnn.fit`` and ``fastnn.load`` return models. A table is a pandas, polars or pyarrow table, a list of
    dictionaries, one dictionary (one row), the path of a file, or the name of a built-in data set. If all features are
    numbers, it may also be an array of shape (rows, features), in the order of :attr:`features`. Columns may be in any
    order, and columns that the model does not use are ignored. If a data set has rows for testing, only these are
    used.

    Parameters
    ----------
    networks : tuple of Network
        The networks. The predictions of several are averaged: probabilities for classes, otherwise values.
    preprocessing : Preprocessing
        What turns the columns of a table into inputs, and outputs into predictions.
    data : str
        Name of the file or data set that the model was trained on.
    history : list of Record
        One Record per epoch, in a loaded model without ``seconds``. Of several networks: means over those that trained.
    epoch : int, optional
        The epoch whose parameters the model has: the best one if there was validation, else the last.
    settings : dict
        The settings that it was trained with.
    epochs : tuple of int
        The epoch of each of several networks; ``epoch`` is then None.

    Examples
    --------
    >>> import fastnn
    >>> model = fastnn.fit("moons", epochs=30, lr=0.01)
    >>> model.features, model.targets, model.classes.tolist()
    (('x', 'y'), ('group',), ['lower', 'upper'])
    >>> model.predict({"x": -1.0, "y": 0.3}).tolist()
    ['upper']
    >>> model.evaluate("moons")["accuracy"] > 0.8
    True
    """

    networks: tuple[Network, ...]
    preprocessing: Preprocessing
    data: str = ""
    history: Sequence[Record] = field(default_factory=list)
    epoch: int | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    epochs: tuple[int, ...] = ()

    @property
    def network(self) -> Network:
        """The network. Raises UsageError if there are several: see :attr:`networks`."""
        if len(self.networks) != 1:
            raise UsageError(f"This model has {len(self.networks)} networks: use model.networks.")
        return self.networks[0]

    @property
    def features(self) -> tuple[str, ...]:
        """The columns that the model needs: first those of numbers, then those of categories."""
        return tuple(self.preprocessing.kinds)

    @property
    def targets(self) -> tuple[str, ...]:
        """The columns that the model predicts."""
        return self.preprocessing.target.columns

    @property
    def classes(self) -> np.ndarray | None:
        """The labels of the classes in the order of :meth:`predict_proba`, of shape (classes,). None for a regression.

        They have the type in which they were written: texts, integers, floats or booleans.
        """
        target = self.preprocessing.target
        return target.labels(np.arange(len(target.classes))) if target.classes else None

    @property
    def loss(self) -> Bound:
        """The loss that the model was trained with."""
        loss = self.networks[0].loss
        assert loss is not None
        return loss

    def predict(self, table: Any) -> np.ndarray:
        """Predict the targets for every row of a table.

        This takes tables with their own columns, texts and units. For arrays that are already scaled there is
        ``model.network.predict``: see :meth:`Network.predict`.

        Parameters
        ----------
        table : table, list of dict, dict, path or array
            The rows to predict; see :class:`Model`. It needs no target column.

        Returns
        -------
        np.ndarray of shape (rows,) or (rows, targets)
            For a classification, labels as they were written in the training data. For a regression, values in the
            units of the training data: float64, of shape (rows, targets) if there are several targets.

        Raises
        ------
        DataError
            If a column is missing, or a value cannot be used.
        UsageError
            If ``table`` is something else.

        Warns
        -----
        DataWarning
            If the table has values that the model cannot use well, such as categories that it has not seen.

        Examples
        --------
        >>> import fastnn
        >>> rows = [{"size": s, "kind": k, "price": 1000 * s} for s in (50, 80, 120, 150) for k in ("flat", "house")]
        >>> model = fastnn.fit(rows, target="price", epochs=300, lr=0.05, validation=None)
        >>> model.predict([{"size": 100, "kind": "flat"}, {"size": 110, "kind": "house"}]).shape
        (2,)
        """
        outputs = self._outputs(table)
        target = self.preprocessing.target
        if target.classes:
            return target.labels(codes(outputs, target, self.loss))
        found = values(outputs, target, self.loss)
        return found[:, 0] if len(target.columns) == 1 else found

    def predict_proba(self, table: Any) -> np.ndarray:
        """Predict the probability of every class for every row of a table.

        Parameters
        ----------
        table : table, list of dict, dict, path or array
            The rows to predict; see :class:`Model`.

        Returns
        -------
        np.ndarray of shape (rows, classes)
            Probabilities in the order of :attr:`classes`. They sum to 1 in each row.

        Raises
        ------
        UsageError
            If the model predicts values, or its loss defines no probabilities.
        DataError
            If a column is missing, or a value cannot be used.

        Examples
        --------
        >>> import fastnn
        >>> model = fastnn.fit("moons", epochs=2)
        >>> model.predict_proba({"x": 0, "y": 0}).shape
        (1, 2)
        """
        if not self.preprocessing.target.classes:
            raise UsageError(
                f"predict_proba needs classes, but this model predicts values of {', '.join(self.targets)}: "
                "use model.predict."
            )
        if self.preprocessing.target.kind == "sign":
            raise UsageError(
                f"predict_proba needs a model trained with cross_entropy or binary_cross_entropy; "
                f"this one was trained with {self.loss.name!r}."
            )
        return probabilities(self._outputs(table), self.loss)

    def evaluate(self, table: Any, missing_target: str | None = None) -> dict[str, Any]:
        """Compute the loss and the metrics for a table that contains the targets.

        Parameters
        ----------
        table : table, list of dict, dict or path
            The rows to predict, with the target columns; see :class:`Model`.
        missing_target : {"error", "drop"}, optional
            What to do with rows without a target. Default: as in training.

        Returns
        -------
        dict
            The loss and the metrics by name. Errors such as "rmse" are in the units of the data; the loss is that of
            the targets as the network predicts them, which are standardized for most regressions.

        Raises
        ------
        DataError
            If a column is missing, or a value cannot be used.
        UsageError
            If ``table`` or ``missing_target`` is something else.

        Examples
        --------
        >>> import fastnn
        >>> model = fastnn.fit("sacramento", epochs=2)
        >>> "rmse" in model.evaluate("sacramento")
        True
        """
        with python_words():
            given = table_of(table, self.preprocessing, need_target=True)
            found, notes, _ = evaluate_table(self.networks, self.preprocessing, given, missing_target)
        warn(notes, stacklevel=2)
        return found

    def save(self, path: str | Path) -> None:
        """Write the model to a safetensors file, with preprocessing and history; ``fastnn.load`` reads it.

        The file is written completely or not at all: after an error, an earlier file is unchanged.

        Parameters
        ----------
        path : str or Path
            The file, by convention ``*.safetensors``. An existing one is replaced.

        Raises
        ------
        FastnnError
            If the file cannot be written.
        """
        write(path, self._as_bytes())

    def summary(self) -> str:
        """Return a text that describes the model: its columns, its networks, its training.

        Examples
        --------
        >>> import fastnn
        >>> model = fastnn.fit("moons", epochs=2, hidden=4)
        >>> print(model.summary().splitlines()[0])
        classification: group, 2 classes: lower, upper
        """
        epoch = self.epoch or self.epochs
        return summary(self.preprocessing, self.networks, self.data, self.history, epoch, self.settings)

    def copy(self) -> Model:
        """Return an independent model with the same parameters."""
        networks = tuple(network.copy() for network in self.networks)
        return replace(self, networks=networks, history=list(self.history), settings=dict(self.settings))

    __copy__ = copy

    def __deepcopy__(self, memo: dict[int, Any]) -> Model:
        return self.copy()

    def __reduce__(self) -> tuple[Any, ...]:
        return from_bytes, (self._as_bytes(), "the pickled model")

    def __repr__(self) -> str:
        kind, inputs = self.preprocessing.target.task, f"{len(self.features)} column{'s'[: len(self.features) != 1]}"
        return f"Model({kind} of {listed(self.targets, 8)} from {inputs}, {shapes(self.networks)})"

    _few_rows = functools.cached_property(lambda self: few_rows(self.networks, self.preprocessing))

    def _outputs(self, given: Any) -> np.ndarray:
        if (outputs := self._few_rows(given)) is not None:
            return outputs
        with python_words():
            outputs, notes = predicted(self.networks, self.preprocessing, table_of(given, self.preprocessing))
        warn(notes, stacklevel=3)
        return outputs

    def _as_bytes(self) -> bytes:
        extra = to_extra(self.preprocessing, self.data, self.history, self.epoch, self.settings, self.epochs)
        return several_as_bytes(self.networks, extra)


def from_bytes(content: bytes, where: str) -> Model:
    """Return the model in the content of a file. Raises ModelError if it is damaged, or holds no preprocessing."""
    with python_words():
        return model_of(*parse_networks(where, content), where)


def model_of(networks: tuple[Network, ...], extra: Mapping[str, Any], where: str) -> Model:
    """Return the model of what a file holds. Raises ModelError if its parts do not fit each other."""
    return Model(networks, *from_extra(networks, extra, where))
