"""The report: rows with a target and a verdict, and tables of details, as Markdown that is readable in a terminal."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

NOT_MEASURED = "-"


@dataclass(frozen=True)
class Row:
    """A measured quantity and its target. met: None if it was not measured, or not completely."""

    what: str
    target: str
    measured: str
    met: bool | None

    @property
    def verdict(self) -> str:
        return {True: "met", False: "MISSED", None: "not measured"}[self.met]


@dataclass
class Section:
    """A heading with its targets, tables of (headers, lines) and notes."""

    title: str
    rows: list[Row] = field(default_factory=list)
    tables: list[tuple[Sequence[str], Sequence[Sequence[str]]]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    summary: str = ""  # a short table for the README

    def markdown(self) -> str:
        parts = [f"## {self.title}"]
        if self.rows:
            parts.append(targets(self.rows))
        parts += self.notes
        parts += [table(headers, lines) for headers, lines in self.tables]
        return "\n\n".join(parts)


def targets(rows: Iterable[Row]) -> str:
    """Return the rows as a table."""
    return table(("what", "target", "measured", "verdict"), [(r.what, r.target, r.measured, r.verdict) for r in rows])


def table(headers: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table with aligned columns."""
    cells = [tuple(headers), *(tuple(line) for line in lines)]
    widths = [max(len(line[j]) for line in cells) for j in range(len(headers))]
    text = ["| " + " | ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)) + " |" for line in cells]
    return "\n".join([text[0], "|" + "|".join("-" * (w + 2) for w in widths) + "|", *text[1:]])


def row(what: str, target: str, value: Any, shown: Callable[[Any], str], met: Callable[[Any], bool]) -> Row:
    """Return a row for one value; None means not measured."""
    return Row(what, target, NOT_MEASURED, None) if value is None else Row(what, target, shown(value), met(value))


def failed(what: str) -> Row:
    """Return the row for a measurement that failed."""
    return Row(what, "is measured", "failed", False)


def at_least(what: str, wanted: float, value: float | None, form: str = "{:.2f}") -> Row:
    """Return a row for a number that must be at least ``wanted``."""
    return row(what, f">= {wanted:g}", value, form.format, lambda v: v >= wanted)


def at_most(what: str, wanted: float, value: float | None, form: str = "{:.2f}") -> Row:
    """Return a row for a number that must be at most ``wanted``."""
    return row(what, f"<= {wanted:g}", value, form.format, lambda v: v <= wanted)


def least(what: str, wanted: float, named: Sequence[tuple[float | None, str]]) -> Row:
    """Return a row for named ratios, which must all be at least ``wanted``. It shows the smallest one."""
    value, name = min(((v, name) for v, name in named if v is not None), default=(None, ""))
    absent = sum(v is None for v, _ in named)
    shown = NOT_MEASURED if value is None else f"{value:.2f} ({name})"
    if absent and value is not None:
        shown += f", {absent} not measured"
    return Row(what, f">= {wanted:g}", shown, _all_reached([v for v, _ in named], [wanted] * len(named)))


def each_at_least(what: str, wanted: Sequence[float], values: Sequence[float | None]) -> Row:
    """Return a row for several ratios, each with its own target."""
    target = ">= " + ", ".join(f"{w:g}" for w in wanted)
    return Row(what, target, ", ".join(times(v) for v in values), _all_reached(values, wanted))


def _all_reached(values: Sequence[float | None], wanted: Sequence[float]) -> bool | None:
    """Return False if a value is below its target, else None if a value was not measured, else True."""
    if any(v is not None and v < w for v, w in zip(values, wanted, strict=True)):
        return False
    return True if values and None not in values else None


def verdict_of(value: float | None, wanted: float) -> str:
    """Return the verdict for one ratio in a table."""
    return at_least("", wanted, value).verdict


def geometric_mean(values: Iterable[float | None]) -> float | None:
    """Return the geometric mean; None if a value is None, 0 if a value is 0."""
    found = list(values)
    known = [v for v in found if v is not None]
    if not found or len(known) < len(found):
        return None
    return math.exp(sum(map(math.log, known)) / len(known)) if all(known) else 0.0


def times(value: float | None) -> str:
    """Return a ratio as text."""
    return NOT_MEASURED if value is None else f"{value:.2f}" if value < 9.95 else f"{value:.1f}"


def micro(seconds: float | None) -> str:
    """Return microseconds as text."""
    if seconds is None:
        return NOT_MEASURED
    value = seconds * 1e6
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 1000 else f"{value:,.0f}"
