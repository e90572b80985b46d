"""A pandas, polars or pyarrow table as a Table, read through narwhals. The index of a pandas table is not a column."""

from __future__ import annotations

from typing import Any

from fastnn.data.python.gathering import Gathering, doubled_names, missing
from fastnn.data.python.values import add_categories, add_values
from fastnn.data.table import Table
from fastnn.data.text.delimited import ReadOptions
from fastnn.data.wording import quoted
from fastnn.errors import DataError, UsageError

TIMES = {  # how to write a column of times as numbers
    "pandas": 'table[{name}] = table[{name}].astype("int64")',
    "polars": "table = table.with_columns(pl.col({name}).cast(pl.Int64))",
    "pyarrow": 'table = table.set_column({place}, {name}, table[{name}].cast("{integer}"))',
}


def is_frame(given: Any) -> bool:
    """Return whether this is a table that narwhals knows and that is in memory."""
    import narwhals as nw

    return isinstance(_native(given), nw.DataFrame)


def refuse_lazy(given: Any) -> None:
    """Raise UsageError for a lazy table, whose rows are not computed yet."""
    import narwhals as nw

    if isinstance(_native(given), nw.LazyFrame):
        raise UsageError(f"A {type(given).__name__} has no rows before it is computed: give table.collect().")


def from_frame(given: Any, source: str, options: ReadOptions) -> Table:
    """Return the table. The types of its columns decide: numbers are numbers, texts and truth values are categories.

    Raises DataError for a needed column of another type, such as times or lists, with a remedy.
    """
    frame = _native(given)
    if not frame.columns:
        raise DataError(f"{source} has no columns.")
    gathering = Gathering(source, frame.columns, len(frame), options)
    columns = list(frame.iter_columns())
    for place, name in gathering.needed:
        _add(gathering, name, columns[place])
    return gathering.table()


def _native(given: Any) -> Any:
    """Return a frame of narwhals, or what is given if it is no table. Raise DataError for column names that clash."""
    import narwhals as nw

    try:
        frame = nw.from_native(given, pass_through=True)
    except nw.exceptions.DuplicateError:
        names = [str(name) for name in getattr(given, "column_names", None) or given.columns]
        doubled = sorted({name for name in names if names.count(name) > 1})
        raise doubled_names("The table", doubled) from None
    if isinstance(frame, nw.DataFrame) and getattr(getattr(given, "columns", None), "nlevels", 1) > 1:
        raise DataError(
            "The table has column names of several levels. Join them: "
            'table.columns = ["_".join(map(str, name)) for name in table.columns].'
        )
    return frame


def _add(gathering: Gathering, name: str, column: Any) -> None:
    """Add one column of a narwhals frame."""
    import narwhals as nw

    dtype = column.dtype
    if dtype.is_float():
        gathering.add_numbers(name, column.to_numpy())
    elif not len(column) - column.null_count():
        gathering.add_nothing(name)
    elif dtype in (nw.Int128, nw.UInt128) or isinstance(dtype, nw.Decimal | nw.Object):
        add_values(gathering, name, column.to_list())
    elif dtype.is_integer():
        gathering.add_integers(name, column.drop_nulls().to_numpy(), ~column.is_null().to_numpy())
    elif dtype == nw.Boolean:
        values = column.to_list()
        gathering.add_booleans(name, [None if n else v for v, n in zip(values, missing(values), strict=True)])
    elif dtype == nw.String:
        gathering.add_texts(name, _texts(column))
    elif dtype in (nw.Categorical, nw.Enum):
        if column.implementation.is_polars():
            gathering.add_texts(name, _texts(column), "text")
        else:
            add_categories(gathering, name, column.to_list())
    else:
        raise _refusal(gathering, name, column)


def _texts(column: Any) -> Any:
    """Return a column of texts as a polars Series, or as a list in which None stands for no value."""
    if column.implementation.is_polars():
        return column.to_native().cast(str)
    return [value if isinstance(value, str) else None for value in column.to_list()]


def _refusal(gathering: Gathering, name: str, column: Any) -> DataError:
    import narwhals as nw

    dtype, library = column.dtype, column.implementation.name.lower()
    native = column.to_native()
    shown = str(getattr(native, "dtype", None) or getattr(native, "type", dtype))
    if dtype in (nw.Datetime, nw.Date, nw.Duration, nw.Time) and library in TIMES:
        integer = "int32" if shown.startswith("date32") else "int64"
        line = TIMES[library].format(name=repr(name), place=gathering.names.index(name), integer=integer)
        return gathering.refusal(name, f"times ({shown})", f"Convert it to numbers: {line}.")
    if shown.startswith("complex"):
        remedy = f"Split it: table[{quoted(name)}].values.real and .imag."
        return gathering.refusal(name, f"complex numbers ({shown})", remedy)
    if shown.startswith("Sparse"):
        remedy = f"Convert it: table[{quoted(name)}] = table[{quoted(name)}].sparse.to_dense()."
        return gathering.refusal(name, f"values of type {shown}", remedy)
    what = "Write what matters of it as columns of numbers or texts."
    return gathering.refusal(name, f"values of type {shown}", what)
