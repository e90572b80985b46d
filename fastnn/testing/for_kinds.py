"""The list of all checks: which are made for which kind of part, in order."""

from __future__ import annotations

from collections.abc import Callable

from fastnn.parts.part import Bound
from fastnn.testing import activations, code, derivatives, devices, initializers, lecture, losses, optimizers, speed

Check = Callable[[Bound], str]

CHECKS: dict[tuple[str, bool], dict[str, Check]] = {
    ("activation", False): {
        "formula": derivatives.formula_of_activation,
        "derivative": derivatives.derivative,
        "finite": activations.finite,
        "NaN": activations.nan,
        "float32 on the CPU": code.float32_on_the_cpu,
        "float32 on CUDA": code.float32_on_cuda,
        "CPU and CUDA agree": devices.activation,
        "vectorized": code.vectorized,
        "speed": speed.activation,
    },
    ("activation", True): {
        "formula": derivatives.formula_of_activation,
        "derivative": derivatives.derivative,
        "finite": activations.finite_rows,
        "NaN": activations.nan_rows,
        "float32 on the CPU": code.float32_on_the_cpu,
        "float32 on CUDA": code.float32_on_cuda,
        "CPU and CUDA agree": devices.row_activation,
        "speed": speed.row_activation,
    },
    ("loss", False): {
        "formula": derivatives.formula_of_loss,
        "gradient": derivatives.derivative,
        "defined": lecture.defined,
        "continuous": lecture.continuous,
        "derivable": lecture.derivable,
        "one minimum": lecture.one_minimum,
        "finite": losses.finite,
        "NaN": losses.nan,
        "float32 on the CPU": code.float32_on_the_cpu,
        "float32 on CUDA": code.float32_on_cuda,
        "CPU and CUDA agree": devices.loss,
        "vectorized": code.vectorized,
        "speed": speed.loss,
    },
    ("loss", True): {
        "formula": derivatives.formula_of_loss,
        "gradient": derivatives.derivative,
        "finite": losses.finite_rows,
        "NaN": losses.nan_rows,
        "float32 on the CPU": code.float32_on_the_cpu,
        "float32 on CUDA": code.float32_on_cuda,
        "CPU and CUDA agree": devices.loss,
        "speed": speed.loss,
    },
    ("optimizer", False): {
        "formula": derivatives.formula_of_optimizer,
        "steps": optimizers.steps,
        "state": optimizers.state,
        "padding": optimizers.padding,
        "NaN": optimizers.nan,
        "float32 on the CPU": code.float32_on_the_cpu,
        "float32 on CUDA": code.float32_on_cuda,
        "CPU and CUDA agree": devices.optimizer,
        "vectorized": code.vectorized,
        "speed": speed.optimizer,
    },
    ("initializer", False): {
        "shape": initializers.shape,
        "numbers": initializers.numbers,
        "seed": initializers.seed,
        "spread": initializers.spread,
    },
}
