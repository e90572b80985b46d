"""The cells of a delimited text: read by polars if possible, otherwise by Python's csv module."""

from __future__ import annotations

import csv
from dataclasses import dataclass

from fastnn.data import packed
from fastnn.data.text import records
from fastnn.data.text.cells import ByColumn, ByRow, Cells, strip, stripped
from fastnn.errors import DataError

MAX_COLUMNS = 1_000_000
COMPRESSED = (
    b"x\x01",
    b"x\x9c",
    b"x\xda",
    b"\x1f\x8b",
    b"\x28\xb5\x2f\xfd",
)  # polars decompresses these
# polars needs about 10 kB and 0.1 ms per column. For many short columns the csv module is better.
CSV_FROM_COLUMNS, BYTES_PER_COLUMN = 500, 4096
BEGINNING = 4096  # bytes
_CHUNK = 1 << 18  # cells that exist as Python objects at the same time


@dataclass(frozen=True)
class TextFile:
    """The text of a file as UTF-8 without a byte-order mark, and its separator."""

    path: str
    content: bytes
    separator: str
    notes: tuple[str, ...] = ()


def open_text(path: str, format: str = "auto") -> TextFile:
    """Read a file as text and find its separator. "-" is standard input. format: "csv", "tsv", or by the name."""
    raw = packed.content(path, by_content=format != "auto")
    tabs = is_with_tabs(path, format)
    path = packed.source_name(path)
    content, notes = _utf8(path, raw)
    if not (content[:BEGINNING].strip() or content.strip()):  # without a copy of a large text
        raise DataError(f"{path} is empty.")
    if b"\0" in content:
        raise DataError(f"{path} is not a text file: it has a zero byte at position {content.index(0)}.")
    if b"\r" in content and b"\n" not in content:
        content = content.replace(b"\r", b"\n")
    first = content[: max(content.find(b"\n"), 0)]
    if first[:4].lower() == b"sep=" and len(first.strip()) == 5 and content[len(first) :].strip():  # for Excel
        content, separator = content[len(first) :], chr(first[4])
    else:
        separator = records.separator(content, tabs)
    if separator not in ",\t":
        notes += (f"{path}: columns are separated by {separator!r}",)
    return TextFile(path, content, separator, notes)


def is_with_tabs(path: str, format: str) -> bool:
    """Return whether the columns of a file are separated by tabs, by its name or by the format that is given."""
    return format == "tsv" or (format == "auto" and path.lower().removesuffix(".gz").endswith((".tsv", ".tab")))


def read_cells(file: TextFile) -> Cells:
    """Return the cells of all records; ``records.records`` defines records.

    Raises DataError, with the line, for records of unequal length and for broken quotes.
    """
    text = file.content.lstrip(b"\r\n")
    first = text[: text.find(b"\n") + 1] or text
    width = first.count(file.separator.encode()) + 1
    if width > MAX_COLUMNS:
        raise DataError(
            f"{file.path}: its first line has {width:,} columns; at most {MAX_COLUMNS:,} can be read. "
            "Leave some out, or store the table as a NumPy file (.npy)."
        )
    return (None if is_for_csv(text, width) else _by_polars(file, text)) or _by_csv(file)


def is_for_csv(text: bytes, width: int) -> bool:
    """Return whether the csv module is faster for a text with this many columns, or polars would misread it."""
    if is_short(width, len(text)):
        return True
    return b"\r" in text and text.count(b"\r") > text.count(b"\r\n")  # it ends a line, but polars does not know that


def is_short(width: int, size: int) -> bool:
    """Return whether a text of so many bytes has many columns, and little in each."""
    return width > CSV_FROM_COLUMNS and size < width * BYTES_PER_COLUMN


def _by_polars(file: TextFile, text: bytes) -> ByColumn | None:
    """Return the cells of the text. None if polars refuses it, or cannot distinguish blank lines from records."""
    import polars as pl

    if text.startswith(COMPRESSED):
        return None
    if text.endswith((file.separator.encode(), b'"')):
        text += b"\n"  # otherwise polars misses an empty last field, or an open quotation mark
    try:
        frame = pl.read_csv(text, separator=file.separator, has_header=False, infer_schema=False)
    except (pl.exceptions.PolarsError, ValueError, pl.exceptions.PanicException):
        return None
    absent = frame.to_series(frame.width - 1).is_null()  # before "" becomes null as well
    frame = frame.select(strip(pl.all()))
    if frame.width == 1:
        blank = absent  # an empty line is null, but "" is an empty text
    else:
        blank = frame.select(pl.all_horizontal(pl.all().is_null())).to_series()
        if blank.any() and records.may_be_blank(file.content, file.separator):
            return None
    short = (absent & ~blank).slice(1)
    if short.any() and (fault := records.fault(file.content, file.separator)):
        raise DataError(f"{file.path}: {fault}.")
    return ByColumn(frame.filter(~blank) if blank.any() else frame)


def _by_csv(file: TextFile) -> ByRow:
    """Return the cells of a text with any number of columns. DataError: broken quotes, or unequal records."""
    import polars as pl

    parts: list[pl.Series] = []
    fields: list[str] = []
    line = width = 0
    try:
        for line, record in records.records(file.content, file.separator):
            width = width or len(record)
            if len(record) != width:
                raise DataError(f"{file.path}: {records.uneven(line, len(record), width)}.")
            fields += record
            if len(fields) >= _CHUNK:
                parts.append(stripped(fields))
                fields = []
    except csv.Error as error:
        raise DataError(f"{file.path}: {records.broken(line, error)}.") from None
    parts.append(stripped(fields))
    return ByRow(pl.concat(parts, rechunk=True), width)


def _utf8(path: str, content: bytes) -> tuple[bytes, tuple[str, ...]]:
    try:
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            return content.decode("utf-16").encode(), ()
        content = content.removeprefix(b"\xef\xbb\xbf")
        if not content.isascii():  # ten times as fast
            content.decode("utf-8")
    except UnicodeDecodeError as error:
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise DataError(
                f"{path} is not text: it begins like UTF-16 but is not valid UTF-16 ({error.reason})."
            ) from None
        line = content.count(b"\n", 0, error.start) + 1
        text = content.decode("cp1252", errors="replace").replace("�", "?")
        return text.encode(), (f"{path}: line {line} is not UTF-8; the file is read as Windows-1252",)
    return content, ()
