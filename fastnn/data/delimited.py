"""Read a text file of separated columns (CSV, TSV) into a Table; what is wrong in it is named by its line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from fastnn.data import packed, records
from fastnn.data.columns import Columns
from fastnn.data.table import Table
from fastnn.errors import DataError

if TYPE_CHECKING:
    import polars as pl

HEADERS = ("auto", "yes", "no")
"""Is the first line one of names? auto: unless all in it are numbers, or it lacks the names that are wanted."""


@dataclass(frozen=True)
class Source:
    """The text of a file: UTF-8 bytes without a byte-order mark, and how its fields are separated."""

    path: str
    content: bytes
    separator: str
    notes: tuple[str, ...] = ()


def read(path: str, kinds: Mapping[str, str] | None = None, only: bool = False, header: str = "auto") -> Table:
    """The table in a CSV or TSV file, also compressed with gzip.

    kinds: columns whose kind is known ("number" or "category"); that of the others is found from their cells, or,
    with ``only``, they are named but not read. header: one of HEADERS; without names columns are called x1 ... xn.
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
    names, frame, notes = _header(source, frame, header, kinds or {})
    if frame.height == 0:
        raise DataError(f"{path} has a header and no rows.")
    if frame.null_count().sum_horizontal().item() and (short := records.fault(source.content, source.separator)):
        raise DataError(f"{path}: {short}.")
    locate = partial(_line, path, source.separator, frame.height)
    columns = Columns(path, source.separator, locate)
    for i, name in enumerate(names):
        if not only or name in (kinds or {}):
            columns.add(name, frame[:, i], (kinds or {}).get(name))
    return columns.table(names, frame.height, notes)


def open_text(path: str) -> Source:
    """The file's text as UTF-8, and its separator."""
    content, notes = _utf8(path, packed.content(path))
    if not content.strip():
        raise DataError(f"{path} is empty.")
    if b"\0" in content:
        raise DataError(f"{path} is not a text file: it holds a zero byte at position {content.index(0)}.")
    if b"\r" in content and b"\n" not in content:
        content = content.replace(b"\r", b"\n")
    separator = records.separator(content, path.lower().removesuffix(".gz").endswith((".tsv", ".tab")))
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


def _header(
    source: Source, frame: pl.DataFrame, header: str, wanted: Mapping[str, str]
) -> tuple[tuple[str, ...], pl.DataFrame, list[str]]:
    """Column names, the rows without the header, and remarks."""
    first = [cell or "" for cell in frame.row(0)]
    notes = list(source.notes)
    numbers = [cell for cell in first if records.is_number(cell)]
    numbered = tuple(f"x{i + 1}" for i in range(len(first)))
    if header == "no" or (header == "auto" and (len(numbers) == len(first) or _lacks(first, numbered, wanted))):
        if header == "auto":
            notes.append(f"{source.path} has no header: its columns are called x1 to x{len(first)}")
        return numbered, frame, notes
    rows, names = frame.slice(1), tuple(cell or f"column_{i + 1}" for i, cell in enumerate(first))
    for i, name in enumerate(names):
        if name in names[:i]:
            raise DataError(
                f"{source.path}: columns {names.index(name) + 1} and {i + 1} are both called {name!r}. "
                "Give every column a name of its own; or, if the first line is data already, say --header no."
            )
    if header == "auto" and numbers and len(numbers) < len(first):
        notes.append(
            f"the first line of {source.path} is taken for the names of its columns, though there are numbers among "
            f"them ({', '.join(numbers[:3])}{' ...' if len(numbers) > 3 else ''}); if it is data, say --header no"
        )
    return names, rows, notes


def _lacks(first: list[str], numbered: tuple[str, ...], wanted: Mapping[str, str]) -> bool:
    """Whether columns are wanted that only a file without header has."""
    return bool(wanted) and not set(wanted) & set(first) and set(wanted) <= set(numbered)


def _line(path: str, separator: str, rows: int, row: int) -> str:
    """The line on which a row of the table begins, found by reading the file again."""
    content = open_text(path).content
    found = records.line(content, separator, rows, row)
    return f"line {found}" if found else f"row {row + 1}"
