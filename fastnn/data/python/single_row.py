"""A pandas or polars table with one row as a dictionary, where that means the same.

The types of a frame's columns decide what they hold. Here are those for which the values alone say it.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from fastnn.data.text.records import BLANKS

NUMBERS = frozenset((float, int, np.float64, np.float32, np.int64, np.int32))


def single_row(given: Any, numbers: Collection[str], texts: Collection[str]) -> dict[str, Any] | None:
    """Return the values of these columns, or None if the table has to be read in the usual way."""
    library = type(given).__module__.partition(".")[0]
    module = sys.modules.get(library)
    if library not in _READ or module is None or type(given) is not module.DataFrame or len(given) != 1:
        return None
    names = list(given.columns)
    usual = all(type(name) is str and name and name.strip(BLANKS) == name for name in names)
    if not usual or len(set(names)) != len(names):
        return None
    kinds, values = _READ[library](given, module)
    wanted: dict[str, Any] = {}
    for name, kind, value in zip(names, kinds, values, strict=True):
        if name in numbers or name in texts:
            if kind != ("number" if name in numbers else "text"):
                return None
            wanted[name] = value
    return wanted


def _of_pandas(given: Any, pandas: Any) -> tuple[list[str], Sequence[Any]]:
    return [_pandas_kind(dtype, pandas) for dtype in given.dtypes.tolist()], given.to_numpy(object)[0].tolist()


def _pandas_kind(dtype: Any, pandas: Any) -> str:
    if isinstance(dtype, np.dtype):
        return "number" if dtype.kind in "fiu" and dtype.itemsize <= 8 else "text" if dtype.kind == "O" else ""
    return "text" if isinstance(dtype, pandas.StringDtype) else ""


def _of_polars(given: Any, polars: Any) -> tuple[list[str], Sequence[Any]]:
    return [_polars_kind(dtype, polars) for dtype in given.dtypes], given.row(0)


def _polars_kind(dtype: Any, polars: Any) -> str:
    return "text" if dtype == polars.String else "number" if dtype.is_float() or dtype.is_integer() else ""


_READ = {"pandas": _of_pandas, "polars": _of_polars}
