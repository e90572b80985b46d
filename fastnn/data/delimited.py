"""Read a delimited text file (CSV, TSV) into a Table. Error messages give the line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from fastnn.data import records
from fastnn.data.cells import Cells, blocks
from fastnn.data.columns import Columns
from fastnn.data.decimals import decimal_separator
from fastnn.data.parsing import TextFile, open_text, read_cells
from fastnn.data.table import Table
from fastnn.data.wording import listed, quoted
from fastnn.errors import DataError


@dataclass(frozen=True)
class ReadOptions:
    """Options for reading a delimited file.

    kinds: "number" or "category" for columns whose kind is known. only: read no other columns. ignore: columns to
    leave out. features, target: if given, read only these. header: whether the first line holds names: "yes", "no",
    or "auto", which is yes unless all of its cells are numbers. decimal: "," or "." for files in which it is
    not clear. numbered: call the columns x1 ... xn, whatever their names in the file.
    """

    kinds: Mapping[str, str] = field(default_factory=dict)
    only: bool = False
    ignore: Sequence[str] = ()
    features: Sequence[str] = ()
    target: Sequence[str] = ()
    header: str = "auto"
    decimal: str = ""
    numbered: bool = False

    def needed(self, names: Sequence[str]) -> list[int]:
        """Return the places of the columns whose content is needed. The last column is the target by default."""
        ignored, chosen = set(self.ignore), {*self.features, *(self.target or names[-1:])}
        return [
            i
            for i, name in enumerate(names)
            if name not in ignored and (name in self.kinds or (not self.only and (not self.features or name in chosen)))
        ]


def read(path: str, options: ReadOptions | None = None) -> Table:
    """Return the table in a CSV or TSV file, which may be compressed with gzip.

    Every record of the file is a row of the table; ``records.records`` defines records. Columns without a header
    are called x1 ... xn. Columns that are not needed are listed in the table but have no content. Raises DataError for
    a file that is missing, empty, not text or ragged, or if a column mixes numbers and texts.
    """
    options = options or ReadOptions()
    file = open_text(path)
    cells = read_cells(file)
    if cells.empty and options.header != "no":
        raise DataError(f"{path} is empty: there is nothing between its separators.")
    names, cells, notes, named = _header(file, cells, options.header)
    if options.numbered:
        names = tuple(f"x{i + 1}" for i in range(len(names)))
    if cells.height == 0:
        raise DataError(f"{path} has a header but no rows.")
    needed = options.needed(names)
    columns = Columns(path, partial(_line, path, file.separator, cells.height))
    if file.separator != ",":
        decimal = decimal_separator(cells, needed, options.decimal)
        columns.decimal = decimal or "."
        if decimal == "," != options.decimal:
            notes.append(f"{path}: numbers are read with decimal commas")
    categories = [i for i in needed if options.kinds.get(names[i]) == "category"]
    others = [i for i in needed if options.kinds.get(names[i]) != "category"]
    for places, block in blocks(cells, others):
        columns.add([names[i] for i in places], block, [names[i] in options.kinds for i in places])
    for places, block in blocks(cells, categories):
        columns.add_categories([names[i] for i in places], block)
    return columns.table(names, cells.height, notes, named)


def _header(file: TextFile, cells: Cells, header: str) -> tuple[tuple[str, ...], Cells, list[str], bool]:
    """Return (column names, cells without the header, notes, whether the names come from the file)."""
    first = [cell or "" for cell in cells.first()]
    notes = list(file.notes)
    numbers = [cell for cell in first if records.is_number(cell)]
    if header == "no" or (header == "auto" and len(numbers) == len(first)):
        if header == "auto":
            notes.append(f"{file.path} has no header: its columns are called x1 to x{len(first)}")
        return tuple(f"x{i + 1}" for i in range(len(first))), cells, notes, False
    names = tuple(cell or f"column_{i + 1}" for i, cell in enumerate(first))
    places: dict[str, int] = {}
    for i, name in enumerate(names):
        if places.setdefault(name, i) != i:
            raise DataError(
                f"{file.path}: columns {places[name] + 1} and {i + 1} are both called {quoted(name)}. "
                "Give every column its own name; or, if the first line is data, say --header no."
            )
    if header == "auto" and numbers:
        notes.append(
            f"the first line of {file.path} is read as column names, although there are numbers among them "
            f"({listed(numbers, 3)}); if it is data, say --header no"
        )
    return names, cells.rest(), notes, True


def _line(path: str, separator: str, rows: int, row: int) -> str:
    """Return the line on which a row of the table begins, found by reading the file again."""
    found = records.line(open_text(path).content, separator, rows, row)
    return f"line {found}" if found else f"row {row + 1}"
