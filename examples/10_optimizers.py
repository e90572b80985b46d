"""The race of the optimizers: Beale's function, a long valley, a saddle; then digits; and the summary table.

Lecture, topic 10, with its famous animation (after A. Radford). What the lecture calls AdaDelta is known as RMSprop,
here with epsilon inside the root; `adadelta` is Zeiler's rule. Each path is compared with the lecture's own formulas.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import style
from rules import EPS, GAMMA, by_the_lecture
from surfaces import BEALE, SADDLE, VALLEY, Surface

import fastnn
from fastnn.data.source import read
from fastnn.parts import registry

STEPS, COMPARED = 200, 50  # RMSprop jumps to and fro at a minimum: later, rounding makes two paths of one
RACES = {  # optimizer: learning rates on Beale's function, in the valley, at the saddle
    "sgd": (0.01, 0.1, 0.02),
    "momentum": (0.005, 0.1, 0.02),
    "nesterov": (0.005, 0.1, 0.02),
    "adagrad": (0.5, 1.0, 0.05),
    "adadelta": (10.0, 10.0, 1.0),
    "rmsprop": (0.02, 0.1, 0.02),
    "adam": (0.2, 0.2, 0.02),
}
DIGITS = {"gd": 0.5, "sgd": 0.1, "momentum": 0.02, "nesterov": 0.02, "adagrad": 0.02, "adadelta": 1.0,
          "rmsprop": 0.002, "adam": 0.003}  # fmt: skip
SPECS = {"adagrad": f"adagrad:eps_inside=true,eps={EPS}", "rmsprop": f"rmsprop:rho={GAMMA},eps_inside=true,eps={EPS}"}
NOTE = "rmsprop is the lecture's AdaDelta; adadelta is Zeiler's"


def race(surface: Surface, name: str, lr: float) -> np.ndarray:
    """Return the path of an optimizer."""
    spec = SPECS.get(name, name)
    return fastnn.minimize(surface.f, surface.gradient, surface.start, spec, lr, tolerance=0, steps=STEPS).path


def draw_races(paths: dict[str, list[np.ndarray]], out: Path, quick: bool) -> None:
    figure, panels = style.axes(3, width=9.5, height=4)
    moving = []
    for k, (surface, panel) in enumerate(zip((BEALE, VALLEY, SADDLE), panels, strict=True)):
        x0, x1, y0, y1 = surface.view
        grid = np.meshgrid(np.linspace(x0, x1, 200), np.linspace(y0, y1, 200))
        panel.contour(*grid, surface.f(grid), surface.levels, colors="#cccccc", linewidths=0.8, linestyles="solid")
        panel.plot(*surface.start, "*", color=style.BLACK, markersize=10)
        panel.set(xlim=(x0, x1), ylim=(y0, y1))
        panel.grid(False)
        style.name(panel, surface.title, "x", "y")
        for name in paths:
            color, marker = style.OPTIMIZERS[name]
            look = {"color": color, "marker": marker, "markersize": 6, "markevery": [-1], "linewidth": 1.5}
            moving.append((panel.plot([], [], label=name, **look)[0], paths[name][k]))
    legend = panels[0].get_legend_handles_labels()
    figure.legend(*legend, loc="outside lower center", ncols=7, frameon=False, title=NOTE, title_fontsize=9)

    def draw(step: int) -> None:
        for line, path in moving:
            line.set_data(*path[: step + 1].T)

    style.animate(figure, draw, range(0, STEPS + 1, 40 if quick else 2), out, "10_race.gif")
    style.save(figure, out, "10_race.png")


def digits(out: Path, epochs: int) -> None:
    """Train the same network on digits with every optimizer."""
    table = read("digits")
    X = np.column_stack([table.numbers(f"pixel_{r}_{c}") for r in range(8) for c in range(8)]) / 16.0
    figure, (left, right) = style.axes(2, width=9.5, height=3.6)
    rows = []
    for name, lr in DIGITS.items():
        net = fastnn.Network([64, 64, 10])
        run = fastnn.train(net, X, table.numbers("digit"), optimizer=SPECS.get(name, name), lr=lr, epochs=epochs)
        losses, accuracies = zip(*((r.train_loss, r.metrics["accuracy"]) for r in run.history), strict=True)
        rows.append((name, lr, losses[-1], run.history[-1].validation_loss, accuracies[-1]))
        for panel, values in ((left, losses), (right, accuracies)):
            color, marker = style.OPTIMIZERS[name]
            look = {"color": color, "marker": marker, "markersize": 5, "markevery": 5}
            panel.plot(range(1, epochs + 1), values, label=name, **look)
    left.set_yscale("log")
    style.name(left, "Digits: training loss", "epoch", "cross-entropy")
    style.name(right, "Digits: accuracy on validation data", "epoch", "accuracy", legend=True)
    style.table(("optimizer", "lr", "training loss", "validation loss", "accuracy"), rows)
    style.save(figure, out, "10_digits.png")


def summary() -> list[tuple[str, ...]]:
    """Return the lecture's summary for every registered optimizer, found by a trial of its kernel."""
    rows = []
    for part in (part for part, _ in registry.parts() if part.kind == "optimizer"):
        points, rule = [np.zeros(2)], fastnn.ops.optimizer(part())
        for gradient in [(1.0, 100.0)] * 10 + [(0.0, 0.0)]:
            points.append(points[-1].copy())
            rule.step(points[-1], np.array(gradient))
        steps = np.abs(np.diff(points, axis=0))
        own_rate = steps[9, 1] < 50 * steps[9, 0]  # with a gradient 100 times as large, the step is not
        goes_on = (steps[10] > 0.001 * steps[9]).all()  # without a gradient
        rows.append((part.name, *("yes" if fact else "no" for fact in (part.batch == "mini", goes_on, own_rate))))
    return rows


def main(out: Path, quick: bool) -> None:
    surfaces = BEALE, VALLEY, SADDLE
    paths = {n: [race(s, n, lr) for s, lr in zip(surfaces, rates, strict=True)] for n, rates in RACES.items()}
    print("Steps until the goal (near the minimum; away from the saddle), with the learning rate in brackets\n")
    rows = []
    for name, rates in RACES.items():
        cells, difference = [], 0.0
        for surface, path, lr in zip(surfaces, paths[name], rates, strict=True):
            arrival = next((step for step, point in enumerate(path) if surface.arrived(point)), "-")
            cells.append(f"{arrival} ({lr:g})")
            known = by_the_lecture(surface.gradient, np.array(surface.start), name, lr, COMPARED)
            difference = max(difference, float(np.abs(known - path[: COMPARED + 1]).max()))
        rows.append((name, *cells, "not in it" if name == "adadelta" else f"{difference:.0e}"))
    head = ("optimizer", *(surface.title for surface in surfaces), "differs from the lecture's rule by")
    style.table(head, rows)
    draw_races(paths, out, quick)
    print()
    digits(out, 10 if quick else 30)
    print("\nThe lecture's summary, for every registered optimizer\n")
    style.table(("optimizer", "mini-batches", "momentum", "a rate per parameter"), summary())


if __name__ == "__main__":
    style.start(main)
