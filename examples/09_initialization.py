"""Initialization of the weights: zeros, too small, too large, Xavier and He, on a network of ten layers.

Lecture, topic 9: from zeros all neurons of a layer stay identical; from small weights the signal and the gradients
vanish, from large ones they explode or the neurons saturate. Xavier (tanh) and He (ReLU) keep their spread from layer
to layer.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import style

import fastnn
from fastnn.data.source import read

INITIALIZERS = {  # name: initializer, color and marker
    "zeros": ("zeros", style.BLACK, "o"),
    "too small": ("normal:std=0.01", style.BLUE, "v"),
    "too large": ("normal:std=1", style.RED, "^"),
    "Xavier": ("xavier_normal", style.ORANGE, "s"),
    "He": ("he_normal", style.GREEN, "D"),
}
SIZES = [64, *[50] * 9, 10]
SMALLEST = 1e-8  # a spread of 0 is drawn here, on a logarithmic axis
digits = read("digits")
X = np.column_stack([digits.numbers(f"pixel_{row}_{column}") for row in range(8) for column in range(8)]) / 16.0
X, Y = X - X.mean(), digits.numbers("digit").astype(int)


def spreads(net: fastnn.Network) -> tuple[list[float], list[float]]:
    """Return the standard deviation of each layer's outputs, and of dL/dZ in each layer."""
    outputs = [float(output.std()) for _, output in net.forward(X, layers=True)]
    gradients = [float(layer.dZ.std()) for layer in fastnn.gradients(net, X, Y, loss="cross_entropy").layers]
    return outputs, gradients


def train(net: fastnn.Network, epochs: int) -> list[float]:
    """Return the loss of every epoch; of the epochs before it diverged, if it does."""
    try:
        history = fastnn.train(
            net, X, Y, optimizer="sgd", lr=0.1, epochs=epochs, batch_size=32, validation=None
        ).history
    except fastnn.Diverged as error:
        history = error.result.history
    return [record.train_loss for record in history]


def main(out: Path, quick: bool) -> None:
    epochs = 10 if quick else 30
    print(f"{'-'.join(map(str, SIZES))} on digits, gradient descent on mini-batches, {epochs} epochs")
    print("The loss of a network that only guesses is log(10) = 2.303\n")
    figure, panels = style.axes(3, 2, width=10, height=5.6)
    layers, rows = np.arange(1, len(SIZES)), []
    for (left, middle, right), activation in zip(panels, ("tanh", "relu"), strict=True):
        for name, (initializer, color, marker) in INITIALIZERS.items():
            net = fastnn.Network(SIZES, activation, initializer=initializer)
            outputs, gradients = spreads(net)
            for panel, spread in ((left, outputs), (middle, gradients)):
                panel.plot(layers, np.maximum(spread, SMALLEST), color=color, marker=marker, markersize=4, label=name)
            losses = train(net, epochs)
            right.plot(range(1, len(losses) + 1), losses, color=color, marker=marker, markevery=4, markersize=4)
            W = net.weights[4][0]  # one column for each neuron
            differ = float(np.abs(W - W[:, :1]).max())
            ended = f"{losses[-1]:.3f}" if len(losses) == epochs else f"diverged in epoch {len(losses) + 1}"
            if len(losses) < epochs:
                right.text(epochs, 2.8, f"{name}: diverged", color=color, ha="right")
            rows.append((activation, name, f"{outputs[8]:.1e}", f"{gradients[0]:.1e}", ended, f"{differ:.2g}"))
        for panel, what in ((left, "spread of outputs"), (middle, "spread of dL/dZ")):
            panel.set(yscale="log", xticks=layers, ylim=(SMALLEST / 3, 1e8))
            style.name(panel, f"{activation}: {what}", "layer", "standard deviation")
        right.set_ylim(0, 3.2)
        style.name(right, f"{activation}: training loss", "epoch", "cross-entropy")
    panels[0, 1].legend(frameon=False, fontsize=8, ncols=2)
    style.table(("", "start", "outputs, layer 9", "gradients, layer 1", "last loss", "neurons differ by"), rows)
    style.save(figure, out, "09_initialization.png")


if __name__ == "__main__":
    style.start(main)
