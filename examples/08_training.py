"""The training procedure: mini-batches of 1, 32 and all samples; the best model is kept; stopping when converged.

Lecture, topic 8: load the data, define the model and the optimizer; then for each epoch: for each batch forward, loss,
gradients, update; validate; keep the model if it is the best so far. `fastnn.train` does all this in one call.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import style

import fastnn
from fastnn.data.source import read

LR, EPOCHS = 0.05, 3
BATCH_SIZES = (1, 32, 800)
moons = read("moons")
X = np.column_stack([moons.numbers("x"), moons.numbers("y")]).astype(np.float32)
Y = moons.texts["group"].codes.astype(np.float32)[:, None]
TRAINING, VALIDATION = (X[:800], Y[:800]), (X[800:], Y[800:])


def step_by_step(batch_size: int) -> tuple[list[float], fastnn.Network]:
    """Train as on the slide. Returns the loss of every batch, and the model that was best in validation."""
    inputs, targets = TRAINING  # 1. the data set
    net = fastnn.Network([2, 16, 1], activation="tanh")  # 2. the model, with its initial weights
    best, lowest = net.copy(), np.inf
    optimizers = [(fastnn.ops.optimizer("sgd", lr=LR), fastnn.ops.optimizer("sgd", lr=LR)) for _ in net.weights]  # 3.
    losses = []
    for _ in range(EPOCHS):  # 4. for each epoch
        for first in range(0, len(inputs), batch_size):  # (a) for each batch
            rows = slice(first, first + batch_size)
            found = fastnn.gradients(net, inputs[rows], targets[rows], loss="binary_cross_entropy")
            losses.append(found.loss)
            for (W, b), layer, (of_W, of_b) in zip(net.weights, found.layers, optimizers, strict=True):
                of_W.step(W, layer.dW)
                of_b.step(b, layer.db)
        validation = fastnn.ops.loss("binary_cross_entropy", net.forward(VALIDATION[0]), VALIDATION[1])  # (b) validate
        if validation < lowest:  # (c) the best model so far
            best, lowest = net.copy(), validation
    return losses, best


def in_one_call(batch_size: int) -> fastnn.Network:
    """Train in the same way with fastnn.train. It would also shuffle the samples in every epoch."""
    net = fastnn.Network([2, 16, 1], activation="tanh")
    fastnn.train(net, *TRAINING, loss="binary_cross_entropy", optimizer="sgd", lr=LR, epochs=EPOCHS,
                 batch_size=batch_size, validation=VALIDATION, shuffle=False)  # fmt: skip
    return net


def main(out: Path, quick: bool) -> None:
    print(f"Two half moons: {len(TRAINING[0])} training and {len(VALIDATION[0])} validation samples, {EPOCHS} epochs\n")
    figure, panel = style.axes(width=8, height=3.2)
    rows = []
    for size, color in zip(BATCH_SIZES, (style.SKY, style.RED, style.BLACK), strict=True):
        losses, best = step_by_step(size)
        began = time.perf_counter()
        same = in_one_call(size)
        seconds = time.perf_counter() - began
        noise, last = float(np.std(np.diff(losses))), float(np.mean(losses[-len(losses) // EPOCHS :]))
        difference = max(np.abs(a - b).max() for p, q in zip(best.weights, same.weights, strict=True)
                         for a, b in zip(p, q, strict=True))  # fmt: skip
        rows.append((size, len(losses), last, noise, f"{difference:.0e}", f"{seconds:.4f} s"))
        label = f"{'all samples' if size == 800 else f'batch size {size}'}: {len(losses):,} steps"
        passes = np.arange(len(losses)) * size / 800
        look = {"marker": "o" if size == 800 else "", "linewidth": 0.4 if size == 1 else 1.5}
        panel.plot(passes, losses, color=color, label=label, **look)
    head = ("batch size", "steps", "loss, last epoch", "noise", "difference", "fastnn.train takes")
    style.table(head, rows)
    print("noise: spread of the change from batch to batch")
    print("difference: between the weights of the loop in this file and those of fastnn.train")
    panel.set(ylim=(0.003, 30), yscale="log")
    title = "The smaller the batch, the noisier the loss, and the more steps"
    style.name(panel, title, "epoch", "loss of a batch")
    panel.legend(frameon=False, fontsize=8, ncols=3, loc="upper center")
    style.save(figure, out, "08_batch_sizes.png")

    net = fastnn.Network([2, 64, 64, 1])
    few = TRAINING[0][:60], TRAINING[1][:60]
    run = fastnn.train(net, *few, loss="binary_cross_entropy", lr=0.01, epochs=150, validation=VALIDATION)
    kept, last = (fastnn.ops.loss("binary_cross_entropy", one.forward(X[800:]), Y[800:]) for one in (net, run.last))
    print(f"\nBest model: epoch {run.best_epoch} of 150, validation loss {kept:.4f}; the last: {last:.4f}")
    line = fastnn.Network([2, 1], dtype="float64")
    end = fastnn.train(line, X, Y, loss="mse", optimizer="gd", lr=0.3, epochs=1000, tolerance=1e-4, validation=None)
    print(f"Converged: gradient descent on a line stopped after {len(end.history)} of 1000 epochs ({end.stopped})")

    figure, (left, right) = style.axes(2, width=9, height=3.2)
    epochs = [record.epoch for record in run.history]
    left.plot(epochs, [r.train_loss for r in run.history], color=style.TRAINING, label="training")
    left.plot(epochs, [r.validation_loss for r in run.history], "--", color=style.VALIDATION, label="validation")
    left.plot(run.best_epoch, kept, "*", color=style.BLACK, markersize=12, label=f"best: epoch {run.best_epoch}")
    style.name(left, "The best model in validation is kept", "epoch", "loss", legend=True)
    right.plot([record.train_loss for record in end.history], color=style.BLUE)
    right.set_ylim(0)
    style.name(right, f"Converged: stopped after {len(end.history)} of 1000 epochs", "epoch", "training loss")
    style.save(figure, out, "08_best_and_converged.png")


if __name__ == "__main__":
    style.start(main)
