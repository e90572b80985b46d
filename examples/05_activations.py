"""Why networks need activations: the same two layers with and without ReLU; and a sheet of all activations.

Lecture, topic 5: y = activation(x1 w1 + ... + xN wN + b). Two linear layers without an activation between them are one
linear layer: they can only draw a straight line. The sheet comes from the registry, which lists plugins too.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import style

import fastnn
from fastnn.data.source import read
from fastnn.parts import registry

NETWORKS = {  # sizes, activation of the hidden layer
    "one linear layer": ([2, 1], "identity"),
    "two linear layers": ([2, 16, 1], "identity"),
    "with ReLU between them": ([2, 16, 1], "relu"),
}


def decision_boundaries(out: Path) -> None:
    """Train each network on two half moons, which no straight line separates."""
    moons = read("moons")
    X = np.column_stack([moons.numbers("x"), moons.numbers("y")])
    y = moons.texts["group"].codes
    figure, panels = style.axes(3, width=9, height=3.2, sharey=True)
    rows = []
    for (name, (sizes, activation)), panel in zip(NETWORKS.items(), panels, strict=True):
        net = fastnn.Network(sizes, activation)
        fastnn.train(net, X, y, loss="binary_cross_entropy", lr=0.02, epochs=100, batch_size=32, validation=None)
        accuracy = float(np.mean(net.predict(X) == y))
        rows.append((name, "-".join(map(str, sizes)), accuracy))
        style.regions(panel, net.predict, X, y)
        style.name(panel, f"{name}\naccuracy {accuracy:.3f}", "x1", "x2" if panel is panels[0] else "")
    style.table(("network", "sizes", "accuracy"), rows)
    style.save(figure, out, "05_decision_boundaries.png")


def values(activation, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, str]:
    """Return f(x), f'(x) and a title. Softmax works on rows: here on (x, 0), of which the first output is shown."""
    if not activation.rowwise:
        f, derivative = fastnn.ops.activation, fastnn.ops.activation_derivative
        return f(activation(), x), derivative(activation(), x), activation.name
    y = fastnn.ops.activation(activation(), np.column_stack([x, np.zeros_like(x)]))[:, 0]
    return y, np.gradient(y, x), f"{activation.name} of (x, 0)"


def sheet(out: Path) -> None:
    """Draw every activation that is registered, with its derivative."""
    activations = [part for part, _ in registry.parts() if part.kind == "activation"]
    x = np.linspace(-4, 4, 401)
    figure, panels = style.axes(6, -(-len(activations) // 6), width=10, height=5.4, sharex=True, sharey=True)
    for panel in panels.flat[len(activations) :]:
        panel.axis("off")
    for activation, panel in zip(activations, panels.flat, strict=False):
        y, slope, title = values(activation, x)
        panel.plot(x, y, color=style.BLUE)
        steep = np.where(np.abs(np.diff(slope, append=slope[-1])) > 0.1, np.nan, slope)  # a jump is not a line
        panel.plot(x, steep, "--", color=style.RED)
        if activation.name == "relu":  # the two derivatives at 0
            panel.plot([0, 0], [0, 1], "o", color=style.RED, markersize=5, markerfacecolor="white")
        panel.set(ylim=(-1.5, 3))
        panel.set_title(title, fontsize=10)
    for panel in panels[-1]:
        panel.set_xlabel("x")
    print(f"{len(activations)} activations: {', '.join(part.name for part in activations)}")
    panels.flat[0].legend(["f(x)", "f'(x)"], frameon=False, fontsize=8)
    style.save(figure, out, "05_activations.png")


def main(out: Path, quick: bool) -> None:
    decision_boundaries(out)
    print()
    sheet(out)
    print("\nThe lecture's four at a few points\n")
    x = np.array([-2.0, 0.0, 2.0])
    rows = []
    for name, formula in {
        "sigmoid": "1 / (1 + e^-x)",
        "tanh": "tanh x",
        "relu": "max(0, x)",
        "softplus": "log(1 + e^x)",
    }.items():
        y, slope = fastnn.ops.activation(name, x), fastnn.ops.activation_derivative(name, x)
        rows.append((name, formula, *map(float, y), *map(float, slope)))
    style.table(("", "f(x)", "f(-2)", "f(0)", "f(2)", "f'(-2)", "f'(0)", "f'(2)"), rows)
    print("\nReLU has no derivative at 0: the left one or the right one is chosen\n")
    left, right = (float(fastnn.ops.activation_derivative("relu", 0.0, at_zero=side)) for side in (0.0, 1.0))
    print(f'"relu", as most libraries do: {left:g}    "relu:at_zero=1": {right:g}')


if __name__ == "__main__":
    style.start(main)
