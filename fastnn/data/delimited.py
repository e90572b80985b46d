"""Read a text file of separated columns (CSV, TSV) into a Table; what is wrong in it is named by its line."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fastnn.data import records
from fastnn.data.table import Table, Text
from fastnn.errors import DataError

if TYPE_CHECKING:
    import polars as pl

MISSING = ("", "NA", "N/A", "n/a", "NaN", "nan", "NAN", "null", "NULL", "Null", "?")


@dataclass(frozen=True)
class Source:
    """The text of a file: UTF-8 bytes without a byte-order mark, and how its fields are separated."""

    path: str
    content: bytes
    separator: str
    notes: tuple[str, ...] = ()


def read(path: str, kinds: Mapping[str, str] | None = None, only: bool = False) -> Table:
    """The table in a CSV or TSV file, also compressed with gzip.

    kinds: columns whose kind is known ("number" or "category"); that of the others is found from their cells, or,
    with ``only``, they are named but not read.
    Raises DataError for a file that is absent, empty, not text, ragged, or of which a column mixes kinds.
    """
    import polars as pl

    source = open_text(path)
    try:
        text = source.content.lstrip(b"\r\n")  # the first line decides how many columns there are
        frame = pl.read_csv(text, separator=source.separator, has_header=False, infer_schema=False)
    except (pl.exceptions.PolarsError, ValueError, pl.exceptions.PanicException) as error:
        fault = records.fault(source.content, source.separator)
        raise DataError(f"{path}: {fault or f'not a table of separated columns: {error}'}.") from None
    frame = frame.select(pl.all().str.strip_chars(records.BLANKS).replace("", None))
    frame = frame.filter(~pl.all_horizontal(pl.all().is_null()))
    if frame.height == 0:
        raise DataError(f"{path} is empty: there is nothing between its separators.")
    names, frame, notes = _header(source, frame)
    if frame.height == 0:
        raise DataError(f"{path} has a header and no rows.")
    if frame.null_count().sum_horizontal().item() and (short := records.fault(source.content, source.separator)):
        raise DataError(f"{path}: {short}.")
    locate = partial(_line, path, source.separator, frame.height)
    wanted = [name for name in names if not only or name in (kinds or {})]
    return _typed(source, names, wanted, frame, dict(kinds or {}), notes, locate)


def open_text(path: str) -> Source:
    """The file's text as UTF-8, and its separator."""
    try:
        content = Path(path).read_bytes()
        if path.endswith(".gz"):
            content = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(f"Cannot read {path}: {reason}.") from None
    content, notes = _utf8(path, content)
    if not content.strip():
        raise DataError(f"{path} is empty.")
    if b"\0" in content:
        raise DataError(f"{path} is not a text file: it holds a zero byte at position {content.index(0)}.")
    if b"\r" in content and b"\n" not in content:
        content = content.replace(b"\r", b"\n")
    separator = records.separator(content, path.removesuffix(".gz").endswith((".tsv", ".tab")))
    if separator not in ",\t":
        notes += (f"{path}: columns are separated by {separator!r}",)
    return Source(path, content, separator, notes)


def _utf8(path: str, content: bytes) -> tuple[bytes, tuple[str, ...]]:
    try:
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            return content.decode("utf-16").encode(), ()
        content = content.removeprefix(b"\xef\xbb\xbf")
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise DataError(f"{path} is not text: it begins as UTF-16, and is none ({error.reason}).") from None
        line = content.count(b"\n", 0, error.start) + 1
        text = content.decode("cp1252", errors="replace").replace("�", "?")
        return text.encode(), (f"{path}: line {line} is not UTF-8; the file was read as Windows-1252",)
    return content, ()


def _header(source: Source, frame: pl.DataFrame) -> tuple[tuple[str, ...], pl.DataFrame, list[str]]:
    """Column names, the rows without the header, and remarks."""
    first = [cell or "" for cell in frame.row(0)]
    notes = list(source.notes)
    if all(records.is_number(cell) for cell in first):
        notes.append(f"{source.path} has no header: its columns are called x1 to x{len(first)}")
        return tuple(f"x{i + 1}" for i in range(len(first))), frame, notes
    names = tuple(cell or f"column_{i + 1}" for i, cell in enumerate(first))
    for i, name in enumerate(names):
        if name in names[:i]:
            raise DataError(
                f"{source.path}: columns {names.index(name) + 1} and {i + 1} are both called {name!r}. "
                "Give every column a name of its own."
            )
    return names, frame.slice(1), notes


def _typed(
    source: Source,
    names: tuple[str, ...],
    wanted: list[str],
    frame: pl.DataFrame,
    kinds: dict[str, str],
    notes: list[str],
    locate: Callable[[int], str],
) -> Table:
    import polars as pl

    numeric: dict[str, np.ndarray] = {}
    texts: dict[str, Text] = {}
    for name in wanted:
        series = frame[:, names.index(name)]
        missing = series.is_null() | series.is_in(MISSING)
        cells = series.set(missing, None)
        kind = kinds.get(name)
        values = None if kind == "category" else cells.cast(pl.Float64, strict=False)
        count = 0 if values is None else cells.len() - values.null_count()
        wrong = 0 if values is None else values.null_count() - int(missing.sum())
        if values is not None and wrong and (kind == "number" or count > wrong):
            row = int((values.is_null() & ~missing).arg_max() or 0)
            raise DataError(
                f"{source.path}, {locate(row)}: column {name!r} holds numbers, but here {cells[row]!r}. "
                f"Correct the cell, or declare the column a category: --categorical {name}."
            )
        if kind is None and not count and not wrong and values is not None:
            raise DataError(f"{source.path}: column {name!r} is empty. Leave it out: --ignore {name}.")
        if values is not None and not wrong:
            numeric[name] = values.fill_null(float("nan")).to_numpy()
            continue
        if count:
            notes.append(f"column {name!r} mixes texts with {count} numbers: it is taken as a category")
        labels = cells.drop_nulls().unique().sort()
        codes = cells.cast(pl.Enum(labels)).to_physical().cast(pl.Int32).fill_null(-1)
        texts[name] = Text(codes.to_numpy(), tuple(labels))
    matrix = np.empty((frame.height, len(numeric)))
    for i, column in enumerate(numeric.values()):
        matrix[:, i] = column
    places = {name: i for i, name in enumerate(numeric)}
    return Table(source.path, names, matrix, places, texts=texts, targets=names[-1:], notes=tuple(notes), locate=locate)


def _line(path: str, separator: str, rows: int, row: int) -> str:
    """The line on which a row of the table begins, found by reading the file again."""
    content = open_text(path).content
    found = records.line(content, separator, rows, row)
    return f"line {found}" if found else f"row {row + 1}"
