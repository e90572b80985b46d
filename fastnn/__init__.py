"""fastnn: fully connected neural networks, trained fast by kernels that Numba compiles from Python.

For tables, with text columns, units and labels:

    model = fastnn.fit("moons", target="group")
    model.predict({"x": 0.5, "y": 0.2})

For arrays:

    net = fastnn.Network([64, 128, 10])
    result = fastnn.train(net, X, y, loss="cross_entropy", epochs=30)
    net.predict(X)

Names are imported on first use, so that ``import fastnn`` costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from fastnn.part_kinds import PART_KINDS

__version__ = "0.2.0.dev0"

_HOME = {
    "Network": "network.network",
    "Model": "model.model",
    "load": "runs.loading",
    "fit": "runs.fit",
    "train": "training.train",
    "train_many": "training.many",
    "gradients": "network.gradients",
    "minimize": "training.minimize",
    "load_plugin": "parts.registry",
    "hookimpl": "parts.hookspecs",
    **{kind.capitalize(): "parts.kinds" for kind in PART_KINDS},
    "Parameter": "parts.parameter",
    "FastnnError": "errors",
    "DataError": "errors",
    "DataWarning": "errors",
    "DeviceError": "errors",
    "Diverged": "errors",
    "ModelError": "errors",
    "PluginError": "errors",
    "UsageError": "errors",
}
_MODULES = ("mathematics", "ops", "testing")

__all__ = [*_HOME, *_MODULES, "__version__"]

if TYPE_CHECKING:
    from fastnn import mathematics, ops, testing
    from fastnn.errors import (
        DataError,
        DataWarning,
        DeviceError,
        Diverged,
        FastnnError,
        ModelError,
        PluginError,
        UsageError,
    )
    from fastnn.model.model import Model
    from fastnn.network.gradients import gradients
    from fastnn.network.network import Network
    from fastnn.parts.hookspecs import hookimpl
    from fastnn.parts.kinds import *  # noqa: F403
    from fastnn.parts.parameter import Parameter
    from fastnn.parts.registry import load_plugin
    from fastnn.runs.fit import fit
    from fastnn.runs.loading import load
    from fastnn.training.many import train_many
    from fastnn.training.minimize import minimize
    from fastnn.training.train import train


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(importlib.import_module(f"fastnn.{_HOME[name]}"), name)
    elif name in _MODULES:
        value = importlib.import_module(f"fastnn.{name}")
    else:
        raise AttributeError(f"module 'fastnn' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
