"""A pandas, polars or pyarrow table as a Table, read through narwhals. The index of a pandas table is not a column."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastnn.data.delimited import ReadOptions
from fastnn.data.gathering import Gathering, missing
from fastnn.data.table import Table
from fastnn.data.values import add_values, as_label
from fastnn.data.wording import quoted
from fastnn.errors import DataError, UsageError

TIMES = {  # how to write a column of times as numbers: (moments, durations)
    "pandas": ('table[{0}] = table[{0}].astype("int64")', "table[{0}] = table[{0}].dt.total_seconds()"),
    "polars": (
        'table = table.with_columns(pl.col({0}).dt.epoch("s"))',
        "table = table.with_columns(pl.col({0}).dt.total_seconds())",
    ),
    "pyarrow": ('table[{0}].cast("int64")', 'table[{0}].cast("int64")'),
}


def is_frame(given: Any) -> bool:
    """Return whether this is a table that narwhals knows and that is in memory."""
    import narwhals as nw

    return isinstance(nw.from_native(_checked(given), pass_through=True), nw.DataFrame)


def refuse_lazy(given: Any) -> None:
    """Raise UsageError for a lazy table, whose rows are not computed yet."""
    import narwhals as nw

    if isinstance(nw.from_native(given, pass_through=True), nw.LazyFrame):
        raise UsageError(f"A {type(given).__name__} has no rows before it is computed: give table.collect().")


def from_frame(given: Any, source: str, options: ReadOptions) -> Table:
    """Return the table. The types of its columns decide: numbers are numbers, texts and truth values are categories.

    Raises DataError for a needed column of another type, such as times or lists, with a remedy.
    """
    import narwhals as nw

    frame = nw.from_native(_checked(given), eager_only=True)
    if not frame.columns:
        raise DataError(f"{source} has no columns.")
    gathering = Gathering(source, frame.columns, len(frame), options)
    columns = list(frame.iter_columns())
    for place, name in gathering.needed:
        _add(gathering, name, columns[place])
    return gathering.table()


def _checked(given: Any) -> Any:
    """Return what is given. Raise DataError for a pandas table with column names that narwhals does not take."""
    names = getattr(given, "columns", None)
    if getattr(names, "nlevels", 1) > 1:
        raise DataError(
            "The table has column names of several levels. Join them: "
            'table.columns = ["_".join(map(str, name)) for name in table.columns].'
        )
    names = getattr(given, "column_names", names)
    try:
        listed = list(names) if names is not None else []
        doubled = {str(name) for name in listed if listed.count(name) > 1} if len(set(listed)) < len(listed) else ()
    except TypeError:  # not a table
        return given
    if doubled:
        raise DataError(f"The table has more than one column called {', '.join(sorted(doubled))}: rename or drop them.")
    return given


def _add(gathering: Gathering, name: str, column: Any) -> None:
    """Add one column of a narwhals frame."""
    import narwhals as nw

    dtype, known = column.dtype, len(column) - column.null_count()
    if not known:
        gathering.add_nothing(name)
    elif dtype in (nw.Int128, nw.UInt128) or isinstance(dtype, nw.Decimal | nw.Object):
        add_values(gathering, name, column.to_list())
    elif dtype.is_integer():
        gathering.add_integers(name, column.drop_nulls().to_numpy(), ~column.is_null().to_numpy())
    elif dtype.is_float():
        gathering.add_numbers(name, column.to_numpy())
    elif dtype == nw.Boolean:
        gathering.add_booleans(name, column.to_list())
    elif dtype == nw.String:
        gathering.add_texts(name, _texts(column))
    elif dtype in (nw.Categorical, nw.Enum):
        _add_categories(gathering, name, column)
    else:
        raise _refusal(gathering, name, column)


def _texts(column: Any) -> Any:
    """Return a column of texts as a polars Series, or as a list in which None stands for no value."""
    if column.implementation.is_polars():
        return column.to_native().cast(str)
    return [value if isinstance(value, str) else None for value in column.to_list()]


def _add_categories(gathering: Gathering, name: str, column: Any) -> None:
    """Add a column whose type is a category, even if its categories are numbers or truth values."""
    if column.implementation.is_polars():
        gathering.add_texts(name, _texts(column), like_numbers=False)
        return
    values = column.to_list()
    absent = missing(values)
    labels = [None if none else as_label(value) for value, none in zip(values, absent, strict=True)]
    gathering.add_texts(name, labels, like_numbers=False)


def _refusal(gathering: Gathering, name: str, column: Any) -> DataError:
    import narwhals as nw

    dtype, library = column.dtype, column.implementation.name.lower()
    native = column.to_native()
    shown = str(getattr(native, "dtype", None) or getattr(native, "type", dtype))
    moment = dtype in (nw.Datetime, nw.Date, nw.Duration, nw.Time)
    if moment and library in TIMES:
        lines = TIMES[library]
        line = lines[dtype == nw.Duration].format(f'"{name}"')
        return gathering.refusal(name, f"times ({shown})", f"Convert it to numbers: {line}.")
    if np.issubdtype(getattr(native, "dtype", object) if library == "pandas" else object, np.complexfloating):
        remedy = f"Split it: table[{quoted(name)}].values.real and .imag."
        return gathering.refusal(name, f"complex numbers ({shown})", remedy)
    return gathering.refusal(
        name, f"values of type {shown}", "Write what matters of it as columns of numbers or texts."
    )
