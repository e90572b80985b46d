"""Texts and tables that several commands print."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fastnn.data.share import Folds

if TYPE_CHECKING:
    from fastnn.config import Experiment
    from fastnn.data.dataset import Dataset
    from fastnn.data.preprocessing import Preprocessing
    from fastnn.runs.outcome import Outcome
    from fastnn.runs.setup import Setup
    from fastnn.training.record import Record

LOSSES = {"loss": "loss", "validation_loss": "validation loss", "train_loss": "train loss"}
MOST_METRICS = 12  # in a line: a model may have many targets
MOST_CLASSES = 12  # of a confusion matrix that is printed
LONGEST_CLASS = 16  # characters of a class in it
MOST_NOTES = 8  # lines of notes before a run: with the description of the run there are fewer than 15
STOP_REASONS = {
    "early_stopping": "stopped early: the validation loss stopped decreasing",
    "tolerance": "stopped: the norm of the gradient is within the tolerance",
}


def printable(text: str) -> str:
    """Return the text with control characters escaped, so that a file cannot send commands to the terminal."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in "\n\t" else ascii(c)[1:-1] for c in text)


def format_value(value: float | None) -> str:
    """Return a number with four significant digits, or a large one with thousands separators."""
    if value is None or not math.isfinite(value):
        return "-" if value is None else str(value)
    if abs(value) >= 1e4 and abs(value) < 1e15:
        return f"{value:,.0f}"
    return f"{value:.4g}" if abs(value) < 1e-3 or abs(value) >= 1 else f"{value:.4f}"


def duration(seconds: float) -> str:
    """Return seconds as text, such as "1.5 s" or "2:03 min"."""
    if seconds < 60:
        return f"{seconds:.3f} s" if seconds < 1 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d} min"


def format_metrics(metrics: Mapping[str, Any], standardized: bool = False, most: int | None = None) -> str:
    """Return metrics as text, such as "validation loss 0.12, accuracy 0.97", without a confusion matrix.

    standardized: whether losses are. most: how many are shown at most.
    """
    parts = [
        f"{metric_title(name, standardized)} {format_value(value)}"
        for name, value in metrics.items()
        if not isinstance(value, list)
    ]
    return ", ".join(parts[:most]) + (" ..." if len(parts[:most]) < len(parts) else "")


def metric_title(name: str, standardized: bool) -> str:
    """Return the name of a loss or a metric for the user."""
    from fastnn.network.metrics import title

    if name in LOSSES:
        return f"standardized {LOSSES[name]}" if standardized else LOSSES[name]
    return title(name)


