"""The records of a delimited text, read by Python's csv module. It is slow and strict, and defines the result."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterator

BLANKS = "".join(c for c in map(chr, range(0x3001)) if c.isspace())
"""White space that is stripped from both ends of a cell, including Unicode such as the no-break space."""
SEPARATORS = ("\t", ";", "|", ",")
SAMPLE = 100  # records that are examined to choose the separator
csv.field_size_limit(2**31 - 1)


def records(content: bytes, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (first line, fields) of every record, also if all its cells are empty. csv.Error: broken quotes.

    An empty line is not a record, as in the csv module. A line of white space without a separator is a record of one
    blank cell, but in a file with several columns it is skipped like an empty line.
    """
    reader = csv.reader(io.TextIOWrapper(io.BytesIO(content), "utf-8", newline=""), delimiter=separator, strict=True)
    line = 1
    several: bool | None = None  # whether there are several columns; unknown before the first record with content
    leading: list[tuple[int, list[str]]] = []
    for fields in reader:
        record, line = (line, fields), reader.line_num + 1
        if not fields:
            continue
        white = len(fields) == 1 and fields[0] != "" and not fields[0].strip(BLANKS)
        if several is None:
            if white:
                leading.append(record)
                continue
            several = len(fields) > 1
            if not several:
                yield from leading
        if not (white and several):
            yield record
    if several is None:
        yield from leading


def may_be_blank(content: bytes, separator: str) -> bool:
    """Return whether the text may have a record whose cells are all blank. False is reliable; True may be wrong.

    Such a record has a line that consists of white space and of at least one separator or quotation mark.
    """
    white = [re.escape(c.encode()) for c in BLANKS if c not in ("\n", separator)]
    mark = rb'(?:%s|")' % re.escape(separator.encode())
    blank = b"(?:" + b"|".join(white) + b")"
    return re.search(rb"(?m)^%s*+%s(?:%s|%s)*+$" % (blank, mark, blank, mark), content) is not None


def fault(content: bytes, separator: str) -> str | None:
    """Return the fault of the text: broken quotes, or a record with more or fewer fields than the first one."""
    width = line = 0
    try:
        for line, fields in records(content, separator):
            width = width or len(fields)
            if len(fields) != width:
                return uneven(line, len(fields), width)
    except csv.Error as error:
        return broken(line, error)
    return None


def uneven(line: int, fields: int, width: int) -> str:
    """Return the message for a record with too many or too few fields."""
    many = "1 field" if fields == 1 else f"{fields} fields"
    return f"line {line} has {many}, but the first line has {width}"


def broken(line: int, error: csv.Error) -> str:
    """Return the message for broken quotes after this line."""
    if "unexpected end" in str(error):
        return f"a quotation mark that is opened after line {line} is never closed"
    where = f"in the record after line {line}" if line else "in the first record"
    return f"{where}, a quotation mark stands inside a field, or another separator follows it ({error})"


def line(content: bytes, separator: str, rows: int, row: int) -> int | None:
    """Return the line on which row ``row`` of ``rows`` begins, with or without a header above the rows."""
    try:
        lines = [number for number, _ in records(content, separator)]
    except csv.Error:
        return None
    skipped = len(lines) - rows
    return lines[row + skipped] if skipped in (0, 1) else None


def separator(content: bytes, tabs: bool) -> str:
    """Return the separator: a tab for TSV, else the first one that gives all records the same number of fields.

    If there is no such separator, return the first of comma, semicolon, tab and bar that is in the first line, else a
    comma.
    """
    if tabs:
        return "\t"
    beginning = content[: 1 << 20] + (b"\n" if len(content) <= 1 << 20 else b"")
    beginning = beginning[: beginning.rfind(b"\n") + 1] or content  # complete lines
    for candidate in SEPARATORS:
        try:
            widths = {len(fields) for _, fields in itertools.islice(records(beginning, candidate), SAMPLE)}
        except csv.Error:
            continue
        if len(widths) == 1 and widths != {1}:
            return candidate
    first = content.lstrip(b"\r\n").split(b"\n", 1)[0].decode("utf-8", errors="replace")
    return next((candidate for candidate in ",;\t|" if candidate in first), ",")


def is_number(cell: str) -> bool:
    """Return whether a cell of the first line is a number. A line that contains only numbers is not a header."""
    try:
        float(cell.replace(",", ".", 1))
    except ValueError:
        return False
    return cell.lower().lstrip("+-") not in ("nan", "inf", "infinity")
