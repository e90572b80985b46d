"""Decisions about the columns of a text file that its author may see otherwise: collected, then said in few lines."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from fastnn.data.wording import grouped, listed, quoted

AS_CATEGORY = (": it is read as a category", ": they are read as categories")  # one column, several
CODES = ("has numbers with leading zeros ({})", "have numbers with leading zeros", "")
TOO_LONG = (
    "holds integers with too many digits for a float64 ({})",
    "hold integers with too many digits for a float64",
    ", rounded",
)


@dataclass
class Doubts:
    """mixed, codes, too_long: categories that hold numbers, with their count or an example; by column.

    missing: texts that version 0.1 did not take for missing, and the number of their cells; by column.
    """

    mixed: dict[str, int] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    too_long: dict[str, str] = field(default_factory=dict)
    missing: dict[str, Counter[str]] = field(default_factory=dict)

    def notes(self) -> list[str]:
        """Return one note for each kind of decision."""
        notes = []
        if self.mixed:
            numbers = {name: f"{count} numbers" for name, count in self.mixed.items()}
            notes.append(grouped(numbers, "mixes texts with {}", "mix texts with numbers") + _as_category(numbers))
        for columns, (one, several, how) in ((self.codes, CODES), (self.too_long, TOO_LONG)):
            if columns:
                force = f"--numeric {listed(list(columns), 3).replace(', ', ',')} reads"
                said = grouped(columns, one, several) + _as_category(columns)
                notes.append(f"{said}; {force} {'them' if len(columns) > 1 else 'it'} as numbers{how}")
        places = [
            f"{quoted(text)} in column {quoted(name)} ({count} cell{'s' if count > 1 else ''})"
            for name, counts in self.missing.items()
            for text, count in counts.items()
        ]
        if places:
            shown = ", ".join(places[:3]) + (f" and {len(places) - 3} more" if len(places) > 3 else "")
            notes.append(f"read as missing: {shown}; if these are values, say with --na-values what is missing")
        return notes

    def changes(self) -> list[str]:
        """Return what version 0.1 did otherwise."""
        found = [f"column {quoted(name)} is a category, because of its leading zeros" for name in self.codes]
        for name, texts in self.missing.items():
            found += [f"{quoted(text)} in {quoted(name)} is a missing value" for text in texts]
        return found[:5]


def _as_category(columns: dict[str, str]) -> str:
    return AS_CATEGORY[len(columns) > 1]
