"""A large file in pieces of some megabytes, so that memory does not grow with the file.

What is said about a file, errors and notes, depends on all of it. So pieces are only for files of which nothing has to
be said; as soon as there is a doubt, the file is read as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from fastnn.data.table import Table
from fastnn.data.text import records
from fastnn.data.text.delimited import of_text
from fastnn.data.text.options import ReadOptions
from fastnn.data.text.parsing import TextFile
from fastnn.errors import DataError

PIECE = 1 << 24  # bytes
LARGE = 4 * PIECE  # bytes of a file that is worth it
ENDINGS = (".csv", ".tsv", ".tab", ".txt")
MARKS = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\x1f\x8b")  # of UTF-16 and UTF-8, of gzip


class InDoubtError(Exception):
    """The file has to be read as a whole."""


def may_be_in_pieces(path: str, options: ReadOptions) -> bool:
    """Return whether it is worth trying to read this file in pieces."""
    file = Path(path)
    return (
        path.lower().endswith(ENDINGS) and options.header == "yes" and file.is_file() and file.stat().st_size >= LARGE
    )


def pieces(path: str, options: ReadOptions) -> Iterator[Table]:
    """Yield the tables of the pieces of a file, one after another. Raises InDoubtError."""
    columns: tuple[str, ...] | None = None
    for file in _texts(path, options):
        try:
            table = of_text(file, options, _in_doubt)
        except DataError:
            raise InDoubtError from None
        if table.notes or table.changes or (columns is not None and table.columns != columns):
            raise InDoubtError
        columns = table.columns
        yield table


def _texts(path: str, options: ReadOptions) -> Iterator[TextFile]:
    """Yield the pieces as texts of their own, each with the header."""
    tabs = options.format == "tsv" or (options.format == "auto" and path.lower().endswith((".tsv", ".tab")))
    try:
        with open(path, "rb") as stream:
            head, separator, rest = b"", "", b""
            while block := stream.read(PIECE):
                text = rest + block
                end = text.rfind(b"\n") + 1
                if not head:
                    separator = records.separator(text, tabs)
                    head = text[: text.find(b"\n") + 1]
                    odd = head.count(b'"') % 2 or head[:4].lower() == b"sep="
                    if not head.strip() or odd or head.startswith(MARKS):
                        raise InDoubtError
                    piece = text[:end]
                else:
                    piece = head + text[:end]
                rest = text[end:]
                yield _text(path, piece, separator)
            if rest.strip():
                yield _text(path, head + rest, separator)
    except OSError:
        raise InDoubtError from None


def _text(path: str, piece: bytes, separator: str) -> TextFile:
    """Return a piece as a text. Raises InDoubtError if it is not UTF-8, or may end within quotation marks."""
    if not piece.endswith(b"\n"):
        piece += b"\n"
    if b"\0" in piece or b"\r" in piece.replace(b"\r\n", b"") or piece.count(b'"') % 2 or separator not in ",\t":
        raise InDoubtError
    try:
        piece.isascii() or piece.decode("utf-8")
    except UnicodeDecodeError:
        raise InDoubtError from None
    return TextFile(path, piece, separator)


def _in_doubt() -> TextFile:
    raise InDoubtError
