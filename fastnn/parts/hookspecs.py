"""The hooks, one per kind of part: the plugin author's manual.

A plugin is a Python module with functions of these names. Each is marked with ``@fastnn.hookimpl`` and returns a list
of parts:

    import fastnn
    from fastnn.mathematics import softplus, tanh

    def mish(x):
        return x * tanh(softplus(x))

    @fastnn.hookimpl
    def fastnn_activations():
        return [fastnn.Activation("my_mish", mish)]

A plugin is loaded from its file by ``fastnn.load_plugin("FILE.py")`` or ``fastnn train ... --plugin FILE.py``, and
automatically if its package is installed and declares an entry point in the group "fastnn".
"""

from __future__ import annotations

import pluggy

from fastnn.parts.kinds import Activation, Initializer, Loss, Optimizer

hookspec = pluggy.HookspecMarker("fastnn")
hookimpl = pluggy.HookimplMarker("fastnn")


@hookspec
def fastnn_activations() -> list[Activation]:  # type: ignore[empty-body]
    """Return activations: functions of one number, or of a row of numbers with their derivative."""


@hookspec
def fastnn_losses() -> list[Loss]:  # type: ignore[empty-body]
    """Return losses: functions of a prediction and a target; those of a row with their gradient."""


@hookspec
def fastnn_initializers() -> list[Initializer]:  # type: ignore[empty-body]
    """Return initializers: functions that draw an array of weights from a NumPy Generator."""


@hookspec
def fastnn_optimizers() -> list[Optimizer]:  # type: ignore[empty-body]
    """Return optimizers: elementwise update rules, with their state and hyperparameters."""
