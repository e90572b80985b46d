"""Read a delimited text file (CSV, TSV) into a Table. Error messages give the line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from fastnn.data import packed
from fastnn.data.table import Table
from fastnn.data.text import records
from fastnn.data.text.cells import Cells, blocks
from fastnn.data.text.columns import Columns
from fastnn.data.text.decimals import NAMES, Cell, evidence, readings
from fastnn.data.text.header import header
from fastnn.data.text.parsing import TextFile, open_text, read_cells
from fastnn.data.text.spellings import may_have_leading_zeros
from fastnn.data.wording import bare, quoted
from fastnn.errors import DataError


@dataclass(frozen=True)
class ReadOptions:
    """Options for reading a delimited file.

    kinds: "number" or "category" for columns whose kind is known. only: read no other columns. ignore: columns to
    leave out. features, target: if given, read only these. header: whether the first line holds names: "yes", "no",
    or "auto" (see ``header``). decimal: "," or "." for files in which it is not clear; decimal_fixed: for all files.
    na_values: the texts that are missing values; None: the usual ones. numbered: call the columns x1 ... xn, whatever
    their names in the file. format: "csv", "tsv", or "auto" by the name. may_be_empty: whether there may be no rows.
    """

    kinds: Mapping[str, str] = field(default_factory=dict)
    only: bool = False
    ignore: Sequence[str] = ()
    features: Sequence[str] = ()
    target: Sequence[str] = ()
    header: str = "auto"
    decimal: str = ""
    decimal_fixed: bool = False
    na_values: Sequence[str] | None = None
    numbered: bool = False
    format: str = "auto"
    may_be_empty: bool = False

    def needed(self, names: Sequence[str]) -> list[int]:
        """Return the places of the columns whose content is needed. The last column is the target by default."""
        ignored, chosen = set(self.ignore), {*self.features, *self.targets(names)}
        return [
            i
            for i, name in enumerate(names)
            if name not in ignored and (name in self.kinds or (not self.only and (not self.features or name in chosen)))
        ]

    def targets(self, names: Sequence[str]) -> Sequence[str]:
        """Return the names of the target columns."""
        return self.target or names[-1:]


def read(path: str, options: ReadOptions | None = None) -> Table:
    """Return the table in a CSV or TSV file, which may be compressed with gzip. "-" is standard input.

    Every record of the file is a row of the table; ``records.records`` defines records. Columns without a header
    are called x1 ... xn. Columns that are not needed are listed in the table but have no content. Raises DataError for
    a file that is missing, empty, not text or ragged, or if a column mixes numbers and texts.
    """
    options = options or ReadOptions()
    file = open_text(path, options.format)
    cells = read_cells(file)
    if cells.empty and options.header != "no":
        raise DataError(f"{file.path} is empty: there is nothing between its separators.")
    # A file is read again to find a line, so that its text need not be kept; standard input can be read only once.
    again = (lambda: file) if path == packed.STANDARD_INPUT else partial(open_text, path, options.format)
    columns = Columns(file.path, options.na_values, not options.only, may_have_leading_zeros(file.content))
    head = header(file.path, cells, options.header, columns.na_values)
    names, cells = head.names, head.cells
    if options.numbered:
        names = tuple(f"x{i + 1}" for i in range(len(names)))
    if cells.height == 0 and not options.may_be_empty:
        raise DataError(f"{file.path} has a header but no rows.")
    columns.locate = partial(_line, again, file.separator, cells.height)
    columns.targets = frozenset(options.targets(names))
    needed = options.needed(names)
    categories = [i for i in needed if options.kinds.get(names[i]) == "category"]
    others = [i for i in needed if options.kinds.get(names[i]) != "category"]
    columns.decimal, notes = _decimal(file, cells, names, others, options, columns.locate)
    for places, block in blocks(cells, others):
        columns.add([names[i] for i in places], block, [names[i] in options.kinds for i in places])
    for places, block in blocks(cells, categories):
        columns.add_categories([names[i] for i in places], block)
    before = [*file.notes, *head.notes, *notes]
    return columns.table(
        names, cells.height, before, head.changes, named=head.named, unnamed=head.unnamed, may_have_index=True
    )


def _decimal(
    file: TextFile,
    cells: Cells,
    names: Sequence[str],
    places: Sequence[int],
    options: ReadOptions,
    locate: Callable[[int], str],
) -> tuple[str, list[str]]:
    """Return the decimal separator of the numbers in these columns, and notes. DataError: it cannot be known."""
    commas_separate = file.separator == ","
    if commas_separate and options.decimal != ",":
        return ".", []
    found = evidence(cells, places)

    def at(cell: Cell) -> str:
        return f"{locate(cell.row)}, column {quoted(names[cell.column])}"

    if options.decimal_fixed:
        other = found.point if options.decimal == "," else found.comma
        if other:
            named = NAMES[options.decimal]
            note = f"with a decimal {named}, {bare(other.text)} ({file.path}, {at(other)}) is not read as a number"
            return options.decimal, [note]
        return options.decimal, []
    if options.decimal:  # of the model
        decimal = found.clear or options.decimal
        if found.comma and found.point:
            decimal = options.decimal
        elif (
            commas_separate
            and cells.width > 1
            and not found.clear
            and not (found.unclear and "," in found.unclear.text)
        ):
            decimal = "."
        different = decimal != options.decimal
        return decimal, [f"{file.path}: numbers are read with decimal {NAMES[decimal]}s"] if different else []
    if found.comma and found.point:
        raise DataError(
            f"{file.path} has decimal commas and decimal points: {bare(found.comma.text)} ({at(found.comma)}) and "
            f"{bare(found.point.text)} ({at(found.point)}). Correct one of them, or say which is a number: "
            "--decimal comma or --decimal point."
        )
    if found.unclear and not found.clear:
        raise DataError(f"{file.path}, {at(found.unclear)}: {readings(found.unclear.text)}")
    decimal = found.clear or "."
    return decimal, [f"{file.path}: numbers are read with decimal commas"] if decimal == "," else []


def _line(again: Callable[[], TextFile], separator: str, rows: int, row: int) -> str:
    """Return the line on which a row of the table begins, found by reading the file again."""
    found = records.line(again().content, separator, rows, row)
    return f"line {found}" if found else f"row {row + 1}"
