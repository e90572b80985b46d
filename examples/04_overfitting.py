"""Underfitting, a good fit and overfitting: three networks of different size on the same data, and four cures.

Lecture, topic 4: a model that overfits knows the training set by heart and fails on new samples; one that underfits
fails on both. Only a validation set shows the difference.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import style

import fastnn

EPOCHS, LR, NOISE = 2000, 0.01, 0.3
RNG = np.random.default_rng(1)
CURVE = np.linspace(-1, 1, 300)
LARGE, SMALL = [1, 128, 128, 1], [1, 4, 1]
MODELS = {"underfitting": [1, 1], "good": SMALL, "overfitting": LARGE}
CURES = {
    "L2 penalty": (LARGE, {"l2": 0.01}),
    "dropout": (LARGE, {"dropout": 0.2}),
    "early stopping": (LARGE, {"early_stopping": 200}),
    "smaller network": (SMALL, {}),
}


def draw_samples(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return points of a sine wave with noise: no model can get below a loss of NOISE^2 on new ones."""
    x = np.sort(RNG.uniform(-1, 1, count))
    return x[:, None], np.sin(4 * x) + RNG.normal(0, NOISE, count)


TRAINING, VALIDATION = draw_samples(20), draw_samples(200)


def fit(sizes: list[int], **settings):
    """Return what training reports, and the network: as it is at the end, or the best if it stops early."""
    net = fastnn.Network(sizes, activation="tanh")
    result = fastnn.train(net, *TRAINING, loss="mse", lr=LR, epochs=EPOCHS, validation=VALIDATION, **settings)
    return result, net if "early_stopping" in settings else result.last


def losses(net: fastnn.Network) -> tuple[float, float]:
    """Return the training and the validation loss of a network."""
    return tuple(fastnn.ops.loss("mse", net.predict(X), y) for X, y in (TRAINING, VALIDATION))


def draw_fit(panel, net: fastnn.Network, title: str) -> None:
    panel.plot(*VALIDATION, ".", color=style.GRAY, markersize=2, label="validation")
    panel.plot(*TRAINING, "o", color=style.BLACK, markersize=4, label="training")
    panel.plot(CURVE, net.predict(CURVE), color=style.GREEN, linewidth=2, label="network")
    panel.set_ylim(-2, 2)
    style.name(panel, title, "x", "y")


def main(out: Path, quick: bool) -> None:
    print(f"{len(TRAINING[1])} training and {len(VALIDATION[1])} validation samples; loss: mean squared error\n")
    figure, panels = style.axes(3, 2, width=9, height=5.2, sharey="row")
    rows = []
    for (name, sizes), above, below in zip(MODELS.items(), panels[0], panels[1], strict=True):
        result, net = fit(sizes)
        training, validation = losses(net)
        rows.append((name, "-".join(map(str, sizes)), training, validation))
        draw_fit(above, net, f"{name}: {rows[-1][1]}")
        history = result.history
        below.plot([r.epoch for r in history], [r.train_loss for r in history], color=style.TRAINING, label="training")
        below.plot([r.epoch for r in history], [r.validation_loss for r in history], "--", color=style.VALIDATION,
                   label="validation")  # fmt: skip
        below.set_yscale("log")
        style.name(below, f"training {training:.2g}, validation {validation:.2g}", "epoch", "loss", legend=True)
    panels[0, 0].legend(frameon=False, fontsize=8, loc="lower right")
    style.table(("model", "sizes", "training loss", "validation loss"), rows)
    style.save(figure, out, "04_overfitting.png")

    print("\nWhat helps against overfitting\n")
    overfitted = net
    figure, panels = style.axes(4, width=9, height=2.8, sharey=True)
    for (name, (sizes, settings)), panel in zip(CURES.items(), panels, strict=True):
        result, net = fit(sizes, **settings)
        training, validation = losses(net)
        rows.append((name, "-".join(map(str, sizes)), training, validation))
        panel.plot(CURVE, overfitted.predict(CURVE), color=style.ORANGE, linewidth=1, label="overfitting")
        draw_fit(panel, net, f"{name}\nvalidation loss {validation:.2f}")
    panels[0].legend(*[found[:1] for found in panels[0].get_legend_handles_labels()], frameon=False, fontsize=8)
    style.table(("model", "sizes", "training loss", "validation loss"), rows[2:])
    style.save(figure, out, "04_cures.png")


if __name__ == "__main__":
    style.start(main)
