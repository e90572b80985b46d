"""Back-propagation: the chain rule on (x + y) z, and the same through a network of two layers.

Lecture, topic 2: a layer Z = f(X; W) receives dL/dZ and returns dL/dW = (dZ/dW)^T dL/dZ and dL/dX = (dZ/dX)^T dL/dZ.
`fastnn.gradients` computes both for every layer; here each of its numbers is compared with a finite difference.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import style

import fastnn

STEP = 1e-6


def by_hand(x: float, y: float, z: float) -> dict[str, float]:
    """Return every value and derivative of f = (x + y) z, forward and then backward."""
    q = x + y
    f = q * z
    df_dq, df_dz = z, q  # f = q z
    df_dx, df_dy = df_dq * 1, df_dq * 1  # q = x + y
    return {"x": x, "y": y, "z": z, "q": q, "f": f, "df/dz": df_dz, "df/dq": df_dq, "df/dx": df_dx, "df/dy": df_dy}


def differences(changed: np.ndarray, loss) -> np.ndarray:
    """Return dL/dchanged by central finite differences: one number after the other is moved up and down."""
    slopes = np.zeros_like(changed)
    for place in np.ndindex(changed.shape):
        before = changed[place]
        changed[place] = before + STEP
        above = loss()
        changed[place] = before - STEP
        slopes[place] = (above - loss()) / (2 * STEP)
        changed[place] = before
    return slopes


def draw_graph(panel, values: dict[str, float]) -> None:
    """Draw the values on their way forward, and the derivatives on their way back."""
    places = {"x": (0, 2), "y": (0, 1), "z": (0, 0), "q": (1.5, 1.5), "f": (3, 0.75)}
    boxes = {}
    for node, (x, y) in places.items():
        text = {"q": "q = x + y", "f": "f = q z"}.get(node, node)
        box = {"boxstyle": "round,pad=0.4", "fc": "white"}
        boxes[node] = panel.text(x, y, text, ha="center", va="center", bbox=box)
        panel.text(x, y + 0.26, f"{values[node]:g}", ha="center", color=style.BLUE, weight="bold")
        back = f"df/d{node} = {values.get(f'df/d{node}', 1):g}"
        panel.text(x, y - 0.26, back, ha="center", va="top", color=style.RED, size=9)
    for a, b in ("xq", "yq", "qf", "zf"):
        style.arrow(panel, boxes[a], boxes[b])
    panel.set(xlim=(-0.6, 3.6), ylim=(-0.6, 2.5))
    panel.set_title("Forward: values (blue). Backward: derivatives (red)", fontsize=10)
    panel.axis("off")


def main(out: Path, quick: bool) -> None:
    print("f(x, y, z) = (x + y) z: every value, then every derivative\n")
    values = by_hand(-2, 5, -4)
    print("\n".join(f"{name:<6}= {value:g}" for name, value in values.items()))
    at = np.array([-2.0, 5.0, -4.0])
    print("finite differences, df/d(x, y, z):", differences(at, lambda: (at[0] + at[1]) * at[2]).round(6))

    print("\nA network of two layers, 3-4-2, tanh; 5 samples; L = mean squared error")
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
    net = fastnn.Network([3, 4, 2], activation="tanh", dtype="float64")
    found = fastnn.gradients(net, X, Y, loss="mse")
    forward = net.forward(X, layers=True)
    inputs = [X, forward[0][1]]  # of each layer

    checks = []
    for layer, (g, (Z, A), (W, b)) in enumerate(zip(found.layers, forward, net.weights, strict=True)):
        with np.printoptions(precision=4, suppress=True):
            print(
                f"\nlayer {layer + 1}: Z\n{Z}\noutput\n{A}\ndL/dZ\n{g.dZ}\ndL/dW\n{g.dW}\ndL/db\n{g.db}\ndL/dX\n{g.dX}"
            )
        assert np.allclose(g.dW, inputs[layer].T @ g.dZ)  # (dZ/dW)^T dL/dZ
        assert np.allclose(g.dX, g.dZ @ W.T)  # (dZ/dX)^T dL/dZ
        for name, exact, array in (("dW", g.dW, W), ("db", g.db, b)):
            near = differences(array, lambda: fastnn.ops.loss("mse", net.forward(X), Y))
            checks.append((f"dL/{name}, layer {layer + 1}", exact, near))
    near = differences(X, lambda: fastnn.ops.loss("mse", net.forward(X), Y))
    checks.append(("dL/dX, layer 1", found.layers[0].dX, near))
    print(f"\nL = {found.loss:.6f}. The chain rule against finite differences:\n")
    rows = [(name, exact.size, f"{np.abs(exact - near).max():.0e}") for name, exact, near in checks]
    style.table(("derivative", "numbers", "largest difference"), rows)

    figure, (left, right) = style.axes(2, width=9, height=3.6)
    draw_graph(left, values)
    for (name, exact, near), color, marker in zip(checks, style.COLORS, "os^DP", strict=False):
        right.plot(near.ravel(), exact.ravel(), marker, color=color, markersize=6, label=name)
    right.axline((0, 0), slope=1, color=style.GRAY, linewidth=1, zorder=0)
    style.name(right, "A network: both ways agree", "finite difference", "fastnn.gradients", legend=True)
    style.save(figure, out, "02_chain_rule.png")


if __name__ == "__main__":
    style.start(main)
