"""The records of a delimited text, read slowly and strictly: where is the line that is wrong?"""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterator

BLANKS = "".join(c for c in map(chr, range(0x3001)) if c.isspace())
"""What is stripped from both ends of a cell, the no-break space among it."""
SEPARATORS = ("\t", ";", "|", ",")
SAMPLE = 100  # records that a separator is judged by
csv.field_size_limit(2**31 - 1)


def records(content: bytes, separator: str) -> Iterator[tuple[int, list[str]]]:
    """(first line, fields) of every record but blank lines; csv.Error for broken quotes.

    A record whose fields are all empty counts, unless only such records follow: programs leave them at the end.
    """
    reader = csv.reader(io.TextIOWrapper(io.BytesIO(content), "utf-8", newline=""), delimiter=separator, strict=True)
    line = 1
    empty: list[tuple[int, list[str]]] = []
    for fields in reader:
        if any(field.strip(BLANKS) for field in fields):
            yield from empty
            empty = []
            yield line, fields
        elif len(fields) > 1:
            empty.append((line, fields))
        line = reader.line_num + 1


def has_empty(content: bytes, separator: str) -> bool:
    """Whether there may be a record, not a blank line, of which all fields are empty."""
    return re.search(rb'(?m)^[ "]*(?:%s[ "]*)+\r?$' % re.escape(separator.encode()), content) is not None


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
    """The line where row ``row`` of ``rows`` begins; a header may come first."""
    try:
        lines = [number for number, _ in records(content, separator)]
    except csv.Error:
        return None
    skipped = len(lines) - rows
    return lines[row + skipped] if skipped in (0, 1) else None


def separator(content: bytes, tabs: bool) -> str:
    """The separator: a tab for TSV; else the first that gives all records the same number of fields, or a comma."""
    if tabs:
        return "\t"
    beginning = content[: 1 << 20] + (b"\n" if len(content) <= 1 << 20 else b"")
    beginning = beginning[: beginning.rfind(b"\n") + 1] or content  # whole lines
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
    """Whether a cell of the first line is a number, so that the line is no header."""
    try:
        float(cell.replace(",", ".", 1))
    except ValueError:
        return False
    return cell.lower().lstrip("+-") not in ("nan", "inf", "infinity")
