"""Plot a run: losses and a metric over the epochs, with the best epoch marked."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Sequence
from typing import IO, Any

from fastnn.network.metrics import main_metrics
from fastnn.network.metrics import title as metric_title
from fastnn.training.record import Record

TRAINING, VALIDATION, BEST = "#4477aa", "#cc6677", "#555555"


def draw(
    file: IO[bytes],
    history: Sequence[Record],
    best_epoch: int | None,
    title: str,
    standardized: bool = False,
    networks: Sequence[Sequence[Record]] = (),
) -> None:
    """Write a PNG: losses above, on a logarithmic scale if they span more than a decade; the main metric below.

    standardized: whether the losses are of standardized targets. networks: the histories of several networks, drawn as
    thin lines; ``history`` are then their means, dotted where some have stopped early.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    metrics = list(main_metrics(history[0].metrics))[:1] if history else []
    figure = Figure(figsize=(8, 3.2 + 2.4 * len(metrics)), layout="constrained")
    FigureCanvasAgg(figure)
    heights = [3.0] + [2.0] * len(metrics)
    axes = figure.subplots(len(heights), 1, sharex=True, squeeze=False, height_ratios=heights)[:, 0]
    epochs = [record.epoch for record in history]
    marker = "o" if len(history) < 2 else None
    mean = " (mean)" if networks else ""
    whole = min(map(len, networks), default=len(history))  # the epochs that all networks trained
    losses = [(f"training{mean}", TRAINING, [record.train_loss for record in history])]
    if history and history[0].validation_loss is not None:
        losses.append((f"validation{mean}", VALIDATION, [record.validation_loss or 0.0 for record in history]))
    for records in networks:
        thin(axes[0], TRAINING, records, lambda record: record.train_loss)
        thin(axes[0], VALIDATION, records, lambda record: record.validation_loss)
        for axis, name in zip(axes[1:], metrics, strict=True):
            thin(axis, VALIDATION, records, functools.partial(_metric, name))
    for label, colour, values in losses:
        axes[0].plot(epochs[:whole], values[:whole], color=colour, label=label, marker=marker)
        if whole < len(epochs):
            axes[0].plot(epochs[whole - 1 :], values[whole - 1 :], color=colour, linestyle=":")
    logarithmic(axes[0], [value for _, _, values in losses for value in values])
    axes[0].set_ylabel("loss (standardized)" if standardized else "loss")
    for axis, name in zip(axes[1:], metrics, strict=True):
        values = [record.metrics.get(name, float("nan")) for record in history]
        axis.plot(epochs[:whole], values[:whole], color=VALIDATION, label="validation", marker=marker)
        if whole < len(epochs):
            axis.plot(epochs[whole - 1 :], values[whole - 1 :], color=VALIDATION, linestyle=":")
        axis.set_ylabel(metric_title(name))
        if best_epoch is not None:
            best = values[best_epoch - 1]
            axis.plot([best_epoch], [best], "o", color=BEST, label=f"best epoch: {best:.4f}", zorder=3)
            _legend(axis)
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(alpha=0.25)
        if best_epoch is not None:
            axis.axvline(best_epoch, color=BEST, linestyle=":", linewidth=1.2)
    if best_epoch is not None:
        loss = history[best_epoch - 1].validation_loss
        axes[0].plot([best_epoch], [loss], "o", color=BEST, label=f"best: epoch {best_epoch}, {loss:.4g}", zorder=3)
    _legend(axes[0])
    axes[-1].set_xlabel("epoch")
    axes[-1].xaxis.get_major_locator().set_params(integer=True)
    axes[0].set_title(title, fontsize=11, loc="left", parse_math=False)
    with warnings.catch_warnings(action="ignore", category=UserWarning):  # letters that the font does not have
        figure.savefig(file, dpi=130, format="png", metadata={"Software": "fastnn"})


def _metric(name: str, record: Record) -> float | None:
    return record.metrics.get(name)


def thin(axis: Any, colour: str, records: Sequence[Record], value: Callable[[Record], float | None]) -> None:
    """Draw the thin line of one of several networks."""
    values = [value(record) for record in records]
    if None not in values:
        axis.plot([record.epoch for record in records], values, color=colour, alpha=0.35, linewidth=0.6)


def logarithmic(axis: Any, values: Sequence[float]) -> None:
    """Make the axis logarithmic if all values are positive and span more than a decade."""
    positive = [value for value in values if value > 0]
    if len(positive) == len(values) and positive and max(positive) > 10 * min(positive):
        from matplotlib.ticker import FuncFormatter

        axis.set_yscale("log")
        axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.yaxis.set_minor_formatter(FuncFormatter(_at_2_and_5))


def _at_2_and_5(value: float, _: Any) -> str:
    """Return the label of a minor tick: only for 2 and 5 times a power of ten."""
    return f"{value:g}" if f"{value:e}".startswith(("2.0", "5.0")) else ""


def _legend(axis: Any) -> None:
    """Add a legend above the axes, where it cannot hide a curve."""
    axis.legend(frameon=False, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, fontsize=9, borderaxespad=0.1)
