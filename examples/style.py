"""What the examples share: their options, their colors, and how a picture is saved.

The colors are those of Okabe and Ito, which people with any kind of color vision can tell apart. An optimizer has the
same color and marker in every picture.
"""

from __future__ import annotations

import argparse
import inspect
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

BLUE, ORANGE, GREEN, RED, SKY, PINK = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7"
BLACK, GRAY = "#000000", "#888888"
COLORS = (BLUE, RED, GREEN, ORANGE, PINK, SKY, BLACK)  # curves one after the other, where nothing else is said
TRAINING, VALIDATION = BLUE, RED

OPTIMIZERS = {  # name: color, marker
    "gd": (GRAY, "o"), "sgd": (BLACK, "o"), "momentum": (RED, "s"), "nesterov": (ORANGE, "D"), "adagrad": (GREEN, "^"),
    "adadelta": (SKY, "v"), "rmsprop": (PINK, "P"), "adam": (BLUE, "X"),
}  # fmt: skip


def start(main: Callable[[Path, bool], None]) -> None:
    """Run an example with the options of the command line."""
    parser = argparse.ArgumentParser(description=inspect.getmodule(main).__doc__.partition("\n")[0])
    parser.add_argument("--out", metavar="DIR", type=Path, default=Path("pictures"), help="folder of the pictures")
    parser.add_argument("--quick", action="store_true", help="fewer steps and frames")
    options = parser.parse_args()
    try:
        options.out.mkdir(parents=True, exist_ok=True)
        main(options.out, options.quick)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of the output has ended, as head does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left to write goes nowhere
        sys.exit(1)
    except OSError as error:
        if error.filename is None:  # not about a file
            raise
        sys.exit(f"Error: {error.filename}: {error.strerror}. Choose another folder with --out.")


def axes(columns: int = 1, rows: int = 1, width: float = 8.0, height: float = 3.4, **more: Any) -> tuple[Figure, Any]:
    """Return a figure and an array of its axes, or the only one."""
    figure = Figure(figsize=(width, height), dpi=100, layout="constrained")
    made = figure.subplots(rows, columns, squeeze=False, **more)
    for one in made.flat:
        one.spines[["top", "right"]].set_visible(False)
        one.grid(alpha=0.25)
    return figure, made.item() if made.size == 1 else made.squeeze()


def name(axis: Axes, title: str, x: str, y: str, legend: bool = False) -> None:
    """Give axes their title, labels and perhaps a legend."""
    axis.set_title(title, fontsize=10)
    axis.set_xlabel(x)
    axis.set_ylabel(y)
    if legend:
        axis.legend(frameon=False, fontsize=8)


def arrow(axis: Axes, start: Text, end: Text) -> None:
    """Draw an arrow from the box of a text to the box of another."""
    boxes = {"patchA": start.get_bbox_patch(), "patchB": end.get_bbox_patch(), "shrinkA": 3, "shrinkB": 3}
    axis.annotate("", end.get_position(), start.get_position(), arrowprops={"arrowstyle": "-|>", **boxes})


def regions(axis: Axes, predict: Callable[[np.ndarray], np.ndarray], points: np.ndarray, labels: np.ndarray) -> None:
    """Draw the points of two classes over the classes that are predicted all over the plane."""
    (x0, y0), (x1, y1) = points.min(0) - 0.3, points.max(0) + 0.3
    x, y = np.meshgrid(np.linspace(x0, x1, 300), np.linspace(y0, y1, 300))
    classes = predict(np.column_stack([x.ravel(), y.ravel()])).reshape(x.shape)
    axis.contourf(x, y, classes, levels=[-0.5, 0.5, 1.5], colors=[BLUE, ORANGE], alpha=0.25)
    axis.contour(x, y, classes, levels=[0.5], colors=BLACK, linewidths=1)
    for label, color, marker in ((0, BLUE, "o"), (1, ORANGE, "^")):
        axis.scatter(*points[labels == label].T, s=14, c=color, marker=marker, edgecolors="white", linewidths=0.3)


def save(figure: Figure, out: Path, file: str) -> None:
    """Save a picture as PNG."""
    figure.savefig(out / file, metadata={"Software": "fastnn"})
    print(f"saved {out / file}")


def animate(figure: Figure, draw: Callable[[Any], None], frames: Iterable[Any], out: Path, file: str) -> None:
    """Save a GIF with one picture after each call of draw. The last one stays for three seconds."""
    canvas, images = FigureCanvasAgg(figure), []
    canvas.draw()
    figure.set_layout_engine("none")  # the layout of the first picture is kept: to find it again takes time
    for frame in frames:
        draw(frame)
        canvas.draw()
        images.append(Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB"))
    palette = images[-1].quantize(128)  # one for all pictures, so that colors do not change
    images = [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images]
    milliseconds = [90] * (len(images) - 1) + [3000]
    images[0].save(out / file, save_all=True, append_images=images[1:], duration=milliseconds, loop=0)
    print(f"saved {out / file}")


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table: texts on the left, numbers with four digits on the right."""
    cells = [list(head)] + [[f"{cell:.4g}" if isinstance(cell, float) else str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        print("  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))]))
