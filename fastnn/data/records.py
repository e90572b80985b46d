"""The records of a delimited text, read slowly and strictly: where is the line that is wrong?"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

BLANKS = " \t\r\n\f\v\u00a0"
"""What is stripped from both ends of a cell; the last one is the no-break space."""


def records(content: bytes, separator: str) -> Iterator[tuple[int, list[str]]]:
    """(first line, fields) of every record that is not blank; csv.Error for broken quotes."""
    reader = csv.reader(io.TextIOWrapper(io.BytesIO(content), "utf-8", newline=""), delimiter=separator, strict=True)
    csv.field_size_limit(2**31 - 1)
    line = 1
    for fields in reader:
        if any(field.strip(BLANKS) for field in fields):
            yield line, fields
        line = reader.line_num + 1


def fault(content: bytes, separator: str) -> str | None:
    """What is wrong with the text: the first record that has not as many fields as the first one."""
    width = line = 0
    try:
        for line, fields in records(content, separator):
            width = width or len(fields)
            if len(fields) != width:
                return f"line {line} has {len(fields)} fields where the first line has {width}"
    except csv.Error as error:
        if "unexpected end" in str(error):
            return f"a quotation mark that is opened after line {line} is never closed"
        return f"after line {line}: {error}"
    return None


def line(content: bytes, separator: str, rows: int, row: int) -> int | None:
    """The line where row ``row`` of ``rows`` begins; blank records are no rows, a header may come first."""
    try:
        lines = [number for number, _ in records(content, separator)]
    except csv.Error:
        return None
    skipped = len(lines) - rows
    return lines[row + skipped] if skipped in (0, 1) else None


def separator(content: bytes, tabs: bool) -> str:
    """The separator: a tab for TSV; else a comma, or a semicolon or tab where the first line has no comma."""
    if tabs:
        return "\t"
    first = content.lstrip(b"\r\n").split(b"\n", 1)[0].decode("utf-8", errors="replace")
    found = [candidate for candidate in ",;\t|" if candidate in first]
    return found[0] if found else ","


def is_number(cell: str) -> bool:
    """Whether a cell of the first line is a number, so that the line is no header."""
    try:
        float(cell)
    except ValueError:
        return False
    return cell.lower().lstrip("+-") not in ("nan", "inf", "infinity")
