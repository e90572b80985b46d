"""Read a delimited text file (CSV, TSV) into a Table. Error messages give the line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from fastnn.data import packed
from fastnn.data.table import Table
from fastnn.data.text import large, records
from fastnn.data.text.cells import Cells, blocks
from fastnn.data.text.columns import Columns
from fastnn.data.text.decimals import NAMES, Cell, evidence, readings
from fastnn.data.text.header import header
from fastnn.data.text.large import Found, read_from_disk, read_large
from fastnn.data.text.on_disk import survey
from fastnn.data.text.options import ReadOptions
from fastnn.data.text.parsing import TextFile, is_with_tabs, open_text, read_cells
from fastnn.data.text.plain import Plain
from fastnn.data.text.spellings import may_have_leading_zeros
from fastnn.data.wording import bare, quoted
from fastnn.errors import DataError


def read(path: str, options: ReadOptions | None = None) -> Table:
    """Return the table in a CSV or TSV file, which may be compressed with gzip. "-" is standard input.

    Every record of the file is a row of the table; ``records.records`` defines records. Columns without a header
    are called x1 ... xn. Columns that are not needed are listed in the table but have no content. Raises DataError for
    a file that is missing, empty, not text or ragged, or if a column mixes numbers and texts.
    """
    options = options or ReadOptions()
    table = _from_disk(path, options)
    if table is not None:
        return table
    file = open_text(path, options.format)
    # A file is read again to find a line, so that its text need not be kept; standard input can be read only once.
    only_once = path == packed.STANDARD_INPUT
    return of_text(file, options, partial(_kept, file) if only_once else partial(open_text, path, options.format))


def of_text(file: TextFile, options: ReadOptions, again: Callable[[], TextFile]) -> Table:
    """Return the table in a text. again: returns the text of the whole file, to find a line."""
    training = not options.only
    columns = Columns(file.path, options.na_values, training, training and may_have_leading_zeros(file.content))
    found = read_large(file, options, columns) or _read_texts(file, options, columns)
    return _table(file, found, columns, options, again)


def _from_disk(path: str, options: ReadOptions) -> Table | None:
    """Return the table of a large file without having its text in memory; None if that may not be the same."""
    if path == packed.STANDARD_INPUT or is_with_tabs(path, options.format):
        return None
    try:
        disk = survey(path, large.LARGE)
        if disk is None:
            return None
        training = not options.only
        columns = Columns(path, options.na_values, training, training and disk.zeros)
        found = read_from_disk(disk, options, columns)
    except OSError:  # reading it as a whole tells what is wrong
        return None
    if found is None:
        return None
    return _table(TextFile(path, b"", ","), found, columns, options, partial(open_text, path, options.format))


def _table(
    file: TextFile, found: Found, columns: Columns, options: ReadOptions, again: Callable[[], TextFile]
) -> Table:
    names, head, content = found.names, found.head, found.content
    columns.locate = partial(_line, again, file.separator, content.height)
    columns.targets = frozenset(options.targets(names))
    if isinstance(content, Plain):
        columns.add_plain([names[i] for i in content.places], content.numbers)
        columns.texts |= {names[i]: text for i, text in content.categories.items()}
        others, categories, notes = content.without(found.others), content.without(found.categories), list[str]()
    else:
        others, categories = found.others, found.categories
        columns.decimal, notes = _decimal(file, content, names, others, options, columns.locate)
    before, rows = [*file.notes, *head.notes, *notes], content.height
    for places, block in blocks(content, others):
        columns.add([names[i] for i in places], block, [names[i] in options.kinds for i in places])
    for places, block in blocks(content, categories):
        columns.add_categories([names[i] for i in places], block)
    return columns.table(names, rows, before, head.changes, named=head.named, unnamed=head.unnamed, may_have_index=True)


def _kept(file: TextFile) -> TextFile:
    return file


def _read_texts(file: TextFile, options: ReadOptions, columns: Columns) -> Found:
    """Return the content of a file as texts."""
    cells = read_cells(file)
    if cells.empty and options.header != "no":
        raise DataError(f"{file.path} is empty: there is nothing between its separators.")
    head = header(file.path, cells, options.header, columns.na_values)
    names = tuple(f"x{i + 1}" for i in range(len(head.names))) if options.numbered else head.names
    if head.cells.height == 0 and not options.may_be_empty:
        raise DataError(f"{file.path} has a header but no rows.")
    return Found.of(names, head, head.cells, options)


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
