"""The cells of a delimited text as a frame of texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastnn.data import packed, records
from fastnn.errors import DataError

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class TextFile:
    """The text of a file: UTF-8 bytes without a byte-order mark, and how its fields are separated."""

    path: str
    content: bytes
    separator: str
    notes: tuple[str, ...] = ()


def open_text(path: str) -> TextFile:
    """The file's text as UTF-8, and its separator."""
    content, notes = _utf8(path, packed.content(path))
    if not content.strip():
        raise DataError(f"{path} is empty.")
    if b"\0" in content:
        raise DataError(f"{path} is not a text file: it holds a zero byte at position {content.index(0)}.")
    if b"\r" in content and b"\n" not in content:
        content = content.replace(b"\r", b"\n")
    first, _, rest = content.partition(b"\n")
    if first.lower().startswith(b"sep=") and len(first.strip()) == 5 and rest.strip():  # as Excel writes it
        content, separator = b"\n" + rest, chr(first[4])
    else:
        separator = records.separator(content, path.lower().removesuffix(".gz").endswith((".tsv", ".tab")))
    if separator not in ",\t":
        notes += (f"{path}: columns are separated by {separator!r}",)
    return TextFile(path, content, separator, notes)


def cells(source: TextFile) -> pl.DataFrame:
    """All records as texts, null where a cell is empty; blank lines, and empty records at the end, are left out.

    Raises DataError, with the line, for what is no table.
    """
    import polars as pl

    text = source.content.lstrip(b"\r\n")  # the first line decides how many columns there are
    try:
        frame = pl.read_csv(text, separator=source.separator, has_header=False, infer_schema=False)
    except (pl.exceptions.PolarsError, ValueError, pl.exceptions.PanicException):
        frame = _slowly(source)
    frame = _stripped(frame)
    empty = frame.select(pl.all_horizontal(pl.all().is_null()))[:, 0]
    if empty.any():
        if frame.width > 1 and records.has_empty(source.content, source.separator):
            frame = _stripped(_slowly(source))  # polars does not tell them from blank lines
        else:
            frame = frame.filter(~pl.all_horizontal(pl.all().is_null()))
    if frame.height == 0:
        raise DataError(f"{source.path} is empty: there is nothing between its separators.")
    return frame


def _stripped(frame: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    return frame.select(pl.all().str.strip_chars(records.BLANKS).replace("", None))


def _slowly(source: TextFile) -> pl.DataFrame:
    """The same by Python's csv, which takes what polars does not, and tells blank lines from empty records."""
    import polars as pl

    if fault := records.fault(source.content, source.separator):
        raise DataError(f"{source.path}: {fault}.")
    rows = [fields for _, fields in records.records(source.content, source.separator)]
    names = [f"column_{i + 1}" for i in range(len(rows[0]) if rows else 0)]
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


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
