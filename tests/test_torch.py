"""Compare compiled parts with PyTorch, if the extra ``peers`` is installed."""

from __future__ import annotations

import numpy as np
import pytest
from every_part import POINTS
from run_kernels import DTYPES

from fastnn import ops
from fastnn.parts import registry

torch = pytest.importorskip("torch")
F = torch.nn.functional

CLOSE = {"float32": {"rel": 5e-6, "abs": 2e-6}, "float64": {"rel": 1e-11, "abs": 1e-12}}

ACTIVATIONS = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": F.relu,
    "softplus": F.softplus,
    "leaky_relu": F.leaky_relu,
    "leaky_relu:slope=0.2": lambda x: F.leaky_relu(x, 0.2),
    "prelu": lambda x: F.prelu(x, torch.tensor(0.25, dtype=x.dtype)),
    "elu": F.elu,
    "selu": F.selu,
    "gelu": F.gelu,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "silu": F.silu,
    "mish": F.mish,
    "softsign": F.softsign,
    "hard_sigmoid": F.hardsigmoid,
    "hard_swish": F.hardswish,
}


@DTYPES
@pytest.mark.parametrize("choice", ACTIVATIONS)
def test_activation(choice, dtype):
    points = POINTS.astype(dtype)
    x = torch.tensor(points, requires_grad=True)
    y = ACTIVATIONS[choice](x)
    y.sum().backward()
    assert ops.activation(choice, points) == pytest.approx(y.detach().numpy(), **CLOSE[dtype])
    close = CLOSE[dtype] | ({"abs": 1e-8} if choice == "hard_sigmoid" else {})  # PyTorch's 1/6 there is a float32
    assert ops.activation_derivative(choice, points) == pytest.approx(x.grad.numpy(), **close)


@DTYPES
def test_softmax(dtype):
    x = np.random.default_rng(0).normal(scale=4, size=(17, 33)).astype(dtype)
    assert ops.activation("softmax", x) == pytest.approx(torch.softmax(torch.tensor(x), 1).numpy(), **CLOSE[dtype])


LOSSES = {
    "mse": F.mse_loss,
    "mae": F.l1_loss,
    "huber:delta=0.7": lambda z, y: F.huber_loss(z, y, delta=0.7),
    "binary_cross_entropy": F.binary_cross_entropy_with_logits,
    "poisson": F.poisson_nll_loss,
    "cross_entropy": F.cross_entropy,
    "cross_entropy:label_smoothing=0.1": lambda z, y: F.cross_entropy(z, y, label_smoothing=0.1),
}


@DTYPES
@pytest.mark.parametrize("choice", LOSSES)
def test_loss(choice, dtype):
    rng = np.random.default_rng(1)
    z = rng.normal(scale=3, size=(31, 7)).astype(dtype)
    wanted = registry.resolve("loss", choice).part.target
    y = rng.integers(7, size=31) if wanted == "class" else rng.integers(2, size=z.shape).astype(dtype)
    x = torch.tensor(z, requires_grad=True)
    loss = LOSSES[choice](x, torch.tensor(y))
    loss.backward()
    assert ops.loss(choice, z, y) == pytest.approx(loss.item(), **CLOSE[dtype])
    assert ops.loss_gradient(choice, z, y) == pytest.approx(x.grad.numpy(), **CLOSE[dtype])


OPTIMIZERS = {
    "sgd:lr=0.01": ("SGD", {}),
    "momentum:lr=0.01": ("SGD", {"momentum": 0.9}),
    "nesterov:lr=0.01": ("SGD", {"momentum": 0.9, "nesterov": True}),
    "adagrad": ("Adagrad", {}),
    "adadelta": ("Adadelta", {}),
    "rmsprop": ("RMSprop", {}),
    "rmsprop:centered=true": ("RMSprop", {"centered": True}),
    "adam": ("Adam", {}),
    "adam:amsgrad=true,beta1=0.8": ("Adam", {"amsgrad": True, "betas": (0.8, 0.999)}),
    "adamw": ("AdamW", {}),
    "adamw:amsgrad=true,weight_decay=0.1": ("AdamW", {"amsgrad": True, "weight_decay": 0.1}),
    "nadam": ("NAdam", {}),
    "adamax": ("Adamax", {}),
    "radam": ("RAdam", {}),
    "radam:beta2=0.9": ("RAdam", {"betas": (0.9, 0.9)}),
}


@DTYPES
@pytest.mark.parametrize("choice", OPTIMIZERS)
def test_optimizer(choice, dtype):
    """With PyTorch's own defaults: equal names have equal defaults."""
    rng = np.random.default_rng(2)
    ours = rng.normal(size=33).astype(dtype)
    theirs = torch.tensor(ours, requires_grad=True)
    name, options = OPTIMIZERS[choice]
    bound = registry.resolve("optimizer", choice)
    if name == "SGD":
        options = options | {"lr": bound.values["lr"]}
    judge, optimizer = getattr(torch.optim, name)([theirs], **options), ops.optimizer(bound)
    exact = 1e-8 if choice == "nadam" else 1e-10  # PyTorch keeps NAdam's product of mu in float32
    close = {"rel": 2e-4, "abs": 2e-5} if dtype == "float32" else {"rel": exact, "abs": 1e-12}
    for g in (rng.normal(size=(50, 33)) * 10.0 ** rng.integers(-4, 3, size=33)).astype(dtype):
        theirs.grad = torch.tensor(g)
        judge.step()
        optimizer.step(ours, g)
        assert ours == pytest.approx(theirs.detach().numpy(), **close)
