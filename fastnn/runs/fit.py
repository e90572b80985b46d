"""fastnn.fit: what ``fastnn train`` does, from Python and without a folder."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Mapping
from numbers import Integral, Real
from typing import Any

from fastnn.config import Experiment, experiment
from fastnn.config.settings import SETTINGS
from fastnn.config.values import names
from fastnn.data.python.given import KNOWN, is_array_like
from fastnn.data.python.python_words import as_sentence, python_words
from fastnn.errors import DataWarning, Diverged, UsageError, unknown
from fastnn.model.model import Model
from fastnn.runs.ensemble import Ensemble
from fastnn.runs.run import train_prepared
from fastnn.runs.setup import Setup, prepare
from fastnn.runs.trained import trained, trained_together
from fastnn.training.record import Record

TABLE = "the table"  # what messages call a table that is no file
MAY_BE_TABLES = {"validation": "the validation table", "test": "the test table"}  # settings, and names of such tables
OF_FILES = ("header", "decimal", "format")  # settings that nothing but a file needs
NAMES = [name for name, setting in SETTINGS.items() if setting.check is names]  # settings that name columns

NOTHING = {  # what None means for settings whose default, or the choice of the recipe, is something
    "validation": 0.0, "hidden": (), "early_stopping": "none", "clip_inputs": "none", "encoding": "none",
}  # fmt: skip


def fit(table: Any, target: Any = None, *, on_epoch: Callable[[Record], Any] | None = None, **settings: Any) -> Model:
    """Train a model on a table.

    This is ``fastnn train`` for Python: with the same table and settings, it gives the same model, bit for bit on one
    kind of processor. Text columns become categories and numbers are standardized, by what the training rows contain.
    Nothing is written; :meth:`Model.save` does that.

    Parameters
    ----------
    table : table, list of dict, str or Path
        A pandas, polars or pyarrow table, a list of dictionaries (one per row), the path of a file, or the name of a
        built-in data set. The index of a pandas table is not a column.
    target : str or list of str, optional
        Column to predict, or several. Default: the last column.
    on_epoch : function, optional
        Called after every epoch with its :class:`Record`, of several networks with the means: then not before an
        encoding has been chosen, for which a network of each fold is trained. Training stops if it returns "stop".
    **settings
        The settings of ``fastnn train``, with underscores: ``fastnn train --help`` lists all of them. The most useful:

        - ``epochs=10``, ``batch_size=128``, ``lr=0.01``, ``optimizer="adam"``, ``loss="huber"``, ``seed=0``
        - ``recipe="auto"`` chooses for the table what is not given, such as ``ensemble``, the number of networks, whose
          predictions are averaged. It is taken unless ``hidden`` or ``epochs`` is given, or the table is a built-in
          data set or holds arrays; ``recipe="plain"`` trains one network with fixed settings
        - ``hidden=(128, 64)``, or None for no hidden layer; ``activation="relu"``, ``dropout=0.2``, ``l2=1e-4``
        - ``validation=0.2``: a fraction of the rows, another table, or None for no validation
        - ``early_stopping=20``: stop after so many epochs without a lower validation loss; None trains all epochs
        - ``na_values=["-999"]``: texts and numbers that stand for a missing value, also in what the model predicts
        - ``ignore=["id"]``, ``features=["size", "kind"]``, ``categorical=["zip"]``, ``missing="mean"``

    Returns
    -------
    Model
        The model with the parameters of its best epoch, or of its last one if there is no validation.

    Raises
    ------
    UsageError
        If a setting is not allowed, or ``table`` is not a table.
    DataError
        If the table cannot be used.
    Diverged
        If the loss becomes NaN or infinite. The exception's ``model`` is the model as it was trained so far. Ctrl-C
        (KeyboardInterrupt) does the same.

    Warns
    -----
    DataWarning
        For each choice that was made about the data, such as a column that is left out.

    Examples
    --------
    >>> import fastnn, pandas
    >>> houses = pandas.DataFrame({"size": range(50, 250, 2), "kind": ["flat", "house"] * 50})
    >>> houses["price"] = 1000 * houses["size"] + 20000 * (houses["kind"] == "house")
    >>> model = fastnn.fit(houses, target="price", epochs=200, lr=0.02, hidden=(32,))
    >>> model.predict(houses).shape
    (100,)
    >>> model.evaluate(houses)["r2"] > 0.9
    True
    """
    if on_epoch is not None and not callable(on_epoch):
        raise UsageError(f"on_epoch = {on_epoch!r} is not allowed: it must be a function of a Record, or None.")
    _refuse_arrays(table, target)
    for name in settings:
        if name not in SETTINGS:
            raise UsageError(_unknown(name))
    notes: list[str] = []
    with python_words():
        requested, tables = _experiment(table, {"target": target, **settings})
        run = prepare(requested, notes.append, tables)
    for note in notes:
        warnings.warn(as_sentence(note), DataWarning, stacklevel=2)
    return _train(run, on_epoch)


def _train(run: Setup, on_epoch: Callable[[Record], Any] | None) -> Model:
    """Return the trained model. If training ends early by an error, the model so far is the error's ``model``."""
    if run.members:
        return _train_together(run, on_epoch)
    try:
        watch = None if on_epoch is None else lambda record, show: on_epoch(record)
        result = train_prepared(run, watch)
    except BaseException as error:
        so_far = getattr(error, "result", None)
        if so_far is not None:
            history = so_far.history
            model = trained(run, history, so_far.best_epoch or len(history))
            _attach(error, model, len(history))
        raise
    return trained(run, result.history, result.best_epoch or len(result.history))


