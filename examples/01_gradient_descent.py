"""Gradient descent on any function: a learning rate that is too small, good, or too large.

Lecture, topic 1: start at some x and repeat x <- x - lr * df/dx(x), until the derivative is nearly 0 or the steps run
out. `fastnn.minimize` does this for every function that is given with its derivative.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import style

import fastnn

START, STEPS = 3.0, 12  # any start will do; the lecture draws it at random


def f(x):
    return x**2


def df(x):
    return 2 * x


def descend(lr: float) -> tuple[Any, str]:
    """Return the way down, and in words how it ended."""
    try:
        run = fastnn.minimize(f, df, START, "gd", lr, tolerance=1e-3, steps=STEPS)
        return run, "reached the minimum" if run.stopped == "tolerance" else "still on its way"
    except fastnn.Diverged as error:
        print(f"lr {lr:g} diverged: {error}")
        return error.result, "diverged"


def wavy(x):
    return np.sin(3 * x) + 0.3 * x**2


def dwavy(x):
    return 3 * np.cos(3 * x) + 0.6 * x


def main(out: Path, quick: bool) -> None:
    print(f"f(x) = x^2, df/dx = 2x, from x = {START:g}, at most {STEPS} steps\n")
    figure, panels = style.axes(3, width=9, height=3.2, sharey=True)
    rows, curve = [], np.linspace(-4.5, 4.5, 200)
    for panel, name, lr in zip(panels, ("too small", "good", "too large"), (0.02, 0.3, 1.02), strict=True):
        run, ended = descend(lr)
        rows.append((name, lr, run.steps, run.x, run.value, ended))
        shown = run.path[np.abs(run.path) < 4.5]
        panel.plot(curve, f(curve), color=style.GRAY)
        panel.plot(shown, f(shown), "o-", color=style.BLUE, markersize=4, linewidth=1)
        panel.plot(START, f(START), "o", color=style.RED)
        style.name(panel, f"{name}: lr = {lr:g}\n{ended}", "x", "f(x) = x²" if lr == 0.02 else "")
    print()
    style.table(("learning rate", "lr", "steps", "last x", "f(x)", "it has"), rows)
    style.save(figure, out, "01_learning_rates.png")

    print("\nf(x) = sin(3x) + 0.3 x^2 has several minima: where it ends depends on where it starts")
    figure, panel = style.axes(width=8, height=3.2)
    curve = np.linspace(-3.2, 3.2, 300)
    panel.plot(curve, wavy(curve), color=style.GRAY)
    rows = []
    for x0, color in zip((-3.0, 0.3, 0.8), style.COLORS, strict=False):
        run = fastnn.minimize(wavy, dwavy, x0, "gd", lr=0.05, tolerance=1e-6, steps=200)
        rows.append((x0, run.steps, run.x, run.value, run.stopped))
        panel.plot(run.path, wavy(run.path), "o-", color=color, markersize=4, linewidth=1, label=f"from x = {x0:g}")
        panel.plot(run.x, run.value, "*", color=color, markersize=14, markeredgecolor="white")
    style.name(panel, "Gradient descent finds a minimum (star), not always the lowest", "x", "f(x)", legend=True)
    style.table(("from x", "steps", "last x", "f(x)", "stopped by"), rows)
    style.save(figure, out, "01_any_function.png")


if __name__ == "__main__":
    style.start(main)
