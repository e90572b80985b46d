"""Read a text file of separated columns (CSV, TSV) into a Table; what is wrong in it is named by its line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from fastnn.data import records
from fastnn.data.columns import Columns
from fastnn.data.decimals import decimal_separator
from fastnn.data.parsing import TextFile, cells, open_text
from fastnn.data.table import Table
from fastnn.errors import DataError

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class ReadOptions:
    """What is known of a text file before it is read.

    kinds: columns whose kind is known, "number" or "category". only: no others are needed. ignore: columns that are
    not needed; features, target: where given, no others are. header: is the first line one of
    names? "yes", "no", or "auto": unless all in it are numbers. decimal: "," or "." where the
    numbers themselves leave it open. numbered: the columns are called x1 ... xn, whatever the first line calls them.
    """

    kinds: Mapping[str, str] = field(default_factory=dict)
    only: bool = False
    ignore: Sequence[str] = ()
    features: Sequence[str] = ()
    target: Sequence[str] = ()
    header: str = "auto"
    decimal: str = ""
    numbered: bool = False

    def needs(self, name: str, last: str) -> bool:
        """Whether the content of a column is needed; ``last``: the last column, which is the target by default."""
        if name in self.kinds:
            return name not in self.ignore
        chosen = not self.features or name in (*self.features, *(self.target or (last,)))
        return not self.only and chosen and name not in self.ignore


def read(path: str, options: ReadOptions | None = None) -> Table:
    """The table in a CSV or TSV file, also compressed with gzip; without names columns are called x1 ... xn.

    Columns that are not needed are named but have no content. Raises DataError for a file that is absent, empty, not
    text, ragged, or of which a column mixes kinds.
    """
    options = options or ReadOptions()
    source = open_text(path)
    frame = cells(source)
    names, frame, notes, named = _header(source, frame, options.header)
    if options.numbered:
        names = tuple(f"x{i + 1}" for i in range(len(names)))
    if frame.height == 0:
        raise DataError(f"{path} has a header and no rows.")
    if frame.null_count().sum_horizontal().item() and (short := records.fault(source.content, source.separator)):
        raise DataError(f"{path}: {short}.")
    needed = [i for i, name in enumerate(names) if options.needs(name, names[-1])]
    columns = Columns(path, partial(_line, path, source.separator, frame.height))
    if source.separator != ",":
        decimal = decimal_separator([frame[:, i] for i in needed], options.decimal)
        columns.decimal = decimal or "."
        if decimal == "," != options.decimal:
            notes.append(f"{path}: its numbers have decimal commas")
    for i in needed:
        columns.add(names[i], frame[:, i], options.kinds.get(names[i]))
    return columns.table(names, frame.height, notes, named)


def _header(
    source: TextFile, frame: pl.DataFrame, header: str
) -> tuple[tuple[str, ...], pl.DataFrame, list[str], bool]:
    """Column names, the rows without the header, remarks, and whether the names are the file's own."""
    first = [cell or "" for cell in frame.row(0)]
    notes = list(source.notes)
    numbers = [cell for cell in first if records.is_number(cell)]
    if header == "no" or (header == "auto" and len(numbers) == len(first)):
        if header == "auto":
            notes.append(f"{source.path} has no header: its columns are called x1 to x{len(first)}")
        return tuple(f"x{i + 1}" for i in range(len(first))), frame, notes, False
    rows, names = frame.slice(1), tuple(cell or f"column_{i + 1}" for i, cell in enumerate(first))
    for i, name in enumerate(names):
        if name in names[:i]:
            raise DataError(
                f"{source.path}: columns {names.index(name) + 1} and {i + 1} are both called {name!r}. "
                "Give every column a name of its own; or, if the first line is data already, say --header no."
            )
    if header == "auto" and numbers:
        notes.append(
            f"the first line of {source.path} is taken for the names of its columns, though there are numbers among "
            f"them ({', '.join(numbers[:3])}{' ...' if len(numbers) > 3 else ''}); if it is data, say --header no"
        )
    return names, rows, notes, True


def _line(path: str, separator: str, rows: int, row: int) -> str:
    """The line on which a row of the table begins, found by reading the file again."""
    found = records.line(open_text(path).content, separator, rows, row)
    return f"line {found}" if found else f"row {row + 1}"