def _train_together(run: Setup, on_epoch: Callable[[Record], Any] | None) -> Model:
    ensemble = Ensemble(run, on_epoch)
    try:
        ensemble.train()
    except BaseException as error:
        if ensemble.kept:
            model = trained_together(ensemble)
            _attach(error, model, len(model.history))
        raise
    if ensemble.diverged:
        several = len(ensemble.diverged)
        text = f"{several} of {len(ensemble.members)} networks diverged and {'is' if several == 1 else 'are'} left out."
        warnings.warn(text, DataWarning, stacklevel=4)
    return trained_together(ensemble)


def _attach(error: BaseException, model: Model, epochs: int) -> None:
    error.model = model  # type: ignore[attr-defined]  # nothing that was trained is lost
    many = "1 epoch" if epochs == 1 else f"{epochs} epochs"
    text = f"The model after {many} is the exception's attribute model (after a traceback: sys.last_value.model)."
    if isinstance(error, Diverged | KeyboardInterrupt):
        said = str(error) or "Interrupted."
        error.args = (f"{said} {text}", *error.args[1:])
    else:
        error.add_note(text)


def _experiment(table: Any, settings: Mapping[str, Any]) -> tuple[Experiment, dict[str, Any]]:
    """Return the experiment, and the tables that are no files by their names in it."""
    options, tables = dict(settings), {}
    if isinstance(table, str | os.PathLike):
        data = os.fspath(table)
    else:
        data, tables[TABLE] = TABLE, table
    for name, called in MAY_BE_TABLES.items():
        value = options.get(name)
        if isinstance(value, os.PathLike):
            options[name] = os.fspath(value)
        elif value is not None and not isinstance(value, str | Real):
            options[name], tables[called] = called, value
    for name in NAMES:
        options[name] = _as_texts(options.get(name))
    for name, nothing in NOTHING.items():
        if name in options and options[name] is None:
            options[name] = nothing
    found = experiment(data, options, in_python=True)
    given = (found.data, found.validation, found.test)
    if not any(isinstance(one, str) and one not in tables for one in given):
        for name in OF_FILES:
            if getattr(found, name) != "auto":
                raise UsageError(f"{name} = {options[name]!r} is for files, but no file is read: leave it out.")
    return found, tables


def _refuse_arrays(table: Any, target: Any) -> None:
    """Raise UsageError for what fastnn.train takes: X and y."""
    if is_array_like(table) or not (target is None or _are_names(target)):
        raise UsageError(
            f"fastnn.fit takes one table that contains the target: {KNOWN}. For arrays X and y, use fastnn.train(net, "
            'X, y), or pandas.DataFrame(X).assign(y=y) and target="y".'
        )


def _are_names(value: Any) -> bool:
    """Return whether these are names of columns. pandas also calls columns by integers."""
    return all(isinstance(name, str | Integral) for name in (value if isinstance(value, list | tuple) else [value]))


def _as_texts(value: Any) -> Any:
    """Return names of columns as texts, which they are in a Table. They may be part of table.columns in pandas."""
    value = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(value, list | tuple):
        return [_as_texts(name) for name in value]
    return str(value) if isinstance(value, Integral) else value


def _unknown(name: str) -> str:
    """Return the message for a keyword that is not a setting."""
    if name == "plugin":
        return "plugin is an option of the command line: use fastnn.load_plugin."
    if name in ("out", "config", "sets", "overwrite", "plot", "quiet", "json"):
        return f"{name} is an option of the command line. fastnn.fit writes nothing; model.save(path) does."
    return unknown("setting", name, ("on_epoch", *SETTINGS))
