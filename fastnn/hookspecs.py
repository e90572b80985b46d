"""The four hooks: the plugin author's manual.

A plugin is a Python module. It marks functions of these names with ``@fastnn.hookimpl`` and returns parts:

    import fastnn
    from fastnn.mathematics import sigmoid, softplus, tanh

    def mish(x):
        return x * tanh(softplus(x))

    def mish_derivative(x, y):
        t = tanh(softplus(x))
        return t + x * (1 - t * t) * sigmoid(x)

    @fastnn.hookimpl
    def fastnn_activations():
        return [fastnn.Activation("my_mish", mish, derivative=mish_derivative)]

It is found when its package declares an entry point in the group "fastnn", or when it is named:
``fastnn train ... --plugin FILE.py``, ``fastnn.load_plugin("FILE.py")``.
"""

from __future__ import annotations

import pluggy

from fastnn.parts import Activation, Initializer, Loss, Optimizer

hookspec = pluggy.HookspecMarker("fastnn")
hookimpl = pluggy.HookimplMarker("fastnn")


@hookspec
def fastnn_activations() -> list[Activation]:  # type: ignore[empty-body]
    """Activations: functions of one number, or of a row of numbers, with their derivative."""


@hookspec
def fastnn_losses() -> list[Loss]:  # type: ignore[empty-body]
    """Losses: functions of a prediction and a target, with their gradient."""


@hookspec
def fastnn_initializers() -> list[Initializer]:  # type: ignore[empty-body]
    """Initializers: functions that draw an array of weights from a NumPy Generator."""


@hookspec
def fastnn_optimizers() -> list[Optimizer]:  # type: ignore[empty-body]
    """Optimizers: elementwise update rules, with their state and hyperparameters."""
