"""The records of a delimited text as Python's csv module reads them: slow and strict, and the last word."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterator

BLANKS = "".join(c for c in map(chr, range(0x3001)) if c.isspace())
"""White space, which is stripped from both ends of a cell: ASCII, and Unicode such as the no-break space."""
SEPARATORS = ("\t", ";", "|", ",")
SAMPLE = 100  # records to choose the separator by
csv.field_size_limit(2**31 - 1)


def records(content: bytes, separator: str) -> Iterator[tuple[int, list[str]]]:
    """(first line, fields) of every record; csv.Error for broken quotes.

    A record counts whatever its cells hold, also when all of them are empty. Blank lines are not records: empty
    lines and, in a file of several columns, lines of white space without a separator.
    """
    reader = csv.reader(io.TextIOWrapper(io.BytesIO(content), "utf-8", newline=""), delimiter=separator, strict=True)
    line = 1
    several: bool | None = None  # columns; unknown before the first record with anything in it
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
    """Whether there may be a record whose cells are all blank; False is certain.

    Some line of such a record has a separator, or the quotes of its only cell, and beside them only white space.
    """
    white = [re.escape(c.encode()) for c in BLANKS if c not in ("\n", separator)]
    mark = rb'(?:%s|")' % re.escape(separator.encode())
    blank = b"(?:" + b"|".join(white) + b")"
    return re.search(rb"(?m)^%s*+%s(?:%s|%s)*+$" % (blank, mark, blank, mark), content) is not None


def fault(content: bytes, separator: str) -> str | None:
    """What is wrong with the text: broken quotes, or the first record with more or fewer fields than the first one."""
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
    """The words for a record with too many or too few fields."""
    many = "1 field" if fields == 1 else f"{fields} fields"
    return f"line {line} has {many} where the first line has {width}"


def broken(line: int, error: csv.Error) -> str:
    """The words for broken quotes somewhere after this line."""
    if "unexpected end" in str(error):
        return f"a quotation mark that is opened after line {line} is never closed"
    return f"after line {line}: {error}"


def line(content: bytes, separator: str, rows: int, row: int) -> int | None:
    """The line on which row ``row`` of ``rows`` begins; there may be a header before the rows."""
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
    """Whether a cell of the first line is a number, so that the line may not be a header."""
    try:
        float(cell.replace(",", ".", 1))
    except ValueError:
        return False
    return cell.lower().lstrip("+-") not in ("nan", "inf", "infinity")
