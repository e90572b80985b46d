"""Model fitting: a cubic from four starts and with two learning rates; the price of houses; sporty people.

Lecture, topic 3: fit z = w1 x^3 + w2 x^2 + w3 x + w4 to points (x, y), with loss = sum (z - y)^2, and watch the loss.
Then supervised learning: a regression and a classification. Also from the command line: fastnn train sacramento
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import style

import fastnn
from fastnn.data.source import read

RUNS = (  # w1 w2 w3 w4, learning rate
    ((-9, 2, 1, 30), 7.5e-4), ((-9, 2, 1, -20), 7.5e-4), ((-40, 0, 0, 0), 7.5e-4), ((0, 0, 0, 0), 7.5e-4),
    ((0, 0, 0, 0), 2e-5),
)  # fmt: skip
STEPS = 500
RNG = np.random.default_rng(3)
x = np.linspace(-2, 2, 30)
y = 2 * x**3 - 3 * x**2 - 5 * x + 6 + RNG.normal(0, 1.5, x.size)
POWERS = np.column_stack([x**3, x**2, x])  # a linear layer on them is the cubic; its bias is w4


def fit_cubic(start: tuple[float, ...], lr: float) -> tuple[np.ndarray, np.ndarray]:
    """Return w and the loss at the start and after every step. fastnn's mse is the mean: n * mse is the sum."""
    net = fastnn.Network([3, 1], dtype="float64")
    net.weights = [(np.array([start[:3]], float).T, np.array(start[3:], float))]
    ways = [np.array(start, float)]

    def keep(record) -> None:
        ways.append(np.concatenate([part.ravel() for part in net.weights[0]]))

    result = fastnn.train(net, POWERS, y, loss="mse", optimizer="gd", lr=lr * x.size, epochs=STEPS + 1,
                          validation=None, on_epoch=keep)  # fmt: skip
    return np.array(ways[:-1]), x.size * np.array([record.train_loss for record in result.history])


def draw_cubics(fits, out: Path, quick: bool) -> None:
    """Draw the curves and losses of the first four runs, and of the last two: as they develop, and at the end."""
    figure, panels = style.axes(2, 2, width=7.6, height=4.8)
    curve = np.linspace(-2.1, 2.1, 80)
    basis = np.column_stack([curve**3, curve**2, curve, np.ones_like(curve)])
    lines = []
    for (fit, loss), runs, title in zip(panels, (range(4), (4, 3)), ("Four starts", "Two learning rates"), strict=True):
        fit.plot(x, y, "o", color=style.GRAY, markersize=3)
        fit.set(xlim=(-2.1, 2.1), ylim=(-30, 40))
        loss.set(xlim=(0, STEPS), ylim=(30, 1e6), yscale="log")
        for k, color in zip(runs, style.COLORS, strict=False):
            start, lr = RUNS[k]
            label = f"w = {list(start)}" if title == "Four starts" else f"lr = {lr:g}"
            curves = fit.plot([], [], color=color) + loss.plot([], [], color=color, label=label)
            lines.append((*curves, *fits[k]))
        style.name(fit, title, "x", "y")
        style.name(loss, "", "step", "loss: sum of squares", legend=True)

    def draw(step: int) -> None:
        for fitted, monitored, ways, losses in lines:
            fitted.set_data(curve, basis @ ways[step])
            monitored.set_data(np.arange(step + 1), losses[: step + 1])
        panels[0, 1].set_title(f"step {step}", fontsize=10)

    steps = sorted({round(STEPS ** (k / 40)) for k in range(40)})
    style.animate(figure, draw, [0, *steps[:: 12 if quick else 1], STEPS], out, "03_cubic.gif")
    style.save(figure, out, "03_cubic.png")


def houses(panel) -> fastnn.training.record.Result:
    """Regression: the price from square meters and the number of bedrooms."""
    table = read("sacramento")
    area, rooms, price = table.numbers("sqft") * 0.0929, table.numbers("beds"), table.numbers("price") / 1000
    X = np.column_stack([area / 100, rooms / 3])
    net = fastnn.Network([2, 16, 1])
    result = fastnn.train(net, X, price / 100, loss="mse", lr=0.01, epochs=60)
    panel.scatter(area, price, s=5, color=style.GRAY, alpha=0.5)
    along = np.linspace(60, 320, 50)
    for count, color in zip((2, 3, 5), style.COLORS, strict=False):
        predicted = 100 * net.predict(np.column_stack([along / 100, np.full(50, count / 3)]))
        panel.plot(along, predicted, color=color, label=f"{count} bedrooms")
    style.name(panel, "Regression: houses in Sacramento", "square meters", "price in 1000 $", legend=True)
    return result


def sporty_people(panel):
    """Classification: who is sporty, from body mass index and age. The people are invented."""
    people = np.column_stack([RNG.normal(26, 4.5, 400), RNG.uniform(18, 75, 400)])
    odds = 4 - ((people[:, 0] - 22) / 3) ** 2 - ((people[:, 1] - 25) / 20) ** 2
    sporty = (RNG.uniform(size=400) < 1 / (1 + np.exp(-2 * odds))).astype(int)
    mean, spread = people.mean(0), people.std(0)
    net = fastnn.Network([2, 16, 1], activation="tanh")
    result = fastnn.train(net, (people - mean) / spread, sporty, loss="binary_cross_entropy", lr=0.02, epochs=100)
    style.regions(panel, lambda points: net.predict((points - mean) / spread), people, sporty)
    style.name(panel, "Classification: sporty (orange) or not", "body mass index in kg/m²", "age in years")
    return result


def main(out: Path, quick: bool) -> None:
    fits = [fit_cubic(*run) for run in RUNS]
    print(f"Fit a cubic to {x.size} points in {STEPS} steps; the points were made with w = [2, -3, -5, 6] and noise\n")
    rows = [(str(list(start)), lr, loss[0], loss[-1], str(ways[-1].round(2).tolist()))
            for (start, lr), (ways, loss) in zip(RUNS, fits, strict=True)]  # fmt: skip
    style.table(("w at the start", "lr", "first loss", "last loss", "w at the end"), rows)
    draw_cubics(fits, out, quick)

    figure, (left, right) = style.axes(2, width=9, height=3.6)
    prices, people = houses(left), sporty_people(right)
    print("\nSupervised learning, measured on a fifth of the rows that training does not see\n")
    print(f"houses: R^2 {prices.history[prices.best_epoch - 1].metrics['r2']:.3f} (1 is perfect, 0 is the mean price)")
    print(f"sporty people: accuracy {people.history[people.best_epoch - 1].metrics['accuracy']:.3f}")
    style.save(figure, out, "03_supervised.png")


if __name__ == "__main__":
    style.start(main)
