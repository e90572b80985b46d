"""The values that an activation can give, found from its own formula."""

from __future__ import annotations

import math

import numpy as np
import pytest

import fastnn
from fastnn import ops
from fastnn.network.reach import Reach, reach
from fastnn.parts.registry import names, resolve

INF = math.inf
KNOWN = {
    "identity": (-INF, INF), "leaky_relu": (-INF, INF), "prelu": (-INF, INF),
    "relu": (0, INF), "softplus": (0, INF), "leaky_relu:slope=0": (0, INF), "leaky_relu:slope=-1": (0, INF),
    "sigmoid": (0, 1), "hard_sigmoid": (0, 1), "softmax": (0, 1), "tanh": (-1, 1), "softsign": (-1, 1),
    "elu": (-1, INF), "elu:alpha=0.25": (-0.25, INF), "selu": (-1.7580993, INF), "silu": (-0.2784645, INF),
    "gelu": (-0.1699712, INF), "gelu_tanh": (-0.1700408, INF), "mish": (-0.3088412, INF), "hard_swish": (-0.375, INF),
}  # fmt: skip


@pytest.mark.parametrize("choice", sorted({*KNOWN, *names("activation")}))
def test_every_activation(choice):
    found = reach(resolve("activation", choice))
    assert (found.low, found.high) == pytest.approx(KNOWN[choice], abs=1e-4)
    assert found.sums_to_one == (choice == "softmax")
    x = np.random.default_rng(0).normal(0, 20, (1000, 4))
    y = ops.activation(choice, x)
    assert found.low - 1e-4 <= y.min() and y.max() <= found.high + 1e-4


def centred(x, y):
    mean = sum(x) / len(x)
    for i in range(len(x)):
        y[i] = x[i] - mean


@pytest.mark.parametrize(
    ("f", "rowwise", "expected"),
    [
        (lambda x: min(max(x, 0.0), 6.0), False, Reach(0, 6)),
        (lambda x: -abs(x), False, Reach(-INF, 0)),
        (lambda x: math.copysign(math.log1p(abs(x)), x), False, Reach()),  # grows slowly
        (lambda x: math.exp(x), False, Reach(0, INF)),  # overflows
        (lambda x: math.sin(x), False, Reach(-1, 1)),
        (lambda x: math.atan(x), False, Reach(-math.pi / 2, math.pi / 2)),
        (lambda x: x**3, False, Reach()),
        (lambda x: 1.0 + math.exp(-x * x), False, Reach(1, 2)),
        (centred, True, Reach()),
    ],
)
def test_a_plugin(f, rowwise, expected):
    found = reach(resolve("activation", fastnn.Activation("mine", f, rowwise=rowwise)))
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-6)
    assert found.sums_to_one is False


REFUSED = [
    ("poisson", "softplus", "applies exp itself.*'softplus' gives only numbers of at least 0"),
    ("poisson", "tanh", "numbers from -1 to 1"),
    ("poisson", "elu", "numbers of at least -1"),
    ("binary_cross_entropy", "relu", "both signs"),
    ("binary_cross_entropy", "softplus", "both signs"),
    ("hinge", "sigmoid", "both signs.*from 0 to 1"),
    ("hinge", "softmax", "both signs"),
]


@pytest.mark.parametrize(("loss", "output", "words"), REFUSED)
def test_output_activations_that_cannot_give_the_outputs_of_a_loss(loss, output, words):
    net = fastnn.Network([1, 1], output_activation=output)
    for use in (fastnn.train, fastnn.gradients):
        with pytest.raises(fastnn.UsageError, match=f"(?s){words}.*use output_activation='identity'"):
            use(net, [[0.5], [1.0]], [1, 1], loss=loss)


@pytest.mark.parametrize(
    ("loss", "output"),
    [("hinge", "tanh"), ("binary_cross_entropy", "elu"), ("poisson", "leaky_relu"), ("mse", "sigmoid")],
)
def test_output_activations_that_can(loss, output):
    net = fastnn.Network([1, 1], output_activation=output)
    assert np.isfinite(fastnn.gradients(net, [[0.5], [1.0]], [1, 1], loss=loss).loss)
