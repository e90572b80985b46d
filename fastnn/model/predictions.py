"""Read a file as a model needs it, and write predictions as CSV."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fastnn.data.delimited import ReadOptions
from fastnn.data.source import read
from fastnn.data.table import Table
from fastnn.errors import UsageError
from fastnn.files import replacing
from fastnn.model.model import Model


def read_for(
    model: Model,
    data: str,
    features: str | None = None,
    need_target: bool = True,
    header: str = "auto",
    format: str = "auto",
) -> Table:
    """Return the table in a file, read as the model needs it. If the source has test rows, return only those.

    features: the name of the inputs in an .npz file, X if None. need_target: whether the target is read; without it
    the table may have no rows. header: whether the first line holds names, "yes" or "no"; "auto" if it does so exactly
    when it did in the file that the model was trained on. format: "csv" or "tsv" for a text file of any name.
    """
    target = model.preprocessing.target
    kinds = model.preprocessing.kinds
    if need_target:
        kinds |= dict.fromkeys(target.columns, target.column_kind)
    preprocessing = model.preprocessing
    if header == "auto":
        header = "yes" if preprocessing.named else "no"
    options = ReadOptions(
        kinds, only=True, features=(features,) if features else (), target=(_array_of(target.columns),),
        header=header, decimal=preprocessing.decimal, na_values=preprocessing.na_values,
        numbered=not preprocessing.named, format=format, may_be_empty=not need_target,
    )  # fmt: skip
    table = read(data, options, need_target=need_target)
    return table.test or table


def _array_of(columns: Sequence[str]) -> str:
    """Return the name of the array that contains these target columns: y for y1, y2."""
    base = columns[0].removesuffix("1")
    several = len(columns) > 1 and all(name == f"{base}{i + 1}" for i, name in enumerate(columns))
    return base if several else columns[0]


def write_csv(
    columns: Mapping[str, np.ndarray], path: str, overwrite: bool = False, inputs: Sequence[str | Path] = ()
) -> None:
    """Write columns of equal length as CSV, to a file (completely or not at all) or, for "-", to standard output.

    Raises UsageError for a folder, for one of the ``inputs`` (files, or folders with all their contents), and for a
    file that exists, unless ``overwrite``. Raises FastnnError if the file cannot be written.
    """
    if path == "-":
        _write(columns, sys.stdout)
        sys.stdout.flush()
        return
    target = Path(path)
    if not path or target.is_dir():
        raise UsageError(f"--output {path!r} must be the name of a file.")
    if target.exists() and not target.is_file():  # a pipe or a device
        with open(target, "w", encoding="utf-8", newline="") as stream:
            _write(columns, stream)
        return
    if target.is_symlink():
        target = target.resolve()
    for given in map(Path, inputs):
        same = target.exists() and given.exists() and target.samefile(given)
        if same or (given.is_dir() and target.exists() and target.resolve().parent == given.resolve()):
            raise UsageError(f"--output {path} would overwrite an input of the predictions: {given}.")
    if target.exists() and not overwrite:
        raise UsageError(f"--output {path} exists already. Choose another name, or add --overwrite.")
    with replacing(target) as file:
        text = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
        _write(columns, text)
        text.detach()


def _write(columns: Mapping[str, np.ndarray], file: Any) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    cells = (c.tolist() if c.dtype == object else [f"{v:.9g}" for v in c.tolist()] for c in columns.values())
    writer.writerows(zip(*cells, strict=True))
