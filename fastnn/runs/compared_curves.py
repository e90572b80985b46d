"""Plot the curves of all networks of a comparison in one picture, and the best combination on top."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import IO, Any

from fastnn.runs.comparison import Compared, Comparison
from fastnn.runs.curves import logarithmic

MOST_NAMED = 8  # combinations with a color and a name of their own
COLORS = "#4477aa #cc6677 #228833 #aa8800 #66ccee #aa3377 #ee7733 #009988".split()
REST = "#bbbbbb"


def draw(file: IO[bytes], comparison: Comparison) -> None:
    """Write a PNG with the validation loss of every network: thin lines, a color for each of the best combinations."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 5), layout="constrained")
    FigureCanvasAgg(figure)
    axis: Any = figure.subplots()
    rows = [row for row in comparison.rows() if any(network.history for network in row.networks)]
    drawn: list[float] = []
    for place, row in reversed(list(enumerate(rows))):  # the best is drawn last, above all others
        named = place < MOST_NAMED
        label = title(row.choices) if named else None
        for network in row.networks:
            drawn += _curve(axis, network, COLORS[place] if named else REST, label, 1.6 if place == 0 else 0.8)
            label = None
    logarithmic(axis, drawn)
    standardized = comparison.networks[0].run.standardized
    axis.set_ylabel("validation loss (standardized)" if standardized else "validation loss")
    axis.set_xlabel("epoch")
    axis.xaxis.get_major_locator().set_params(integer=True)
    axis.spines[["top", "right"]].set_visible(False)
    axis.grid(alpha=0.25)
    handles, labels = axis.get_legend_handles_labels()
    rest = f"{len(rows) - MOST_NAMED} more in gray" if len(rows) > MOST_NAMED else ""
    axis.legend(handles[::-1], labels[::-1], frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(1.0, 1.0),
                title=rest or None, title_fontsize=9)  # fmt: skip
    count = len(comparison.networks)
    source = comparison.networks[0].run.dataset.source
    axis.set_title(f"{source[:40]}: {count} networks, the best first", fontsize=11, loc="left", parse_math=False)
    with warnings.catch_warnings(action="ignore", category=UserWarning):  # letters that the font does not have
        figure.savefig(file, dpi=130, format="png", metadata={"Software": "fastnn"})


def _curve(axis: Any, network: Compared, color: str, label: str | None, width: float) -> list[float]:
    """Draw the validation loss of one network, and return its values."""
    epochs = [record.epoch for record in network.history]
    values = [record.validation_loss or 0.0 for record in network.history]
    marker = "o" if len(epochs) == 1 else None
    axis.plot(epochs, values, color=color, label=label, linewidth=width, alpha=0.85, marker=marker)
    return values


def title(choices: Mapping[str, str]) -> str:
    """Return the choices of a combination as text, such as "optimizer adam, lr 0.01"."""
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in choices.items()) or "all networks"
