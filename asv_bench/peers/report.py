"""Rows with a target and a verdict, and tables of what is behind them, as Markdown that reads well in a terminal."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

NOT_MEASURED = "-"


@dataclass(frozen=True)
class Row:
    """A target: what, how much is wanted, what was measured. met None: it was not measured, at least not wholly."""

    what: str
    target: str
    measured: str
    met: bool | None

    @property
    def verdict(self) -> str:
        return {True: "met", False: "MISSED", None: "not measured"}[self.met]


@dataclass
class Section:
    """A heading, its targets, tables of (headers, lines) and remarks."""

    title: str
    rows: list[Row] = field(default_factory=list)
    tables: list[tuple[Sequence[str], Sequence[Sequence[str]]]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    summary: str = ""  # for readers who want to know no more

    def markdown(self) -> str:
        parts = [f"## {self.title}"]
        if self.rows:
            parts.append(targets(self.rows))
        parts += self.notes
        parts += [table(headers, lines) for headers, lines in self.tables]
        return "\n\n".join(parts)


def targets(rows: Iterable[Row]) -> str:
    """The rows as a table."""
    return table(("what", "target", "measured", "verdict"), [(r.what, r.target, r.measured, r.verdict) for r in rows])


def table(headers: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A Markdown table, its columns aligned."""
    cells = [tuple(headers), *(tuple(line) for line in lines)]
    widths = [max(len(line[j]) for line in cells) for j in range(len(headers))]
    text = ["| " + " | ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)) + " |" for line in cells]
    return "\n".join([text[0], "|" + "|".join("-" * (w + 2) for w in widths) + "|", *text[1:]])


def row(what: str, target: str, value: Any, shown: Callable[[Any], str], met: Callable[[Any], bool]) -> Row:
    """A row of one value; None: not measured."""
    return Row(what, target, NOT_MEASURED, None) if value is None else Row(what, target, shown(value), met(value))


def failed(what: str) -> Row:
    """The row of measurements that ended with an error."""
    return Row(what, "is measured", "failed", False)


def at_least(what: str, wanted: float, value: float | None, form: str = "{:.2f}") -> Row:
    """A row whose number must reach another."""
    return row(what, f">= {wanted:g}", value, form.format, lambda v: v >= wanted)


def at_most(what: str, wanted: float, value: float | None, form: str = "{:.2f}") -> Row:
    """A row whose number must not exceed another."""
    return row(what, f"<= {wanted:g}", value, form.format, lambda v: v <= wanted)


def least(what: str, wanted: float, named: Sequence[tuple[float | None, str]]) -> Row:
    """A row of named ratios, every one of which must reach a number; the least is shown."""
    value, name = min(((v, name) for v, name in named if v is not None), default=(None, ""))
    absent = sum(v is None for v, _ in named)
    shown = NOT_MEASURED if value is None else f"{value:.2f} ({name})"
    if absent and value is not None:
        shown += f", {absent} not measured"
    return Row(what, f">= {wanted:g}", shown, _all_reached([v for v, _ in named], [wanted] * len(named)))


def each_at_least(what: str, wanted: Sequence[float], values: Sequence[float | None]) -> Row:
    """A row of several ratios, each with its own target."""
    target = ">= " + ", ".join(f"{w:g}" for w in wanted)
    return Row(what, target, ", ".join(times(v) for v in values), _all_reached(values, wanted))


def _all_reached(values: Sequence[float | None], wanted: Sequence[float]) -> bool | None:
    """False where one is below what is wanted of it; else None where one was not measured."""
    if any(v is not None and v < w for v, w in zip(values, wanted, strict=True)):
        return False
    return True if values and None not in values else None


def verdict_of(value: float | None, wanted: float) -> str:
    """The verdict on one ratio of a detail table."""
    return at_least("", wanted, value).verdict


def geometric_mean(values: Iterable[float | None]) -> float | None:
    """The geometric mean; None where one was not measured, 0 where one of ours was not."""
    found = list(values)
    known = [v for v in found if v is not None]
    if not found or len(known) < len(found):
        return None
    return math.exp(sum(map(math.log, known)) / len(known)) if all(known) else 0.0


def times(value: float | None) -> str:
    """A ratio as text."""
    return NOT_MEASURED if value is None else f"{value:.2f}" if value < 9.95 else f"{value:.1f}"


def micro(seconds: float | None) -> str:
    """Microseconds as text."""
    if seconds is None:
        return NOT_MEASURED
    value = seconds * 1e6
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 1000 else f"{value:,.0f}"