def confusion_table(matrix: Sequence[Sequence[int]], classes: Sequence[str]) -> str:
    """Return a confusion matrix as aligned text."""
    names = [
        name if len(name) <= LONGEST_CLASS else name[: LONGEST_CLASS - 1] + "…" for name in map(printable, classes)
    ]
    rows = [["", *names], *([name, *(f"{n:,}" for n in row)] for name, row in zip(names, matrix, strict=True))]
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    lines = ("  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in rows)
    return "\n".join(["confusion matrix (rows: true class, columns: predicted class)", *lines])


def introduction(run: Setup) -> list[str]:
    """Return lines that describe the data, the task, the network and the training."""
    e, data, target = run.experiment, run.dataset, run.dataset.preprocessing.target
    rows, networks = _of_several(run) if run.members else _of_one(run)
    test = f", {len(data.test[1]):,} test rows" if data.test else ""
    output = f"{len(target.classes)} classes of {target.columns[0]}" if target.classes else ", ".join(target.columns)
    batch = "all rows at once" if e.batch_size is None else f"batches of {e.batch_size}"
    loss = f"loss {e.loss.spec}, " if e.loss else ""
    return [
        f"{data.source}: {rows}{test}",
        f"{e.task}: {output}, from {_inputs(data.preprocessing)}",
        *([recipe_line(e)] if e.recipe == "auto" else []),
        networks,
        f"{loss}{e.optimizer.spec}, {batch}, seed {e.seed}, {e.device}",
    ]


def _of_one(run: Setup) -> tuple[str, str]:
    """Return the rows and the network, if there is only one."""
    parameters = sum(segment.size for segment in run.network.plan.segments)
    network = f"network {'-'.join(map(str, run.network.sizes))}, {_hidden(run.experiment)}, {parameters:,} parameters"
    return _rows(run.dataset), network


def _of_several(run: Setup) -> tuple[str, str]:
    """Return the rows and the networks, if there are several, or several encodings of which one is to be chosen."""
    e, encodings = run.experiment, list(run.members)
    members = run.members[encodings[0]]
    first = members[0].dataset
    rows = _rows(first)
    if isinstance(e.validation, Folds):
        both = len(first.X) + (len(first.validation[1]) if first.validation else 0)
        folds = len({id(member.dataset) for member in members})
        some = f"{folds} of {e.validation.number}" if folds < min(e.validation.number, both) else f"{folds}"
        rows = f"{both:,} rows in {some} folds, each for validation in turn"
    sizes = " or ".join(dict.fromkeys("-".join(map(str, run.members[n][0].network.sizes)) for n in encodings))
    several = f"{len(members)} networks" if len(members) > 1 else "network"
    return rows, f"{several} {sizes}, {_hidden(e)}"


def _rows(data: Dataset) -> str:
    validation = f"{len(data.validation[1]):,} validation rows" if data.validation else "no validation rows"
    return f"{len(data.X):,} training rows, {validation}"


def _hidden(e: Experiment) -> str:
    return ", ".join(dict.fromkeys(bound.spec for bound in e.activation)) if e.hidden else "no hidden layer"


def recipe_line(e: Experiment) -> str:
    """Return a line on what the recipe chose."""
    widths = ",".join(map(str, e.hidden)) or "none"
    said = [f"ensemble {e.ensemble}", f"validation {e.validation}", f"hidden {widths}", f"epochs {e.epochs}"]
    said += [f"early stopping {e.early_stopping}"] if e.early_stopping else []
    said += [f"dropout {e.dropout:g}"] if e.dropout else []
    said += [f"clip inputs {e.clip_inputs:g}"] if e.clip_inputs else []
    return f"recipe: {', '.join(said)}, encoding {e.encoding} (--recipe plain: without it)"


def _inputs(preprocessing: Preprocessing) -> str:
    """Return text that lists the columns used as numbers and those used as categories."""
    groups = []
    for names, singular in (
        (preprocessing.numbers, "number"),
        ([f"{name} ({len(labels)})" for name, labels in preprocessing.texts], "category"),
    ):
        if names:
            noun = singular if len(names) == 1 else {"number": "numbers", "category": "categories"}[singular]
            groups.append(f"{len(names)} {noun}: {', '.join(names[:4])}{' ...' if len(names) > 4 else ''}")
    return "; ".join(groups)


def epoch_fields(record: Record) -> dict[str, str]:
    """Return the fields of an epoch by their names: the losses, the main metrics, the time."""
    from fastnn.network.metrics import main_metrics

    fields = {"train loss": format_value(record.train_loss)}
    if record.validation_loss is not None:
        fields["validation loss"] = format_value(record.validation_loss)
    fields |= {metric_title(name, False): format_value(value) for name, value in main_metrics(record.metrics).items()}
    return fields | {"time": duration(record.seconds or 0.0)}


def is_loss(field: str) -> bool:
    """Return whether a field of an epoch is a loss, which may be that of standardized targets."""
    return field in LOSSES.values()


def epoch_line(record: Record, epochs: int, standardized: bool, networks: int = 1) -> str:
    """Return the line of an epoch. The time is left out where the line would be too long with it.

    networks: how many there are; a mean over fewer says so.
    """
    fields = epoch_fields(record)
    if standardized:
        names = [name for name in fields if is_loss(name)]
        losses = [f"{name.removesuffix(' loss')} {fields.pop(name)}" for name in names]
        fields = {"standardized loss:": ", ".join(losses)} | fields
        del fields["time"]
    number = f"{record.epoch:>{len(str(epochs))}}"
    training = getattr(record, "networks", networks)
    rest = [f"({training} of {networks} networks)"] if training < networks else []
    return "  ".join([f"epoch {number}/{epochs}", *(f"{name} {value}" for name, value in fields.items()), *rest])


def best_line(outcome: Outcome) -> str:
    """Return a line with the epoch whose parameters were kept, its loss and its metrics."""
    best = outcome.best
    if best is None:
        return "no epoch was trained"
    if outcome.epochs:
        return _best_of_several(outcome)
    epochs = len(outcome.history)
    standardized = outcome.run.standardized
    if outcome.best_epoch is None:
        return f"epoch {best.epoch} of {epochs}: {format_metrics({'train_loss': best.train_loss}, standardized)}"
    found: Mapping[str, Any] = outcome.validation or {"validation_loss": best.validation_loss, **best.metrics}
    return f"best epoch {best.epoch} of {epochs}: {format_metrics(found, standardized, MOST_METRICS)}"


def choice_line(losses: Mapping[str, float], standardized: bool) -> str:
    """Return a line on the encodings that were tried, the chosen one first."""
    of = "standardized " if standardized else ""
    best, *others = sorted(losses, key=losses.__getitem__)
    rest = ", ".join(f"{name} {format_value(losses[name])}" for name in others)
    return f"encoding {best}: {of}validation loss {format_value(losses[best])} ({rest})"


def _best_of_several(outcome: Outcome) -> str:
    """Return the line for several networks, which predict together."""
    low, high = min(outcome.epochs), max(outcome.epochs)
    many = len(outcome.epochs)
    at = f"epoch {low}" if low == high else f"epochs {low} to {high}"
    networks = f"{many} networks" if many > 1 else "1 network"
    if not outcome.validation:
        mean = {"train_loss": outcome.train_loss}
        return f"{networks}, {at}: {format_metrics(mean, outcome.run.standardized)}"
    return f"{networks}, best {at}: {format_metrics(outcome.validation, outcome.run.standardized, MOST_METRICS)}"


def conclusion(outcome: Outcome) -> list[str]:
    """Return lines with the result of a run and its folder."""
    lines = [f"{best_line(outcome)}; {duration(outcome.seconds)}"]
    if outcome.stopped in STOP_REASONS:
        lines.insert(0, STOP_REASONS[outcome.stopped])
    if outcome.test:
        lines.append(f"test rows: {format_metrics(outcome.test, outcome.run.standardized, MOST_METRICS)}")
    return [*lines, f"saved in {outcome.run.folder}"]


def grouped(notes: Sequence[str]) -> list[str]:
    """Return notes for at most MOST_NOTES lines. The last line holds all those that are left."""
    notes = list(dict.fromkeys(notes))
    if len(notes) <= MOST_NOTES:
        return notes
    rest = notes[MOST_NOTES - 1 :]
    return [*notes[: MOST_NOTES - 1], f"{len(rest)} more: {'; '.join(rest)}"]


def columns(rows: Iterable[Sequence[str]], indent: str = "") -> str:
    """Return rows of cells as text with aligned columns."""
    rows = [tuple(row) for row in rows]
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    padded = ("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows)
    return "\n".join(indent + line for line in padded)
