"""Sentences and tables that commands print."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastnn.data.preprocessing import Preprocessing
    from fastnn.runs.run import Outcome, Setup
    from fastnn.training.record import Record

NAMES = {"r2": "R²", "rmse": "RMSE", "validation_loss": "validation loss", "train_loss": "train loss"}
ENDS = {
    "early_stopping": "stopped early: no lower validation loss",
    "tolerance": "stopped: the gradient is within the tolerance",
}


def printable(text: str) -> str:
    """The text without what would command the terminal: a file's own words are shown, never obeyed."""
    return "".join(c if c.isprintable() or c in "\n\t" else ascii(c)[1:-1] for c in text)


def figure(value: float | None) -> str:
    """A number for people: four significant digits, or a count with separators."""
    if value is None or not math.isfinite(value):
        return "-" if value is None else str(value)
    if abs(value) >= 1e4 and abs(value) < 1e15:
        return f"{value:,.0f}"
    return f"{value:.4g}" if abs(value) < 1e-3 or abs(value) >= 1 else f"{value:.4f}"


def duration(seconds: float) -> str:
    """Seconds for people."""
    if seconds < 60:
        return f"{seconds:.3f} s" if seconds < 1 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d} min"


def measures(found: Mapping[str, float | None]) -> str:
    """ "validation loss 0.12, accuracy 0.97"."""
    return ", ".join(f"{NAMES.get(name, name)} {figure(value)}" for name, value in found.items())


def introduction(run: Setup) -> list[str]:
    """What is trained on what, by what, where it is kept."""
    e, data, target = run.experiment, run.dataset, run.dataset.preprocessing.target
    held_out = f", {len(data.validation[1]):,} validate" if data.validation else ", none validate"
    test = f", {len(data.test[1]):,} test at the end" if data.test else ""
    aim = f"{len(target.classes)} classes of {target.columns[0]}" if target.classes else ", ".join(target.columns)
    network = run.network
    hidden = ", ".join(dict.fromkeys(bound.spec for bound in e.activation)) if e.hidden else "no hidden layer"
    parameters = sum(W.size + b.size for W, b in network.weights)
    batch = "all rows at once" if e.batch_size is None else f"batches of {e.batch_size}"
    loss = f"loss {e.loss.spec}, " if e.loss else ""
    return [
        f"{data.source}: {len(data.X):,} rows train{held_out}{test}",
        f"{e.task}: {aim}, from {_inputs(data.preprocessing)}",
        f"network {'-'.join(map(str, network.sizes))}, {hidden}, {parameters:,} parameters",
        f"{loss}{e.optimizer.spec}, {batch}, seed {e.seed}, {e.device}",
    ]


def _inputs(preprocessing: Preprocessing) -> str:
    """Which columns were taken for numbers, which for categories."""
    found = []
    for names, what in (
        (preprocessing.numbers, "number"),
        ([f"{name} ({len(labels)})" for name, labels in preprocessing.texts], "category"),
    ):
        if names:
            many = what if len(names) == 1 else {"number": "numbers", "category": "categories"}[what]
            found.append(f"{len(names)} {many}: {', '.join(names[:4])}{' ...' if len(names) > 4 else ''}")
    return "; ".join(found)


def epoch_fields(record: Record) -> dict[str, str]:
    """The columns of an epoch's line."""
    fields = {"train loss": figure(record.train_loss)}
    if record.validation_loss is not None:
        fields["validation loss"] = figure(record.validation_loss)
    fields |= {NAMES.get(name, name): figure(value) for name, value in record.metrics.items()}
    return fields | {"time": duration(record.seconds)}


def best_line(outcome: Outcome) -> str:
    """The epoch whose parameters were kept, and how good they are."""
    best = outcome.best
    if best is None:
        return "no epoch was trained"
    epochs = len(outcome.history)
    if outcome.best_epoch is None:
        return f"epoch {best.epoch} of {epochs}: train loss {figure(best.train_loss)}"
    found = measures({"validation loss": best.validation_loss, **best.metrics})
    return f"best epoch {best.epoch} of {epochs}: {found}"


def conclusion(outcome: Outcome) -> list[str]:
    """What came of the run, and where it is."""
    lines = [f"{best_line(outcome)}; {duration(outcome.seconds)}"]
    if outcome.stopped in ENDS:
        lines.insert(0, ENDS[outcome.stopped])
    if outcome.test:
        lines.append(f"test rows: {measures(outcome.test)}")
    return [*lines, f"saved in {outcome.run.folder}"]


def columns(rows: Iterable[Sequence[str]], indent: str = "") -> str:
    """Rows of cells as text, each column as wide as its widest cell."""
    rows = [tuple(row) for row in rows]
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    padded = ("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows)
    return "\n".join(indent + line for line in padded)
