"""Write predictions as CSV."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fastnn.errors import UsageError
from fastnn.files import replacing


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
