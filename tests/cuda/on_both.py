"""A training on the CPU and on CUDA, with data of every kind of target."""

from __future__ import annotations

import numpy as np
import pytest

from fastnn import Network
from fastnn.cpu.program import CpuProgram
from fastnn.cuda.program import CudaProgram
from fastnn.parts.registry import resolve
from fastnn.plan import training_plan

CLOSE = {"float32": 1e-6, "float64": 1e-13}
SAMPLES, INPUTS, OUTPUTS = 41, 5, 3


def targets(loss, samples=SAMPLES, outputs=OUTPUTS):
    rng = np.random.default_rng(7)
    shape = (samples, outputs)
    return {
        "real": rng.standard_normal(shape), "positive": rng.random(shape) + 0.1, "count": rng.integers(0, 5, shape),
        "binary": rng.integers(0, 2, shape), "sign": rng.integers(0, 2, shape) * 2 - 1,
        "class": rng.integers(0, outputs, (samples, 1)),
    }[loss.part.target]  # fmt: skip


class Case:
    """A network and its data, for programs on both devices."""

    program = CudaProgram

    def __init__(
        self, loss="mse", optimizer="adam", hidden=(7,), activation="tanh", output_activation="identity",
        dtype="float32", outputs=OUTPUTS, **settings,
    ):  # fmt: skip
        loss, optimizer = resolve("loss", loss), resolve("optimizer", optimizer)
        self.X = np.random.default_rng(6).standard_normal((SAMPLES, INPUTS)).astype(dtype)
        self.y = np.ascontiguousarray(targets(loss, outputs=outputs).astype(dtype))
        self.net = Network(
            [INPUTS, *hidden, outputs], activation=activation, output_activation=output_activation, dtype=dtype, seed=2
        )
        self.plan = training_plan(
            self.net.plan, loss=loss, optimizer=optimizer, **{"batch_size": 16, "seed": 3, **settings}
        )

    def on(self, device):
        """A program for the device, with parameters of its own."""
        parameters = self.net.plan.buffer()
        parameters[:] = self.net.parameters
        return CpuProgram(self.plan, parameters, 1) if device == "cpu" else self.program(self.plan, parameters)

    def train(self, device, epochs=1, subset=None):
        """What a training leaves: runs, parameters, state, outputs and loss of an evaluation."""
        subset = np.arange(1, SAMPLES) if subset is None else subset
        with self.on(device) as made:
            runs = [made.train(self.X, self.y, subset, epoch + 1) for epoch in range(epochs)]
            return runs, *made.snapshot(), *made.evaluate(self.X, self.y, np.arange(9, SAMPLES))

    def compare(self, **options):
        """Train on both devices, and require the same numbers. Return the runs on CUDA."""
        close = CLOSE[self.plan.dtype]
        cpu, cuda = self.train("cpu", **options), self.train("cuda", **options)
        for one, other in zip(cpu[0], cuda[0], strict=True):
            assert (one.steps, one.diverged, one.finite) == (other.steps, other.diverged, other.finite)
            assert other.loss == pytest.approx(one.loss, rel=close, nan_ok=True)
            assert other.norm == pytest.approx(one.norm, rel=close, nan_ok=True)
        for one, other in zip(cpu[1:], cuda[1:], strict=True):
            largest = np.abs(np.nan_to_num(one)).max(initial=0.0)
            np.testing.assert_allclose(other, one, rtol=0, atol=close * (1.0 + largest))
        return cuda[0]
