"""The jobs of PyTorch: eager mode, with the number of threads given by the environment of this process."""

from __future__ import annotations

import os
from functools import partial
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from asv_bench.peers import flat, networks, predictions
from asv_bench.peers.job import Job
from asv_bench.peers.networks import BETA1, BETA2, CHECKED_STEPS, EPS, LEARNING_RATE, Case

if "OMP_NUM_THREADS" in os.environ:
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))

MAX_STEPS = 50

FUNCTIONS = {
    "exp": torch.exp, "log": torch.log, "tanh": torch.tanh, "sigmoid": torch.sigmoid, "erf": torch.erf,
    "softplus": torch._C._nn.softplus, "gelu": torch._C._nn.gelu,
}  # fmt: skip

OPTIMIZERS: dict[str, tuple[Any, dict[str, Any], str]] = {  # fastnn's name -> (PyTorch's, arguments, its fastest kind)
    "gd": (torch.optim.SGD, {}, "fused"),
    "sgd": (torch.optim.SGD, {}, "fused"),
    "momentum": (torch.optim.SGD, {"momentum": 0.9}, "fused"),
    "nesterov": (torch.optim.SGD, {"momentum": 0.9, "nesterov": True}, "fused"),
    "adagrad": (torch.optim.Adagrad, {}, "fused"),
    "adadelta": (torch.optim.Adadelta, {}, "foreach"),
    "rmsprop": (torch.optim.RMSprop, {}, "foreach"),
    "rmsprop:centered=true": (torch.optim.RMSprop, {"centered": True}, "foreach"),
    "adam": (torch.optim.Adam, {}, "fused"),
    "adam:amsgrad=true": (torch.optim.Adam, {"amsgrad": True}, "fused"),
    "adamw": (torch.optim.AdamW, {}, "fused"),
    "adamw:amsgrad=true": (torch.optim.AdamW, {"amsgrad": True}, "fused"),
    "nadam": (torch.optim.NAdam, {}, "foreach"),
    "adamax": (torch.optim.Adamax, {}, "foreach"),
    "radam": (torch.optim.RAdam, {}, "foreach"),
}


def function(name: str, x: np.ndarray, sample: np.ndarray) -> Job:
    """Return a job for the function of x with out=. Its result is for the sample."""
    f, given, out = FUNCTIONS[name], torch.from_numpy(x), torch.empty(x.shape)
    return Job(partial(f, given, out=out), f(torch.from_numpy(sample)).numpy())


def update(name: str, size: int, lr: float) -> Job:
    """Return a job for a step of an optimizer on a flat tensor."""
    optimizer_class, arguments, fastest = OPTIMIZERS[name]
    p, gradients = map(torch.from_numpy, flat.arrays(size))
    p.requires_grad_().grad = gradients
    optimizer = optimizer_class([p], lr=lr, **arguments, **{fastest: True})
    for _ in range(flat.CHECKED_STEPS):
        optimizer.step()
    return Job(optimizer.step, flat.some(p.detach().numpy()), note=lambda: fastest)


def training(case: Case, fused: bool) -> Job:
    """Return a job for at most MAX_STEPS steps of an epoch in eager mode, with Adam, fused or default.

    Batches are gathered by a permutation.
    """
    X, y = map(torch.from_numpy, networks.data(case))
    if not case.classes:
        y = y[:, None]
    loss_of = functional.cross_entropy if case.classes else functional.mse_loss
    layers: list[torch.nn.Module] = []
    for fan_in, fan_out in zip(case.sizes, case.sizes[1:], strict=False):
        layers += [torch.nn.Linear(fan_in, fan_out), torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers[:-1])
    with torch.no_grad():
        for own, value in zip(model.parameters(), networks.initial(case), strict=True):
            own.copy_(torch.from_numpy(value.T))  # its weights are (fan_out, fan_in)
    settings = {"fused": True} if fused else {}
    optimizer = torch.optim.Adam(model.parameters(), LEARNING_RATE, (BETA1, BETA2), EPS, **settings)

    def train(order: torch.Tensor) -> None:
        for rows in order.split(case.batch):
            optimizer.zero_grad()
            loss = loss_of(model(X[rows]), y[rows])
            loss.backward()
            optimizer.step()

    train(torch.arange(CHECKED_STEPS * case.batch))
    result = [p.detach().numpy().T.copy() for p in model.parameters()]
    steps = min(case.steps, MAX_STEPS)  # steps do not get faster in a longer epoch, and some take tens of milliseconds
    return Job(lambda: train(torch.randperm(len(X))[: steps * case.batch]), result, steps)


def prediction(rows: int) -> Job:
    """Return a job for the class numbers of an array. Its result are the outputs."""
    (W, b), (V, c) = (map(torch.from_numpy, pair) for pair in predictions.parameters())
    model = torch.nn.Sequential(torch.nn.Linear(*W.shape), torch.nn.ReLU(), torch.nn.Linear(*V.shape))
    with torch.no_grad():
        for own, value in zip(model.parameters(), (W.T, b, V.T, c), strict=True):
            own.copy_(value)
    X = torch.from_numpy(predictions.inputs(rows))

    @torch.inference_mode()
    def predict() -> torch.Tensor:
        return model(X).argmax(1)

    with torch.inference_mode():
        return Job(predict, model(X).numpy())
