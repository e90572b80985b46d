"""Read a file as a model needs it."""

from __future__ import annotations

from collections.abc import Sequence

from fastnn.data.preprocessing import Preprocessing
from fastnn.data.source import read
from fastnn.data.table import Table
from fastnn.data.text.delimited import ReadOptions


def read_for(
    preprocessing: Preprocessing,
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
    options = options_for(preprocessing, features, need_target, header, format)
    table = read(data, options, need_target=need_target)
    return table.test or table


def options_for(
    preprocessing: Preprocessing,
    features: str | None = None,
    need_target: bool = True,
    header: str = "auto",
    format: str = "auto",
) -> ReadOptions:
    """Return the options with which read_for reads a file."""
    target, kinds = preprocessing.target, preprocessing.kinds
    if need_target:
        kinds |= dict.fromkeys(target.columns, target.column_kind)
    if header == "auto":
        header = "yes" if preprocessing.named else "no"
    return ReadOptions(
        kinds, only=True, features=(features,) if features else (), target=(_array_of(target.columns),),
        header=header, decimal=preprocessing.decimal, na_values=preprocessing.na_values,
        numbered=not preprocessing.named, format=format, may_be_empty=not need_target,
    )  # fmt: skip


def _array_of(columns: Sequence[str]) -> str:
    """Return the name of the array that contains these target columns: y for y1, y2."""
    base = columns[0].removesuffix("1")
    several = len(columns) > 1 and all(name == f"{base}{i + 1}" for i, name in enumerate(columns))
    return base if several else columns[0]
