"""How large encoded inputs may be."""

from __future__ import annotations

from dataclasses import replace

from fastnn.config import Experiment
from fastnn.config.values import bins
from fastnn.errors import UsageError
from fastnn.recipe.choices import candidates
from fastnn.recipe.facts import Facts

MOST_COLUMNS = 1_000
MOST_BYTES = 256 << 20


def limited(experiment: Experiment, facts: Facts, notes: list[str]) -> Experiment:
    """Return the experiment without an encoding that would be too large, if the user has not asked for that one.

    Raises UsageError if the user has. notes: what the user should know.
    """
    e = experiment
    many = max(map(bins, candidates(e.encoding)))
    columns = facts.numbers * (1 + many) + facts.labels
    megabytes = facts.rows * columns * (8 if e.dtype == "float64" else 4) >> 20
    if not many or (columns <= MOST_COLUMNS and megabytes <= MOST_BYTES >> 20):
        return e
    size = f"{columns:,} inputs" if columns > MOST_COLUMNS else f"{megabytes:,} MB of inputs"
    limit = f"at most {MOST_COLUMNS:,} inputs and {MOST_BYTES >> 20} MB are encoded"
    if e.encoding != "auto":
        raise UsageError(f"encoding = {e.encoding!r} would give {size}; {limit}. Use fewer bins, or --encoding none.")
    notes.append(f"numbers are not encoded in bins, which would give {size}: {limit}")
    return replace(e, encoding="none")
