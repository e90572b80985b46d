"""The complete configuration of a run. It repeats the run, to the bit on the same kind of processor.

With other vector instructions (see FASTNN_VECTOR) sums are added in another order, so the last digits differ.
"""

from __future__ import annotations

import hashlib
import os
from typing import Any

import fastnn
from fastnn.config.experiment import Experiment
from fastnn.config.parts import as_table
from fastnn.config.settings import GROUPS, SETTINGS
from fastnn.config.toml import toml_value
from fastnn.data.packed import STANDARD_INPUT
from fastnn.data.share import Folds, Last
from fastnn.parts.part import Bound
from fastnn.parts.record import plugins_of

WORDS_FOR_NONE = {  # "none" for all others
    "threads": "all", "loss": "auto", "batch_size": "auto", "test": "auto", "na_values": "auto",
    "recipe": "default",
}  # fmt: skip


def complete(experiment: Experiment, path: str) -> str:
    """Return the text of config.toml for the run in the folder ``path``. Files are named by their absolute path."""
    again = f"fastnn train --config {_in_a_comment(path)}/config.toml"
    if STANDARD_INPUT in (experiment.data, experiment.validation, experiment.test):
        again += " < DATA"
    lines = [
        f"# To repeat the run, to the bit on the same kind of processor:  {again}",
        f"fastnn = {toml_value(fastnn.__version__)}",
        f"data = {toml_value(_absolute(experiment.data))}",
    ]
    if experiment.sha256:
        recorded = {_absolute(name): value for name, value in experiment.sha256.items()}
        lines.append(f"sha256 = {toml_value(recorded)}")
    for title, group in GROUPS.items():
        lines += ["", f"# {title}"]
        for setting in group:
            if not setting.parameter_of:  # otherwise it is in the table of that part
                value = getattr(experiment, setting.name)
                lines.append(f"{setting.name} = {toml_value(_plain(setting.name, value))}")
    plugins = [{k: v for k, v in p.items() if v is not None} for p in plugins_of(experiment.bounds)]
    if plugins:
        lines += [
            "",
            "# Only named here: a plugin's file is executed only if --plugin names it",
            f"plugins = {toml_value(plugins)}",
        ]
    return "\n".join(lines) + "\n"


def recorded(experiment: Experiment) -> dict[str, Any]:
    """Return the settings as plain data, for a model file: equal results give equal files, wherever they are computed.

    So the number of threads is left out, and files are recorded without their folders.
    """
    found = {}
    for name, setting in SETTINGS.items():
        value = getattr(experiment, name, None)
        if setting.parameter_of or name in ("threads", "device"):
            continue
        if name in ("validation", "test") and isinstance(value, str):
            value = os.path.basename(value)
        plain = _plain(name, value)
        found[name] = list(plain) if isinstance(plain, tuple) else plain
    return found


def _plain(name: str, value: Any) -> Any:
    if value is None:
        return WORDS_FOR_NONE.get(name, "none")
    if isinstance(value, Bound):
        return as_table(value)
    if name == "activation":
        return [as_table(bound) for bound in value]
    if name in ("validation", "test") and isinstance(value, str):
        return _absolute(value)
    if isinstance(value, Folds | Last):
        return str(value)
    return value


def fingerprints(experiment: Experiment) -> dict[str, str]:
    """Return the SHA-256 of the data files, by name. Built-in data sets and folders are left out."""
    found = {}
    for data in (experiment.data, experiment.validation, experiment.test):
        if isinstance(data, str) and not _is_name(data) and os.path.isfile(data):
            with open(data, "rb") as file:
                found[data] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def _in_a_comment(path: str) -> str:
    return path if path.isprintable() else "FOLDER"


def _absolute(data: str) -> str:
    """Return the absolute path of a file, or the name of a built-in data set unchanged."""
    return os.path.abspath(data) if os.path.exists(data) and not _is_name(data) else data


def _is_name(data: str) -> bool:
    """Return whether this is no path: a built-in data set, or standard input."""
    from fastnn.data.builtin import BUILTIN

    return data in BUILTIN or data == STANDARD_INPUT
