"""The names of the columns of a text file: whether its first line holds them, and what they are."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from fastnn.data.text import records
from fastnn.data.text.cells import Cells
from fastnn.data.wording import listed, quoted
from fastnn.errors import DataError

YEARS = range(1900, 2101)
NEAR_YEARS = range(1700, 2301)  # numbers that may be years or counts of that size
MANY = 10  # columns: a first line that counts so far is not a row of data by chance
NO_TEXTS = ("nan", "inf", "infinity")
MIN_COLUMNS = 3  # a first row 0, 1 or 1, 2 is usual in tables of functions


@dataclass(frozen=True)
class Header:
    """cells: those below the header. named: whether the names come from the file. unnamed: the first one is missing."""

    names: tuple[str, ...]
    cells: Cells
    notes: tuple[str, ...]
    named: bool
    unnamed: bool = False
    changes: tuple[str, ...] = ()


def header(path: str, cells: Cells, rule: str, missing: Collection[str]) -> Header:
    """Return the header under a rule: "yes", "no" or "auto". missing: texts that stand for a missing value.

    Raises DataError for a name that is used twice.
    """
    first = [cell or "" for cell in cells.first()]
    numbers = [cell for cell in first if records.is_number(cell)]
    everything = rule == "auto" and len(numbers) == len(first)
    counted = everything and _are_names(first, cells, missing)
    if rule == "no" or (everything and not counted):
        notes: tuple[str, ...] = ()
        if rule == "auto":
            hint = "; if its first line holds names, say --header yes" if _counts(first) or _are_years(first) else ""
            notes = (f"{path} has no header: its columns are called x1 to x{len(first)}{hint}",)
        return Header(tuple(f"x{i + 1}" for i in range(len(first))), cells, notes, False)
    names = tuple(cell or f"column_{i + 1}" for i, cell in enumerate(first))
    places: dict[str, int] = {}
    for i, name in enumerate(names):
        if places.setdefault(name, i) != i:
            raise DataError(
                f"{path}: columns {places[name] + 1} and {i + 1} are both called {quoted(name)}. "
                "Give every column its own name; or, if the first line is data, say --header no."
            )
    notes = ()
    if rule == "auto" and numbers:
        notes = (
            f"the first line of {path} is read as column names, although there are numbers among them "
            f"({listed(numbers, 3)}); if it is data, say --header no",
        )
    changes = ("the first line is read as column names",) if counted else ()
    return Header(names, cells.rest(), notes, True, not first[0], changes)


def _are_names(first: Sequence[str], cells: Cells, missing: Collection[str]) -> bool:
    """Return whether a first line of numbers holds names: it counts, or lists years, and the line below does neither.

    A row of small integers above other integers is data, unless it counts to ten or more.
    """
    if cells.height < 2 or not (_counts(first) or _are_years(first)):
        return False
    below = [cell or "" for cell in cells.rest().first()]
    known = [cell for cell in below if cell and cell not in missing]
    if 2 * len(known) <= len(first):
        return False
    texts = [cell for cell in known if not records.is_number(cell) and cell.lower().lstrip("+-") not in NO_TEXTS]
    fractions = [cell for cell in known if re.fullmatch(r"[+-]?\d*[.,]\d+([eE][+-]?\d+)?", cell)]
    if _are_years(first):
        if any(_integer(cell) in NEAR_YEARS for cell in known):
            return False
        return len(first) >= MIN_COLUMNS or len(texts) + len(fractions) == len(first)
    if texts and len(first) > 1:
        return True
    if len(first) < MIN_COLUMNS:
        return False
    return 2 * len(fractions) >= len(first) or (len(first) >= MANY and not _in_order(below))


def _counts(first: Sequence[str]) -> bool:
    """Return whether the line is 0, 1, 2 ... or 1, 2, 3 ..."""
    return any(list(first) == [str(i + start) for i in range(len(first))] for start in (0, 1))


def _are_years(first: Sequence[str]) -> bool:
    """Return whether the line lists years at equal distances, such as 2019, 2020, 2021."""
    years = [_integer(cell) for cell in first]
    steps = {b - a for a, b in itertools.pairwise(years)}
    return all(year in YEARS for year in years) and len(steps) == 1 and 0 not in steps


def _in_order(line: Sequence[str]) -> bool:
    """Return whether all cells are integers, each of them different: a ranking, or numbers that count on."""
    values = [_integer(cell) for cell in line]
    return -1 not in values and len(set(values)) == len(values)


def _integer(cell: str) -> int:
    return int(cell) if re.fullmatch(r"\d{1,9}", cell) else -1
