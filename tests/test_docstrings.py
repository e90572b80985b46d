"""The docstrings of the public functions explain every parameter. (tests/test_documents.py runs their examples.)"""

from __future__ import annotations

import inspect

import pytest

import fastnn
from fastnn import ops

FUNCTIONS = [
    fastnn.Network, fastnn.Network.forward, fastnn.Network.predict, fastnn.Network.predict_proba, fastnn.Network.save,
    fastnn.fit, fastnn.Model, fastnn.Model.predict, fastnn.Model.predict_proba, fastnn.Model.evaluate,
    fastnn.Model.save, fastnn.train, fastnn.train_many, fastnn.gradients, fastnn.minimize, fastnn.load,
    fastnn.load_plugin, fastnn.testing.check,
    fastnn.Activation, fastnn.Loss, fastnn.Initializer, fastnn.Optimizer, fastnn.Parameter,
    ops.matmul, ops.activation, ops.activation_derivative, ops.loss, ops.loss_gradient, ops.initialize, ops.optimizer,
]  # fmt: skip


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__qualname__)
def test_every_parameter_is_explained(function):
    """One entry per parameter under "Parameters", in the form of NumPy's docstrings."""
    section = inspect.getdoc(function).partition("Parameters\n----------\n")[2].partition("\n\n")[0]
    entries = [line.partition(" : ")[0] for line in section.splitlines() if not line.startswith(" ")]
    explained = {parameter.lstrip("*") for entry in entries for parameter in entry.split(", ")}
    assert explained == set(inspect.signature(function).parameters) - {"self"}
