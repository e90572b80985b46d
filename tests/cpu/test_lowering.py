"""From a plan to the engine's records."""

from __future__ import annotations

import numpy as np
import pytest

import fastnn
from fastnn.cpu.engine_data import NONE
from fastnn.cpu.lowering import lower
from fastnn.parts.registry import get
from fastnn.plan import training_plan

RNG = np.random.default_rng(3)
X = RNG.normal(size=(40, 3))
Y = RNG.normal(size=(40, 2))


def double(x: float) -> float:
    return 2.0 * x


def slope(x: float, y: float) -> float:
    return 2.0


def doubling(name: str) -> fastnn.Activation:
    """An activation y = 2 x with that name."""
    return fastnn.Activation(name, double, derivative=slope)


def network(activation, output_activation) -> fastnn.Network:
    return fastnn.Network([3, 4, 2], activation, output_activation, dtype="float64", bias_initializer="normal", seed=1)


@pytest.mark.parametrize("where", [("identity", "tanh"), ("tanh", "identity"), ("identity", "identity")])
def test_an_activation_that_is_only_called_identity(where):
    """A part given as an object may have any name: what it computes is decided by its functions."""
    called_identity = network(*(doubling(name) if name == "identity" else name for name in where))
    called_double = network(*(doubling("double") if name == "identity" else name for name in where))
    assert called_identity.forward(X) == pytest.approx(called_identity.forward(X, layers=True)[-1][1])
    assert (called_identity.forward(X) == called_double.forward(X)).all()
    ours, others = (fastnn.gradients(net, X, Y).layers for net in (called_identity, called_double))
    for layer, other in zip(ours, others, strict=True):
        assert all((layer[field] == other[field]).all() for field in range(4))  # dW, db, dZ, dX
    for net in (called_identity, called_double):
        fastnn.train(net, X, Y, loss="mse", epochs=2, batch_size=8)
    assert (called_identity.parameters == called_double.parameters).all()


@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_the_identity_has_a_kernel_only_for_dropout(dropout):
    """Which multiplies the derivative that the kernel leaves."""
    net = network("identity", "linear")
    layers = lower(training_plan(net.plan, dropout=dropout), 8, 2, training=True).layers
    assert [layer["activation"] != NONE for layer in layers] == [dropout > 0, False]
    assert [layer["derivative"] != NONE for layer in layers] == [dropout > 0, False]
    assert [layer["dropout_threshold"] for layer in layers] == [2**31 if dropout else NONE, NONE]


def test_what_there_is_not_is_none():
    plan = network("relu", get("activation", "softmax")).plan
    for training in (True, False):
        hidden, output = lower(plan, 8, 2, training).layers
        assert hidden["activation"] > 0 and hidden["row_backward"] == NONE
        assert output["activation"] > 0 and output["row_backward"] > 0 and output["derivative"] > 0
        assert hidden["trainable"] == hidden["trainable_derivatives"] == hidden["dropout_threshold"] == NONE
        assert (hidden["derivative"] > 0) == (hidden["delta"] > 0) == training
