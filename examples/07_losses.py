"""Losses: the squared, the absolute and the Huber loss with an outlier; and a quiz: which functions can be a loss?

Lecture, topic 7: MSE = 1/n sum (y - z)^2 and MAE = 1/n sum |y - z|. A loss must be continuous and derivable over its
domain, and have only one minimum.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import style

import fastnn

LOSSES = {"mse": style.BLUE, "mae": style.RED, "huber": style.GREEN}
QUIZ = {  # f(e) and df/de, for an error e
    "e^3": (lambda e: e**3, lambda e: 3 * e**2),
    "log(e)": (np.log, lambda e: 1 / e),
    "sin(e)": (np.sin, np.cos),
    "1/e": (lambda e: 1 / e, lambda e: -1 / e**2),
    "5 e^2 - 2": (lambda e: 5 * e**2 - 2, lambda e: 10 * e),
}
ERRORS = np.linspace(-10, 10, 2001)  # 0 is one of them


def fit_lines(panel) -> list[tuple[str, float, float]]:
    """Fit a line to points around y = x, of which one is wrong. Returns (loss, slope, value at x = 0)."""
    x = np.linspace(-1, 1, 21)
    y = x + np.random.default_rng(0).normal(0, 0.05, x.size)
    y[-2] = -4.0  # the outlier
    panel.plot(x, y, "o", color=style.GRAY, markersize=4)
    rows = []
    for loss, color in LOSSES.items():
        net = fastnn.Network([1, 1], initializer="zeros")
        fastnn.train(net, x, y, loss=loss, lr=0.02, epochs=600, validation=None)
        (slope, offset) = (float(part.item()) for part in net.weights[0])
        rows.append((loss, slope, offset))
        panel.plot(x, net.predict(x), color=color, label=f"{loss}: slope {slope:.2f}")
    style.name(panel, "A line through points with one outlier", "x", "y", legend=True)
    return rows


def judge(f) -> tuple[int, str]:
    """Return the number of minima of f, and whether it can be a loss, or why not."""
    with np.errstate(all="ignore"):
        values = f(ERRORS)
    undefined = ERRORS[~np.isfinite(values)]
    inside = np.where(np.isfinite(values), values, np.nan)
    minima = int(np.sum((inside[1:-1] < inside[:-2]) & (inside[1:-1] < inside[2:])))
    if undefined.size > 1:
        return minima, f"no: not defined for e <= {undefined.max():g}"
    if undefined.size:
        return minima, f"no: not continuous at e = {undefined[0]:g}"
    if minima != 1:
        return minima, "no: no minimum" if minima == 0 else "no: many minima"
    return minima, "yes"


def descend(f, slope) -> str:
    """Return in words where gradient descent from e = -3 ends. A loss must lead to e = 0."""
    try:
        run = fastnn.minimize(f, slope, -3.0, "gd", lr=0.05, steps=2000)
    except fastnn.UsageError:
        return "cannot start: f(-3) is not defined"
    except fastnn.Diverged:
        return "diverges"
    return f"e = {round(run.x, 3) + 0:g}" + ("" if run.stopped == "tolerance" else ", and moves on")


def main(out: Path, quick: bool) -> None:
    figure, (left, right) = style.axes(2, width=9, height=3.4)
    error = np.linspace(-3, 3, 301)
    for loss, color in LOSSES.items():
        left.plot(error, [fastnn.ops.loss(loss, [e], [0.0]) for e in error], color=color, label=loss)
    left.set_ylim(0, 5)
    style.name(left, "Three losses of an error", "error: prediction - target", "loss", legend=True)
    print("A line through 21 points around y = x; one of them is an outlier\n")
    style.table(("loss", "slope", "value at 0"), fit_lines(right))
    style.save(figure, out, "07_losses.png")

    print("\nQuiz: which function can be a loss of the error e?\n")
    figure, panels = style.axes(5, width=10, height=2.5)
    rows = []
    for (name, (f, slope)), panel in zip(QUIZ.items(), panels, strict=True):
        minima, answer = judge(f)
        rows.append((name, minima, answer, descend(f, slope)))
        with np.errstate(all="ignore"):
            shown = np.where(ERRORS == 0, np.nan, f(ERRORS)) if name == "1/e" else f(ERRORS)
        panel.plot(ERRORS, shown, color=style.GREEN if answer == "yes" else style.RED)
        panel.set_xlim(-10, 10)
        if name == "1/e":
            panel.set_ylim(-5, 5)
        style.name(panel, f"{name}\n{answer.partition(' at ')[0].partition(' for ')[0]}", "e", "")
    style.table(("function", "minima", "can it be a loss?", "gradient descent from e = -3"), rows)
    style.save(figure, out, "07_quiz.png")


if __name__ == "__main__":
    style.start(main)
