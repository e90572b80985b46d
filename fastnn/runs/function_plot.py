"""Draw an activation or a loss with its derivative."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from fastnn import ops
from fastnn.errors import UsageError
from fastnn.files import replacing
from fastnn.parts.part import Part
from fastnn.runs.curves import TRAINING, VALIDATION

EXAMPLES = {"real": 0.0, "positive": 1.0, "count": 2.0, "binary": 1.0, "sign": 1.0}  # one target of each kind
X = np.linspace(-5.0, 5.0, 1001)


def can_be_drawn(part: Part) -> bool:
    """Return whether a part is a function of one number, or of a number and its target."""
    return part.kind in ("activation", "loss") and not getattr(part, "rowwise", False)


def draw_part(file: str | os.PathLike[str], part: Any) -> None:
    """Write a PNG with the function, at its default parameters, and its derivative."""
    path = Path(file).expanduser()
    if path.suffix.lower() != ".png":
        raise UsageError(f"--plot: {str(file)!r} is not allowed: it must be the name of a .png file.")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    bound = part()
    if part.kind == "activation":
        value, slope, label = ops.activation(bound, X), ops.activation_derivative(bound, X), "x"
        names = part.name, "derivative"
    else:
        target = np.full_like(X, EXAMPLES[part.target])
        value = np.array([ops.loss(bound, [x], [t]) for x, t in zip(X, target, strict=True)])
        slope = ops.loss_gradient(bound, X, target, reduction="sum")
        names, label = (part.name, "gradient"), f"prediction, for the target {target[0]:g}"
    figure = Figure(figsize=(6.4, 4.0), layout="constrained")
    FigureCanvasAgg(figure)
    axis = figure.subplots()
    axis.plot(X, value, color=TRAINING, label=names[0])
    axis.plot(X, slope, color=VALIDATION, label=names[1])
    axis.set_xlabel(label, parse_math=False)
    axis.set_title(f"{part.kind} {bound.spec}", fontsize=11, loc="left", parse_math=False)
    axis.spines[["top", "right"]].set_visible(False)
    axis.grid(alpha=0.25)
    axis.legend(frameon=False)
    with replacing(path) as opened:
        figure.savefig(opened, format="png", dpi=120)
