"""What a preprocessing did in silence to the rows of a table, collected and then said in a few notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from fastnn.data.table import Table, label
from fastnn.data.wording import bare, quoted

SHOWN = 3  # columns that a note names


class Remarks:
    """Remarks on one table, of which several parts may be transformed one after another.

    own: whether these are the rows of the training table, in which categories need not match. respelled: columns in
    which a category is written otherwise than in training. fixed: columns that were constant in training and are not
    here. Version 0.1 gave other inputs for both.
    """

    def __init__(self, table: Table, own: bool = False):
        self.table, self.own = table, own
        self.filled: Counter[str] = Counter()  # empty cells by column
        self.unseen: dict[str, Counter[str]] = {}  # rows by label, by column
        self.ignored: dict[str, tuple[str, int, str]] = {}  # column -> (value in training, a row, its value there)
        self.respelled: set[str] = set()
        self.fixed: set[str] = set()

    def ignore(self, name: str, was: str, row: int, value: str) -> None:
        """Record another value in a column that was constant in training. ``was`` is "" if it was empty."""
        before = self.ignored.get(name)
        if before is None or row < before[1]:
            self.ignored[name] = (was, row, value)

    def notes(self, missing: bool = True) -> list[str]:
        """Return the notes. missing: also say which empty cells were filled."""
        where = self.table.source
        notes = [f"{where}: {self._filled()}"] if self.filled and missing else []
        if self.ignored:
            shown = [
                f"column {quoted(name)} was {was or 'empty'} in every training row; it is {value} in "
                f"{self.table.locate(row)} and is ignored"
                for name, (was, row, value) in first(self.ignored.items())
            ]
            notes.append(f"{where}: {'; '.join(shown)}{more(len(self.ignored))}")
        if self.unseen:
            columns = []
            for name, counts in first(self.unseen.items()):
                rows = counts.total()
                texts = ", ".join(map(quoted, sorted(counts)[:3])) + (" ..." if len(counts) > 3 else "")
                columns.append(f"column {quoted(name)} {texts} ({rows} row{'' if rows == 1 else 's'})")
            notes.append(
                f"{where}: categories that did not occur in the training rows are treated as no category: "
                f"{'; '.join(columns)}{more(len(self.unseen))}"
            )
        return notes

    def _filled(self) -> str:
        cells, columns = self.filled.total(), len(self.filled)
        are = "is" if cells == 1 else "are"
        kinds = {self.table.numeric(name) for name in self.filled}
        how = {
            (True,): f"{are} filled with the training mean",
            (False,): "count as no category" if cells > 1 else "counts as no category",
            (False, True): f"{are} filled with the training mean (numbers) or no category (texts)",
        }[tuple(sorted(kinds))]
        shown = ", ".join(f"{bare(name)} ({count:,})" for name, count in self.filled.most_common(SHOWN))
        return (
            f"{cells:,} empty cell{'' if cells == 1 else 's'} in {columns:,} column{'' if columns == 1 else 's'} "
            f"{how}: {shown}{' ...' if columns > SHOWN else ''}"
        )


def first(items: Iterable) -> Sequence:
    """Return the first few of them, which a note shows."""
    return list(items)[:SHOWN]


def more(columns: int) -> str:
    """Return the end of a note that shows only the first few columns."""
    rest = columns - SHOWN
    return "" if rest <= 0 else f"; and in {rest} more column{'' if rest == 1 else 's'}"


def shown(number: float) -> str:
    """Return a number of the data for a message: a large whole one with thousands separators."""
    if float(number).is_integer() and abs(number) < 1e15:
        return f"{int(number):,}"
    return f"{number:,.6g}" if abs(number) < 1e15 else label(number)
