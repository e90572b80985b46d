"""A network computed by hand: two inputs, two hidden neurons with ReLU, one output; every number of the lecture.

Lecture, topic 6. Each line shows the lecture's number beside the one of fastnn's engine. (The slide prints "-2.00" for
the new w5 and corrects it to -1.91.)
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import style

import fastnn

LR = 1e-3
X, Y = np.array([[2.0, 1.0]]), np.array([[5.0]])  # x1 x2, y
HIDDEN = np.array([[0.0, -4.0], [2.0, -1.0]]), np.array([3.0, 1.0])  # columns: w1 w2 and w3 w4; b1 b2
OUTPUT = np.array([[-2.0], [0.0]]), np.array([6.0])  # w5 w6; b3


def engine() -> dict[str, float]:
    """Return every number of one training step, by the lecture's name for it."""
    net = fastnn.Network([2, 2, 1], activation="relu", dtype="float64")
    net.weights = [HIDDEN, OUTPUT]
    (sums, activated), (_, outputs) = net.forward(X, layers=True)
    found = fastnn.gradients(net, X, Y, loss="mse")  # of one sample and one output: the squared error
    hidden, output = found.layers
    numbers = {"o1": sums[0, 0], "o2": sums[0, 1], "o3": activated[0, 0], "o4": activated[0, 1], "o5": outputs[0, 0]}
    numbers |= {"loss": found.loss, "dL/do5": output.dZ[0, 0], "dL/dw5": output.dW[0, 0], "dL/do3": output.dX[0, 0]}
    numbers |= {"dL/do1": hidden.dZ[0, 0], "dL/dw1": hidden.dW[0, 0]}
    fastnn.train(net, X, Y, loss="mse", optimizer="sgd", lr=LR, epochs=1, validation=None)
    return numbers | {"new w5": net.weights[1][0][0, 0], "new w1": net.weights[0][0][0, 0]}


LECTURE = (
    ("forward", "o1", "x1 w1 + x2 w2 + b1", 5),
    ("", "o2", "x1 w3 + x2 w4 + b2", -8),
    ("", "o3", "relu(o1)", 5),
    ("", "o4", "relu(o2)", 0),
    ("", "o5", "o3 w5 + o4 w6 + b3", -4),
    ("loss", "loss", "(o5 - y)^2", 81),
    ("backward", "dL/do5", "2 (o5 - y)", -18),
    ("", "dL/dw5", "dL/do5 * o3", -90),
    ("", "dL/do3", "dL/do5 * w5", 36),
    ("", "dL/do1", "dL/do3 * 1, since o1 > 0", 36),
    ("", "dL/dw1", "dL/do1 * x1", 72),
    ("update", "new w5", "w5 - lr * dL/dw5", -1.91),
    ("", "new w1", "w1 - lr * dL/dw1", -0.072),
)


def draw(out: Path, numbers: dict[str, float]) -> None:
    """Draw the network with its weights, values (blue) and derivatives (red)."""
    figure, panel = style.axes(width=8.5, height=3.8)
    nodes = {  # name: place, what it computes, its values, its derivatives
        "x1": (0, 2, "x1 = 2", "", ""),
        "x2": (0, 0, "x2 = 1", "", ""),
        "o3": (2, 2, "o3 = relu(o1)\nb1 = 3", "o1 = {o1:g},  o3 = {o3:g}", "dL/do1 = {dL/do1:g},  dL/do3 = {dL/do3:g}"),
        "o4": (2, 0, "o4 = relu(o2)\nb2 = 1", "o2 = {o2:g},  o4 = {o4:g}", ""),
        "o5": (4, 1, "o5\nb3 = 6", "o5 = {o5:g}", "dL/do5 = {dL/do5:g}"),
        "L": (5.6, 1, "(o5 - y)²", "L = {loss:g}", ""),
    }
    boxes = {}
    for name, (x, y, text, value, slope) in nodes.items():
        up = 1 if y > 0 else -1
        box = {"boxstyle": "round,pad=0.4", "fc": "white"}
        boxes[name] = panel.text(x, y, text, ha="center", va="center", bbox=box)
        panel.text(x, y + 0.36 * up, value.format(**numbers), ha="center", va="center", color=style.BLUE, weight="bold")
        panel.text(x, y + 0.6 * up, slope.format(**numbers), ha="center", va="center", color=style.RED, weight="bold")
    edges = "x1-o3: w1 = 0; x2-o3: w2 = 2; x1-o4: w3 = -4; x2-o4: w4 = -1; o3-o5: w5 = -2; o4-o5: w6 = 0; o5-L: y = 5"
    for edge in edges.split("; "):
        ends, weight = edge.split(": ")
        start, end = ends.split("-")
        style.arrow(panel, boxes[start], boxes[end])
        (x, y), (u, v) = nodes[start][:2], nodes[end][:2]
        place = x + 0.4 * (u - x), y + 0.4 * (v - y)
        panel.text(*place, weight, size=9, ha="center", va="center", bbox={"fc": "white", "ec": "white", "pad": 1})
    after = f"after one step: w5 = {numbers['new w5']:g},  w1 = {numbers['new w1']:g}"
    panel.text(4.8, 2.3, after, ha="center", color=style.GREEN, weight="bold")
    panel.set(xlim=(-0.5, 6.1), ylim=(-0.6, 2.9))
    panel.axis("off")
    style.save(figure, out, "06_by_hand.png")


def main(out: Path, quick: bool) -> None:
    print("x1 = 2, x2 = 1, y = 5;  w1 = 0, w2 = 2, b1 = 3;  w3 = -4, w4 = -1, b2 = 1;  w5 = -2, w6 = 0, b3 = 6\n")
    numbers = engine()
    rows = [(step, name, formula, f"{number:g}", f"{numbers[name]:g}") for step, name, formula, number in LECTURE]
    style.table(("step", "number", "formula", "lecture", "fastnn"), rows)
    different = [name for _, name, _, number in LECTURE if abs(numbers[name] - number) > 1e-9]
    print(f"\n{'Different: ' + ', '.join(different) if different else 'All numbers agree.'}")
    draw(out, numbers)


if __name__ == "__main__":
    style.start(main)
